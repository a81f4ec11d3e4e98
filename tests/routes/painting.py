"""Relays that draw, and pictures to send them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from simulator.server import Simulator
from tests.samples import png
from tests.serving import Relay, ThreadedRelay, config_for
from tests.simulator.peer import downloaded

CAT = ("cat.png", png())
PNG = b"\x89PNG\r\n\x1a\n"


def hole() -> tuple[str, bytes]:
    """A mask of one pixel, which is transparent."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(5))),
        (b"IEND", b""),
    ]
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    ]
    return "mask.png", PNG + b"".join(parts)


@contextmanager
def running(folder: Path, onemin: Simulator, **settings: Any) -> Iterator[ThreadedRelay]:
    relay = ThreadedRelay(config_for(onemin.url, folder, **settings))
    relay.get("/v1/models")  # so that its catalog is live
    yield relay
    relay.stop()


def prompts(onemin: Simulator, number: int = 1) -> list[dict[str, Any]]:
    """Of the last calls; each asked to be answered later."""
    calls = [call.json for call in onemin.features[-number:]]
    assert all(call["async"] is True for call in calls)
    return [call["promptObject"] for call in calls]


def size(data: bytes) -> tuple[int, int]:
    assert data.startswith(PNG)
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def shown(onemin: Simulator, url: str | None) -> tuple[int, int]:
    """How large the picture at this address is, which anyone can fetch."""
    assert url
    assert url.startswith(onemin.asset_url)
    return size(downloaded(onemin, url).body)


def drawn(relay: Relay, **fields: Any) -> requests.Response:
    body = {"prompt": "a cat", "model": "dall-e-3", **fields}
    return relay.post("/v1/images/generations", body)


def edited(relay: Relay, files: Any = (("image", CAT),), **fields: Any) -> requests.Response:
    form = {"prompt": "with a hat", "model": "gpt-image-1", **fields}
    return relay.post("/v1/images/edits", None, files=list(files), data=form)


def varied(relay: Relay, files: Any = (("image", CAT),), **fields: Any) -> requests.Response:
    return relay.post("/v1/images/variations", None, files=list(files), data=fields)
