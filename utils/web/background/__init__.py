"""Answers that are made whether or not anybody waits for them."""
