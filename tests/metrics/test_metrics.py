from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics import parser

from simulator.replies import Cut, Hang, html, says
from simulator.server import Simulator
from tests.metrics.watching import ADMIN, TOKEN, gained, running, sums
from tests.serving import ASKED, KEY, ProcessRelay, ThreadedRelay, process

CHATS = "/v1/chat/completions"
WELL = f"relay_calls_total 1min.ai gpt-4o-mini {CHATS} 2xx"


families: Any = parser.text_string_to_metric_families


def eventually(relay: ThreadedRelay, name: str, value: float) -> None:
    """A call is over a moment after its client has heard all of it."""
    until = time.monotonic() + 10
    while sums(relay).get(name, 0) != value:
        assert time.monotonic() < until, sums(relay)
        time.sleep(0.02)


def test_a_call_is_counted_with_all_that_it_used(
    watched: ThreadedRelay, sim: Simulator
) -> None:
    before = sums(watched)
    usage = watched.chat().json()["usage"]
    eventually(watched, WELL, before.get(WELL, 0) + 1)
    told = gained(before, sums(watched))
    assert told.pop(f"relay_requests_total POST {CHATS} 200") == 1
    assert told["relay_tokens_total input gpt-4o-mini upstream"] == usage["prompt_tokens"]
    assert told["relay_tokens_total output gpt-4o-mini upstream"] == usage["completion_tokens"]
    assert told["relay_credits_total gpt-4o-mini"] == 51
    for name in ("call_seconds", "first_byte_seconds"):
        assert told[f"relay_{name}_count 1min.ai {CHATS}"] == 1
        assert 0 < told[f"relay_{name}_sum 1min.ai {CHATS}"] < 10


@pytest.mark.parametrize(
    ("stream", "reply", "name"),
    [
        (False, html(522), f"relay_calls_total 1min.ai gpt-4o-mini {CHATS} 5xx"),
        (True, says("Hel", Cut(), "lo"), f"relay_calls_total 1min.ai gpt-4o-mini {CHATS} 5xx"),
    ],
)
def test_a_call_counts_as_it_ended_even_where_its_client_was_told_otherwise(
    watched: ThreadedRelay, sim: Simulator, stream: bool, reply: object, name: str
) -> None:
    before = sums(watched).get(name, 0)
    sim.script(reply)  # type: ignore[arg-type]
    watched.chat(stream=stream)
    eventually(watched, name, before + 1)


def test_calls_under_way_are_told_until_their_clients_leave(
    watched: ThreadedRelay, sim: Simulator
) -> None:
    left = f"relay_calls_total 1min.ai gpt-4o-mini {CHATS} 4xx"
    before = sums(watched).get(left, 0)
    sim.script(says("Hel", Hang(), "lo"))
    reply = watched.post(CHATS, ASKED | {"stream": True}, stream=True)
    assert sums(watched)["relay_calls_in_flight"] == 1
    reply.close()
    eventually(watched, left, before + 1)
    assert sums(watched)["relay_calls_in_flight"] == 0


@pytest.mark.fault(78)
def test_nobody_makes_labels_by_what_they_send(watched: ThreadedRelay) -> None:
    watched.chat(model="no-such-model")
    watched.get("/v1/nowhere")
    before = set(sums(watched))
    for number in range(20):
        watched.chat(model=f"{KEY}-{number}")
        watched.chat(temperature=9, model=f"{KEY}-{number}")
        watched.get(f"/v1/nowhere/{number}")
        watched.get("/v1/models", headers={"Authorization": f"Bearer key-{number}"})
    assert not [name for name in set(sums(watched)) - before if KEY in name or "key-" in name]
    assert len(set(sums(watched)) - before) <= 3  # statuses that were not seen before


def test_a_model_that_nobody_lists_is_one_of_the_others(tmp_path: Path) -> None:
    """As long as 1min.ai does not tell its models, it may know any."""
    with Simulator() as sim:
        sim.script_models(*[html(500)] * 99)
        with running(sim.url, tmp_path) as relay:
            for number in range(3):
                relay.chat(model=f"mystery-{number}")
            eventually(relay, f"relay_calls_total 1min.ai other {CHATS} 4xx", 3)
            assert "mystery" not in relay.get("/metrics").text


def test_two_relays_in_one_process_count_apart(
    watched: ThreadedRelay, sim: Simulator, tmp_path: Path
) -> None:
    watched.chat()
    with running(sim.url, tmp_path) as other:
        assert not any("calls_total" in name for name in sums(other))
        other.chat()
        eventually(other, WELL, 1)


def test_whoever_asks_for_openmetrics_gets_them(watched: ThreadedRelay) -> None:
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    reply = watched.get("/metrics", headers=accept)
    assert reply.headers["Content-Type"].startswith("application/openmetrics-text; version=1")
    assert {family.name for family in families(reply.text)} >= {
        "relay_calls",
        "relay_call_seconds",
        "relay_state",
    }
    plain = watched.get("/metrics", headers={"Accept": "text/html, version=no"})
    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_an_admin_token_closes_them(sim: Simulator, tmp_path: Path) -> None:
    with running(sim.url, tmp_path, admin_token=TOKEN) as relay:
        assert relay.get("/metrics", headers={}).status_code == 401
        assert relay.get("/metrics").status_code == 401
        assert relay.get("/metrics", headers=ADMIN).status_code == 200
        assert relay.get("/readyz", headers={}).status_code == 200


@pytest.mark.long
def test_any_of_several_processes_tells_what_all_have_counted(
    sim: Simulator, tmp_path: Path
) -> None:
    with process(sim.url, tmp_path, WORKERS="2") as relay:
        with ThreadPoolExecutor(8) as pool:
            assert {*pool.map(lambda _: called(relay), range(24))} == {200}
        assert {told(relay) for _ in range(6)} == {24}
        sim.script(says("Hel", Hang(), "lo"))
        with Fresh(relay) as client:
            stream = client.post(CHATS, ASKED | {"stream": True}, stream=True)
            assert stream.status_code == 200
            assert sums(client)["relay_calls_in_flight"] == 1
            for pid in workers(relay):
                os.kill(pid, signal.SIGKILL)
        assert called(relay) == 200
        assert {told(relay) for _ in range(6)} == {25}
        [folder] = {path.parent for path in mapped(workers(relay)[0])}
        assert folder.is_dir()
        assert relay.end() == 0
    assert not folder.exists()


def called(relay: ProcessRelay) -> int:
    """On a connection of its own, which any process may take; its metrics are counted once it
    is read to its end.
    """
    with Fresh(relay) as client:
        return client.chat().status_code


def told(relay: ProcessRelay) -> float:
    until = time.monotonic() + 10
    while True:
        with Fresh(relay) as client:
            found = sums(client)
        if not found["relay_calls_in_flight"] or time.monotonic() > until:
            return found[WELL]


class Fresh(ProcessRelay):
    """New connections to a relay."""

    def __init__(self, relay: ProcessRelay) -> None:
        super().__init__(relay.port, relay.process, relay.log)

    def __enter__(self) -> Fresh:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()


def mapped(pid: int) -> list[Path]:
    """The files in which it counts."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return [Path(line.split()[-1]) for line in lines if line.endswith(".db")]


def workers(relay: ProcessRelay) -> list[int]:
    pid = relay.process.pid
    return [int(pid) for pid in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
