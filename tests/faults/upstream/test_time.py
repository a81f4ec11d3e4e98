"""Upstreams that are slow, that hang now and then, and prompts that take long to count."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from itertools import islice
from pathlib import Path
from threading import Event, Thread

import pytest

from simulator.replies import Hang, Pause, Reply, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.faults.upstream.ways import (
    FLAT,
    SURFACE,
    Way,
    answer,
    complaint,
    every_way,
    relay_file,
    stream,
    text,
)
from tests.raw import chat_request, connected, read_until
from tests.serving import ProcessRelay, process

DRIP = 0.25  # seconds between two bytes


def dripping(wire: bytes, *, bytes_: int) -> Reply:
    """The last so many bytes come one by one."""
    parts = [part for byte in wire[-bytes_:] for part in (Pause(DRIP), bytes([byte]))]
    return stream(wire[:-bytes_], *parts)


@pytest.mark.fault(24)
@pytest.mark.long
@every_way
def test_who_is_slow_but_not_silent_may_come_to_an_end(
    relay_with: RelayFactory, onemin: Simulator, way: Way
) -> None:
    """In twice the time that may pass without a byte."""
    relay = relay_with(
        file=relay_file(onemin.url + SURFACE), one_min_chat="auto", idle_timeout=1.5
    )
    assert relay.chat().status_code == 200
    way.script(onemin, dripping(way.said("Hello"), bytes_=12))
    assert text(way.ask(relay, stream=True)) == "Hello"


@pytest.mark.fault(24)
@pytest.mark.long
@every_way
def test_who_is_never_silent_still_has_to_come_to_an_end(
    relay_with: RelayFactory, onemin: Simulator, way: Way
) -> None:
    file = relay_file(onemin.url + SURFACE)
    relay = relay_with(file=file, one_min_chat="auto", idle_timeout=9, total_timeout=0.5)
    assert relay.chat().status_code == 200
    drip = [part for _ in range(999) for part in (Pause(0.05), b":")]
    way.script(onemin, stream(way.word("Hel"), *drip))
    reply = way.ask(relay, stream=True)
    assert "did not finish" in complaint(reply)["message"]
    assert way.calls(onemin)[-1].hung_up.wait(5)


# Some hang


HANGING = 5


def threads(relay: ProcessRelay) -> int:
    status = Path(f"/proc/{relay.process.pid}/status").read_text()
    return int(status.partition("Threads:")[2].split()[0])


@pytest.mark.fault(36)
@pytest.mark.long
def test_one_call_in_a_hundred_that_hangs_is_no_matter_to_the_others(
    onemin: Simulator, tmp_path: Path
) -> None:
    """What hangs is left to its timers, which other tests are about."""
    onemin.script(says("Hello"), *[*[says("Hello")] * 99, says(Hang(), "never")] * HANGING)
    with ThreadPoolExecutor(16) as pool, process(onemin.url, tmp_path) as relay:
        assert text(relay.chat()) == "Hello"
        before = threads(relay)
        asked = [pool.submit(relay.chat, stream=at % 2 == 0) for at in range(100 * HANGING)]
        answered = [each.result() for each in islice(as_completed(asked), 99 * HANGING)]
        assert {reply.status_code for reply in answered} == {200}
        assert sum(not each.done() for each in asked) == HANGING
        assert relay.get("/healthz").status_code == 200
        assert threads(relay) < before + 16
        onemin.script(says("Hello"))
        assert text(relay.chat()) == "Hello"


# Some are large


LARGE = 100_000  # tokens
STALL = 2  # seconds without a word, where one comes each 10 ms


def words() -> str:
    return " ".join(f"word{number % 977}" for number in range(LARGE // 2))


def gaps(client: socket.socket, over: Event) -> Iterator[float]:
    """The seconds between two words of a stream, until all is over."""
    last = time.monotonic()
    while not over.is_set():
        assert client.recv(65536)
        now = time.monotonic()
        yield now - last
        last = now


def all_over(asked: list[Future[int]], over: Event) -> None:
    wait(asked)
    over.set()


@pytest.mark.fault(102)
@pytest.mark.long
def test_a_prompt_of_100k_tokens_stalls_no_small_stream(
    onemin: Simulator, tmp_path: Path
) -> None:
    """They come on one thread; what is large is counted elsewhere."""
    calls, prompt, over = 16, words(), Event()
    onemin.script(
        says("Hello"), says(*[p for n in range(3000) for p in (f" {n}", Pause(0.01))])
    )
    with (
        process(onemin.url, tmp_path, CARRIER="loop", RATE_LIMIT_TOKENS="10000000") as relay,
        connected(relay.port) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        assert relay.chat().status_code == 200
        client.sendall(chat_request(stream=True))
        read_until(client, b'" 9"')
        onemin.script(*[answer(FLAT.whole("Hello"))] * calls)

        def ask(number: int) -> int:
            said = f"{number} {prompt}"  # none was counted before
            return relay.chat(messages=[{"role": "user", "content": said}]).status_code

        asked = [pool.submit(ask, number) for number in range(calls)]
        Thread(target=all_over, args=(asked, over), daemon=True).start()
        told = [*gaps(client, over)]
        assert {each.result() for each in asked} == {200}
    assert max(told) < STALL
