"""POST /v1/chat/completions, both directions."""
