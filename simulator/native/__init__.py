"""The OpenAI-shaped surface of 1min.ai (onemin-api.md 3)."""
