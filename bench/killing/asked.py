"""What a relay answers about what it keeps."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from bench.killing.told import Kept, Told
from bench.killing.visits import CONVERSATIONS, FILES, RESPONSES
from bench.load import Address

Value = TypeVar("Value")

FILES_AT_ONCE = 10_000  # which come from the list in Memcached, if that is good
PAGE = 100  # which come from the database
BACKGROUND = {"queued", "in_progress", "completed", "failed"}


class Asked:
    """A relay, and whether it has what its callers were told of."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def wrong(self, keys: Sequence[str], told: Told) -> Iterator[str]:
        yield from self._files(keys, told)
        yield from self._kept(told)

    def listed(self, keys: Sequence[str]) -> set[str]:
        return {id for key in keys for id in self._list(key, PAGE)}

    def _files(self, keys: Sequence[str], told: Told) -> Iterator[str]:
        for key in keys:
            whole = self._list(key, FILES_AT_ONCE)
            if whole != self._list(key, PAGE):
                yield "a list of files is not what the database says"
            own = {id for id, owner in told.files.items() if owner == key}
            for id in own.difference(whole):
                yield f"a file is lost: {id}"

    def _kept(self, told: Told) -> Iterator[str]:
        """What was checked once is not asked for again: its rows are still looked at."""
        for place, key in _taken(told.deleted):
            if (status := self._get(place, key)[0]) != 404:
                yield f"what was deleted is a {status}: {place}"
        for id, kept in _taken(told.responses):
            status, body = self._get(f"{RESPONSES}/{id}", kept.key)
            if status != 200 or not _says([*body["output"]], kept):
                yield f"a response is a {status}, or another: {id}"
        for id, kept in _taken(told.conversations):
            path = f"{CONVERSATIONS}/{id}/items?order=asc"
            status, body = self._get(path, kept.key)
            if status != 200 or not _says(body["data"], kept):
                yield f"a conversation is a {status}, or another: {id}"
        for id, key in _taken(told.running):
            status, body = self._get(f"{RESPONSES}/{id}", key)
            if status != 200 or body["status"] not in BACKGROUND:
                yield f"a response in the background is a {status}: {id}"

    def _list(self, key: str, limit: int) -> list[str]:
        """All ids, by as many pages as it takes."""
        ids: list[str] = []
        more = True
        while more:
            after = f"&after={ids[-1]}" if ids else ""
            status, page = self._get(f"{FILES}?order=asc&limit={limit}{after}", key)
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

    def _get(self, path: str, key: str) -> tuple[int, Any]:
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
