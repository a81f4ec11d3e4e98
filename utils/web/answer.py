"""One chat turn, whatever the dialect: parse, ask, stream or fold."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol, Self

from flask import Response

from utils.domain.catalog import check_chat_model
from utils.domain.chat import (
    Chat,
    Event,
    Failed,
    Heartbeat,
    Reply,
    Streamed,
    Usage,
    collect,
)
from utils.errors import ClientLeft, RelayError, Unavailable
from utils.web.reply import json_response
from utils.web.request import api_key, body, has_left
from utils.web.services import Services, services
from utils.wire.stamp import Stamp

log = logging.getLogger(__name__)

Events = Generator[Sequence[Event]]


class Dialect(Protocol):
    @property
    def ignored(self) -> list[str]: ...
    @classmethod
    def parse(cls, raw: bytes) -> Self: ...
    def to_chat(self) -> Chat: ...
    def encode(self, reply: Reply, stamp: Stamp) -> dict[str, Any]: ...
    def frames(self, batches: Streamed, stamp: Stamp) -> Iterator[bytes]: ...
    def error_frame(self, error: RelayError) -> bytes: ...


def answer(dialect: type[Dialect]) -> Response:
    key, relay = api_key(), services()
    asked = dialect.parse(body())
    chat = _with_model(asked.to_chat(), relay)
    stamp = Stamp.now(chat.model)
    events = attended(seated(relay, chat, key), has_left(), relay)
    if chat.stream:
        frames = asked.frames(committed(events, relay), stamp)
        response = Response(unbroken(frames, asked), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Accel-Buffering"] = "no"  # or nginx gathers frames
        response.call_on_close(events.close)
    else:
        reply = collect(events)
        response = json_response(asked.encode(reply, stamp))
        response.headers.update(_usage_headers(reply.finish.usage))
    if ignored := asked.ignored:
        response.headers["x-relay-ignored"] = ", ".join(ignored)
    return response


def _with_model(chat: Chat, relay: Services) -> Chat:
    """Raises ModelNotFound, or InvalidRequest for a model of another kind."""
    catalog, permission = relay.catalog.at_hand(), relay.permission
    if not chat.model:
        model = catalog.default_chat_model(relay.config.default_chat_model, permission)
        chat = replace(chat, model=model)
    if permission.allows(chat.model) and chat.model not in catalog.models:
        catalog = relay.catalog.renewed()
    check_chat_model(chat.model, catalog, permission)
    return chat


def seated(relay: Services, chat: Chat, key: str) -> Events:
    """The answer, with one of the THREADS seats held while it lasts.

    Raises Unavailable when none is free: to wait for one would be to queue without end.
    """
    if not relay.seats.acquire(blocking=False):
        raise Unavailable("Too many calls are under way.", code="overloaded", retry_after=1)
    try:
        yield from relay.upstream.chat(chat, key)
    finally:
        relay.seats.release()


def attended(events: Events, left: Callable[[], bool], relay: Services) -> Events:
    """The answer, as long as somebody wants it. Raises ClientLeft; closing this hangs up."""
    try:
        for batch in events:
            if not batch and left():
                raise ClientLeft("The client left.")
            relay.shutdown.check()
            yield batch
    finally:
        events.close()


def committed(events: Events, relay: Services) -> Streamed:
    """Wait for the first words, though not forever, then never raise again.

    Until then a failure still becomes an HTTP status. Afterwards the status line is on the
    wire, so a failure becomes the last event.
    """
    patience = time.monotonic() + relay.config.stream_commit_seconds
    first: Sequence[Event] = ()
    for first in events:
        if first or time.monotonic() > patience:
            break
    return _unfailing(first, events, relay.config.stream_heartbeat_seconds)


def _unfailing(first: Sequence[Event], events: Events, heartbeat: float) -> Streamed:
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
        log.warning("a stream broke off: %s", error.code)
        yield [Failed(error)]


def unbroken(frames: Iterator[bytes], asked: Dialect) -> Iterator[bytes]:
    """The frames; after a mistake of ours, an error in their place. Only here is every
    exception caught: what comes later would end the stream without a word.
    """
    try:
        yield from frames
    except Exception:
        log.exception("an answer broke off")
        yield asked.error_frame(RelayError("The relay failed to finish this answer."))


def _usage_headers(usage: Usage | None) -> dict[str, str]:
    if usage is None:
        return {}
    headers: dict[str, str] = {"x-usage-source": usage.source}
    if usage.credits is not None:
        headers["x-credits-used"] = f"{usage.credits:.15g}"
    return headers
