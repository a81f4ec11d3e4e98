"""Answers that are given again to whoever asks again: in Memcached, else by this process."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import getrandbits
from typing import Any, Protocol

import orjson

from utils import hubs
from utils.errors import KeyReused
from utils.store.shared import Held, Memory

log = logging.getLogger(__name__)

LASTING = 86400  # seconds
LEASE, RENEWAL = 15, 4  # seconds: whoever waits for a relay that died goes on after a LEASE
TRIES = 3  # to put an answer in its claim's place, which may be renewed just then
PIECE = 900_000  # bytes; Memcached takes a little more in one item
LARGEST = 16 * 2**20  # bytes of an answer; a larger one is not kept
OWN_ENTRIES, OWN_BYTES = 10_000, 4 * LARGEST  # in one process


class Place(Protocol):
    """As Memcached does. It may be empty at any time; `gets` tells None while it is away."""

    def get(self, key: str) -> bytes | None: ...
    def set(self, key: str, value: bytes, seconds: int) -> None: ...
    def delete(self, *keys: str) -> None: ...
    def gets(self, key: str) -> Held | None: ...
    def swap(self, key: str, held: Held, value: bytes, seconds: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    """A claim while `answer` is None. `asked` tells requests apart, `holder` claims. Of a long
    body only its beginning is here.
    """

    asked: str
    holder: str
    size: int
    answer: Answer | None


class Answers:
    """Shared by all threads and, through Memcached, by processes."""

    def __init__(
        self, shared: Place, longest: float, *, lease: int = LEASE, renewal: float = RENEWAL
    ) -> None:
        """No request is under way any more after the `longest` seconds."""
        self._places = (shared, Memory(entries=OWN_ENTRIES, size=OWN_BYTES))
        self._lease, self._renewal = lease, renewal
        self._renewals = math.ceil(longest / renewal)

    def ask(self, name: str, asked: str) -> Answer | Claim | None:
        """What was answered under this name, or else the claim to answer it now; None while
        somebody else has that. Raises KeyReused for another request than `asked` before.
        """
        place, held = self._held(name)
        entry = _read(held.value)
        if entry and entry.asked != asked:
            raise KeyReused(
                "This Idempotency-Key was used for another request. Take a new one for this.",
                param="Idempotency-Key",
            )
        if entry and not entry.answer:
            return None
        if entry and (answer := _whole(entry, name, place)):
            return answer
        claim = Claim(place, name, asked, self._lease)
        if not place.swap(name, held, claim.value, self._lease):
            return None
        hubs.begin(partial(claim.renew, self._renewal, self._renewals))
        return claim

    def _held(self, name: str) -> tuple[Place, Held]:
        shared, own = self._places
        if held := shared.gets(name):
            return shared, held
        return own, own.gets(name)


class Claim:
    """One request is under way. It is over when the claim is released, kept or not."""

    def __init__(self, place: Place, name: str, asked: str, lease: int) -> None:
        self._place, self._name, self._asked, self._lease = place, name, asked, lease
        self._holder = f"{getrandbits(96):024x}"
        self._over = hubs.Event()
        self.value = _encoded(asked, self._holder, 0)

    def renew(self, each: float, times: int) -> None:
        """Until it is over, and so many times at the most."""
        for _ in range(times):
            if self._over.wait(each):
                return
            if held := self._mine():
                self._place.swap(self._name, held, self.value, self._lease)

    def keep(self, answer: Answer) -> None:
        """For whoever asks again; unless somebody else has the claim by now."""
        size = len(answer.body)
        if size > LARGEST:
            log.warning("an answer of more than %d MiB cannot be replayed", LARGEST / 2**20)
            return
        if not self._mine():
            return
        for begin in range(PIECE, size, PIECE):
            key = _piece(self._name, self._holder, begin)
            self._place.set(key, answer.body[begin : begin + PIECE], LASTING)
        value = _encoded(self._asked, self._holder, size, answer)
        for _ in range(TRIES):
            held = self._mine()
            if held is None or self._place.swap(self._name, held, value, LASTING):
                return

    def release(self) -> None:
        self._over.set()
        held = self._mine()
        if held and held.value:
            self._place.delete(self._name)

    def _mine(self) -> Held | None:
        """Also where the place has forgotten it."""
        held = self._place.gets(self._name)
        return held if held and held.value in (self.value, None) else None


def _piece(name: str, holder: str, begin: int) -> str:
    return f"{name}:{holder}:{begin}"


def _encoded(asked: str, holder: str, size: int, answer: Answer | None = None) -> bytes:
    head: dict[str, Any] = {"asked": asked, "holder": holder, "size": size}
    if answer is None:
        return orjson.dumps(head)
    head |= {"status": answer.status, "headers": answer.headers}
    return orjson.dumps(head) + b"\n" + answer.body[:PIECE]


def _read(value: bytes | None) -> _Entry | None:
    """None for what nobody of ours has written."""
    head, _, body = (value or b"").partition(b"\n")
    try:
        told = orjson.loads(head)
        answer = None
        if "status" in told:
            headers = [(str(name), str(value)) for name, value in told["headers"]]
            answer = Answer(int(told["status"]), headers, body)
        return _Entry(str(told["asked"]), str(told["holder"]), int(told["size"]), answer)
    except (ValueError, TypeError, KeyError):
        return None


def _whole(entry: _Entry, name: str, place: Place) -> Answer | None:
    """None where a part of it is gone."""
    if entry.answer is None:
        return None
    begins = range(PIECE, entry.size, PIECE)
    pieces = [place.get(_piece(name, entry.holder, begin)) for begin in begins]
    body = b"".join([entry.answer.body, *filter(None, pieces)])
    if len(body) != entry.size:
        return None
    return Answer(entry.answer.status, entry.answer.headers, body)
