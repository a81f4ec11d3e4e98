"""Whether a relay that was killed and started again still has what callers were told of."""

from __future__ import annotations

import http.client
import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from bench.killing import rows
from bench.killing.told import Kept, Told
from bench.killing.visits import CONVERSATIONS, FILES, RESPONSES
from bench.load import Address
from simulator.calls import Call

Value = TypeVar("Value")

PAID = re.compile(r"paid-\d+-\d+")
FILES_AT_ONCE = 10_000  # which come from the list in Memcached, if that is good
PAGE = 100  # which come from the database
LATE = 1.0  # seconds before a kill; what ended sooner is in the ledger
BACKGROUND = {"queued", "in_progress", "completed", "failed"}
LONG_AGO = 7200  # seconds, after which what a crash left is removed


@dataclass(slots=True)
class Checker:
    """`most` is what the limited key may ask for in a minute; `unbooked` is how long before
    the kill those calls ended that the ledger has lost, in seconds.
    """

    data: Path
    keys: Sequence[str]
    most: int
    told: Told
    unbooked: list[float] = field(default_factory=list)
    paid: Counter[str] = field(default_factory=Counter)

    @property
    def database(self) -> Path:
        return self.data / "relay.db"

    def wrong(self, address: Address, killed: float, paid: Sequence[Call]) -> Iterator[str]:
        """`paid` is what 1min.ai was asked since the last time."""
        yield from (f"before the kill: {line}" for line in self.told.wrong)
        self.told.wrong.clear()
        yield from rows.wrong(self.database)
        yield from rows.wrong_files(self.database, self.data / "files")
        yield from self._booked(killed)
        yield from self._paid(paid)
        yield from self._granted()
        relay = _Relay(address)
        yield from self._files(relay)
        yield from self._kept(relay)

    def swept(self, address: Address) -> Iterator[str]:
        """After some hours, an upload has removed the bytes that no row knows."""
        folder = self.data / "files"
        past = time.time() - LONG_AGO
        for path in (folder / "unsettled").iterdir():
            os.utime(path, (past, past))
        relay = _Relay(address)
        while any(path.stat().st_mtime < past + 1 for path in (folder / "unsettled").iterdir()):
            relay.upload(self.keys[0])
        yield from rows.wrong_files(self.database, folder)
        if left := {path.name for path in folder.glob("[fp]*")} - rows.contents(self.database):
            yield f"bytes without a row: {len(left)}"

    def _booked(self, killed: float) -> Iterator[str]:
        there = rows.calls(self.database)
        for id in there - self.told.asked:
            yield f"a call that nobody made is in the ledger: {id}"
        for id in self.told.ended.keys() - there:
            early = killed - self.told.ended.pop(id)
            self.unbooked.append(early)
            if early > LATE:
                yield f"a call that ended {early:.1f} s before is not in the ledger: {id}"

    def _paid(self, calls: Sequence[Call]) -> Iterator[str]:
        for call in calls:
            if told := PAID.findall(call.body.decode(errors="replace")):
                self.paid[told[-1]] += 1
        for name, times in self.paid.items():
            if times > 1:
                yield f"paid {times} times: {name}"

    def _granted(self) -> Iterator[str]:
        """One call may have been counted in the minute after it was asked."""
        for minutes in self.told.granted.values():
            for times in minutes.values():
                if times > self.most + 1:
                    yield f"{times} calls in a minute, where {self.most} were granted"

    def _files(self, relay: _Relay) -> Iterator[str]:
        listed: set[str] = set()
        for key in self.keys:
            whole = relay.files(key, FILES_AT_ONCE)
            if whole != relay.files(key, PAGE):
                yield "a list of files is not what the database says"
            own = {id for id, owner in self.told.files.items() if owner == key}
            for id in own.difference(whole):
                yield f"a file is lost: {id}"
            listed.update(whole)
        if listed != rows.files(self.database):
            yield "some files are in nobody's list"

    def _kept(self, relay: _Relay) -> Iterator[str]:
        """What was checked once is not asked for again: its rows are still looked at."""
        told = self.told
        for place, key in _taken(told.deleted):
            if (status := relay.asked(place, key)[0]) != 404:
                yield f"what was deleted is a {status}: {place}"
        for id, kept in _taken(told.responses):
            status, body = relay.asked(f"{RESPONSES}/{id}", kept.key)
            if status != 200 or not _says([*body["output"]], kept):
                yield f"a response is a {status}, or another: {id}"
        for id, kept in _taken(told.conversations):
            path = f"{CONVERSATIONS}/{id}/items?order=asc"
            status, body = relay.asked(path, kept.key)
            if status != 200 or not _says(body["data"], kept):
                yield f"a conversation is a {status}, or another: {id}"
        for id, key in _taken(told.running):
            status, body = relay.asked(f"{RESPONSES}/{id}", key)
            if status != 200 or body["status"] not in BACKGROUND:
                yield f"a response in the background is a {status}: {id}"


class _Relay:
    def __init__(self, address: Address) -> None:
        self._address = address

    def files(self, key: str, limit: int) -> list[str]:
        """All ids, by as many pages as it takes."""
        ids: list[str] = []
        more = True
        while more:
            after = f"&after={ids[-1]}" if ids else ""
            status, page = self.asked(f"{FILES}?order=asc&limit={limit}{after}", key)
            if status != 200:
                return [f"a {status}"]
            ids += [file["id"] for file in page["data"]]
            more = page["has_more"]
        return ids

    def upload(self, key: str) -> None:
        form = (
            b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n'
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
            b"a\r\n--x--\r\n"
        )
        self._ask("POST", FILES, key, form)

    def asked(self, path: str, key: str) -> tuple[int, Any]:
        return self._ask("GET", path, key)

    def _ask(self, method: str, path: str, key: str, body: bytes = b"") -> tuple[int, Any]:
        connection = http.client.HTTPConnection(*self._address, timeout=30)
        headers = {"Authorization": f"Bearer {key}"}
        if body:
            headers["Content-Type"] = "multipart/form-data; boundary=x"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def _taken(told: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    while told:
        yield told.popitem()


def _says(items: Sequence[dict[str, Any]], kept: Kept) -> bool:
    """Whether the answers in it begin with those that were told."""
    said = [
        item["content"][0]["text"]
        for item in items
        if item["type"] == "message" and item["role"] == "assistant"
    ]
    return tuple(said[: len(kept.texts)]) == kept.texts
