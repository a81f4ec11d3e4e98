"""One chat turn, whatever the dialect: parse, ask, stream or fold."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, Self

from flask import Response

from utils.domain.chat import (
    Batches,
    Chat,
    Choice,
    Corrected,
    Event,
    Failed,
    Heartbeat,
    Streamed,
)
from utils.domain.reply import Reply, collect, total_usage
from utils.errors import ClientLeft, RelayError, let_go
from utils.web.calls.calls import call
from utils.web.calls.seats import seats
from utils.web.calls.streams import unbroken
from utils.web.chat import candidates, contents
from utils.web.chat.choices import several
from utils.web.chat.hearing import heard
from utils.web.http.notes import Notes, usage_headers
from utils.web.http.reply import event_stream, json_response
from utils.web.http.request import body, given_key, has_left, trims
from utils.web.services.services import Services, services
from utils.wire.stamp import Stamp

log = logging.getLogger(__name__)


class Asked(Protocol):
    """A chat as a client asked it, and how to answer in its terms."""

    @property
    def ignored(self) -> list[str]: ...
    def to_chat(self) -> Chat: ...
    def encode(self, replies: list[Reply], stamp: Stamp) -> dict[str, Any]: ...


class Dialect(Asked, Protocol):
    """One that can be answered as a stream, too."""

    def frames(self, batches: Streamed, stamp: Stamp) -> Iterator[bytes]: ...
    def error_frame(self, error: RelayError) -> bytes: ...


class Request(Dialect, Protocol):
    """One that is all in the request's body."""

    @classmethod
    def parse(cls, raw: bytes) -> Self: ...


def answer(dialect: type[Request]) -> Response:
    return answered(dialect.parse(body()))


def answered(asked: Dialect) -> Response:
    chat = asked.to_chat()
    notes, events = asking(chat, has_left())
    if not chat.stream:
        return whole(asked, notes, events)
    response = streamed(asked, committed(events, services()), Stamp.now(notes.model))
    response.call_on_close(events.close)
    response.headers.update(notes.headers(asked.ignored))
    return response


def whole(asked: Asked, notes: Notes, events: Batches) -> Response:
    replies = collect(events)
    response = json_response(asked.encode(replies, Stamp.now(notes.model)))
    usage = total_usage(reply.finish for reply in replies)
    response.headers.update(usage_headers(usage))
    response.headers.update(notes.headers(asked.ignored))
    return response


def asking(chat: Chat, left: Callable[[], bool]) -> tuple[Notes, Batches]:
    """The answer, and what its first batches tell of it. Nothing happens before they are read;
    closing them hangs up.
    """
    relay, made, notes = services(), call(), Notes(chat)
    trim = trims(relay.config) or chat.trims
    ask = partial(candidates.answered, chat, relay, made, trim=trim)
    seats = seated(ask, chat.choices, relay)
    answer = heard(attended(seats, left, relay), chat, made)
    if relay.config.log_content:
        answer = contents.told(answer, chat, given_key())
    return notes, notes.taken_from(answer)


def streamed(asked: Dialect, batches: Streamed, stamp: Stamp) -> Response:
    """`stamp` may be made only once it is known who answers: after the first batch."""
    return event_stream(unbroken(asked.frames(batches, stamp), asked.error_frame, call()))


def seated(ask: Callable[[], Batches], choices: int, relay: Services) -> Batches:
    """The answer, each choice in a seat of its own. Raises Unavailable."""
    with seats(choices, relay):
        yield from several([ask] * choices) if choices > 1 else ask()


def attended(events: Batches, left: Callable[[], bool], relay: Services) -> Batches:
    """The answer, as long as somebody wants it. Raises ClientLeft; closing this hangs up."""
    try:
        for batch in events:
            if not batch and left():
                raise ClientLeft("The client left.")
            relay.shutdown.check()
            yield batch
    finally:
        events.close()


def committed(events: Batches, relay: Services) -> Streamed:
    """Wait for the first words, though not forever, then never raise again.

    Until then a failure still becomes an HTTP status. Afterwards the status line is on the
    wire, so a failure becomes the last event.
    """
    patience = time.monotonic() + relay.config.stream_commit_seconds
    first: Sequence[Event] = ()
    for first in events:
        if _says_something(first) or time.monotonic() > patience:
            break
    return unfailing(first, events, relay.config.stream_heartbeat_seconds)


def _says_something(batch: Sequence[Event]) -> bool:
    return not all(isinstance(event, Corrected | Choice) for event in batch)


def unfailing(first: Sequence[Event], events: Batches, heartbeat: float) -> Streamed:
    """A failure is the last event; silence is a heartbeat after as many seconds of it."""
    yield first or [Heartbeat()]
    last = time.monotonic()
    try:
        for batch in events:
            now = time.monotonic()
            if batch:
                yield batch
            elif now - last >= heartbeat:
                yield [Heartbeat()]
            else:
                continue
            last = now
    except RelayError as error:
        log.warning("a stream broke off: %s", error.code or error.kind)
        let_go(error)
        yield [Failed(error)]
