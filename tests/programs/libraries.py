"""Libraries, each used by a script, with how often that asks the model."""

from __future__ import annotations

from tests.programs.program import library, refused

LIBRARIES = (
    library("openai-python", "OpenAI SDK", "openai_sdk.py", calls=3),
    library("openai-node", "OpenAI SDK", "openai_sdk.mjs", calls=3),
    library("anthropic-python", "Anthropic SDK", "anthropic_sdk.py", calls=3),
    library("anthropic-node", "Anthropic SDK", "anthropic_sdk.mjs", calls=3),
    library("langchain", "LangChain", "langchain.py", calls=8),
    refused("langchain-embeddings", "LangChain", "langchain_embeddings.py", "LOCAL_EMBEDDINGS"),
    library("vercel-ai-sdk", "Vercel AI SDK", "vercel.mjs", calls=12),
    library("n8n", "n8n", "n8n.mjs", calls=6),
    library("open-webui", "Open WebUI", "open_webui.py", calls=2, large=True),
)
