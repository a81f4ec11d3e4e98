"""The events behind a streamed answer, with everything 1min.ai was seen to do to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest

from tests.cuts import cuts, pieces
from utils import sse
from utils.domain.chat import Finish, TextDelta, Usage
from utils.errors import InvalidRequest, OutOfCredit, RelayError, UpstreamFailed
from utils.onemin.chat import read_stream

Outcome = tuple[str, Finish | tuple[type[RelayError], str]]


def outcome(parts: Iterable[bytes]) -> Outcome:
    """What was said, and how it ended."""
    text = ""
    try:
        for batch in read_stream(parts):
            for event in batch:
                match event:
                    case TextDelta():
                        text += event.text
                    case Finish():
                        return text, event
    except RelayError as error:
        return text, (type(error), error.message)
    raise AssertionError("neither an end nor an error")


def event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def content(*texts: str) -> str:
    return "".join(event("content", {"content": text}) for text in texts)


def result(*texts: str, status: str = "SUCCESS", prompt: str = "", **record: object) -> str:
    detail = {"promptObject": {"prompt": prompt}, "resultObject": list(texts)}
    record = {"status": status, "aiRecordDetail": detail} | record
    return event("result", {"aiRecord": record})


DONE = event("done", {"message": "Stream completed"})
METADATA = {"inputToken": 300, "outputToken": 18, "credit": 56}
STOP = Finish("stop", None)
TEXT = "Grüße,\n 東京 😀\u2028 "
SAID = content("Grüße,", "\n 東京", " 😀\u2028 ")


@pytest.mark.fault(25, 26, 27, 28)
@pytest.mark.parametrize(
    ("stream", "finish"),
    [
        pytest.param(stream, finish, id=name)
        for name, stream, finish in [
            ("ordinary", SAID + result(TEXT) + DONE, STOP),
            (
                "counted",
                SAID + result(TEXT, metadata=METADATA) + DONE,
                Finish("stop", Usage(300, 18, "upstream", 56)),
            ),
            ("cut off", SAID + result(TEXT, metadata={"finishReason": "length"}) + DONE,
             Finish("length", None)),
            ("CRLF", (SAID + result(TEXT) + DONE).replace("\n", "\r\n"), STOP),
            ("CR", (SAID + result(TEXT) + DONE).replace("\n", "\r"), STOP),
            ("BOM", "\ufeff" + SAID + result(TEXT) + DONE, STOP),
            ("blank lines first", "\r\n\n" + SAID + DONE, STOP),
            ("comments", ": ping\n\n" + SAID.replace("data", ": ping\ndata") + DONE, STOP),
            ("an id first", "id: 1\n" + SAID + DONE, STOP),
            ("a pause first", "retry: 9\n" + SAID + DONE, STOP),
            ("no space", SAID.replace(": {", ":{").replace("event: ", "event:") + DONE, STOP),
            ("no result", SAID + DONE, STOP),
            ("no done", SAID + result(TEXT), STOP),
            ("no names", (SAID + result(TEXT)).replace("event: content\n", "")
             .replace("event: result\n", ""), STOP),
            ("[DONE]", SAID + "data: [DONE]\n\n", STOP),
            ("[DONE] after a result", SAID + result(TEXT) + "data: [DONE]\n\n", STOP),
            ("more after done", SAID + DONE + content("!") + event("error", "no"), STOP),
            ("repeated", SAID + content(TEXT) + result(TEXT) + DONE, STOP),
            ("repeated, no result", SAID + content(TEXT) + DONE, STOP),
            ("repeated, nothing after", SAID + content(TEXT, "") + result(TEXT) + DONE, STOP),
            ("only in the record", result(TEXT) + DONE, STOP),
            ("empty deltas", content("") + SAID + content("") + DONE, STOP),
            ("unknown events", event("usage", {"content": "no"}) + SAID + DONE, STOP),
            ("no content", event("content", {"content": None}) + SAID + DONE, STOP),
            ("JSON instead", json.dumps({"aiRecord": {"aiRecordDetail": {
                "resultObject": [TEXT]}}}), STOP),
            ("JSON on lines", "\n " + json.dumps({"aiRecord": {"resultObject": TEXT}},
             indent=1), STOP),
            ("text instead", TEXT, STOP),
            ("JSON escapes", "".join(f'data: {{"content":"{letter}"}}\n\n' for letter in
             ["Grüße,\\n 東京 \\ud83d", "\\ude00\\u2028 "]) + DONE, STOP),
        ]
    ],
)  # fmt: skip
def test_the_answer_is_the_same_however_it_comes_and_is_cut(
    stream: str, finish: Finish
) -> None:
    for parts in cuts(stream.encode()):
        assert outcome(parts) == (TEXT, finish), parts


@pytest.mark.fault(25, 28)
@pytest.mark.parametrize(
    ("stream", "text"),
    [
        (content("ha", "ha") + result("haha") + DONE, "haha"),
        (content("ha", "ha") + DONE, "haha"),
        (content("ha", "ha", "haha") + result("haha") + DONE, "haha"),
        (content("Hi", "Hi") + result("Hi") + DONE, "Hi"),
        ("data: Hel\n\ndata:  lo\n\n" + DONE, "Hel lo"),
        ("event: content\ndata: Hel\ndata: lo\n\n" + DONE, "Hel\nlo"),
        ("data: 4\n\ndata: 2\n\n" + DONE, "42"),
        ("data: null\n\ndata:  and \n\ndata: true\n\n" + DONE, "null and true"),
        ("data: 3.10\n\ndata: %\n\n" + DONE, "3.10%"),
        ("data: [DONE] or not\n\n" + DONE, "[DONE] or not"),
        (b"data: a\xff\n\n" + DONE.encode(), "a\ufffd"),
        (b"plain \xff text", "plain \ufffd text"),
        (b"plain text \xe6\x9d", "plain text \ufffd"),
        ('data: {"content":"\\ud83d"}\n\n' + DONE, "\ufffd"),
        ("Hi", "Hi"),
        ("42", "42"),
        ("data", "data"),
        ("<b>bold</b>", "<b>bold</b>"),
    ],
)
def test_these_streams_say(stream: str | bytes, text: str) -> None:
    for parts in cuts(stream if isinstance(stream, bytes) else stream.encode()):
        assert outcome(parts) == (text, STOP), parts


BROKE = (UpstreamFailed, "1min.ai closed the stream before it was done")
UNREADABLE = (UpstreamFailed, "1min.ai sent an event that cannot be read")
NO_RECORD = (UpstreamFailed, "1min.ai sent something that cannot be read")
NO_ANSWER = (UpstreamFailed, "1min.ai sent something that is not an answer")
FELL = (UpstreamFailed, "it fell over")
NO_CREDIT = (OutOfCredit, "The 1min.ai account behind this key has no credits left.")
REFUSED = {"errorCode": "INVALID_REQUEST", "message": "Missing model"}


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    ("stream", "text", "error"),
    [
        ("", "", NO_ANSWER),
        (" \r\n\n", "", NO_ANSWER),
        ("\ufeff", "", NO_ANSWER),
        ("<!DOCTYPE html><h1>Error 522</h1>", "", NO_ANSWER),
        ("\n <HTML><h1>Error 522</h1>", "", NO_ANSWER),
        ("{}", "", NO_ANSWER),
        ('{"aiRecord": null}', "", NO_ANSWER),
        ('{"aiRecord": {"status"', "", NO_RECORD),
        (json.dumps(REFUSED), "", (InvalidRequest, "Missing model")),
        (": ping\n\n", "", BROKE),
        (content("Hel", "lo"), "Hello", BROKE),
        (content("Hel") + DONE[:-1], "Hel", BROKE),
        (content("Hel") + event("error", {"error": "it fell over"}), "Hel", FELL),
        (content("Hel") + event("error", {"message": "it fell over"}), "Hel", FELL),
        (content("Hel") + "event: error\ndata: it fell over\n\n", "Hel", FELL),
        (
            content("Hel") + result("Hel") + event("error", {"error": "it fell over"}),
            "Hel",
            FELL,
        ),
        (event("error", {"error": "it fell over"}) + content("Hel") + DONE, "", FELL),
        (content("Hel") + 'data: {"error":"it fell over"}\n\n', "Hel", FELL),
        ("data: " + json.dumps(REFUSED) + "\n\n", "", (InvalidRequest, "Missing model")),
        (
            content("Hel") + result("Hello", status="PROCESSING"),
            "Hel",
            (UpstreamFailed, "1min.ai put the answer off"),
        ),
        (
            result(
                status="FAILURE",
                aiRecordDetail={"resultObject": {"code": "X", "message": "Not enough credits"}},
            ),
            "",
            NO_CREDIT,
        ),
        (content("Hel") + "event: content\ndata: {broken\n\n" + DONE, "Hel", UNREADABLE),
        (content("Hel") + "event: result\ndata: {broken\n\n" + DONE, "Hel", NO_RECORD),
        (content("Hel") + "event: result\ndata: 7\n\n" + DONE, "Hel", NO_ANSWER),
    ],
)
def test_a_failure_is_told_after_what_was_said(
    stream: str, text: str, error: tuple[type[RelayError], str]
) -> None:
    for parts in cuts(stream.encode()):
        assert outcome(parts) == (text, error), parts


def test_the_echo_of_a_long_prompt_does_no_harm() -> None:
    stream = (content("Hi") + result("Hi", prompt="é\n" * 2**20) + DONE).encode()
    assert outcome(pieces(stream, 16_384)) == ("Hi", STOP)


def test_a_line_without_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.sse.MAX_LINE", 16 * 2**20)
    megabytes = [b"a" * 2**20] * (sse.MAX_LINE // 2**20 + 1)
    said, end = outcome([content("Hel").encode(), b"data: ", *megabytes])
    assert (said, end) == ("Hel", (UpstreamFailed, "1min.ai sent a line without end"))


# Silence: a piece without a byte


def test_silence_is_passed_on() -> None:
    parts = [b"", content("a").encode(), b"", DONE.encode()]
    assert list(read_stream(parts)) == [[], [TextDelta("a")], [], [STOP]]


def test_silence_after_the_record_is_the_end() -> None:
    def held_open() -> Iterator[bytes]:
        yield (content("Hi", "Hi") + result("Hi")).encode()
        yield b""
        raise AssertionError("waited for more")

    assert outcome(held_open()) == ("Hi", STOP)


@pytest.mark.parametrize("more", [[], [b"\n", b"babble"], [b"", b"later"]])
def test_what_follows_the_end_is_not_waited_for(more: list[bytes]) -> None:
    rest = iter([(content("a") + DONE).encode(), *more])
    assert list(read_stream(rest))[-1] == [TextDelta("a"), STOP]
    assert list(rest) == more[1:]


def test_what_came_in_one_piece_goes_out_in_one_batch() -> None:
    parts = [content("a", "b").encode(), content("c", "d").encode() + DONE.encode()]
    said = [TextDelta(letter) for letter in "abcd"]
    assert list(read_stream(parts)) == [said[:2], [*said[2:], STOP]]


def test_words_before_a_failure_in_the_same_piece_go_out_before_it() -> None:
    stream = read_stream([(content("a") + event("error", {"error": "no"})).encode()])
    assert next(stream) == [TextDelta("a")]
    with pytest.raises(UpstreamFailed, match="no"):
        next(stream)


def test_nothing_is_read_ahead() -> None:
    def one_then_trouble() -> Iterator[bytes]:
        yield content("a").encode()
        raise UpstreamFailed("broke")

    assert outcome(one_then_trouble()) == ("a", (UpstreamFailed, "broke"))
