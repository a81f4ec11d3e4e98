"""Pictures, speech, recordings, videos and code: onemin-api.md 8 to 11."""
