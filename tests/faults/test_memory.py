"""Many large bodies at once."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.raw import connected, read_until
from tests.serving import KEY, ProcessRelay, ThreadedRelay, process
from utils.web.services import bodies

pytestmark = pytest.mark.fault(97)

MB = 2**20


def request(size: int, said: str = "word ") -> bytes:
    messages = [{"role": "user", "content": said * (size // len(said))}]
    body = json.dumps({"model": "gpt-4o-mini", "messages": messages}).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: relay\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def small_room(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """As on a machine that has little memory."""
    monkeypatch.setattr("utils.web.services.bodies.PART", bodies.memory() // size)


def told(relay: ThreadedRelay, size: int) -> tuple[int, Any, bool]:
    """The status, the code and whether it may be tried again."""
    text = "word " * (size // 5)
    reply = relay.chat(messages=[{"role": "user", "content": text}])
    return (
        reply.status_code,
        reply.json().get("error", {}).get("code"),
        "retry-after" in reply.headers,
    )


def test_large_bodies_that_memory_has_no_room_for_are_sent_away_for_a_while(
    relay_with: RelayFactory, onemin: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_room(monkeypatch, MB)
    relay = relay_with()
    release = relay.services.bodies.hold(MB // 2)
    assert told(relay, 600_000) == (503, "overloaded", True)
    assert relay.chat().status_code == 200, "small ones need no room"
    release()
    for size, status in ((600_000, 200), (MB, 400), (600_000, 200)):  # each lets go of its own
        assert told(relay, size)[0] == status
    assert len(onemin.chats) == 3


def test_one_that_is_alone_is_never_too_large(
    relay_with: RelayFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_room(monkeypatch, MB // 2)
    assert told(relay_with(), MB)[0] == 400


def peak(relay: ProcessRelay) -> int:
    """Bytes of memory that it has had at most."""
    status = Path(f"/proc/{relay.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.long
def test_sixty_four_bodies_of_20_mb_at_once_are_answered_or_sent_away(
    onemin: Simulator, tmp_path: Path
) -> None:
    """Each is longer than any model reads."""
    sent = request(20 * MB)
    with process(onemin.url, tmp_path, PYTHONDEVMODE="") as relay:
        assert relay.chat().status_code == 200

        def status(_: int) -> int:
            with connected(relay.port) as client:
                client.settimeout(50)
                client.sendall(sent)
                return int(read_until(client, b"\r\n")[9:12])

        with ThreadPoolExecutor(64) as pool:
            statuses = Counter(pool.map(status, range(64)))
        assert set(statuses) <= {400, 503}
        assert statuses[400]
        assert peak(relay) < 64 * 3 * 20 * MB  # bytes, text, and room to read it
        assert relay.chat().status_code == 200
