"""One chat turn, whatever the dialect."""
