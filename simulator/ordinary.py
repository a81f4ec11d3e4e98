"""The answer to a call that nobody scripted: the model's words, with 1min.ai's habits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from simulator import sight
from simulator.delivery import burst
from simulator.frames import done_frame, frame, pieces, torn
from simulator.model import said
from simulator.records import Usage, links, record, sites
from simulator.replies import Part, Pause, Reply, stream, whole
from simulator.turn import Turn

FILLER = "The quick brown fox jumps over a lazy dog outside the café. "
EVENTS_PER_SEND = 64
FOOTER = "\nHere is some information from the links you provided:"


def ordinary(turn: Turn, pace: float = 0.0) -> Reply:
    words = text(turn)
    usage: Usage = "counted" if turn.wishes.usage else None
    answer = {"aiRecord": record(turn, words, usage=usage)}
    if not turn.streaming:
        return whole(answer)
    repeated = (frame("content", content=words),) if repeats(turn.model.id) else ()
    ending = (*repeated, frame("result", **answer), done_frame())
    measured = turn.wishes.events is not None
    return stream(*content(turn, words, pace), *(ending if measured else torn(ending)))


def text(turn: Turn) -> str:
    wish = turn.wishes
    if wish.events is not None:
        return filler(wish.events * wish.size)
    footer = FOOTER if links(turn.prompt) else ""
    words = sight.answer(turn.prompt, turn.attached) or said(turn.prompt, turn.model.id)
    return progress(turn) + words + footer


def progress(turn: Turn) -> str:
    """A web search tells of its crawling inside the text (onemin-api.md 14, quirk 7)."""
    return "".join(f"🌐 Crawling site {url}\n" for url in sites(turn))


def repeats(model: str) -> bool:
    """gpt-5.4 says everything once more at the end (onemin-api.md 14, quirk 9)."""
    return model.startswith("gpt-5.4")


def content(turn: Turn, words: str, pace: float) -> tuple[Part, ...]:
    wish = turn.wishes
    pace = pace if wish.pace is None else wish.pace
    if wish.events is not None:
        return _measured(wish.events, wish.size, pace)
    frames = [frame("content", content=piece) for piece in pieces(words)]
    return tuple(paced(frames, pace) if pace else torn(frames))


def filler(length: int) -> str:
    return (FILLER * (length // len(FILLER) + 1))[:length]


@lru_cache(maxsize=32)
def _measured(events: int, size: int, pace: float) -> tuple[Part, ...]:
    """A burst is cut into chunks beforehand: it has to cost less here than in the relay."""
    words = filler(events * size)
    starts = range(0, len(words), size)
    frames = [frame("content", content=words[at : at + size]) for at in starts]
    if pace:
        return tuple(paced(frames, pace))
    sends = range(0, events, EVENTS_PER_SEND)
    return tuple(burst(*frames[at : at + EVENTS_PER_SEND]) for at in sends)


def paced(frames: Iterable[bytes], pace: float) -> Iterator[Part]:
    """The first at once, each other one `pace` seconds after the one before."""
    for index, data in enumerate(frames):
        if index:
            yield Pause(pace)
        yield data
