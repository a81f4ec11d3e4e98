"""Texts for such a server to embed: a request it can read is sent on as it came."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from utils import payload
from utils.compatible import failures
from utils.domain.chat import Usage
from utils.domain.embeddings import (
    Embedded,
    Embedding,
    Vector,
    joined,
    shortened,
    texts,
    unpacked,
)
from utils.errors import InvalidRequest, RelayError, UpstreamFailed
from utils.waiting import Waiting, settled

AT_ONCE = 4  # parts of one question that are under way

Send = Callable[[bytes], Waiting[bytes]]  # a body, and the whole answer to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A model as its server has it: under which `name`; how many inputs it takes at once;
    whether it answers in base64 and reads tokens; whether its vectors may be cut, which the
    relay then does. `arguments` fill in what a request leaves open.
    """

    name: str
    batch: int = 96
    base64: bool = True
    tokens: bool = True
    shortens: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)


def embed(asked: Embedding, served: Served, send: Send) -> Waiting[Embedded]:
    """Raises RelayError.

    When one part fails those under way come to their end, and no more is begun; the error
    tells what the others cost.
    """
    waits = [_answer(part, body, served, send) for part, body in build(asked, served)]
    if len(waits) == 1:
        return (yield from waits[0])
    parts = yield from settled(waits, AT_ONCE)
    answered = [part for part in parts if isinstance(part, Embedded)]
    for failure in parts:
        if isinstance(failure, RelayError):
            failure.spent = [*failure.spent, *(part.usage for part in answered if part.usage)]
            raise failure
    return joined(answered)


def build(asked: Embedding, served: Served) -> Iterator[tuple[Embedding, bytes]]:
    """The parts of the question, each with its body. Raises InvalidRequest."""
    # Not orjson: a field that only the server knows may hold numbers of any size.
    sent = json.loads(asked.raw, object_pairs_hook=_members)
    body = {**served.arguments, **sent, "model": served.name}
    if asked.packed and not served.base64:
        body["encoding_format"] = "float"
    if asked.dimensions and served.shortens:
        del body["dimensions"]
    if not served.tokens and not all(isinstance(one, str) for one in asked.inputs):
        asked = replace(asked, inputs=texts(asked))
        body["input"] = asked.inputs
    if len(asked.inputs) <= served.batch:
        yield asked, asked.raw if body == sent else _written(body)
        return
    for part in asked.parts(served.batch):
        yield part, _written(body | {"input": part.inputs})


def read(data: bytes, asked: Embedding, served: Served) -> Embedded:
    """Raises UpstreamFailed, what the server refused, and InvalidRequest for dimensions that
    the server does not make.
    """
    reply = payload.value(data)
    if isinstance(reply, dict) and failures.is_refusal(reply):
        raise failures.of_reply(reply)
    given = _given(reply, len(asked.inputs))
    vectors, usage = [_vector(one) for one in given], _usage(reply)
    if asked.dimensions and any(len(vector) != asked.dimensions for vector in vectors):
        if not served.shortens or any(len(vector) < asked.dimensions for vector in vectors):
            raise _unmade(len(vectors[0]), usage)
        return Embedded([shortened(vector, asked.dimensions) for vector in vectors], usage)
    form = str if asked.packed else list
    as_asked = all(isinstance(one, form) for one in given)
    return Embedded(vectors, usage, data if as_asked else b"")


def _answer(asked: Embedding, body: bytes, served: Served, send: Send) -> Waiting[Embedded]:
    return read((yield from send(body)), asked, served)


def _members(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Each once: of a name that is there twice, two readers may take two different values."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise InvalidRequest(f"{name[:100]}: is there twice", param=name[:100])
        members[name] = value
    return members


def _written(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _given(reply: Any, number: int) -> list[Any]:
    """What it holds for each input."""
    match reply:
        case {"data": [*entries]} if len(entries) == number:
            pass
        case _:
            raise UpstreamFailed("The model's server sent something that is no embeddings")
    by_index = {
        entry.get("index", place): entry.get("embedding")
        for place, entry in enumerate(entries)
        if isinstance(entry, dict) and isinstance(entry.get("index", place), int)
    }
    if by_index.keys() != {*range(number)}:
        raise UpstreamFailed("The model's server left out an embedding")
    return [by_index[index] for index in range(number)]


def _vector(given: Any) -> Vector:
    try:
        vector: Vector = unpacked(given) if isinstance(given, str) else given
        if vector and math.isfinite(sum(vector)):
            return vector
    except (TypeError, ValueError):
        pass
    raise UpstreamFailed("The model's server sent an embedding that is none")


def _unmade(dimensions: int, usage: Usage | None) -> InvalidRequest:
    error = InvalidRequest(
        f"dimensions: the vectors of this model have {dimensions}", param="dimensions"
    )
    error.spent = [usage] if usage else []
    return error


def _usage(reply: Mapping[str, Any]) -> Usage | None:
    match reply.get("usage"):
        case {"prompt_tokens": told} | {"total_tokens": told} if tokens := payload.tokens(told):
            return Usage(tokens, 0)
    return None
