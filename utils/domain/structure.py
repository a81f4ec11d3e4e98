"""A model that only knows text, asked as if it could promise JSON."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from utils.domain.answer_reader import NO_JSON, AnswerReader
from utils.domain.chat import (
    Ask,
    Batches,
    CallBegun,
    Chat,
    Corrected,
    Event,
    Finish,
    Message,
    RefusalDelta,
    Structure,
    TextDelta,
)
from utils.domain.object_writer import Misfit, compact
from utils.domain.schemas import Schema
from utils.errors import UnusableAnswer

PLACE = "response_format.json_schema.schema"


def structured(ask: Ask) -> Ask:
    """Only JSON of the chat's structure is answered, as text; or why the model declines.

    What the returned function raises before its first event: InvalidRequest for a schema that
    is none. Tool calls pass, and what is said beside them need be no JSON.
    """

    def asked(chat: Chat) -> Batches:
        structure = chat.structure or Structure()
        schema = Schema.of(structure.schema or {"type": "object"}, PLACE)
        told, first = _instructed(chat, structure), _Answer(schema, live=chat.stream)
        with closing(ask(told)) as batches:
            for batch in batches:
                yield first.read(batch)
        yield first.end()
        if not first.is_unfit:
            yield [first.finish]
            return
        yield [Corrected("response_format")]
        second, held = _Answer(schema, live=False), list[Event]()
        with closing(ask(_again(told, first.reader))) as batches:
            for batch in batches:
                held += second.read(batch)
                yield []
        held += second.end()
        if second.called and not first.reader.begun:
            yield [*held, second.finish]
        else:
            yield [_agreed(first.reader, second.reader), first.finish]

    return asked


class _Answer:
    """One answer, as far as it has been read."""

    def __init__(self, schema: Schema, *, live: bool) -> None:
        self.reader = AnswerReader(schema, live=live)
        self.finish = Finish()
        self.called = False
        self._declined = False

    @property
    def is_unfit(self) -> bool:
        """Whether the model should be asked again: it ended by itself, and not with JSON."""
        ended = self.finish.reason == "stop" and not self.finish.stop_sequence
        return bool(self.reader.fault) and ended and not (self.called or self._declined)

    def read(self, batch: Sequence[Event]) -> list[Event]:
        out: list[Event] = []
        for event in batch:
            match event:
                case TextDelta() if not self.called:
                    out += _text(self.reader.feed(event.text))
                case Finish():
                    self.finish = event
                case CallBegun() if not self.called:
                    self.called = True
                    out += [*_text("" if self.reader.begun else self.reader.text), event]
                case _:
                    self._declined = self._declined or isinstance(event, RefusalDelta)
                    out.append(event)
        return out

    def end(self) -> list[Event]:
        if self.called or self._declined:
            return []
        cut = self.finish.reason == "length" or bool(self.finish.stop_sequence)
        rest = _text(self.reader.end(truncated=cut))
        if self.reader.fault and self.finish.reason == "content_filter":
            return [*rest, RefusalDelta(self.reader.text)]
        return rest


def _text(text: str) -> list[Event]:
    return [TextDelta(text)] if text else []


def _instructed(chat: Chat, structure: Structure) -> Chat:
    if structure.schema:
        form = f"that is valid for this JSON Schema:\n\n{compact(structure.schema)}\n\n"
    else:
        form = "that is an object. "
    text = (
        f"Your answer must be one JSON value {form}"
        "Write the JSON itself and nothing else: no explanation, no code fence."
    )
    return replace(chat, messages=(Message(role="system", text=text), *chat.messages))


def _again(told: Chat, reader: AnswerReader) -> Chat:
    demand = (
        f"That answer cannot be used: {reader.fault}. Write it again, as one JSON value that "
        "is right, and nothing else."
    )
    answer = Message(role="assistant", text=reader.text)
    turns = (*told.messages, answer, Message(role="user", text=demand))
    return replace(told, messages=turns, web_search=None)  # it was paid for once


def _agreed(first: AnswerReader, second: AnswerReader) -> Event:
    """What two answers come to. Raises UnusableAnswer."""
    if first.fault == second.fault == NO_JSON and second.text.strip():
        return RefusalDelta(second.text.strip())
    try:
        if not second.fault:
            return TextDelta(first.completed(second))
    except Misfit:
        pass
    raise UnusableAnswer(
        "The model's answer does not keep to response_format, also when asked again."
    )
