"""What a long soak takes for growth, and for a wrong answer."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path

import pytest

from bench.dialects import KEY, Ask, OneMin
from bench.errors import Failed
from bench.soak.crowd import MOST, Crowd, crowd
from bench.soak.mix import Kind
from bench.soak.requests import Request, Visit, has_status, is_same
from bench.soak.samples import Sample
from bench.soak.verdict import drifts
from simulator.replies import Cut, says
from simulator.server import Simulator

ROOT = Path(__file__).parent.parent.parent
DIRECT = OneMin()


def samples(measure: str, sizes: Sequence[int]) -> list[Sample]:
    steady = {"rss": 100_000, "pss": 100_000, "descriptors": 40, "threads": 12}
    return [
        Sample(second=5.0 * index, cpu=0.5, under_way=10, **(steady | {measure: size}))
        for index, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("measure", "sizes", "met"),
    [
        ("rss", [100] * 100, True),
        ("rss", [50] * 10 + [100] * 90, True),
        ("rss", [100] * 90 + [104] * 10, True),
        ("rss", [100] * 90 + [104] * 4 + [106] * 6, False),
        ("rss", range(100, 200), False),
        ("rss", [100] * 95 + [1000] + [100] * 4, True),
        ("rss", range(200, 100, -1), True),
        ("descriptors", [12] * 90 + [14] * 10, True),
        ("descriptors", [12] * 90 + [15] * 10, False),
        ("threads", [100] * 90 + [104] * 10, True),
        ("threads", [100] * 90 + [106] * 10, False),
    ],
    ids=[
        "steady", "a warm-up", "under the bar", "over it", "a leak", "a peak", "less",
        "two of few", "three of few", "some of many", "too many of many",
    ],
)  # fmt: skip
def test_the_last_tenth_is_judged_by_the_one_after_the_warm_up(
    measure: str, sizes: Sequence[int], met: bool
) -> None:
    assert [drift.met for drift in drifts(samples(measure, sizes))].count(False) == (not met)


def chat(number: int, key: str) -> Visit:
    answer = yield Request(DIRECT.request(Ask(number)))
    is_same(answer, DIRECT.whole(answer), Ask(number).text)
    has_status((yield Request(b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")), 404)


def mistaken(number: int, key: str) -> Visit:
    has_status((yield Request(DIRECT.request(Ask(number)))), 500)


def impatient(number: int, key: str) -> Visit:
    ask = Ask(number, events=100, pace=20, stream=True)
    answer = yield Request(DIRECT.request(ask), leave_after=0.3)
    assert 0 < sum(event.name == "content" for event in answer.events()) < 100


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def visited(onemin: Simulator, kind: Kind, times: int = 3) -> Crowd:
    host, _, port = onemin.url.removeprefix("http://").partition(":")
    with crowd((host, int(port))) as everybody:
        visits = ((kind, kind.visit(number, KEY)) for number in range(times))
        everybody.come(visits, rate=100, seconds=10)
        everybody.see_out()
    assert everybody.tally.visits == times
    return everybody


def test_a_visit_goes_on_with_each_answer(onemin: Simulator) -> None:
    tally = visited(onemin, Kind(1, chat)).tally
    assert tally.answers == {("chat", 200): 3, ("chat", 404): 3}
    assert not tally.wrong


def test_a_visit_may_leave_in_the_midst_of_an_answer(onemin: Simulator) -> None:
    tally = visited(onemin, Kind(1, impatient)).tally
    assert tally.answers == {("impatient", 200): 3}
    assert not tally.wrong


def test_wrong_answers_are_counted_by_why(onemin: Simulator) -> None:
    tally = visited(onemin, Kind(1, mistaken)).tally
    assert tally.wrong == {("mistaken", "is a 200, not a 500"): 3}
    assert tally.shown[0].startswith("mistaken: is a 200, not a 500 200 ")


def test_an_answer_that_breaks_off_is_wrong(onemin: Simulator) -> None:
    onemin.script(says("Hel", Cut()))
    tally = visited(onemin, Kind(1, impatient), times=1).tally
    assert not tally.wrong, "who leaves does not care"
    onemin.script(says("Hel", Cut()))
    tally = visited(onemin, Kind(1, chat), times=1).tally
    assert tally.wrong == {("chat", "is broken off"): 1}


def test_a_server_that_does_not_keep_up_ends_the_run() -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=2 * MOST) as deaf,
        crowd(deaf.getsockname()) as everybody,
    ):
        visits = ((kind, kind.visit(1, KEY)) for kind in repeat(Kind(1, chat)))
        with pytest.raises(Failed, match="does not keep up"):
            everybody.come(visits, rate=1e6, seconds=30)


@pytest.mark.long
def test_the_soak_runs() -> None:
    command = [sys.executable, "-m", "bench.soak", "--minutes", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "| wrong answers |              | 0" in done.stdout, done.stdout + done.stderr
