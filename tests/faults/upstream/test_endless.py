"""Answers without end, from one server's process into another's bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from simulator.replies import Reply
from simulator.server import Simulator
from tests.faults.upstream.ways import (
    COUNTED,
    FLAT,
    METADATA,
    PASSED,
    SURFACE,
    Way,
    answer,
    complaint,
    every_way,
    relay_settings,
    text,
)
from tests.faults.upstream.ways import stream as events
from tests.routes.heard import whole_and_streamed
from tests.serving import ProcessRelay, ThreadedRelay, process
from utils.origin import MAX_ANSWER

MEGABYTE = 2**20
ENDLESS = 2**30 // MEGABYTE  # pieces, of which no relay reads more than it may
ROOM = 3 * MAX_ANSWER  # for one answer, its pieces put together, and whatever else


@contextmanager
def relaying(onemin: Simulator, folder: Path) -> Iterator[ProcessRelay]:
    file = folder / "relay.yaml"
    file.write_text(yaml.safe_dump(relay_settings(onemin.url + SURFACE)))
    settings = {"CONFIG_FILE": str(file), "ONE_MIN_CHAT": "auto"}
    with process(onemin.url, folder, **settings) as relay:
        assert relay.chat().status_code == 200
        yield relay


def memory(relay: ProcessRelay) -> int:
    """Bytes that it has ever had."""
    status = Path(f"/proc/{relay.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.mark.fault(22)
@every_way
@whole_and_streamed
def test_a_long_answer_arrives_whole(
    relay: ThreadedRelay, onemin: Simulator, way: Way, *, stream: bool
) -> None:
    words = "x" * (3 * MEGABYTE)
    usage = METADATA if way is FLAT else COUNTED  # or it would be counted here
    told = way.word(words) + way.counted(usage) + way.end
    way.script(onemin, events(told) if stream else answer(way.whole(words, usage)))
    assert text(way.ask(relay, stream=stream)) == words


def endless(way: Way) -> list[Reply]:
    word = b"x" * MEGABYTE
    replies = [
        events(b'{"a": "', *[word] * ENDLESS),
        events(b"data: ", *[word] * ENDLESS),
        events(way.word("Hel") + b"data: ", *[word] * ENDLESS),
        events(*[b" " * MEGABYTE] * ENDLESS),
        Reply(500, {}, (b'{"error": "', *[word] * ENDLESS), framing="close"),
    ]
    if way is PASSED:  # elsewhere all words are counted in the end, which takes its time
        replies.append(events(*[way.word("x" * MEGABYTE)] * ENDLESS))
    return replies


@pytest.mark.fault(22)
@pytest.mark.long
@every_way
def test_what_never_ends_is_given_up_in_bounded_memory(
    onemin: Simulator, tmp_path: Path, way: Way
) -> None:
    """An object, a line, a line after a word, blanks, a refusal, words."""
    with relaying(onemin, tmp_path) as relay:
        before = memory(relay)
        for reply in endless(way):
            for streams in (False, True):
                way.script(onemin, reply)
                assert complaint(way.ask(relay, stream=streams))["type"] == "api_error"
                assert way.calls(onemin)[-1].hung_up.wait(5)
                assert text(way.ask(relay, stream=streams))
        assert memory(relay) - before < ROOM
