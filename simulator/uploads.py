"""Uploads that the simulator was sent, for tests to look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulator.assets.multipart import NoForm, parts
from simulator.calls import Call


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    content_type: str
    data: bytes
    api_key: str


def uploads(calls: Iterable[Call]) -> Iterator[Upload]:
    """Every file of these calls, refused ones too; a body that is no form has none."""
    for call in calls:
        try:
            form = parts(call.headers.get("content-type", ""), call.body)
        except NoForm:
            continue
        key = call.headers.get("api-key", "")
        for part in form:
            if part.filename is not None:
                yield Upload(part.filename, part.media_type, part.data, key)
