"""What the streams of OpenAI's endpoints for text have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from utils.domain.chat import (
    Choice,
    Event,
    Failed,
    Finish,
    Heartbeat,
)
from utils.domain.reply import total_usage
from utils.errors import RelayError
from utils.wire.body import Body
from utils.wire.errors import openai_error

DONE = b"data: [DONE]\n\n"

Told = Event | Heartbeat | Failed


class StreamOptions(Body):
    include_usage: bool | None = None


def frame(value: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"


def error_frame(error: RelayError) -> bytes:
    return frame(openai_error(error))


def by_choice(batch: Iterable[Told]) -> Iterator[tuple[int, Told]]:
    """Each event with the choice it belongs to."""
    index = 0
    for event in batch:
        if isinstance(event, Choice):
            index = event.index
        else:
            yield index, event


def usage(ends: Iterable[Finish]) -> dict[str, Any] | None:
    """Of all choices together, for each was paid."""
    total = total_usage(ends)
    if total is None:
        return None
    return {
        "prompt_tokens": total.input_tokens,
        "completion_tokens": total.output_tokens,
        "total_tokens": total.input_tokens + total.output_tokens,
    }
