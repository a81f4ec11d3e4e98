"""What OpenAI-compatible servers speak. `client` talks; `upstream` is the back-end."""
