"""Calls that 1min.ai may put off: their results are asked for until they are there."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from utils.domain.payers import Payer
from utils.errors import (
    RateLimited,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreachable,
    after_payment,
)
from utils.onemin.client import Client
from utils.onemin.feature import Feature
from utils.waiting import Waiting, paused

FIRST = 0.025  # of the pause, which doubles until it is whole: some calls are over at once
FORGIVEN = 5  # polls in a row that may fail: what is waited for has been paid

_PASSING = (RateLimited, UpstreamFailed, UpstreamTimeout, UpstreamUnreachable)


class Deferred:
    """Shared by all threads."""

    def __init__(self, client: Client, *, patience: float, pause: float = 2.0) -> None:
        """In seconds: for the whole of a call, and between two polls but the first few."""
        self._client = client
        self._patience = patience
        self._pause = pause

    def reply(self, feature: Feature, payer: Payer) -> Waiting[Any]:
        """Of a call that is over. Raises UpstreamTimeout, and as `Client.call` does."""
        end = time.monotonic() + self._patience
        reply, pause = (yield from self._client.call(feature, payer)), FIRST * self._pause
        with after_payment():
            while uuid := _unfinished(reply):
                yield from self._rest(pause, end)
                reply = yield from self._polled(uuid, payer, end)
                pause = min(2 * pause, self._pause)
        return reply

    def _polled(self, uuid: str, payer: Payer, end: float) -> Waiting[Any]:
        for _ in range(FORGIVEN):
            with suppress(*_PASSING):
                reply = yield from self._client.result(uuid, payer)
                if _is_told(reply):
                    return reply
            yield from self._rest(self._pause, end)
        return (yield from self._client.result(uuid, payer))

    def _rest(self, pause: float, end: float) -> Waiting[None]:
        if time.monotonic() + pause > end:
            message = f"1min.ai did not finish within {self._patience:g} seconds"
            raise UpstreamTimeout(message)
        yield from paused(pause)


def _is_told(reply: Any) -> bool:
    """Rather than that 1min.ai is not itself just now."""
    return isinstance(reply, dict) and "aiRecord" in reply


def _unfinished(reply: Any) -> str | None:
    """The id of what is still being done."""
    match reply:
        case {"aiRecord": {"status": "PROCESSING", "uuid": str(uuid)}} if uuid:
            return uuid
    return None
