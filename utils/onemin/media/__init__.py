"""1min.ai's features that draw, speak and listen."""
