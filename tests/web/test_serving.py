from __future__ import annotations

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator.replies import Hang, Pause, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.raw import chat_request, connected, read_until, seconds_until_closed
from tests.serving import process
from utils.web.serving import channel


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, relay_with: RelayFactory) -> int:
    """The port of a relay whose timers are short. Their real lengths: see the test below."""
    for name, seconds in {"HEAD_SECONDS": 0.5, "BODY_SECONDS": 1, "IDLE_SECONDS": 1.5}.items():
        monkeypatch.setattr(f"utils.web.serving.channel.{name}", seconds)
    return relay_with().port


@pytest.mark.fault(43, 44, 45)
def test_the_timers_are_as_long_as_promised() -> None:
    assert (channel.HEAD_SECONDS, channel.BODY_SECONDS, channel.IDLE_SECONDS) == (15, 30, 75)


def dribble(client: socket.socket, text: bytes, seconds: float) -> float:
    """Send a byte now and then; how long the server bears it, at most `seconds`."""
    began = time.monotonic()
    client.settimeout(0.2)
    for letter in text:
        try:
            client.sendall(bytes([letter]))
            if client.recv(4096) == b"":
                break
        except TimeoutError:
            pass
        except OSError:
            break
        if time.monotonic() - began > seconds:
            break
    return time.monotonic() - began


@pytest.mark.fault(43)
def test_a_header_that_dribbles_in_is_given_up(impatient: int) -> None:
    with connected(impatient) as client:
        assert 0.4 < dribble(client, chat_request()[:60], 10) < 5


@pytest.mark.fault(44)
def test_a_body_that_dribbles_in_is_given_up(impatient: int) -> None:
    head, _, body = chat_request().partition(b"\r\n\r\n")
    with connected(impatient) as client:
        client.sendall(head + b"\r\n\r\n")
        assert 0.8 < dribble(client, body[:-1], 12) < 6


@pytest.mark.fault(45)
def test_an_idle_connection_is_closed(impatient: int) -> None:
    with connected(impatient) as fresh:
        assert 1.2 < seconds_until_closed(fresh, 12) < 7
    with connected(impatient) as used:
        used.sendall(b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n")
        assert 1.2 < seconds_until_closed(used, 12) < 7


def test_a_slow_answer_is_no_idle_connection(impatient: int, onemin: Simulator) -> None:
    onemin.script(says(Pause(2.2), "Hello"))
    with connected(impatient) as client:
        client.sendall(chat_request())
        assert b"Hello" in read_until(client, b"Hello")


@pytest.mark.fault(41)
def test_a_client_that_does_not_read_is_given_up(impatient: int, onemin: Simulator) -> None:
    onemin.script(says(*["x" * 60_000] * 400))
    with connected(impatient) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(chat_request(stream=True))
        assert onemin.wait_for_chats(1)[0].hung_up.wait(12)


def test_it_says_where_it_listens_and_how_to_call_it(onemin: Simulator, tmp_path: Path) -> None:
    with process(onemin.url, tmp_path) as relay:
        said = relay.log.read_text()
        assert f"talking to {onemin.url}" in said
        assert f"curl {relay.url}/v1/chat/completions" in said
        assert not onemin.calls, "nothing is called before the first request"
        assert relay.chat().status_code == 200
        assert relay.end() == 0


def test_a_bad_setting_stops_the_start_and_names_itself(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match=r"PORT='eighty'"),
        process("http://127.0.0.1:1", tmp_path, PORT="eighty"),
    ):
        pass


def test_a_port_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with (
            pytest.raises(AssertionError, match="cannot start"),
            process("http://127.0.0.1:1", tmp_path, PORT=port),
        ):
            pass


@pytest.mark.fault(98)
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
def test_work_under_way_ends_before_the_relay_does(
    onemin: Simulator, tmp_path: Path, number: signal.Signals
) -> None:
    streams = 50
    onemin.script(*[says("Hel", Pause(1.5), "lo")] * streams)
    with process(onemin.url, tmp_path) as relay, ThreadPoolExecutor(streams) as pool:
        replies = [pool.submit(relay.chat, stream=True) for _ in range(streams)]
        onemin.wait_for_chats(streams, timeout=20)
        relay.process.send_signal(number)
        ready = relay.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"status": "stopping"})
        assert all(reply.result().text.endswith("[DONE]\n\n") for reply in replies)
        assert relay.process.wait(20) == 0
        assert relay.log.read_text().count("stopping: what is under way has 30 seconds") == 1


@pytest.mark.fault(98)
def test_work_past_the_limit_is_told_so(
    relay_with: RelayFactory, onemin: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.web.serving.serving.DRAIN_SECONDS", 0.5)
    relay = relay_with()
    onemin.script(says("Hel", Hang(), "lo"), says(Hang(), "never"))
    with ThreadPoolExecutor(2) as pool:
        stream = pool.submit(relay.chat, stream=True)
        onemin.wait_for_chats(1)
        whole = pool.submit(relay.chat)
        onemin.wait_for_chats(2)
        relay.server.stop()
        assert '"code":"shutting_down"' in stream.result().text
        assert "[DONE]" not in stream.result().text
        assert whole.result().status_code == 503
    assert all(call.hung_up.wait(2) for call in onemin.chats)


@pytest.mark.fault(98)
def test_a_signal_to_the_whole_group_lets_work_end(onemin: Simulator, tmp_path: Path) -> None:
    """As systemd and a terminal send it: to the workers too, to whom it is then passed on."""
    onemin.script(says("Hel", Pause(2), "lo"))
    with (
        process(onemin.url, tmp_path, WORKERS="2") as relay,
        ThreadPoolExecutor(1) as pool,
    ):
        pids = workers(relay.process.pid)
        reply = pool.submit(relay.chat, stream=True)
        onemin.wait_for_chats(1, timeout=20)
        for pid in (*pids, relay.process.pid):
            os.kill(pid, signal.SIGTERM)
        assert reply.result().text.endswith("[DONE]\n\n")
        assert relay.process.wait(10) == 0


def test_an_answer_that_took_longer_than_a_client_may_idle_arrives_whole(
    impatient: int, onemin: Simulator
) -> None:
    onemin.script(says(Pause(2.2), "x" * 3_000_000))
    with connected(impatient) as client:
        client.sendall(chat_request())
        assert read_until(client, b'"total_tokens"').count(b"x") >= 3_000_000


@pytest.mark.fault(98)
def test_a_second_signal_does_not_wait(onemin: Simulator, tmp_path: Path) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with process(onemin.url, tmp_path) as relay, ThreadPoolExecutor(1) as pool:
        reply = pool.submit(relay.chat, stream=True)
        onemin.wait_for_chats(1, timeout=20)
        relay.process.send_signal(signal.SIGTERM)
        while relay.get("/readyz").status_code == 200:
            pass
        time.sleep(1.1)  # two signals at once count as one
        assert relay.end(timeout=10) == 0
        assert "[DONE]" not in reply.result().text


@pytest.mark.fault(99)
def test_workers_share_the_socket_and_a_dead_one_is_replaced(
    onemin: Simulator, tmp_path: Path
) -> None:
    with process(onemin.url, tmp_path, WORKERS="2") as relay:
        victim, survivor = workers(relay.process.pid)
        assert {relay.chat().status_code for _ in range(10)} == {200}
        os.kill(victim, signal.SIGKILL)
        assert survivor in workers(relay.process.pid, besides=victim)
        assert {relay.chat().status_code for _ in range(10)} == {200}
        assert relay.end() == 0


def test_workers_do_not_outlive_the_process_that_started_them(
    onemin: Simulator, tmp_path: Path
) -> None:
    with process(onemin.url, tmp_path, WORKERS="2") as relay:
        pids = workers(relay.process.pid)
        relay.end(signal.SIGKILL)
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def workers(master: int, besides: int = 0) -> list[int]:
    """The two worker processes, once there are two."""
    children = Path(f"/proc/{master}/task/{master}/children")
    deadline = time.monotonic() + 10
    while len(pids := {int(pid) for pid in children.read_text().split()} - {besides}) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return sorted(pids)
