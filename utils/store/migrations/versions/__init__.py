"""One module for each step. The first four letters of its name are its revision."""
