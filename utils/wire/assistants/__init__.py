"""OpenAI's Assistants: assistants, threads, messages, runs and their steps."""
