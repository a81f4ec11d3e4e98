"""Texts as vectors."""

from __future__ import annotations

import math
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from sys import byteorder
from typing import Self

from utils.domain.chat import Usage
from utils.errors import InvalidRequest
from utils.tokens import counts
from utils.tokens.vocabularies import CL100K, encoding

Input = str | Sequence[int]  # a text, or its tokens in OpenAI's vocabulary for embeddings
Vector = Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """What is asked. `raw` is the client's own JSON, for a server that can take it as it is;
    `packed` asks for base64.
    """

    model: str
    inputs: Sequence[Input]
    dimensions: int | None = None
    packed: bool = False
    raw: bytes = b""

    def place(self, index: int) -> str:
        """What the client calls an input."""
        return f"input[{index}]" if len(self.inputs) > 1 else "input"

    def parts(self, most: int) -> Iterator[Self]:
        """As questions of at most so many inputs."""
        for start in range(0, len(self.inputs), most):
            yield replace(self, inputs=self.inputs[start : start + most])


@dataclass(frozen=True, slots=True)
class Embedded:
    """A vector for each input, in their order. `usage` is None where nobody told it. `raw` is
    a server's own answer where that is just what was asked.
    """

    vectors: Sequence[Vector]
    usage: Usage | None
    raw: bytes = b""


def joined(parts: Sequence[Embedded]) -> Embedded:
    """The answers to the parts of a question, as one."""
    usages = [part.usage for part in parts]
    told = [usage for usage in usages if usage]
    usage = reduce(add, told) if len(told) == len(usages) else None
    return Embedded([vector for part in parts for vector in part.vectors], usage)


def tokens(inputs: Iterable[Input], model: str) -> int:
    """How many its model reads: as good as the relay can tell."""
    return sum(counts.count(one, model) if isinstance(one, str) else len(one) for one in inputs)


def texts(asked: Embedding) -> list[str]:
    """The inputs in letters. What was cut within a letter loses it. Raises InvalidRequest."""
    return [
        one if isinstance(one, str) else _decoded(one, asked.place(index))
        for index, one in enumerate(asked.inputs)
    ]


def _decoded(tokens: Sequence[int], place: str) -> str:
    try:
        return encoding(CL100K).decode_bytes([*tokens]).decode(errors="ignore")
    except (KeyError, OverflowError):
        raise InvalidRequest(f"{place}: must be tokens of {CL100K.name}", param=place) from None


def shortened(vector: Vector, dimensions: int) -> Vector:
    """Its beginning, of length 1 again: a vector too where its model was trained for that."""
    head = vector[:dimensions]
    size = math.hypot(*head) or 1.0
    return [number / size for number in head]


def packed(vector: Vector) -> str:
    """Base64 of its numbers as little-endian float32."""
    return b64encode(_little(array("f", vector)).tobytes()).decode()


def unpacked(text: str) -> Vector:
    """Raises ValueError."""
    return _little(array("f", b64decode(text, validate=True)))


def _little(numbers: array[float]) -> array[float]:
    if byteorder == "big":
        numbers.byteswap()
    return numbers
