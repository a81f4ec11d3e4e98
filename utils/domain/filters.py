"""Events in, events out: what stands between a text-only model and its client.

Each takes a way to ask and returns a better one, so that they stack. Closing what a stacked
ask returned closes everything below, down to the connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import regex

from utils.domain.chat import (
    ArgumentsDelta,
    Ask,
    Batches,
    CallBegun,
    Chat,
    Event,
    Finish,
    FinishReason,
    Message,
    Note,
    ReasoningDelta,
    TextDelta,
)
from utils.domain.loose_json import Reading, Source
from utils.domain.token_budget import TokenBudget


def thinking(ask: Ask) -> Ask:
    """What a model thinks aloud in <think> tags, before its answer, is no part of it."""

    def asked(chat: Chat) -> Batches:
        source, out = Source(), list[Event]()
        reading = _thoughts(source, out)
        next(reading)
        with closing(ask(chat)) as batches:
            for batch in batches:
                decided = _thought(batch, source, out, reading)
                yield out.copy()
                out.clear()
                if decided:
                    break
            yield from batches

    return asked


def _thought(
    batch: Sequence[Event], source: Source, out: list[Event], reading: Reading[None]
) -> bool:
    """Whether the thoughts are over. All that the batch holds is then in `out`."""
    over = False
    for event in batch:
        if isinstance(event, Note):
            out.append(event)
            continue
        if not isinstance(event, TextDelta):
            source.ended = True
        elif over:
            out.append(event)
            continue
        else:
            source.feed(event.text)
        over = over or next(reading, _OVER) is _OVER
        if not isinstance(event, TextDelta):
            out.append(event)
    return over


def _thoughts(source: Source, out: list[Event]) -> Reading[None]:
    """Ends once it is sure that what comes next is the answer."""
    yield
    if opening := (yield from source.match(_THINK)):
        source.at = opening.end()
        yield from _blank(source)
        while True:
            closed = _THOUGHT.search(source.text, source.at, partial=not source.ended)
            end = closed.start() if closed else len(source.text)
            if end > source.at:
                out.append(ReasoningDelta(source.text[source.at : end]))
            source.at = end
            if closed and not closed.partial:
                source.at = closed.end()
                yield from _blank(source)
            elif not source.ended:
                yield
                continue
            break
    if rest := source.text[source.at :]:
        out.append(TextDelta(rest))


def _blank(source: Source) -> Reading[None]:
    """The space around a tag belongs to neither the thoughts nor the answer."""
    while blank := _SPACE.match(source.text, source.at):
        source.at = blank.end()
        if source.at < len(source.text) or source.ended:
            return
        yield


_OVER = object()
_SPACE = regex.compile(r"\s*")
_THINK = regex.compile(r"\s{0,4}<think(?:ing)?>")
_THOUGHT = regex.compile(r"</think(?:ing)?>")


def stopping(ask: Ask) -> Ask:
    """The answer ends before the first of the chat's stop sequences that is complete, and with
    it what 1min.ai would have told at its end: which pages it read.
    """

    def asked(chat: Chat) -> Batches:
        begun = regex.compile("|".join(map(regex.escape, chat.stops)))
        held, called = "", False
        with closing(ask(chat)) as batches:
            for batch in batches:
                out: list[Event] = []
                for event in batch:
                    more = event.text if isinstance(event, TextDelta) else None
                    text = held + (more or "")
                    stop = _complete(text, chat.stops)
                    partial = None if stop or more is None else begun.search(text, partial=True)
                    end = stop.start if stop else partial.start() if partial else len(text)
                    out += [TextDelta(text[:end])] * bool(end)
                    if stop:
                        reason: FinishReason = "tool_calls" if called else "stop"
                        met = text[stop.start : stop.stop]
                        yield [*out, Finish(reason, stop_sequence=met)]
                        return
                    held = text[end:]
                    if more is None:
                        called = called or isinstance(event, CallBegun)
                        out.append(event)
                yield out

    return asked


def _complete(text: str, stops: Sequence[str]) -> slice | None:
    """Where the first is that is complete, however the text came; the longest, if several end
    there.
    """
    ends = ((at + len(stop), at) for stop in stops if (at := text.find(stop)) >= 0)
    end, start = min(ends, default=(0, 0))
    return slice(start, end) if end else None


def limiting(ask: Ask) -> Ask:
    """The answer ends with the last token that the chat allows."""

    def asked(chat: Chat) -> Batches:
        budget = TokenBudget(chat.max_tokens or 0, chat.model)
        with closing(ask(chat)) as batches:
            for batch in batches:
                out: list[Event] = []
                for event in batch:
                    if isinstance(event, TextDelta | ReasoningDelta | ArgumentsDelta):
                        said = budget.spend(event.text)
                        if said != event.text:
                            out += [replace(event, text=said)] * bool(said)
                            yield [*out, Finish("length")]
                            return
                    out.append(event)
                yield out

    return asked


def trying(ask: Ask) -> Ask:
    """How hard the model should think, asked for in words."""

    def asked(chat: Chat) -> Batches:
        wish = Message(role="system", text=EFFORTS[chat.effort])
        return ask(replace(chat, messages=(wish, *chat.messages)))

    return asked


EFFORTS = {
    "none": "Answer at once, without deliberating first.",
    "minimal": "Answer at once, with hardly any deliberation.",
    "low": "Answer with little deliberation.",
    "high": "Think the matter through thoroughly before you answer.",
    "xhigh": "Think the matter through very thoroughly, from several sides, before you answer.",
    "max": "Think the matter through as thoroughly as you can before you answer.",
}
