"""Relays that keep files, and files to keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from simulator.server import Simulator
from tests.serving import HEADERS, Relay, ThreadedRelay, config_for

LARGEST = 2**20
FIELDS = {"purpose": "user_data"}
NOTES = ("notes.txt", b"The code is 4711.")


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[ThreadedRelay]:
    """1min.ai is only asked whether it knows the caller."""
    small: dict[str, Any] = {"max_file_mb": 1, "max_body_mb": 2}
    with Simulator() as onemin:
        relay = ThreadedRelay(config_for(onemin.url, folder, **small | settings))
        yield relay
        relay.stop()


def sent(
    relay: Relay,
    file: Any = NOTES,
    fields: dict[str, Any] = FIELDS,
    headers: dict[str, str] = HEADERS,
) -> requests.Response:
    files = {"file": file} if file else {"another": file}
    return relay.post("/v1/files", None, files=files, data=fields, headers=headers)


def kept(folder: Path) -> set[str]:
    return {path.name for path in (folder / "files").rglob("*") if path.is_file()}
