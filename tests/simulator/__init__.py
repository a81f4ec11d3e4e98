"""The simulator does what onemin-api.md says of 1min.ai."""
