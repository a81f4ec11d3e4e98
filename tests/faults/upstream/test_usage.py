"""What an upstream says that an answer cost: twice, null, nonsense, or not at all."""

from __future__ import annotations

import orjson
import pytest

from simulator.replies import Reply
from simulator.server import Simulator
from tests.faults.upstream.ways import (
    COUNTED,
    FLAT,
    METADATA,
    Way,
    answer,
    every_way,
    stream,
    text,
)
from tests.ledger.relays import row_of, used
from tests.routes.heard import whole_and_streamed
from tests.serving import ThreadedRelay

ODD = [b"null", b"true", b"-1", b"18446744073709551615", b"NaN"]


def counted(way: Way) -> dict[str, int]:
    return METADATA if way is FLAT else COUNTED


def said(way: Way, *usages: bytes, streams: bool) -> Reply:
    """Each of them is JSON. A whole answer has room for one."""
    if not streams:
        return answer(way.whole("Hello", "USAGE").replace(b'"USAGE"', usages[-1]))
    told = (way.counted("USAGE").replace(b'"USAGE"', usage) for usage in usages)
    return stream(way.word("Hello") + b"".join(told) + way.end)


@pytest.mark.fault(29)
@every_way
@whole_and_streamed
def test_the_last_of_several_usages_counts(
    relay: ThreadedRelay, onemin: Simulator, way: Way, *, stream: bool
) -> None:
    first, last = dict.fromkeys(counted(way), 1), counted(way)
    usages = orjson.dumps(first), orjson.dumps(last), orjson.dumps(last)
    way.script(onemin, said(way, *usages, streams=stream))
    found = row_of(relay, way.ask(relay, stream=stream))
    assert used(found) == (7, 2, "upstream")
    assert found["credits"] == 5 or way is not FLAT


@pytest.mark.fault(29)
@every_way
@whole_and_streamed
def test_a_usage_that_is_none_is_estimated(
    relay: ThreadedRelay, onemin: Simulator, way: Way, *, stream: bool
) -> None:
    """What is no number is none, and one that would be paid back, or fits in no ledger."""
    names = [name.encode() for name in counted(way)]
    each = [b"{" + b",".join(b'"%b":%b' % (n, odd) for n in names) + b"}" for odd in ODD]
    way.script(onemin, *(said(way, usage, streams=stream) for usage in (*ODD, *each)))
    replies = [way.ask(relay, stream=stream) for _ in (*ODD, *each)]
    assert {text(reply) for reply in replies} == {"Hello"}
    for found in [row_of(relay, reply) for reply in replies]:
        read, written, source = used(found)
        assert (0 < read < 100, 0 < written < 10, source) == (True, True, "estimated")
        assert 0 <= (found["credits"] or 0) < 10
