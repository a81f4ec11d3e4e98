"""What Anthropic's clients are told, whole and in blocks, by their own types."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from anthropic.types import Message as SdkMessage
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from utils.domain.chat import (
    Answering,
    ArgumentsDelta,
    CallBegun,
    Citation,
    Corrected,
    Event,
    Failed,
    Finish,
    Heartbeat,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    Usage,
)
from utils.domain.reply import collect
from utils.errors import OutOfCredit, UpstreamFailed
from utils.wire.messages.dialect import Messages
from utils.wire.stamp import Stamp

STAMP = Stamp("0abc", 1_700_000_000, "model-x")
EVENT: TypeAdapter[RawMessageStreamEvent] = TypeAdapter(RawMessageStreamEvent)
USAGE = Usage(7, 2)
END = Finish(usage=USAGE)
Told = Event | Heartbeat | Failed


def asked(**fields: Any) -> Messages:
    body = {"max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], **fields}
    return Messages.parse(json.dumps(body).encode())


THINKING = {"thinking": {"type": "adaptive"}}


def whole(*events: Event, **fields: Any) -> dict[str, Any]:
    raw = orjson.dumps(asked(**fields).encode(collect([events]), STAMP))
    TypeAdapter(SdkMessage).validate_json(raw, strict=True)
    told: dict[str, Any] = orjson.loads(raw)
    return told


def writes(*batches: Sequence[Told], **fields: Any) -> list[str]:
    return [frame.decode() for frame in asked(**fields).frames(iter(batches), STAMP)]


def frames(*batches: Sequence[Told], **fields: Any) -> list[dict[str, Any]]:
    """All but the pings, each of which the SDK's types must know."""
    told = []
    for frame in "".join(writes(*batches, **fields)).split("\n\n")[:-1]:
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        if event["type"] not in ("ping", "error"):
            EVENT.validate_json(data.removeprefix("data: "), strict=True)
        if event["type"] != "ping":
            told.append(event)
    return told


def rebuilt(*events: Event, **fields: Any) -> dict[str, Any]:
    """The message that a stream spells, put together as the SDK does."""
    begun, *others, ending, stop = frames(*[[event] for event in events], **fields)
    message: dict[str, Any] = begun["message"]
    assert (begun["type"], message["content"], message["stop_reason"]) == (
        "message_start", [], None,
    )  # fmt: skip
    assert (ending["type"], stop) == ("message_delta", {"type": "message_stop"})
    content, given = message["content"], ""
    for event in others:
        match event:
            case {"type": "content_block_start", "index": index, "content_block": block}:
                assert index == len(content)
                content.append(block)
                given = ""
            case {"type": "content_block_delta", "index": index, "delta": delta}:
                assert index == len(content) - 1
                given += _add(delta, content[index])
            case {"type": "content_block_stop", "index": index}:
                assert index == len(content) - 1
                if given:
                    content[index]["input"] = json.loads(given)
    return {**message, **ending["delta"], "usage": message["usage"] | ending["usage"]}


def _add(delta: dict[str, Any], block: dict[str, Any]) -> str:
    match delta:
        case {"type": "text_delta", "text": text}:
            block["text"] += text
        case {"type": "thinking_delta", "thinking": text}:
            block["thinking"] += text
        case {"type": "signature_delta", "signature": signature}:
            block["signature"] = signature
        case {"type": "citations_delta", "citation": citation}:
            block["citations"] = [*(block["citations"] or []), citation]
        case {"type": "input_json_delta", "partial_json": str(piece)}:
            return piece
    return ""


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, "citations": None, **more}


def call(id: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "id": id, "name": "f", "input": given}


CALLED = (CallBegun("c1", "f"), ArgumentsDelta('{"a": '), ArgumentsDelta('"é\\n"}'))
THOUGHT = (ReasoningDelta("Hm"), ReasoningDelta("."))
TOOLS_END = Finish("tool_calls", USAGE)
CASES: dict[str, tuple[Sequence[Event], dict[str, Any], list[dict[str, Any]]]] = {
    "text": ((TextDelta(' "Hel'), TextDelta("lo\n\u2028"), END), {}, [text(' "Hello\n\u2028')]),
    "nothing": ((END,), {}, []),
    "text and calls": (
        (TextDelta("Look."), *CALLED, CallBegun("c2", "f"), TOOLS_END),
        {},
        [text("Look."), call("c1", {"a": "é\n"}), call("c2", {})],
    ),
    "a call, then text": ((*CALLED, TextDelta("!"), TOOLS_END), {},
                          [call("c1", {"a": "é\n"}), text("!")]),
    "hidden thoughts": ((*THOUGHT, TextDelta("a"), *THOUGHT, TextDelta("b"), END), {},
                        [text("a"), text("b")]),
    "hidden by wish": ((*THOUGHT, TextDelta("a"), END),
                       {"thinking": {"type": "adaptive", "display": "omitted"}}, [text("a")]),
    "thoughts": ((*THOUGHT, TextDelta("a"), END), THINKING,
                 [{"type": "thinking", "thinking": "Hm.", "signature": ""}, text("a")]),
    "a refusal": ((RefusalDelta("No"), RefusalDelta("."), END), {}, [text("No.")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_blocks_whole_and_streamed(name: str) -> None:
    events, fields, content = CASES[name]
    told = whole(*events, **fields)
    assert told["content"] == content
    assert (told["id"], told["model"], told["role"]) == ("msg_0abc", "model-x", "assistant")
    assert rebuilt(*events, **fields) == told


@pytest.mark.parametrize(
    ("finish", "reason", "sequence"),
    [
        (Finish(usage=USAGE), "end_turn", None),
        (Finish("length", USAGE), "max_tokens", None),
        (Finish("stop", USAGE, stop_sequence="END"), "stop_sequence", "END"),
        (Finish("tool_calls", USAGE), "tool_use", None),
        (Finish("tool_calls", USAGE, stop_sequence="END"), "tool_use", None),
        (Finish("content_filter", USAGE), "refusal", None),
    ],
)
def test_why_it_ended(finish: Finish, reason: str, sequence: str | None) -> None:
    for told in (whole(TextDelta("a"), finish), rebuilt(TextDelta("a"), finish)):
        assert (told["stop_reason"], told["stop_sequence"]) == (reason, sequence)
        assert (told["usage"]["input_tokens"], told["usage"]["output_tokens"]) == (7, 2)


def test_a_refusal_is_told_as_one() -> None:
    for told in (whole(RefusalDelta("No"), END), rebuilt(RefusalDelta("No"), END)):
        assert told["stop_reason"] == "refusal"


def test_no_number_in_a_call_is_rounded() -> None:
    arguments = '{"a": 123456789012345678901234567890}'
    told = asked().encode(
        collect([[CallBegun("c", "f"), ArgumentsDelta(arguments), TOOLS_END]]), STAMP
    )
    assert arguments.encode() in orjson.dumps(told)


@pytest.mark.parametrize("cut", ['{"a": "b', "", "[1]", "5"])
def test_arguments_that_are_no_object_are_an_empty_one(cut: str) -> None:
    told = whole(CallBegun("c", "f"), ArgumentsDelta(cut), Finish("length", USAGE))
    assert (told["content"][0]["input"], told["stop_reason"]) == ({}, "max_tokens")


def test_pages_are_citations_of_the_last_text() -> None:
    pages = (Citation("https://a.example", "A"), Citation("https://b.example"))
    events = (TextDelta("It is so."), Finish(usage=USAGE, citations=pages))
    told = whole(*events)
    assert [(c["url"], c["title"]) for c in told["content"][0]["citations"]] == [
        ("https://a.example", "A"),
        ("https://b.example", None),
    ]
    assert rebuilt(*events) == told


def test_pages_behind_a_call_are_left_out_both_ways() -> None:
    end = Finish("tool_calls", USAGE, citations=(Citation("https://a.example"),))
    events = (TextDelta("a"), CallBegun("c", "f"), end)
    assert whole(*events) == rebuilt(*events)
    assert whole(*events)["content"][0]["citations"] is None


def test_the_first_frame_counts_what_is_read() -> None:
    begun, *_ = frames([TextDelta("a")], [END], system="Be brief, and kind.")
    shorter, *_ = frames([TextDelta("a")], [END])
    assert begun["message"]["usage"]["input_tokens"] > 5
    assert (
        shorter["message"]["usage"]["input_tokens"] < begun["message"]["usage"]["input_tokens"]
    )


def test_each_batch_is_one_write_and_silence_a_ping() -> None:
    ping = 'event: ping\ndata: {"type":"ping"}\n\n'
    thought = [ReasoningDelta("x")]
    told = writes([Heartbeat()], [TextDelta("a"), TextDelta("b")], thought, thought, [END])
    assert len(told) == 5
    assert told[0].count("message_start") == 2
    assert told[0].endswith(ping * 2)
    assert told[1].count("text_delta") == 2
    assert "thinking" not in told[2]
    assert told[3] == ping
    assert "message_stop" in told[4]
    assert writes([], [END])[0].endswith(ping)


def test_thoughts_end_with_a_signature() -> None:
    events = frames([*THOUGHT, TextDelta("a")], [END], **THINKING)
    deltas = [
        event["delta"]["type"] for event in events if "delta" in event and "index" in event
    ]
    assert deltas == ["thinking_delta", "thinking_delta", "signature_delta", "text_delta"]


def test_what_is_told_beside_the_answer_is_a_comment() -> None:
    first, second = writes(
        [TextDelta("a"), Corrected("tool_calls")], [Answering("m2", instead="m1"), END]
    )
    assert ": x-relay-corrected: tool_calls\n\n" in first
    assert ": x-relay-fallback: m2\n\n" in second


def test_a_break_is_an_error_and_nothing_after() -> None:
    *_, last = frames([TextDelta("Hel")], [Failed(UpstreamFailed("It broke."))])
    details = {"error_code": "upstream_error"}
    error = {"type": "api_error", "message": "It broke.", "details": details}
    assert last == {"type": "error", "error": error}
    *_, last = frames([TextDelta("Hel")], [Failed(OutOfCredit("Empty."))])
    assert last["error"]["type"] == "billing_error"


def test_a_mistake_of_ours_is_an_error_too() -> None:
    told = asked().error_frame(UpstreamFailed("Oh.")).decode()
    assert told.startswith('event: error\ndata: {"type":"error"')
