"""POST /v1/messages and what belongs to it, both directions: Anthropic's API."""
