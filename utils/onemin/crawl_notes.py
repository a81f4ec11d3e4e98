"""What 1min.ai writes into an answer about the pages it read (onemin-api.md 2.4, 14)."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace

from utils.domain.chat import Batches, Citation, Event, Finish, TextDelta
from utils.errors import RelayError


def without_crawl_notes(batches: Iterable[Sequence[Event]]) -> Batches:
    """Take out what 1min.ai writes into an answer about pages it read: a line for each page,
    a footer at the very end (onemin-api.md 2.4, 14). Nothing else is touched, and text is held
    back only while it may still turn out to be one of them.

    The pages become citations, unless the answer's record names them itself.
    """
    pages: dict[str, None] = {}
    notes = _notes(pages)
    next(notes)
    try:
        yield from _sifted(batches, notes, pages)
    except RelayError:
        if rest := notes.send(None):
            yield [TextDelta(rest)]
        raise


def _sifted(
    batches: Iterable[Sequence[Event]],
    notes: Generator[str, str | None],
    pages: Iterable[str],
) -> Batches:
    for batch in batches:
        kept: list[Event] = []
        for event in batch:
            text = notes.send(event.text if isinstance(event, TextDelta) else None)
            if text:
                kept.append(TextDelta(text))
            if isinstance(event, Finish) and not event.citations:
                event = replace(event, citations=tuple(map(Citation, pages)))
            if not isinstance(event, TextDelta):
                kept.append(event)
        yield kept


def _notes(pages: dict[str, None]) -> Generator[str, str | None]:
    """Send it text, get back what may go; None ends the answer. Adds the pages it meets."""

    def taken_out(line: re.Match[str]) -> str:
        pages[line["url"]] = None
        return ""

    before, held, out = "\n", "", ""  # `before` is the letter that precedes `held`
    while (text := (yield out)) is not None:
        text = _PAGE.sub(taken_out, before + held + text)
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
_PAGE = re.compile(rf"(?<=\n){_GLOBE} *Crawling site (?P<url>{_URL})[ \t]*\r?\n")
_FOOTER_TEXT = "Here is some information from the links you provided:"
_FOOTER = re.compile(rf"(?:\r?\n)?{re.escape(_FOOTER_TEXT)}\s{{0,64}}\Z")
_PAGE_BEGUN = rf"{_beginnings('Crawling site')}|Crawling site (?:{_URL}[ \t]*\r?)?"
_FOOTER_MAYBE = rf"(?:{re.escape(_FOOTER_TEXT)}\s{{0,64}})?"
_UNSURE = re.compile(
    rf"(?:\r?\n|\r)?{_FOOTER_MAYBE}(?:(?<=\n){_GLOBE} *(?:{_PAGE_BEGUN}))?\Z"
    rf"|(?:\r?\n)?{_beginnings(_FOOTER_TEXT)}\Z"
)
