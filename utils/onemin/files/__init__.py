"""A chat's files: where they come from, and how they reach 1min.ai."""
