"""Answers that are made whether or not anybody waits for them: responses and runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from flask import Response

from utils import hubs
from utils.domain.chat import Batches, Chat, Failed, Streamed
from utils.errors import ClientLeft, RelayError
from utils.waiting import TICK, Mailbox
from utils.web.calls.calls import Call, call
from utils.web.calls.streams import mistake
from utils.web.chat.answer import asking, committed
from utils.web.http.notes import Notes
from utils.web.http.reply import event_stream, json_response
from utils.web.services.services import Services
from utils.wire.stamp import Stamp

log = logging.getLogger(__name__)

LOOK_SECONDS = 1  # between two looks at whether an answer is still wanted


class Lasting(Protocol):
    """A chat that is kept from its beginning. `begin` raises RelayError, and returns what can
    be asked for from then on. `opening` is what its stream tells before it is sure who answers.
    `frames` keep what the answer came to, and `fail` that it came to nothing.
    """

    @property
    def relay(self) -> Services: ...
    @property
    def ignored(self) -> list[str]: ...
    def to_chat(self) -> Chat: ...
    def begin(self, stamp: Stamp) -> dict[str, Any]: ...
    def is_wanted(self, stamp: Stamp) -> bool: ...
    def opening(self, stamp: Stamp) -> bytes: ...
    def frames(self, batches: Streamed, stamp: Stamp) -> Iterator[bytes]: ...
    def fail(self, error: RelayError, stamp: Stamp) -> None: ...
    def error_frame(self, error: RelayError) -> bytes: ...


Answer = tuple[Notes, Batches]
_Tell = Callable[[bytes | None], object]  # None: that was all


def begun(asked: Lasting) -> Response:
    """What is under way, or its stream. Raises what is wrong with it, as far as that can be
    told before 1min.ai is called, and Unavailable without the database.
    """
    chat = asked.to_chat()
    notes, events = answer = asking(chat, left=lambda: False)
    try:
        next(events)  # who answers
        stamp = Stamp.now(notes.model)
        under_way = asked.begin(stamp)
    except BaseException:
        events.close()
        raise
    made = call()
    made.told(200)
    made.keep()
    told = Mailbox[bytes | None]()
    tell: _Tell = told.put if chat.stream else _tell_nobody
    work = copy_context().run  # so that what it logs bears the request's id
    hubs.begin(partial(work, _make, asked, answer, made, stamp, tell))
    response = event_stream(_frames(told)) if chat.stream else json_response(under_way)
    response.headers.update(notes.headers(asked.ignored))
    return response


def _make(asked: Lasting, answer: Answer, made: Call, stamp: Stamp, tell: _Tell) -> None:
    notes, events = answer
    with asked.relay.shutdown.awaiting(), closing(made), closing(events):
        try:
            if opening := asked.opening(stamp):
                tell(opening)
            batches = _committed(_wanted(events, asked, stamp), asked.relay)
            answering = replace(stamp, model=notes.model)  # another may stand in
            for frame in asked.frames(batches, answering):
                tell(frame)
        except Exception:
            log.exception("an answer in the background broke off")
            error = mistake()
            made.fail(error)
            asked.fail(error, stamp)
            tell(asked.error_frame(error))
        finally:
            tell(None)


def _committed(events: Batches, relay: Services) -> Streamed:
    try:
        return committed(events, relay)
    except RelayError as error:
        return iter([[Failed(error)]])


def _wanted(events: Batches, asked: Lasting, stamp: Stamp) -> Batches:
    """Raises ClientLeft once it was cancelled or deleted."""
    looked = time.monotonic()
    for batch in events:
        yield batch
        if time.monotonic() - looked > LOOK_SECONDS:
            if not asked.is_wanted(stamp):
                raise ClientLeft("The response was cancelled.", code="cancelled")
            looked = time.monotonic()


def _frames(told: Mailbox[bytes | None]) -> Iterator[bytes]:
    while True:
        try:
            frame = told.get(TICK)
        except TimeoutError:
            continue
        if frame is None:
            return
        yield frame


def _tell_nobody(told: bytes | None) -> None:
    pass
