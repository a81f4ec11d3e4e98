"""Events in, events out: what stands between a text-only model and its client."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

from utils.domain.chat import Batches, Event, Finish, TextDelta, Usage
from utils.errors import UpstreamFailed


def completed(batches: Batches, count: Callable[[str], Usage]) -> Iterator[Sequence[Event]]:
    """Let only a real Finish pass: one with words before it, and with a usage.

    `count` is asked for the usage of a text when upstream reported none.
    """
    text: list[str] = []
    for batch in batches:
        for event in batch:
            if isinstance(event, TextDelta):
                text.append(event.text)
            elif not any(text):
                raise UpstreamFailed("1min.ai answered with an empty text")
        yield [_with_usage(event, text, count) for event in batch]


def _with_usage(event: Event, text: list[str], count: Callable[[str], Usage]) -> Event:
    if isinstance(event, Finish) and event.usage is None:
        return replace(event, usage=count("".join(text)))
    return event


def without_crawl_notes(batches: Batches) -> Iterator[Sequence[Event]]:
    """Take out what 1min.ai writes into an answer about pages it read: a line for each page,
    a footer at the very end (onemin-api.md 2.4, 14). Nothing else is touched, and text is held
    back only while it may still turn out to be one of them.
    """
    notes = _notes()
    next(notes)
    for batch in batches:
        kept: list[Event] = []
        for event in batch:
            text = notes.send(event.text if isinstance(event, TextDelta) else None)
            if text:
                kept.append(TextDelta(text))
            if not isinstance(event, TextDelta):
                kept.append(event)
        yield kept


def _notes() -> Generator[str, str | None]:
    """Send it text, get back what may go; None ends the answer."""
    before, held, out = "\n", "", ""  # `before` is the letter that precedes `held`
    while (text := (yield out)) is not None:
        text = _PAGE.sub("", before + held + text)
        cut = _UNSURE.search(text, 1)
        at = cut.start() if cut else len(text)
        before, held, out = text[at - 1], text[at:], text[1:at]
    yield _FOOTER.sub("", held)


def _beginnings(text: str) -> str:
    """A pattern for any beginning of `text`, the whole and the empty one included."""
    pattern = ""
    for letter in reversed(text):
        pattern = f"(?:{re.escape(letter)}{pattern})?"
    return pattern


_GLOBE = "[\N{EARTH GLOBE EUROPE-AFRICA}-\N{GLOBE WITH MERIDIANS}]\ufe0f?"
_URL = r"\S{1,2048}"
_PAGE = re.compile(rf"(?<=\n){_GLOBE} *Crawling site {_URL}[ \t]*\r?\n")
_FOOTER_TEXT = "Here is some information from the links you provided:"
_FOOTER = re.compile(rf"(?:\r?\n)?{re.escape(_FOOTER_TEXT)}\s*\Z")
_PAGE_BEGUN = rf"{_beginnings('Crawling site')}|Crawling site (?:{_URL}[ \t]*\r?)?"
_UNSURE = re.compile(
    rf"(?:\r?\n|\r)?(?:{re.escape(_FOOTER_TEXT)}\s*)?(?:(?<=\n){_GLOBE} *(?:{_PAGE_BEGUN}))?\Z"
    rf"|(?:\r?\n)?{_beginnings(_FOOTER_TEXT)}\Z"
)
