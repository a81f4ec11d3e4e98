"""Pictures, speech, recordings and code: onemin-api.md 8 to 11."""
