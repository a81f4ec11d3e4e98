"""What waits for 1min.ai holds no thread while it does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from simulator.replies import Hang, Pause, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.raw import chat_request, connected
from tests.serving import KEY, ProcessRelay, process

CALLS = 25
SLOW = {"model": "dall-e-3", "prompt": "a cat [[delay=3000]]", "n": 2}


def threads(relay: ProcessRelay) -> int:
    status = Path(f"/proc/{relay.process.pid}/status").read_text()
    return int(status.partition("Threads:")[2].split()[0])


@pytest.mark.fault(36)
def test_chats_that_wait_hold_no_threads(onemin: Simulator, tmp_path: Path) -> None:
    onemin.script(*[says(Hang(), "never")] * CALLS)
    with process(onemin.url, tmp_path, CARRIER="loop") as relay, ExitStack() as clients:
        assert relay.get("/v1/models").status_code == 200
        before = threads(relay)
        for _ in range(CALLS):
            clients.enter_context(connected(relay.port)).sendall(chat_request())
        assert len(onemin.wait_for_chats(CALLS)) == CALLS
        while threads(relay) > before:  # connecting took some for a moment
            assert not any(call.hung_up.is_set() for call in onemin.chats)


def test_runs_that_wait_leave_threads_for_what_is_quick(
    onemin: Simulator, relay_with: RelayFactory
) -> None:
    """A run holds a thread. Beyond as many it is refused, and waits for none."""
    relay = relay_with(threads=4)
    onemin.script(*[says(Pause(2), "made")] * 12)
    assistant = relay.post("/v1/assistants", {"model": "gpt-4o-mini"}).json()["id"]
    thread = {"messages": [{"role": "user", "content": "hi"}]}
    body = {"assistant_id": assistant, "stream": True, "thread": thread}
    with ThreadPoolExecutor(20) as pool:
        begun = [pool.submit(relay.post, "/v1/threads/runs", body) for _ in range(20)]
        onemin.wait_for_chats(4)
        assert relay.get("/healthz").status_code == 200
        assert not all(each.done() for each in begun)
        statuses = [each.result().status_code for each in begun]
    assert {status: statuses.count(status) for status in {*statuses}} == {200: 4, 503: 16}


@pytest.mark.long
def test_slow_pictures_hold_no_threads_and_hold_up_no_chats(
    onemin: Simulator, tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    with (
        process(onemin.url, tmp_path, THREADS=str(CALLS), CARRIER="loop") as relay,
        ThreadPoolExecutor(CALLS) as pool,
    ):
        assert relay.chat().status_code == 200
        before = threads(relay)
        drawn = [
            pool.submit(relay.post, "/v1/images/generations", SLOW, headers=headers)
            for _ in range(CALLS)
        ]
        while len(onemin.features) < 2 * CALLS:
            assert not any(each.done() for each in drawn)
        while threads(relay) > before:  # connecting took some for a moment
            assert not any(each.done() for each in drawn)
        assert relay.chat().status_code == 200
        assert relay.get("/v1/models").status_code == 200
        assert not any(each.done() for each in drawn)
        assert relay.post("/v1/images/generations", SLOW).status_code == 503
        assert {each.result().status_code for each in drawn} == {200}
        assert all(len(each.result().json()["data"]) == 2 for each in drawn)
