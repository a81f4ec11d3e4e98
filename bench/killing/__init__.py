"""Kills the relay at random moments, and looks at what is left."""
