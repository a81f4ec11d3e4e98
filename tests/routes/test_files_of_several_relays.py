"""Files through relays in processes of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator.server import Simulator
from tests.memcached import Memcached
from tests.routes.keeping import FIELDS, kept
from tests.sdk import client_of
from tests.serving import HEADERS, ProcessRelay, process

MB = 2**20
FORM = b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n'
HEAD = FORM % (b"purpose", b"") + b"user_data\r\n" + FORM % (b"file", b'; filename="a"')
END = b"\r\n--x--\r\n"


def asked(relay: ProcessRelay, method: str, **options: Any) -> Any:
    """Over a connection of its own, so that any process may take it."""
    with requests.Session() as session:
        session.trust_env = False
        url = f"{relay.url}/v1/files"
        return session.request(method, url, headers=HEADERS, timeout=30, **options).json()


def sent(relay: ProcessRelay, number: int) -> str:
    file = {"file": (f"{number}.txt", f"file {number}".encode() * 1000)}
    return str(asked(relay, "POST", files=file, data=FIELDS)["id"])


def listed(relay: ProcessRelay) -> list[set[str]]:
    """As several processes tell it."""

    def ask(_: int) -> set[str]:
        return {file["id"] for file in asked(relay, "GET")["data"]}

    with ThreadPoolExecutor(8) as pool:
        return [*pool.map(ask, range(8))]


@pytest.mark.long
def test_fifty_files_sent_at_once_are_listed_while_memcached_comes_and_goes(
    onemin: Simulator, tmp_path: Path, memcached: Memcached
) -> None:
    place = {"MEMCACHED_HOST": "127.0.0.1", "MEMCACHED_PORT": str(memcached.port)}
    with (
        process(onemin.url, tmp_path, WORKERS="4", **place) as relay,
        ThreadPoolExecutor(50) as pool,
    ):
        files = {*pool.map(lambda number: sent(relay, number), range(50))}
        assert len(files) == 50
        assert listed(relay) == [files] * 8
        memcached.stop()
        assert listed(relay) == [files] * 8
        files |= {*pool.map(lambda number: sent(relay, number), range(50, 60))}
        memcached.start()
        assert listed(relay) == [files] * 8
        files |= {*pool.map(lambda number: sent(relay, number), range(60, 70))}
        assert listed(relay) == [files] * 8
        assert len(files) == 70
        assert kept(tmp_path / "data") == files


def stream(size: int) -> Iterator[bytes]:
    yield HEAD
    for _ in range(size // MB):
        yield bytes(MB)
    yield END


class Form:
    """Sent piece by piece, and with its length told."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __iter__(self) -> Iterator[bytes]:
        return stream(self._size)

    def __len__(self) -> int:
        return len(HEAD) + self._size + len(END)


def peak(relay: ProcessRelay) -> int:
    """The most memory that the process ever had, in bytes."""
    status = Path(f"/proc/{relay.process.pid}/status").read_text()
    [found] = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(found) * 1024


def up(relay: ProcessRelay, size: int) -> str:
    kind = {**HEADERS, "Content-Type": "multipart/form-data; boundary=x"}
    reply = relay.post("/v1/files", None, data=Form(size), headers=kind)
    return str(reply.json()["id"])


def down(relay: ProcessRelay, id: str) -> int:
    with relay.get(f"/v1/files/{id}/content", stream=True) as content:
        return sum(map(len, content.iter_content(MB)))


def in_parts(relay: ProcessRelay, size: int) -> str:
    with client_of(relay) as client:
        upload = client.uploads.upload_file_chunked(
            file=bytes(size),
            filename="a",
            bytes=size,
            mime_type="text/plain",
            purpose="user_data",
            part_size=size // 2,
        )
    return upload.status


def test_a_large_file_takes_no_memory(onemin: Simulator, tmp_path: Path) -> None:
    """Whether it comes at once, goes out again, or comes in parts."""
    as_usual = {"PYTHONDEVMODE": ""}  # which would keep a record of all memory, in memory
    with process(onemin.url, tmp_path, **as_usual) as relay:
        for size in (2 * MB, 24 * MB):  # the first loads what is loaded at first use
            peaks = [peak(relay)]
            id = up(relay, size)
            peaks.append(peak(relay))
            assert down(relay, id) == size
            peaks.append(peak(relay))
            assert in_parts(relay, size) == "completed"
            peaks.append(peak(relay))
        assert max(after - before for before, after in pairwise(peaks)) <= 5 * MB
