# mypy: ignore-errors
# It runs where its imports are, beside the guide's code.
"""Asks for an embedding, for which this relay has no model."""

from guide import model
from langchain_openai import OpenAIEmbeddings

OpenAIEmbeddings(
    base_url=model.openai_api_base,
    api_key=model.openai_api_key,
    check_embedding_ctx_length=False,
).embed_query("Hello")
