"""POST /v1/rerank, which is Cohere's and Jina's."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from utils.wire.body import Body

MOST_DOCUMENTS = 10_000  # Cohere's own limit

Text = Annotated[str, Field(min_length=1)]


def _form(given: object) -> str:
    return "object" if isinstance(given, dict) else "text"


Document = Annotated[
    Annotated[str, Tag("text")] | Annotated[dict[str, Any], Tag("object")], Discriminator(_form)
]


class RerankRequest(Body):
    model: str = ""
    query: Text
    documents: Annotated[
        list[Document], Field(min_length=1, max_length=MOST_DOCUMENTS, fail_fast=True)
    ]
    top_n: Annotated[int, Field(ge=1)] | None = None
    return_documents: bool | None = None
