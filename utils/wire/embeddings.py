"""POST /v1/embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from utils.domain.embeddings import Embedded, Embedding, Input, packed
from utils.wire.body import Body

MOST_INPUTS = 2048  # OpenAI's own limit

Text = Annotated[str, Field(min_length=1)]
Token = Annotated[int, Field(ge=0, lt=2**32)]
Tokens = Annotated[list[Token], Field(min_length=1, fail_fast=True)]
Texts = Annotated[list[Text], Field(min_length=1, max_length=MOST_INPUTS, fail_fast=True)]
TokenLists = Annotated[
    list[Tokens], Field(min_length=1, max_length=MOST_INPUTS, fail_fast=True)
]


def _form(given: object) -> str:
    """What a list is of, its first member tells: so what is wrong in it is told once."""
    match given:
        case [[*_], *_]:
            return "lists"
        case [int(), *_]:
            return "tokens"
        case [*_]:
            return "texts"
    return "text"


class EmbeddingsRequest(Body):
    model: str = ""
    input: Annotated[
        Annotated[Text, Tag("text")]
        | Annotated[Texts, Tag("texts")]
        | Annotated[Tokens, Tag("tokens")]
        | Annotated[TokenLists, Tag("lists")],
        Discriminator(_form),
    ]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Field(ge=1, le=2**16)] | None = None
    user: str | None = None

    @property
    def packed(self) -> bool:
        return self.encoding_format == "base64"

    def to_embedding(self, model: str, raw: bytes) -> Embedding:
        return Embedding(
            model=model,
            inputs=_inputs(self.input),
            dimensions=self.dimensions,
            packed=self.packed,
            raw=raw,
        )


def _inputs(given: str | Sequence[Any]) -> Sequence[Input]:
    return given if not isinstance(given, str) and isinstance(given[0], str | list) else [given]


def encode(asked: Embedding, answer: Embedded) -> dict[str, Any]:
    read = answer.usage.input_tokens if answer.usage else 0
    write = packed if asked.packed else list
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": write(vector)}
            for index, vector in enumerate(answer.vectors)
        ],
        "model": asked.model,
        "usage": {"prompt_tokens": read, "total_tokens": read},
    }
