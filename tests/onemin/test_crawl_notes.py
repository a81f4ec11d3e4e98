from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.cuts import PLACES, cut_at, cuts, pieces
from utils.domain.chat import Citation, Event, Finish, TextDelta, Usage
from utils.errors import UpstreamFailed
from utils.onemin.crawl_notes import without_crawl_notes

FOOTER = "Here is some information from the links you provided:"
PAGE = "🌐 Crawling site https://example.com/1\n"


def spoken(parts: Iterable[str]) -> Iterator[Sequence[Event]]:
    return iter([*[[TextDelta(part)] for part in parts], [Finish()]])


def text_of(batches: Iterable[Sequence[Event]]) -> str:
    return "".join(
        event.text for batch in batches for event in batch if isinstance(event, TextDelta)
    )


def kept(*parts: str) -> str:
    return text_of(without_crawl_notes(spoken(parts)))


# What 1min.ai writes into an answer about pages it read


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (PAGE, ""),
        (PAGE + "Found.", "Found."),
        (PAGE + PAGE + "Found.", "Found."),
        ("Let me see.\n" + PAGE + "Found.\n" + PAGE, "Let me see.\nFound.\n"),
        ("a\r\n" + PAGE.replace("\n", "\r\n") + "b", "a\r\nb"),
        ("🌍 Crawling site https://a.b\n🌎 Crawling site http://c.d\n", ""),
        ("🌏\ufe0f  Crawling site https://a.b/?q=東京#😀 \t\nFound.", "Found."),
        ("🌐Crawling site a.b\n", ""),
        ("Found.\n" + FOOTER, "Found."),
        ("Found.\r\n" + FOOTER, "Found."),
        ("Found." + FOOTER + "\n\n", "Found."),
        ("Found.\n\n" + FOOTER + " \r\n\t", "Found.\n"),
        (FOOTER, ""),
        (FOOTER + "\n" + FOOTER, FOOTER),
        (PAGE + "Found.\n" + FOOTER, "Found."),
        ("Found.\n" + PAGE + FOOTER, "Found."),
    ],
)
def test_notes_are_taken_out_however_they_are_cut(text: str, rest: str) -> None:
    for parts in cuts(text):
        assert kept(*parts) == rest, parts


@pytest.mark.parametrize(
    "text",
    [
        "see 🌐 Crawling site https://example.com/1\n",
        " 🌐 Crawling site https://example.com/1\n",
        "🌐 Crawling site of the year\n",
        "🌐 Crawling site\n",
        "🌐 Crawling sites like https://example.com/1\n",
        "🌐 crawling site https://example.com/1\n",
        "🌑 Crawling site https://example.com/1\n",
        "Crawling site https://example.com/1\n",
        "🌐 Crawling site https://example.com/1",
        "🌐 Crawling site https://example.com/1\r🌐",
        "🌐\n🌐\r\n🌐",
        "🌐 \n\n\r\n\r\r\n\n",
        FOOTER + "\nThey say hello.",
        FOOTER + FOOTER[:-1],
        FOOTER[:-1],
        FOOTER.lower(),
        "\n\n",
        "Here\nHere is some\r\nHere is some information\r",
        "",
    ],
)
def test_what_only_looks_like_a_note_stays(text: str) -> None:
    for parts in cuts(text):
        assert kept(*parts) == text, parts


ALMOST = st.sampled_from(
    ["🌐", "🌍\ufe0f", " ", "Crawling", " site", "Crawling site", "https://a.b", "\n", "\r\n",
     "\r", "Here", "Here is some", FOOTER[:-1], "H", "\t", "😀"]
)  # fmt: skip
TEXTS = st.lists(ALMOST | st.text(max_size=20), max_size=20).map("".join)
NOTED = st.lists(
    ALMOST | st.sampled_from([PAGE, "\n" + PAGE, FOOTER, "\n" + FOOTER]), max_size=8
).map("".join)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(text=TEXTS, places=PLACES)
def test_any_text_without_notes_stays_as_it_is(text: str, places: list[int]) -> None:
    assume("Crawling site " not in text and FOOTER not in text)
    assert kept(*cut_at(text, places)) == text


@settings(derandomize=True, deadline=None, max_examples=500)
@given(text=NOTED, places=PLACES)
def test_any_text_with_notes_comes_out_the_same_however_it_is_cut(
    text: str, places: list[int]
) -> None:
    assert kept(*cut_at(text, places)) == kept(text)


def test_a_page_with_a_very_long_name_is_treated_the_same_however_it_is_cut() -> None:
    text = f"🌐 Crawling site https://a.b/{'c' * 4000}\nFound."
    assert len(kept(*pieces(text, 3000))) == len(kept(text))


@settings(derandomize=True, deadline=None, max_examples=200)
@given(text=TEXTS)
def test_what_waits_is_at_most_a_line_and_a_footer(text: str) -> None:
    assert waiting(text) <= len(text.rpartition("\n")[2]) + len(FOOTER) + 2


def waiting(text: str) -> int:
    """How many letters of `text`, spoken one by one, are held back at its end."""
    filtered = without_crawl_notes(iter([[TextDelta(letter)] for letter in text]))
    return len(text) - len(text_of(filtered))


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Hello", 0),
        ("Hello\n", 1),
        ("Hello\r\n", 2),
        ("Hello\n\n", 1),
        ("The links you provided:", 0),
        ("So, H", 1),
        ("So, Here is", 7),
        ("So, Here it", 0),
        ("🌐", 1),
        ("a 🌐", 0),
        ("🌐 Hello", 0),
        ("🌐 Crawling site", 15),
        ("🌐 Crawling site https://a.b", 27),
        ("🌐 Crawling site https://a.b and", 0),
        ("🌐 Crawling site " + "a" * 100_000, 0),
    ],
)
def test_only_what_may_still_become_a_note_waits(text: str, letters: int) -> None:
    assert waiting(text) == letters


def test_what_is_not_text_passes_where_it_stood() -> None:
    finish = Finish("length", Usage(1, 2))
    batches: list[Sequence[Event]] = [[], [TextDelta("a\n"), TextDelta(PAGE)], [finish]]
    assert list(without_crawl_notes(iter(batches))) == [
        [],
        [TextDelta("a")],
        [TextDelta("\n"), Finish("length", Usage(1, 2), (Citation("https://example.com/1"),))],
    ]


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        (PAGE + "Found.", ["https://example.com/1"]),
        (PAGE + PAGE + "a\n" + PAGE.replace("/1", "/2"),
         ["https://example.com/1", "https://example.com/2"]),
        ("See 🌐 Crawling site https://example.com/1\n", []),
        ("Found.\n" + FOOTER, []),
    ],
)  # fmt: skip
def test_each_page_is_cited_once_however_its_line_is_cut(text: str, pages: list[str]) -> None:
    for parts in cuts(text):
        *_, [*_, finish] = without_crawl_notes(spoken(parts))
        assert finish == Finish(citations=tuple(map(Citation, pages))), parts


def test_pages_that_the_record_names_are_not_named_again() -> None:
    named = Finish(citations=(Citation("https://example.com/9", "Nine"),))
    batches: list[Sequence[Event]] = [[TextDelta(PAGE)], [named]]
    *_, last = without_crawl_notes(batches)
    assert last == [named]


def test_what_waited_is_told_before_a_break() -> None:
    def broken() -> Iterator[Sequence[Event]]:
        yield [TextDelta("a\n\nHe")]
        raise UpstreamFailed("cut")

    batches = without_crawl_notes(broken())
    assert text_of([next(batches), next(batches)]) == "a\n\nHe"
    with pytest.raises(UpstreamFailed):
        next(batches)
