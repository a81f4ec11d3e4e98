"""Answers that are checked: one that is not as asked for ends the run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bench.answers import Answer, ServerSentEvent
from bench.dialects import Ask
from bench.errors import Failed
from bench.load import Exchange
from bench.targets import Target
from bench.upstream import LAP, STAMP

SHOWN = 500  # bytes of a wrong answer


class Paced(NamedTuple):
    """When upstream was asked, and when each delta of its answer arrived."""

    begun: float
    arrived: list[float]


def check_whole(target: Target, ask: Ask, exchange: Exchange) -> Answer:
    """The answer, if it is the right one and was counted by whom it should be."""
    answer = _answered(target, exchange)
    try:
        text = target.dialect.whole(answer)
    except (ValueError, LookupError, TypeError) as error:
        raise _wrong(target, answer, "is not in its dialect") from error
    if text != ask.text:
        raise _wrong(target, answer, f"has {len(text)} characters, not {len(ask.text)}")
    expected = "upstream" if ask.usage else "estimated"
    if target.dialect.counted_by(answer) not in ("", expected):
        raise _wrong(target, answer, f"is not counted as {expected}")
    return answer


def deltas(target: Target, ask: Ask, exchange: Exchange) -> list[float]:
    """When each delta of a stream that has ended arrived. A relay that looks for tool calls may
    cut the text elsewhere than upstream did.
    """
    return [moment for _, moment in _told(target, ask, exchange)]


def stamped_deltas(target: Target, ask: Ask, exchange: Exchange) -> Paced:
    """Of a stream that is paced."""
    told = _told(target, ask, exchange)
    stamp = int("".join(text for text, _ in told[:STAMP])[:STAMP])
    way = (stamp - int(exchange.sent * 1e6)) % LAP
    return Paced(exchange.sent + way / 1e6, [moment for _, moment in told])


def _told(target: Target, ask: Ask, exchange: Exchange) -> list[tuple[str, float]]:
    answer = _answered(target, exchange)
    events = list(answer.events())
    spoken = _spoken(target, answer, events)
    text = "".join(text for text, _ in spoken)
    known = 0 if ask.pace is None else STAMP
    whole = len(text) == len(ask.text) and text[known:] == ask.text[known:]
    if not whole or (len(spoken) != ask.events and not ask.tools):
        raise _wrong(target, answer, f"has {len(spoken)} deltas, not {ask.events}, or others")
    if not (exchange.complete and target.dialect.is_end(events[-1])):
        raise _wrong(target, answer, "does not end")
    return spoken


def check_open(target: Target, exchange: Exchange) -> None:
    """That a stream has begun and has not ended."""
    answer = _answered(target, exchange)
    if exchange.complete or not _spoken(target, answer, answer.events()):
        raise _wrong(target, answer, "is not an open stream")


def _spoken(
    target: Target, answer: Answer, events: Iterable[ServerSentEvent]
) -> list[tuple[str, float]]:
    try:
        texts = [(target.dialect.delta(event), event.arrived) for event in events]
    except (ValueError, LookupError, TypeError) as error:
        raise _wrong(target, answer, "is not in its dialect") from error
    return [(text, moment) for text, moment in texts if text]


def _answered(target: Target, exchange: Exchange) -> Answer:
    if not exchange.pieces:
        raise Failed(f"{target.name} has not answered")
    answer = Answer(exchange)
    if answer.status != 200:
        raise _wrong(target, answer, f"is a {answer.status}")
    return answer


def _wrong(target: Target, answer: Answer, why: str) -> Failed:
    shown = answer.body[:SHOWN].decode(errors="replace")
    return Failed(f"{target.name}: an answer {why}. It begins:\n{shown}")
