"""A chat turn: what is asked, and the events that answer it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from utils.errors import RelayError

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn. A tool's message answers the call `call_id`."""

    role: Role
    text: str
    name: str = ""
    call_id: str = ""
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class WebSearch:
    """None leaves a number to the operator's setting."""

    sites: int | None = None
    words: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What is asked. An empty `model` means the operator's default."""

    model: str
    messages: tuple[Message, ...]
    stream: bool = False
    web_search: WebSearch | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, and the credits they cost where that is known."""

    input_tokens: int
    output_tokens: int
    source: Literal["upstream", "estimated"] = "upstream"
    credits: float | None = None


# An answer is a run of events: any number of deltas, then one Finish.


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class Finish:
    """`usage` is None until somebody has counted."""

    reason: FinishReason = "stop"
    usage: Usage | None = None


Event = TextDelta | Finish

# Events travel in batches, one for each read from upstream: all that was waiting is translated
# and written at once. An empty batch means that nothing came for a moment.
Batches = Iterator[Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The answer is under way, but has nothing new to say."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Takes the place of Finish when the answer breaks off half-way."""

    error: RelayError


# What a stream to a client is made of.
Streamed = Iterator[Sequence[Event | Heartbeat | Failed]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, for clients that do not stream."""

    text: str
    finish: Finish


def collect(batches: Iterable[Sequence[Event]]) -> Reply:
    """Fold a stream into the answer it spells."""
    text, finish = [], Finish()
    for batch in batches:
        for event in batch:
            match event:
                case TextDelta():
                    text.append(event.text)
                case Finish():
                    finish = event
    return Reply("".join(text), finish)
