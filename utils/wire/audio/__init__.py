"""/v1/audio, as OpenAI's clients speak."""
