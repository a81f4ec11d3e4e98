"""Responses that were kept: found, replayed, cancelled, deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from flask import Response

from utils.errors import InvalidRequest, NotFound, RelayError
from utils.store.responses import PENDING, Kept
from utils.web.calls.seats import seats
from utils.web.http.reply import event_stream
from utils.web.http.request import has_left
from utils.web.services.services import Services, services
from utils.wire.comments import HEARTBEAT
from utils.wire.responses import stream
from utils.wire.responses.stored import encode

LOOK_SECONDS = 1  # between two looks at whether a response is finished


def found(id: str, owner: str) -> Kept:
    """Raises NotFound."""
    return _told(services().responses.find(id, owner), id)


def cancelled(id: str, owner: str) -> Kept:
    """One that is finished stays as it is. Raises NotFound, and InvalidRequest for one that is
    not made in the background.
    """
    kept = _told(services().responses.cancel(id, owner), id)
    if not kept.body["background"]:
        raise InvalidRequest("Only a response in the background can be cancelled.", param="id")
    return kept


def delete(id: str, owner: str) -> None:
    """Raises NotFound."""
    if not services().responses.delete(id, owner):
        raise _no_response(id)


def replayed(id: str, owner: str) -> Response:
    """Its events, once it is finished. Raises NotFound, and Unavailable when nobody more can
    wait for that.
    """
    kept = found(id, owner)
    seat = ExitStack()
    if kept.body["status"] in PENDING:
        seat.enter_context(seats(1, services()))
    response = event_stream(_frames(kept, owner, services(), has_left()))
    response.call_on_close(seat.close)
    return response


def _frames(
    kept: Kept, owner: str, relay: Services, left: Callable[[], bool]
) -> Iterator[bytes]:
    """Nobody tells this process when another has finished."""
    silent_since = time.monotonic()
    if kept.body["status"] in PENDING:
        yield HEARTBEAT  # the status goes out with the first byte
    try:
        while kept.body["status"] in PENDING and not left():
            relay.shutdown.check()
            time.sleep(LOOK_SECONDS)
            kept = _told(relay.responses.find(kept.id, owner), kept.id)
            if time.monotonic() - silent_since > relay.config.stream_heartbeat_seconds:
                yield HEARTBEAT
                silent_since = time.monotonic()
    except RelayError as error:
        yield stream.broken_off(error)
        return
    yield from stream.replayed(encode(kept.body, kept.output))


def _told(kept: Kept | None, id: str) -> Kept:
    if kept is None:
        raise _no_response(id)
    return kept


def _no_response(id: str) -> NotFound:
    return NotFound(f"There is no response {id[:100]!r}.", param="id")
