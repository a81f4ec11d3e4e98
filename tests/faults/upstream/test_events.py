"""Streams that are cut, framed and worded in every way that is allowed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator.server import Simulator
from tests.cuts import pieces
from tests.faults.upstream.ways import (
    NATIVE,
    PASSED,
    TRANSLATED,
    Way,
    every_way,
    stream,
    text,
    ways,
)
from tests.serving import ThreadedRelay

WORDS = (" é", "🌍\r\n\u2028", "語")


def crlf(wire: bytes) -> bytes:
    return wire.replace(b"\n", b"\r\n")


def cr(wire: bytes) -> bytes:
    return wire.replace(b"\n", b"\r")


def commented(wire: bytes) -> bytes:
    return b": hi\n\n:\n" + wire.replace(b"data: ", b": data: no\nid: 7\nretry: 9\ndata: ")


def tight(wire: bytes) -> bytes:
    return wire.replace(b": {", b":{").replace(b": [", b":[").replace(b"event: ", b"event:")


def on_lines(wire: bytes) -> bytes:
    """Every object on several lines, which are one text."""
    return wire.replace(b"{", b"{\ndata: ")


def named(wire: bytes) -> bytes:
    return wire.replace(b"data: ", b"event: message\ndata: ")


@pytest.mark.fault(25)
@every_way
def test_events_may_be_cut_at_any_byte(
    relay: ThreadedRelay, onemin: Simulator, way: Way
) -> None:
    wire = way.said(WORDS[1])
    cuts = [[wire[:at], wire[at:]] for at in range(1, len(wire), 4)] + [pieces(wire, 1)]
    way.script(onemin, *(stream(*parts) for parts in cuts))
    assert {text(way.ask(relay, stream=True)) for _ in cuts} == {WORDS[1]}


@every_way
@pytest.mark.parametrize(
    "framed",
    [
        pytest.param(crlf, marks=pytest.mark.fault(26)),
        pytest.param(cr, marks=pytest.mark.fault(26)),
        pytest.param(commented, marks=pytest.mark.fault(27)),
        pytest.param(tight, marks=pytest.mark.fault(28)),
        pytest.param(on_lines, marks=pytest.mark.fault(28)),
    ],
)
def test_events_say_the_same_however_they_are_written(
    relay: ThreadedRelay, onemin: Simulator, way: Way, framed: Callable[[bytes], bytes]
) -> None:
    """What is passed on byte for byte is for its client to read, who has to know as much."""
    wire = framed(way.said(*WORDS))
    way.script(onemin, stream(wire), stream(*pieces(wire, 5)))
    for _ in range(2):
        reply = way.ask(relay, stream=True)
        if way is PASSED:
            assert reply.content == wire
        else:
            assert text(reply) == "".join(WORDS)


@pytest.mark.fault(27)
@ways(NATIVE, TRANSLATED)
def test_an_events_name_changes_nothing(
    relay: ThreadedRelay, onemin: Simulator, way: Way
) -> None:
    way.script(onemin, stream(named(way.said(*WORDS))))
    assert text(way.ask(relay, stream=True)) == "".join(WORDS)
