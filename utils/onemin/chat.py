"""A chat as 1min.ai's UNIFY_CHAT_WITH_AI feature (onemin-api.md 2)."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

from utils import payload, sse
from utils.domain.chat import Batches, Event, Finish, TextDelta, WebSearch
from utils.errors import RelayError, UpstreamFailed
from utils.onemin import failures, records
from utils.onemin.feature import Feature
from utils.onemin.files.attached import Prepared
from utils.onemin.models import CHAT
from utils.onemin.records import Record
from utils.onemin.spoken import Spoken
from utils.onemin.transcript import transcript

Heard = Callable[[Any], None]


def _nobody(reply: Any) -> None:
    """Needs to know what a reply says besides the answer."""


def build(prepared: Prepared, usual: WebSearch) -> Feature:
    """`usual` fills in what the chat leaves open about its search."""
    chat = prepared.chat
    attachments = {"images": prepared.images, "files": prepared.files}
    attached = {"attachments": attachments} if any(attachments.values()) else {}
    return Feature(
        type=CHAT,
        model=chat.model,
        path="/api/chat-with-ai",
        streaming=chat.stream,
        prompt={
            "prompt": transcript(chat.messages),
            "settings": {
                "webSearchSettings": _search(chat.web_search, usual),
                # No request may see what another one said.
                "historySettings": {"isMixed": False, "historyMessageLimit": 0},
                "withMemories": False,
            },
            **attached,
        },
    )


def _search(asked: WebSearch | None, usual: WebSearch) -> dict[str, object]:
    if asked is None:
        return {"webSearch": False}
    return {
        "webSearch": True,
        "numOfSite": asked.sites or usual.sites,
        "maxWord": asked.words or usual.words,
    }


def read_whole(pieces: Iterable[bytes], heard: Heard = _nobody) -> Batches:
    """The events behind an answer in one record. Raises UpstreamFailed and what was refused.
    `heard` is told the reply first.
    """
    body = []
    for piece in pieces:
        body.append(piece)
        yield []
    reply = _json(b"".join(body))
    heard(reply)
    made = records.record(reply)
    yield [TextDelta(records.text(made)), _finish(made)]


def read_stream(pieces: Iterable[bytes], heard: Heard = _nobody) -> Batches:
    """The events behind a streamed answer, always ending in Finish. Raises as `read_whole`.

    It should be server-sent events, yet a record and plain text come in their place.
    """
    begun, rest = b"", iter(pieces)
    for piece in rest:
        begun += piece
        start = begun.removeprefix(sse.BOM).lstrip()
        if len(start) >= _ENOUGH:
            yield from _reading(start)(chain([begun], rest), heard)
            return
        if len(begun) > sse.LONGEST_BLANK:
            break
        yield []
    yield from _reading(begun.removeprefix(sse.BOM).strip())([begun], heard)


_Reading = Callable[[Iterable[bytes], Heard], Batches]
_FIELDS = (b"event:", b"data:", b":", b"id:", b"retry:")
_PAGE = (b"<!", b"<html", b"<head", b"<?xml")
_ENOUGH = max(map(len, _FIELDS))


def _reading(start: bytes) -> _Reading:
    """How to read an answer that starts like this."""
    if start.startswith(_FIELDS):
        return _read_events
    if start.startswith(b"{"):
        return read_whole
    if not start or start.lower().startswith(_PAGE):
        raise UpstreamFailed("1min.ai sent something that is not an answer")
    return _read_plain


def _read_events(pieces: Iterable[bytes], heard: Heard) -> Batches:
    decoder, told, rest = sse.Decoder(), _Told(heard), iter(pieces)
    for piece in rest:
        batch: list[Event] = []
        try:
            for event in _decoded(decoder, piece):
                batch += told.by(event)
                if told.done:
                    break
        except RelayError:
            yield batch  # what was said before it counts
            raise
        if told.done or (told.record and not piece):  # or silence, where no `done` will come
            yield batch + told.ending()
            _drain(rest)
            return
        yield batch
    if not told.record:
        raise UpstreamFailed("1min.ai closed the stream before it was done")
    yield told.ending()


class _Told:
    """What the events of a stream have told so far."""

    def __init__(self, heard: Heard) -> None:
        self.record: Record = {}
        self.done = False
        self._heard = heard
        self._spoken = Spoken()

    def by(self, event: sse.ServerSentEvent) -> list[TextDelta]:
        """What it adds to the answer. Raises what it complains of."""
        match event.name or _kind(event.data):
            case "content":
                return self._spoken.say(_delta(event.data))
            case "result":
                reply = _json(event.data)
                self._heard(reply)
                self.record = records.record(reply)
            case "error":
                raise failures.of_event(event.data)
            case "done":
                self.done = True
        return []

    def ending(self) -> list[Event]:
        return [*self._spoken.end(records.text(self.record)), _finish(self.record)]


def _decoded(decoder: sse.Decoder, piece: bytes) -> list[sse.ServerSentEvent]:
    try:
        return decoder.feed(piece)
    except sse.LineTooLong as error:
        raise UpstreamFailed("1min.ai sent a line without end") from error


def _drain(pieces: Iterator[bytes]) -> None:
    """Read the end of the stream, if it comes at once: the connection can then be kept. The
    answer is whole, so nothing that goes wrong here matters.
    """
    with suppress(RelayError):
        next(pieces, None)


def _kind(data: bytes) -> str:
    """An event without a name counts by what it holds."""
    if data == b"[DONE]":
        return "done"
    match payload.value(data):
        case {"aiRecord": _}:
            return "result"
        case dict() as reply if failures.is_refusal(reply):
            return "error"
    return "content"


def _delta(data: bytes) -> str:
    """The text in a `content` event; data that is no JSON is the text itself."""
    value = payload.value(data)
    if isinstance(value, dict):
        text = value.get("content")
        return text if isinstance(text, str) else ""
    if data.startswith(b"{"):
        raise UpstreamFailed("1min.ai sent an event that cannot be read")
    return data.decode(errors="replace")


def _read_plain(pieces: Iterable[bytes], heard: Heard) -> Batches:
    """Text and nothing else, as 1min.ai's first chat sent it (onemin-api.md 4)."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for piece in pieces:
        text = decoder.decode(piece)
        yield [TextDelta(text)] if text else []
    rest = decoder.decode(b"", final=True)
    yield [*([TextDelta(rest)] if rest else []), Finish()]


def _finish(made: Record) -> Finish:
    return Finish(records.reason(made), records.usage(made), records.citations(made))


def _json(data: bytes) -> Any:
    value = payload.value(data)
    if value is None:
        raise UpstreamFailed("1min.ai sent something that cannot be read")
    return value
