"""Which of 1min.ai's two chats answers."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from tests.paying import own
from utils.domain.chat import (
    Attachment,
    Batches,
    Chat,
    Event,
    Finish,
    Link,
    Message,
    Native,
    Structure,
    TextDelta,
    Tool,
    WebSearch,
)
from utils.domain.media import AudioFormat
from utils.errors import (
    ClientLeft,
    InvalidRequest,
    ModelNotFound,
    NotFound,
    OutOfCredit,
    RelayError,
    Unauthorized,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from utils.onemin.transport import Mode, Transports, needs_native, transport

HI = Message(role="user", text="hi")
PICTURE = Attachment("image", Link("https://example.com/a.png"), "messages[0].content[1]")
SHOWN = Message(role="user", text="look", attachments=(PICTURE,))
TOOLS = (Tool(name="add"),)
KEY = "a-key"


def chat(**fields: Any) -> Chat:
    return Chat(**{"model": "m", "messages": (HI,), **fields})


NEEDS = [
    {"tools": TOOLS},
    {"structure": Structure()},
    {"effort": "low"},
    {"sampling": {"temperature": 0.0}},
]
PLAIN: list[dict[str, Any]] = [
    {},
    {"stream": True, "stops": ("a",), "max_tokens": 9, "choices": 2},
    {"tools": TOOLS, "web_search": WebSearch()},
    {"tools": TOOLS, "audio": AudioFormat()},
    {"tools": TOOLS, "messages": (HI, SHOWN, HI)},
]


@pytest.mark.parametrize("fields", NEEDS)
def test_what_the_flat_chat_lacks_needs_native(fields: dict[str, Any]) -> None:
    assert needs_native(chat(**fields))


@pytest.mark.parametrize("fields", PLAIN)
def test_what_the_flat_chat_does_or_does_alone_does_not(fields: dict[str, Any]) -> None:
    assert not needs_native(chat(**fields))


@pytest.mark.parametrize(
    ("mode", "fields", "listed", "chosen"),
    [
        ("unify", NEEDS[0], True, "unify"),
        ("native", PLAIN[0], False, "native"),
        ("native", PLAIN[2], False, "native"),
        ("native", PLAIN[4], False, "native"),
        ("auto", NEEDS[0], True, "native"),
        ("auto", NEEDS[0], False, "unify"),
        ("auto", PLAIN[0], True, "unify"),
        ("auto", PLAIN[2], True, "unify"),
        ("auto", PLAIN[4], True, "unify"),
    ],
)
def test_the_mode_the_request_and_the_list_decide(
    mode: Mode, fields: dict[str, Any], *, listed: bool, chosen: Literal["unify", "native"]
) -> None:
    assert transport(mode, chat(**fields), listed=listed) == chosen


class Surface:
    """A native surface that says `words`, then fails with `error` or ends."""

    def __init__(self, *words: str, error: RelayError | None = None) -> None:
        self.words, self.error = words, error
        self.listings = self.chats = 0
        self.closed = self.left = False

    def chat(self, asked: Chat, key: str) -> Batches:
        self.chats += 1
        yield ()
        try:
            for word in self.words:
                yield [TextDelta(word)]
            if self.error:
                raise self.error
            yield [Finish()]
        except GeneratorExit:
            self.left = True
            raise

    def models(self, key: str) -> list[str]:
        self.listings += 1
        return ["m"]

    def close(self) -> None:
        self.closed = True


def unify(asked: Chat) -> Batches:
    yield [TextDelta("flat"), Finish()]


def said(surface: Surface, mode: Mode, asked: Chat) -> str:
    return "".join(e.text for e in events(surface, mode, asked) if isinstance(e, TextDelta))


def answer(surface: Surface, mode: Mode, asked: Chat) -> Batches:
    transports = Transports(mode, surface)
    return transports.choosing(unify, transports.native(own(KEY)), own(KEY))(asked)


def events(surface: Surface, mode: Mode, asked: Chat) -> list[Event]:
    return [event for batch in answer(surface, mode, asked) for event in batch]


@pytest.mark.parametrize(
    ("mode", "fields", "text", "listings"),
    [
        ("unify", {"tools": TOOLS}, "flat", 0),
        ("native", {}, "native", 0),
        ("native", {"tools": TOOLS}, "native", 0),
        ("auto", {"tools": TOOLS}, "native", 1),
        ("auto", {"tools": TOOLS, "model": "other"}, "flat", 1),
        ("auto", {}, "flat", 0),
    ],
)
def test_one_of_the_two_answers(
    mode: Mode, fields: dict[str, Any], text: str, listings: int
) -> None:
    surface = Surface("native")
    assert said(surface, mode, chat(**fields)) == text
    assert surface.listings == listings
    assert surface.chats == (text == "native")


@pytest.mark.parametrize("error", [ModelNotFound("no"), NotFound("nothing here")])
def test_auto_asks_the_flat_chat_when_native_does_not_serve_it(error: RelayError) -> None:
    assert said(Surface(error=error), "auto", chat(tools=TOOLS)) == "flat"


@pytest.mark.parametrize(
    "error",
    [
        UpstreamFailed("500"),
        UpstreamTimeout("late"),
        UpstreamUnreachable("gone"),
        Unauthorized("key"),
        OutOfCredit("empty"),
        InvalidRequest("bad"),
        ClientLeft("left"),
    ],
)
def test_auto_asks_nobody_else_after_any_other_failure(error: RelayError) -> None:
    with pytest.raises(type(error)):
        said(Surface(error=error), "auto", chat(tools=TOOLS))


def test_auto_asks_nobody_else_once_a_word_was_said() -> None:
    surface = Surface("Hel", error=NotFound("no"))
    told = answer(surface, "auto", chat(tools=TOOLS))
    words: list[Event] = []
    with pytest.raises(NotFound):
        words.extend(event for batch in told for event in batch)
    assert words == [Native(), TextDelta("Hel")]


@pytest.mark.parametrize("mode", ["native", "auto"])
def test_the_native_answer_says_once_and_first_that_it_is_one(mode: Mode) -> None:
    told = events(Surface("Hel", "lo"), mode, chat(tools=TOOLS))
    assert told == [Native(), TextDelta("Hel"), TextDelta("lo"), Finish()]
    assert Native() not in events(Surface(), "unify", chat(tools=TOOLS))


def test_silence_is_not_yet_a_native_answer() -> None:
    told = answer(Surface("Hel"), "native", chat())
    assert [next(told), next(told)] == [(), [Native(), TextDelta("Hel")]]


def test_native_asks_nobody_else() -> None:
    with pytest.raises(ModelNotFound):
        said(Surface(error=ModelNotFound("no")), "native", chat(tools=TOOLS))


@pytest.mark.parametrize("mode", ["native", "auto"])
def test_closing_the_answer_closes_the_one_that_gives_it(mode: Mode) -> None:
    surface = Surface("Hel", "lo")
    told = answer(surface, mode, chat(tools=TOOLS))
    while not next(told):
        pass
    told.close()
    assert surface.left


def test_closing_closes_the_surface() -> None:
    surface = Surface()
    Transports("auto", surface).close()
    assert surface.closed
