"""Calls of configured servers' models, handed on as they are."""
