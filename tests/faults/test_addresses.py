"""A relay in a process of its own, and every field of a request in which a URL may stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from simulator.server import Simulator
from tests.fetch.addresses import INSIDE, TRICKS
from tests.serving import ASKED, ProcessRelay, process

NAMES = {
    "localhost": "127.0.0.1",
    "localhost.": "127.0.0.1",
    "metadata.google.internal": "169.254.169.254",
    "db.internal": "10.1.2.3",
    "printer.local": "192.168.1.9",
    "inside.example": "127.0.0.1",
}

# Every Python imports it. Each connection is noted, and no name is asked of anybody.
WATCHING = (
    f"known = {NAMES!r}"
    + """
import socket, sys
from pathlib import Path
numeric, noted = socket.getaddrinfo, Path(__file__).with_name("connections").open("a")
def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    place = known.get(str(host).lower(), host)
    return numeric(place, port, family, type, proto, flags | socket.AI_NUMERICHOST)
socket.getaddrinfo = getaddrinfo
def note(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        print(*args[1][:2], file=noted, flush=True)
sys.addaudithook(note)
"""
)


@dataclass(frozen=True)
class Watched:
    relay: ProcessRelay
    onemin: Simulator
    connections: Path

    def elsewhere(self) -> set[str]:
        """Where the relay has connected to that is not 1min.ai."""
        port = self.onemin.url.rpartition(":")[2]
        return {*self.connections.read_text().splitlines()} - {f"127.0.0.1 {port}"}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("relay")
    connections = folder / "connections"
    connections.touch()
    (folder / "sitecustomize.py").write_text(WATCHING)
    settings = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    with Simulator() as onemin, process(onemin.url, folder, **settings) as relay:
        assert relay.chat().status_code == 200
        yield Watched(relay, onemin, connections)
        relay.session.close()


Request = tuple[str, dict[str, Any]]


def chat(part: dict[str, Any], **fields: Any) -> Request:
    message = {"role": "user", "content": [{"type": "text", "text": "look"}, part]}
    return "/v1/chat/completions", {"json": {**ASKED, "messages": [message], **fields}}


def response(part: dict[str, Any]) -> Request:
    said = [{"role": "user", "content": [part]}]
    return "/v1/responses", {"json": {"model": "gpt-4o-mini", "input": said}}


def message(kind: str, url: str) -> Request:
    part = {"type": kind, "source": {"type": "url", "url": url}}
    said = [{"role": "user", "content": [part, {"type": "text", "text": "look"}]}]
    return "/v1/messages", {"json": {"model": "gpt-4o-mini", "max_tokens": 9, "messages": said}}


def edit(**fields: Any) -> Request:
    asked = {"prompt": "a hat", "model": "gpt-image-1-mini", **fields}
    return "/v1/images/edits", {"json": asked}


def recording(path: str, name: str, url: str) -> Request:
    return f"/v1/audio/{path}", {"files": {name: (None, url), "model": (None, "whisper-1")}}


PNG = "data:image/png;base64,iVBORw0KGgo="
FIELDS: dict[str, Callable[[str], Request]] = {
    "chat image_url": lambda url: chat({"type": "image_url", "image_url": {"url": url}}),
    "chat image_url as text": lambda url: chat({"type": "image_url", "image_url": url}),
    "chat file_url": lambda url: chat({"type": "file", "file": {"file_url": url}}),
    "responses input_image": lambda url: response({"type": "input_image", "image_url": url}),
    "responses input_file": lambda url: response({"type": "input_file", "file_url": url}),
    "messages image": lambda url: message("image", url),
    "messages document": lambda url: message("document", url),
    "images.edits": lambda url: edit(images=[{"image_url": url}]),
    "images.edits mask": lambda url: edit(images=[{"image_url": PNG}], mask={"image_url": url}),
    "videos": lambda url: (
        "/v1/videos",
        {"json": {"prompt": "run", "model": "sora-2", "input_reference": {"image_url": url}}},
    ),
    **{
        f"{path} {name}": partial(recording, path, name)
        for path in ("transcriptions", "translations")
        for name in ("url", "file_url", "audio_url")
    },
}
SOME = (
    "127.0.0.1",
    "2130706433",
    "[::ffff:7f00:1]",
    "169.254.169.254",
    "localhost.",
    "10.0.0.1",
)


@pytest.mark.fault(64, 65)
@pytest.mark.parametrize("field", FIELDS)
def test_no_field_of_a_request_leads_inside(watched: Watched, field: str) -> None:
    for host in SOME:
        path, options = FIELDS[field](f"http://{host}/latest/meta-data")
        reply = watched.relay.post(path, **options)
        assert reply.status_code == 400, (host, reply.text)
        assert "has no public address" in reply.text, (host, reply.text)
    assert not watched.elsewhere()


@pytest.mark.fault(64, 65)
def test_no_spelling_of_a_host_leads_inside(watched: Watched) -> None:
    for host in (*INSIDE, *TRICKS, *NAMES):
        for url in (f"http://{host}/", f"hTTpS://{host}"):
            path, options = FIELDS["chat image_url"](url)
            reply = watched.relay.post(path, **options)
            assert reply.status_code == 400, (url, reply.text)
            assert not watched.elsewhere(), url


@pytest.mark.fault(64)
def test_nor_does_a_message_of_a_thread(watched: Watched) -> None:
    made = watched.relay.post("/v1/assistants", {"model": "gpt-4o-mini"}).json()
    part = {"type": "image_url", "image_url": {"url": "http://127.1/"}}
    thread = {"messages": [{"role": "user", "content": [part]}]}
    asked = {"assistant_id": made["id"], "thread": thread, "stream": True}
    reply = watched.relay.post("/v1/threads/runs", asked)
    assert "has no public address" in reply.text
    assert not watched.elsewhere()
