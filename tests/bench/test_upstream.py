"""The benchmark's upstream says what the simulator says, in its own time."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from bench.dialects import Ask, Dialect, OneMin, OpenAI
from bench.errors import Failed
from bench.load import Exchange, Load
from bench.readings import check_whole, deltas, stamped_deltas
from bench.replays import steps
from bench.targets import Target, direct
from simulator.replies import Cut, Pause, stream
from simulator.server import Simulator


class Native(OpenAI):
    """A gateway's own call to the upstream."""

    def request(self, ask: Ask) -> bytes:
        return OpenAI.request(self, ask).replace(b" /v1/", b" /openai/v1/", 1)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with direct(tmp_path_factory.mktemp("upstream")) as target:
        yield target


@pytest.fixture(scope="module")
def simulator() -> Iterator[Target]:
    with Simulator(native_usage=True) as running:
        place = urlsplit(running.url)
        assert place.hostname
        assert place.port
        yield Target("simulator", (place.hostname, place.port), 0, OneMin())


def asked(target: Target, dialect: Dialect, *asks: Ask) -> list[Exchange]:
    with Load(target.address) as load:
        return load.keep_asking([dialect.request(ask) for ask in asks], len(asks))


def lengths(target: Target, dialect: Dialect, ask: Ask) -> int:
    [exchange] = asked(target, dialect, ask)
    return sum(len(data) for _, data in exchange.pieces)


@pytest.mark.parametrize("dialect", [OneMin(), Native()], ids=["onemin", "openai"])
@pytest.mark.parametrize(
    "ask",
    [
        Ask(123456789, size=300),
        Ask(123456789, size=300, usage=False),
        Ask(123456789, events=200, stream=True),
        Ask(123456789, events=5, pace=1, stream=True, tools=True),
    ],
    ids=["whole", "uncounted", "burst", "paced"],
)
def test_an_answer_is_as_long_as_the_simulators(
    upstream: Target, simulator: Target, dialect: Dialect, ask: Ask
) -> None:
    assert lengths(upstream, dialect, ask) == lengths(simulator, dialect, ask)


@pytest.mark.parametrize("dialect", [OneMin(), Native()], ids=["onemin", "openai"])
def test_answers_are_whole_again_and_again(upstream: Target, dialect: Dialect) -> None:
    target = Target("upstream", upstream.address, 0, dialect)
    whole = [Ask(number, size=300 + number % 3) for number in range(1000, 1020)]
    streamed = [Ask(number, events=3000, stream=True) for number in range(1000, 1008)]
    for ask, exchange in zip(whole, asked(target, dialect, *whole), strict=True):
        check_whole(target, ask, exchange)
    for ask, exchange in zip(streamed, asked(target, dialect, *streamed), strict=True):
        assert len(deltas(target, ask, exchange)) == 3000


@pytest.mark.parametrize("dialect", [OneMin(), Native()], ids=["onemin", "openai"])
def test_paced_events_do_not_come_before_their_time(upstream: Target, dialect: Dialect) -> None:
    ask = Ask(1, events=10, pace=20, stream=True)
    target = Target("upstream", upstream.address, 0, dialect)
    [exchange] = asked(target, dialect, ask)
    begun, arrived = stamped_deltas(target, ask, exchange)
    assert exchange.sent < begun < arrived[0] < begun + 5
    for index, arrival in enumerate(arrived):
        assert arrival - begun >= index * 0.02 - 1e-6


def test_a_prompt_larger_than_any_buffer_arrives(upstream: Target) -> None:
    ask = Ask(1, words=100_000)
    assert len(OneMin().request(ask)) > 2**22
    check_whole(upstream, ask, *asked(upstream, OneMin(), ask))


def test_a_client_that_leaves_does_no_harm(upstream: Target) -> None:
    with Load(upstream.address) as load:
        load.open(
            [OneMin().request(Ask(n, events=50, pace=1, stream=True)) for n in range(9)], 0
        )
    check_whole(upstream, Ask(1), *asked(upstream, OneMin(), Ask(1)))


def test_what_comes_without_a_pause_is_one_step() -> None:
    first, second = steps(stream(b"a", b"b", Pause(0.5), b"c"))
    assert first[0] == 0
    assert first[1].endswith(b"\r\n\r\n1\r\na\r\n1\r\nb\r\n")
    assert second == (0.5, b"1\r\nc\r\n0\r\n\r\n")


def test_a_broken_answer_is_not_for_the_benchmark() -> None:
    with pytest.raises(Failed):
        list(steps(stream(b"a", Cut())))
