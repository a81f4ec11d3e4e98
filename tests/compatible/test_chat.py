"""The events behind an answer, whole or streamed, with everything such servers do to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.compatible.reading import (
    DONE,
    calls,
    chunk,
    content,
    data,
    numbered,
    outcome,
    piece,
)
from tests.cuts import cuts, pieces
from utils import sse
from utils.compatible.chat import PATIENCE, read_stream, read_whole
from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Event,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    Usage,
)
from utils.errors import ContextTooLong, OutOfCredit, RelayError, UpstreamFailed

TEXT = "Grüße,\n 東京 😀\u2028 "
SAID = chunk(role="assistant", content="") + content("Grüße,", "\n 東京", " 😀\u2028 ")
END = chunk("stop") + DONE
COUNTED = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


@pytest.mark.fault(25, 26, 27, 28, 29)
@pytest.mark.parametrize(
    ("stream", "finish"),
    [
        pytest.param(stream, finish, id=name)
        for name, stream, finish in [
            ("ordinary", SAID + END, Finish()),
            ("counted", SAID + chunk("stop") + data({"choices": [], "usage": COUNTED}) + DONE,
             Finish("stop", Usage(7, 2))),
            ("counted as it goes", SAID + data({"choices": [], "usage": {
                "prompt_tokens": 7, "completion_tokens": 1}}) + chunk("stop") +
             data({"choices": [], "usage": COUNTED}) + DONE, Finish("stop", Usage(7, 2))),
            ("counted as nothing", SAID + chunk("stop") + data({"choices": [], "usage": {
                "prompt_tokens": 0, "completion_tokens": 0}}) + DONE, Finish()),
            ("usage is null", SAID + data({"choices": [], "usage": None}) + END, Finish()),
            ("cut off", SAID + chunk("length") + DONE, Finish("length")),
            ("cut off by another name", SAID + chunk("max_tokens") + DONE, Finish("length")),
            ("filtered", SAID + chunk("content_filter") + DONE, Finish("content_filter")),
            ("a reason nobody knows", SAID + chunk("eos") + DONE, Finish()),
            ("calls but no call", SAID + chunk("tool_calls") + DONE, Finish()),
            ("CRLF", (SAID + END).replace("\n", "\r\n"), Finish()),
            ("CR", (SAID + END).replace("\n", "\r"), Finish()),
            ("BOM", "\ufeff" + SAID + END, Finish()),
            ("blank lines first", "\r\n\n" + SAID + END, Finish()),
            ("comments", ": ping\n\n" + SAID.replace("data", ": ping\ndata") + END, Finish()),
            ("no space", (SAID + END).replace("data: ", "data:"), Finish()),
            ("space after the end", SAID + chunk("stop") + "data: [DONE] \n\n", Finish()),
            ("no [DONE]", SAID + chunk("stop"), Finish()),
            ("no reason", SAID + DONE, Finish()),
            ("more after the end", SAID + END + content("!") + data({"error": "no"}), Finish()),
            ("no choices", data({"choices": [], "prompt_filter_results": []}) + SAID + END,
             Finish()),
            ("null choices", data({"choices": None, "error": None}) + SAID + END, Finish()),
            ("empty delta", data({"choices": [{"delta": None}]}) + SAID + END, Finish()),
            ("another choice", SAID + chunk(index=1, content="no") + chunk("length", 1) + END,
             Finish()),
            ("parts", chunk(content=[{"type": "text", "text": TEXT}]) + END, Finish()),
            ("a message", data({"choices": [{"message": {"content": TEXT},
             "finish_reason": "stop"}]}) + DONE, Finish()),
            ("reason with the last word", SAID[:-2].replace(
                '"finish_reason": null', '"finish_reason": "stop"') + "\n\n" + DONE, Finish()),
            ("JSON instead", json.dumps({"choices": [{"message": {"content": TEXT},
             "finish_reason": "stop"}]}), Finish()),
            ("JSON with a BOM", "\ufeff" + json.dumps({"choices": [
                {"message": {"content": TEXT}, "finish_reason": "stop"}]}), Finish()),
        ]
    ],
)  # fmt: skip
def test_the_answer_is_the_same_however_it_comes_and_is_cut(
    stream: str, finish: Finish
) -> None:
    for parts in cuts(stream.encode()):
        assert outcome(parts) == ([TextDelta(TEXT), finish], None), parts


ADD = piece(0, "add", '{"a":', id="x")
CALLED = Finish("tool_calls")


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (chunk(reasoning_content="Hm") + content("a") + END,
         [ReasoningDelta("Hm"), TextDelta("a"), Finish()]),
        (chunk(reasoning="Hm", content="a") + END,
         [ReasoningDelta("Hm"), TextDelta("a"), Finish()]),
        (chunk(reasoning="Hm", reasoning_content="Hm") + content("a") + END,
         [ReasoningDelta("Hm"), TextDelta("a"), Finish()]),
        (chunk(refusal="No.") + END, [RefusalDelta("No."), Finish()]),
        (END, [Finish()]),
        ('data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n'
         'data: {"choices":[{"delta":{"content":"\\ude00"}}]}\n\n' + END,
         [TextDelta("😀"), Finish()]),
        ('data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n' + END,
         [TextDelta("a\ufffd"), Finish()]),
        (content("Well. ") + calls(ADD, piece(0, arguments="1}")) + chunk("tool_calls") + DONE,
         [TextDelta("Well. "), CallBegun("x", "add"), ArgumentsDelta('{"a":1}'), CALLED]),
        (calls(ADD, piece(0, arguments="1}")) + END,
         [CallBegun("x", "add"), ArgumentsDelta('{"a":1}'), CALLED]),
        (calls(ADD) + chunk("length") + DONE,
         [CallBegun("x", "add"), ArgumentsDelta('{"a":'), Finish("length")]),
        (chunk(function_call={"name": "add"}) + chunk(function_call={"arguments": "{}"}) +
         chunk("function_call") + DONE,
         [CallBegun("made_1", "add"), ArgumentsDelta("{}"), CALLED]),
        (json.dumps({"choices": [{"message": {"content": None, "tool_calls": [
            piece(None, "add", '{"a":1}', id="x"), piece(None, "sub", "{}", id="y")]},
            "finish_reason": "tool_calls"}], "usage": COUNTED}),
         [CallBegun("x", "add"), ArgumentsDelta('{"a":1}'), CallBegun("y", "sub"),
          ArgumentsDelta("{}"), Finish("tool_calls", Usage(7, 2))]),
    ],
)  # fmt: skip
def test_these_streams_tell(stream: str, events: list[Event]) -> None:
    for parts in cuts(stream.encode()):
        assert outcome(parts) == (events, None), parts


HALF = [TextDelta("Hel")]
BROKE = (UpstreamFailed, "The model's server closed the stream before it was done")
UNREADABLE = (UpstreamFailed, "The model's server sent something that cannot be read")
NO_ANSWER = (UpstreamFailed, "The model's server sent something that is not an answer")
EMPTY = (UpstreamFailed, "The model's server sent an empty answer")
FELL = (UpstreamFailed, "it fell over")
NO_CREDIT = (OutOfCredit, "The account behind this API key has no credits left.")


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    ("stream", "events", "error"),
    [
        ("", [], EMPTY),
        (" \r\n\n", [], EMPTY),
        ("\ufeff", [], EMPTY),
        ("<!DOCTYPE html><h1>Error 522</h1>", [], BROKE),
        (": ping\n\n", [], BROKE),
        (content("Hel"), HALF, BROKE),
        (content("Hel") + END[: END.index("\n\n") + 1], HALF, BROKE),
        (content("Hel") + DONE[:-1], HALF, BROKE),
        ("{}", [], NO_ANSWER),
        ('{"choices": []}', [], NO_ANSWER),
        ('{"choices": [{"message"', [], UNREADABLE),
        (content("Hel") + 'data: {"choices": [{\n\n' + END, HALF, UNREADABLE),
        (content("Hel") + "data: 7\n\n" + END, HALF, UNREADABLE),
        (content("Hel") + "data: [1]\n\n" + END, HALF, UNREADABLE),
        (content("Hel") + f"data: {'[' * 3000}\n\n" + END, HALF, UNREADABLE),
        (content("Hel") + chunk("error"), HALF,
         (UpstreamFailed, "The model's server failed while it answered")),
        (content("Hel") + data({"error": {"message": "it fell over"}}), HALF, FELL),
        (content("Hel") + data({"error": "it fell over"}) + END, HALF, FELL),
        (content("Hel") + data({"object": "error", "message": "it fell over"}), HALF, FELL),
        (content("Hel") + "event: error\n" + data({"message": "it fell over"}), HALF, FELL),
        (content("Hel") + data({"error": {"message": "busy", "code": 503}}), HALF,
         (UpstreamFailed, "The model's server failed to answer (HTTP 503).")),
        (data({"error": {"message": "x", "code": "insufficient_quota"}}), [], NO_CREDIT),
        ('{"error": {"message": "too long", "code": "context_length_exceeded"}}', [],
         (ContextTooLong, "too long")),
        ('{"errorCode": "INSUFFICIENT_CREDITS", "message": "x"}', [], NO_CREDIT),
        (calls(piece(0, arguments="{}")), [],
         (UpstreamFailed, "The model's server sent a tool call without a name")),
    ],
)  # fmt: skip
def test_a_failure_is_told_after_what_was_said(
    stream: str, events: list[Event], error: tuple[type[RelayError], str]
) -> None:
    for parts in cuts(stream.encode()):
        assert outcome(parts) == (events, error), parts


def test_a_line_without_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.sse.MAX_LINE", 2**20)
    kilobytes = [b"a" * 2**10] * (sse.MAX_LINE // 2**10 + 1)
    ended = outcome([content("Hel").encode(), b"data: ", *kilobytes])
    assert ended == (HALF, (UpstreamFailed, "The model's server sent a line without end"))


def read(parts: list[bytes]) -> Iterator[list[Event]]:
    return read_stream(parts, numbered())


def test_silence_is_passed_on() -> None:
    parts = [b"", content("a").encode(), b"", END.encode()]
    assert list(read(parts)) == [[], [TextDelta("a")], [], [Finish()]]


def test_a_stream_held_open_after_its_end_is_not_waited_for() -> None:
    def held_open() -> Iterator[bytes]:
        yield (content("a") + chunk("stop")).encode()
        yield from [b""] * PATIENCE
        raise AssertionError("waited for more")

    stream = read_stream(held_open(), numbered())
    assert [next(stream) for _ in range(PATIENCE)] == [[TextDelta("a")], *[[]] * (PATIENCE - 1)]
    assert next(stream) == [Finish()]


def test_a_usage_that_comes_a_moment_after_the_end_counts() -> None:
    usage = data({"choices": [], "usage": COUNTED})
    parts = [(content("a") + chunk("stop")).encode(), b"", b"", usage.encode(), b""]
    assert list(read(parts))[-1] == [Finish("stop", Usage(7, 2))]


@pytest.mark.parametrize("more", [[], [b"\n", b"babble"], [b"", b"later"]])
def test_what_follows_the_end_is_not_waited_for(more: list[bytes]) -> None:
    rest = iter([(content("a") + END).encode(), *more])
    assert list(read_stream(rest, numbered()))[-1] == [TextDelta("a"), Finish()]
    assert list(rest) == more[1:]


def test_what_came_in_one_piece_goes_out_in_one_batch() -> None:
    parts = [content("a", "b").encode(), content("c").encode() + END.encode()]
    letters = [TextDelta(letter) for letter in "abc"]
    assert list(read(parts)) == [letters[:2], [letters[2], Finish()]]


def test_words_before_a_failure_in_the_same_piece_go_out_before_it() -> None:
    stream = read([(content("a") + data({"error": "no"})).encode()])
    assert next(stream) == [TextDelta("a")]
    with pytest.raises(UpstreamFailed, match="no"):
        next(stream)


def test_a_long_answer_is_read_whole() -> None:
    stream = (content("é\n" * 2**18) + END).encode()
    assert outcome(pieces(stream, 16_384)) == ([TextDelta("é\n" * 2**18), Finish()], None)


def whole(**message: Any) -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"choices": [choice], "usage": COUNTED}).encode()


def test_a_whole_answer_waits_for_its_end() -> None:
    answer = whole(content="Hi")
    batches = list(read_whole([answer[:9], b"", answer[9:]], numbered()))
    assert batches == [[], [], [], [TextDelta("Hi"), Finish("stop", Usage(7, 2))]]


def test_a_whole_answer_has_its_thoughts_first() -> None:
    events, _ = outcome([whole(content="Hi", reasoning_content="Hm")], read_whole)
    assert events[:2] == [ReasoningDelta("Hm"), TextDelta("Hi")]


@pytest.mark.fault(18, 19, 20)
@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", UNREADABLE),
        (whole(content="Hi")[:-1], UNREADABLE),
        (b"null", UNREADABLE),
        (b"<html>504</html>", UNREADABLE),
        (b'{"choices": [null]}', NO_ANSWER),
        (b'{"aiRecord": {}}', NO_ANSWER),
        (b'{"success": false}', (UpstreamFailed,
         "The model's server failed to answer (HTTP 200).")),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_a_failure(
    body: bytes, error: tuple[type[RelayError], str]
) -> None:
    assert outcome([body], read_whole) == ([], error)
