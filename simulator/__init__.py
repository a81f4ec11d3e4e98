"""A stand-in for 1min.ai: a real HTTP server with its habits, good and bad."""
