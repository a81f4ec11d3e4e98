"""Something asked, and what the answer came to."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from utils import payload
from utils.domain.chat import (
    Batches,
    Chat,
    Corrected,
    Event,
    Message,
    Structure,
    TextDelta,
    Tool,
    ToolChoice,
    Usage,
)
from utils.domain.reply import Reply, collect
from utils.domain.schemas import Schema
from utils.errors import RelayError
from utils.waiting import Waiting

T = TypeVar("T")

READ, WRITTEN = 1000, 100  # tokens, roughly, of each question; 1min.ai adds some hundred itself

_CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_WEATHER = Tool(name="get_weather", description="Today's weather in a city", parameters=_CITY)


@dataclass(slots=True)
class Spent:
    """The credits that answers took, and how many answers did not tell."""

    credits: float = 0
    untold: int = 0

    def book(self, usages: Iterable[Usage | None]) -> None:
        for usage in usages:
            if usage is None or usage.credits is None:
                self.untold += 1
            else:
                self.credits += usage.credits


@dataclass(frozen=True, slots=True)
class Answer:
    """`pieces` is in how many reads its words came; `corrected`, whether it was asked twice."""

    reply: Reply
    pieces: int
    corrected: bool


def greeting(model: str) -> Chat:
    return _chat(model, "Answer with the word OK.")


def counting(model: str) -> Chat:
    return _chat(model, "Count to 20.", stream=True)


def weather(model: str) -> Chat:
    """What only a call of a tool answers."""
    words = 'Call get_weather with {"city": "Paris"}.'
    required = ToolChoice(required=True)
    return _chat(model, words, tools=(_WEATHER,), tool_choice=required)


def form(model: str) -> Chat:
    """What only JSON answers."""
    words = "Name the capital of France as JSON."
    return _chat(model, words, structure=Structure(_CITY, "answer", strict=True))


def _chat(model: str, words: str, **rest: object) -> Chat:
    messages = (Message(role="user", text=words),)
    return Chat(model=model, messages=messages, **rest)  # type: ignore[arg-type]


def answered(batches: Batches, spent: Spent) -> Answer:
    """Raises RelayError."""
    told: list[list[Event]] = []
    try:
        with closing(batches):
            told = [[*batch] for batch in batches]
    except RelayError as error:
        spent.book(error.spent)
        raise
    pieces = sum(any(isinstance(event, TextDelta) for event in batch) for batch in told)
    corrected = any(isinstance(event, Corrected) for batch in told for event in batch)
    [reply] = collect(told)
    spent.book([reply.finish.usage])
    return Answer(reply, pieces, corrected)


def calls_the_tool(reply: Reply) -> bool:
    return bool(reply.tool_calls) and all(
        call.name == _WEATHER.name and fits(call.arguments) for call in reply.tool_calls
    )


def fits(text: str) -> bool:
    """Whether it is JSON as it was asked for."""
    return Schema.of(_CITY, "").fault(payload.value(text.encode())) is None


def waited(waiting: Waiting[T]) -> T:
    while True:
        try:
            next(waiting)
        except StopIteration as end:
            value: T = end.value
            return value
