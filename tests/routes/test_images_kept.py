"""Whoever leaves does not lose what is paid for."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from simulator.replies import Hang, Reply
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.raw import connected
from tests.routes.painting import size
from tests.samples import png
from tests.serving import KEY, Relay, ThreadedRelay

ASKED: dict[str, Any] = {
    "prompt": "a cat [[delay=300]]",
    "model": "dall-e-3",
    "size": "1024x1792",
}


def request(**fields: Any) -> bytes:
    body = json.dumps(ASKED | fields).encode()
    head = (
        "POST /v1/images/generations HTTP/1.1\r\nHost: relay\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def left(relay: Relay, onemin: Simulator, **fields: Any) -> None:
    """A caller has, while 1min.ai was at work."""
    with connected(relay.port) as client:
        client.sendall(request(**fields))
        deadline = time.monotonic() + 10
        while not onemin.features and time.monotonic() < deadline:
            time.sleep(0.01)


def kept(relay: Relay, number: int) -> list[dict[str, Any]]:
    """As soon as there are so many."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        files: list[dict[str, Any]] = relay.get("/v1/files").json()["data"]
        if len(files) >= number:
            return files
        time.sleep(0.05)
    raise AssertionError("nothing was kept")


@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
def test_the_pictures_of_a_caller_who_left_are_among_his_files(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    left(relay, onemin, n=2, stream=stream)
    files = kept(relay, 2)
    assert [file["purpose"] for file in files] == ["vision", "vision"]
    for file in files:
        content = relay.get(f"/v1/files/{file['id']}/content")
        assert size(content.content) == (1024, 1792)
        assert content.headers["Content-Type"] == "image/png"
        assert file["filename"].endswith(".png")
    assert len(onemin.features) == 2
    other = relay.get("/v1/files", headers={"Authorization": "Bearer another-callers-key"})
    assert other.json()["data"] == []


def test_leaving_a_stream_that_has_begun_loses_nothing_either(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(stream_commit_seconds=0.01)
    with connected(relay.port) as client:
        client.sendall(request(stream=True))
        assert b"200 OK" in client.recv(65536)
    assert len(kept(relay, 1)) == 1


def test_work_that_was_left_alone_holds_its_seat_until_it_is_done(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(threads=1, carrier="loop")
    left(relay, onemin)
    asked = {"prompt": "a dog", "model": "dall-e-3"}
    assert relay.post("/v1/images/generations", asked).status_code == 503
    assert relay.chat().status_code == 200  # pictures have seats of their own
    kept(relay, 1)
    deadline = time.monotonic() + 5
    status = 503
    while status == 503 and time.monotonic() < deadline:
        status = relay.post("/v1/images/generations", asked).status_code
    assert status == 200


def test_a_relay_that_stops_waits_for_what_was_left_alone(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with()
    left(relay, onemin)
    relay.server.stop()
    relay._thread.join(20)
    again = relay_with()
    assert len(again.get("/v1/files").json()["data"]) == 1


def test_nothing_is_kept_of_what_was_never_asked_of_1min_ai(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_assets(Reply(body=(Hang(),)))
    with connected(relay.port) as client:
        client.sendall(_edit())
        deadline = time.monotonic() + 10
        while not (uploads := [c for c in onemin.calls if c.path == "/api/assets"]):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert uploads[0].hung_up.wait(5)
    assert not onemin.features


def _edit() -> bytes:
    data = base64.b64encode(png()).decode()
    images = [{"image_url": f"data:image/png;base64,{data}"}]
    body = json.dumps({"prompt": "x", "model": "gpt-image-1", "images": images}).encode()
    return (
        request().partition(b"\r\n")[0].replace(b"generations", b"edits")
        + (
            f"\r\nHost: relay\r\nAuthorization: Bearer {KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        + body
    )
