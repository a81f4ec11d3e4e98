"""What an answer holds beside its text, whole and in chunks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Choice,
    Citation,
    Corrected,
    Event,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    Usage,
)
from utils.domain.media import Sound
from utils.domain.reply import collect
from utils.wire.chat.dialect import ChatCompletions
from utils.wire.stamp import Stamp

STAMP = Stamp("0123", 1_700_000_000, "gpt-4o-mini")
AUDIO = {"id": "audio_0123", "data": "AAE=", "expires_at": 0, "transcript": "Hello"}
PAGES = (Citation("https://a.example", "A"), Citation("https://b.example"))
ANNOTATIONS = [
    {
        "type": "url_citation",
        "url_citation": {"start_index": 0, "end_index": 0, "url": url, "title": title},
    }
    for url, title in (("https://a.example", "A"), ("https://b.example", "https://b.example"))
]
CALLS: list[Event] = [
    CallBegun("c1", "add"),
    ArgumentsDelta('{"a":'),
    ArgumentsDelta("1}"),
    CallBegun("c2", "look"),
    ArgumentsDelta("{}"),
]


def request(**fields: Any) -> ChatCompletions:
    body = {"messages": [{"role": "user", "content": "hi"}], **fields}
    return ChatCompletions.parse(json.dumps(body).encode())


def chunks(*batches: list[Event], **fields: Any) -> list[dict[str, Any]]:
    text = b"".join(request(**fields).frames(iter(batches), STAMP)).decode()
    frames = [frame for frame in text.split("\n\n") if frame.startswith("data: {")]
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


def deltas(*batches: list[Event], **fields: Any) -> list[dict[str, Any]]:
    """Those after the role's."""
    sent = [chunk["choices"][0] for chunk in chunks(*batches, **fields) if chunk["choices"]]
    assert sent[0]["delta"] == {"role": "assistant", "content": ""}
    return [choice["delta"] for choice in sent[1:]]


def message(*events: Event) -> dict[str, Any]:
    body = request().encode(collect([events]), STAMP)
    told: dict[str, Any] = body["choices"][0]["message"]
    return told


def called(index: int, **fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **fields}]}


def test_calls_stream_with_an_index_and_their_id_and_name_once() -> None:
    first = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": ""}}
    second = {"id": "c2", "type": "function", "function": {"name": "look", "arguments": ""}}
    assert deltas([TextDelta("So: "), *CALLS, Finish("tool_calls")]) == [
        {"content": "So: "},
        called(0, **first),
        called(0, function={"arguments": '{"a":'}),
        called(0, function={"arguments": "1}"}),
        called(1, **second),
        called(1, function={"arguments": "{}"}),
        {},
    ]


def test_calls_are_whole_in_a_whole_answer() -> None:
    told = message(*CALLS, Finish("tool_calls"))
    assert told["content"] is None
    assert [(call["id"], call["type"], call["function"]) for call in told["tool_calls"]] == [
        ("c1", "function", {"name": "add", "arguments": '{"a":1}'}),
        ("c2", "function", {"name": "look", "arguments": "{}"}),
    ]
    assert message(TextDelta("So: "), *CALLS, Finish())["content"] == "So: "


@pytest.mark.parametrize(
    ("events", "streamed", "whole"),
    [
        ([ReasoningDelta("Hm"), ReasoningDelta("."), TextDelta("a"), Finish()],
         [{"reasoning_content": "Hm"}, {"reasoning_content": "."}, {"content": "a"}, {}],
         {"reasoning_content": "Hm.", "content": "a", "refusal": None}),
        ([RefusalDelta("No"), RefusalDelta("."), Finish()],
         [{"refusal": "No"}, {"refusal": "."}, {}],
         {"content": None, "refusal": "No."}),
        ([Sound(b"\0\1", "mp3", "Hello"), Finish()],
         [{"audio": AUDIO}, {}],
         {"content": None, "refusal": None, "audio": AUDIO}),
        ([TextDelta("a"), Finish(citations=PAGES)],
         [{"content": "a"}, {"annotations": ANNOTATIONS}, {}],
         {"content": "a", "refusal": None, "annotations": ANNOTATIONS}),
    ],
    ids=["reasoning", "refusal", "sound", "citations"],
)  # fmt: skip
def test_what_is_no_text_has_a_place_of_its_own(
    events: list[Event], streamed: list[dict[str, Any]], whole: dict[str, Any]
) -> None:
    assert deltas(events) == streamed
    assert message(*events) == {"role": "assistant", **whole}


def test_a_correction_after_a_word_is_a_comment() -> None:
    batches: list[list[Event]] = [[TextDelta("a")], [Corrected("tool_calls")], [Finish()]]
    writes = list(request().frames(iter(batches), STAMP))
    assert writes[1] == b": x-relay-corrected: tool_calls\n\n"


# Several choices

TWO: list[list[Event]] = [
    [Choice(1), TextDelta("b")],
    [Choice(0), ReasoningDelta("Hm")],
    [Choice(1), Finish("length", Usage(7, 1))],
    [Choice(0), TextDelta("a"), Finish("stop", Usage(7, 2))],
]


def test_each_choice_has_its_role_its_words_and_its_end() -> None:
    *sent, counted = chunks(*TWO, n=2, stream_options={"include_usage": True})
    told: dict[int, list[Any]] = {0: [], 1: []}
    for chunk in sent:
        assert chunk["usage"] is None
        [choice] = chunk["choices"]
        told[choice["index"]].append(choice["finish_reason"] or choice["delta"])
    role = {"role": "assistant", "content": ""}
    assert told == {
        0: [role, {"reasoning_content": "Hm"}, {"content": "a"}, "stop"],
        1: [role, {"content": "b"}, "length"],
    }
    assert counted["choices"] == []
    assert counted["usage"]["total_tokens"] == 17


def test_several_choices_end_once() -> None:
    text = b"".join(request(n=2).frames(iter(TWO), STAMP))
    assert text.count(b"data: [DONE]") == 1
    assert text.endswith(b"data: [DONE]\n\n")


def test_several_choices_are_one_completion() -> None:
    body = request(n=2).encode(collect(TWO), STAMP)
    told = [(c["index"], c["message"]["content"], c["finish_reason"]) for c in body["choices"]]
    assert told == [(0, "a", "stop"), (1, "b", "length")]
    assert body["usage"] == {
        "prompt_tokens": 14,
        "completion_tokens": 3,
        "total_tokens": 17,
    }
