"""Whatever comes in, from clients and from upstream: it is read, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from simulator.server import Simulator
from tests.compatible import reading
from tests.cuts import PLACES, cut_at
from tests.faults.fuzzing import fuzzed, tried
from tests.faults.mutants import changed_bytes, changed_json
from tests.onemin.test_chat_stream import DONE, METADATA, SAID, outcome, result
from tests.serving import HEADERS, process
from utils.compatible import chat as compatible
from utils.domain.loose_json import Unreadable, loosely
from utils.errors import InvalidRequest, NotFound
from utils.http1 import Malformed, ResponseReader
from utils.wire.chat.dialect import ChatCompletions
from utils.wire.completions import Completions
from utils.wire.messages.dialect import CountTokens, Messages
from utils.wire.responses.dialect import Responses

# What clients send

PNG = "data:image/png;base64,iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
FUNCTION = {"name": "add", "description": "d", "parameters": SCHEMA, "strict": True}
CALL = {"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"a": "b"}'}}
CHAT = {
    "model": "gpt-4o-mini:online",
    "messages": [
        {"role": "system", "content": "s"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "t"},
                {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
                {"type": "file", "file": {"file_id": "file-1", "filename": "n"}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "r"}]},
    ],
    "tools": [{"type": "function", "function": FUNCTION}],
    "tool_choice": {"type": "function", "function": {"name": "add"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
    "stop": ["a", "b"],
    "n": 2,
    "max_tokens": 9,
    "temperature": 0.5,
    "stream": True,
    "stream_options": {"include_usage": True},
}
COMPLETION = {"model": "m", "prompt": ["a"], "suffix": "c", "echo": True, "stop": "d"}
ANTHROPIC = {
    "model": "claude",
    "max_tokens": 9,
    "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "url", "url": "https://a.example/b.png"}},
                {
                    "type": "document",
                    "title": "t",
                    "source": {"type": "text", "media_type": "text/plain", "data": "d"},
                },
            ],
        },
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "c", "name": "add", "input": {"a": "b"}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "c", "content": "r"}],
        },
    ],
    "tools": [{"name": "add", "description": "d", "input_schema": SCHEMA}],
    "tool_choice": {"type": "tool", "name": "add", "disable_parallel_tool_use": True},
    "thinking": {"type": "enabled", "budget_tokens": 2000},
    "stop_sequences": ["a"],
}
RESPONSE = {
    "model": "m",
    "instructions": "i",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "t"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "c", "name": "add", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "r"},
        {"type": "custom_tool_call", "call_id": "d", "name": "patch", "input": "p"},
        {"type": "custom_tool_call_output", "call_id": "d", "output": "r"},
    ],
    "tools": [{"type": "function", **FUNCTION}, {"type": "custom", "name": "patch"}],
    "tool_choice": {"type": "function", "name": "add"},
    "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "metadata": {"a": "b"},
    "max_output_tokens": 99,
}
REQUESTS: list[tuple[Callable[[bytes], Any], Any]] = [
    (lambda raw: ChatCompletions.parse(raw).to_chat(), CHAT),
    (lambda raw: Completions.parse(raw).to_chat(), COMPLETION),
    (lambda raw: Messages.parse(raw).to_chat(), ANTHROPIC),
    (lambda raw: CountTokens.parse(raw).prompt, ANTHROPIC),
    (lambda raw: Responses.parse(raw).turn().to_chat(), RESPONSE),
]


def test_the_requests_that_are_changed_are_good_before() -> None:
    for read, sample in REQUESTS:
        assert read(json.dumps(sample).encode())


@fuzzed(
    st.sampled_from(REQUESTS).flatmap(
        lambda pair: st.tuples(st.just(pair[0]), changed_json([pair[1]]))
    )
)
def test_any_request_is_understood_or_refused(
    asked: tuple[Callable[[bytes], Any], Any],
) -> None:
    read, body = asked
    with suppress(InvalidRequest, NotFound):
        read(json.dumps(body).encode())


# What upstream sends

STREAMS = [SAID + result("Grüße", metadata=METADATA) + DONE, SAID + result(status="FAILURE")]
COMPATIBLE = [
    reading.content("Grüße", " 😀")
    + reading.calls(reading.piece(0, "add", '{"a":', id="c"), reading.piece(0, "", " 1}"))
    + reading.chunk("tool_calls")
    + reading.data({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}})
    + reading.DONE
]
HEADS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: a\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 502 Bad\r\nConnection: close\r\n\r\n<html>",
]


def encoded(streams: Iterable[str]) -> list[bytes]:
    return [stream.encode() for stream in streams]


def cut(whole: bytes, places: list[int]) -> list[bytes]:
    """Without empty pieces, by which the client tells that nothing came for a while."""
    return [piece for piece in cut_at(whole, places) if piece]


@fuzzed(changed_bytes(encoded(STREAMS)), PLACES)
def test_any_stream_of_1min_ai_ends_in_an_answer_or_an_error_however_it_is_cut(
    stream: bytes, places: list[int]
) -> None:
    assert outcome(cut(stream, places)) == outcome(cut(stream, []))


@fuzzed(changed_bytes(encoded(COMPATIBLE)), PLACES)
def test_so_does_any_stream_of_a_back_end(stream: bytes, places: list[int]) -> None:
    whole = reading.outcome(cut(stream, []))
    assert reading.outcome(cut(stream, places)) == whole


@fuzzed(changed_bytes([b"{}", b'{"choices": [{"message": {"content": "a"}}], "usage": null}']))
def test_so_does_any_whole_answer_of_a_back_end(answer: bytes) -> None:
    assert reading.outcome([answer], compatible.read_whole)


def read(parts: list[bytes]) -> tuple[int, dict[str, str], bytes] | str:
    reader = ResponseReader()
    try:
        body = b"".join([reader.feed(part) for part in parts])
        reader.end()
    except Malformed:
        return "malformed"
    return reader.status, reader.headers, body


@fuzzed(changed_bytes(HEADS), PLACES)
def test_any_response_is_read_or_malformed_however_it_is_cut(
    response: bytes, places: list[int]
) -> None:
    assert read(cut(response, places)) == read(cut(response, []))


@fuzzed(changed_bytes([json.dumps(CHAT).encode(), b"{'a': [1, True, None,], // b\nc: `d`}"]))
def test_json_that_is_mended_is_json(text: bytes) -> None:
    try:
        mended = loosely(text.decode(errors="replace"))
    except Unreadable:
        return
    json.loads(mended)


# Forms, which werkzeug reads, on the real server

FORM = (
    b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n'
    b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nsome words\r\n--x--\r\n"
)
PLACED = ["/v1/files", "/v1/audio/transcriptions", "/v1/images/edits", "/v1/videos"]
KINDS = ["multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "multipart/x"]


@pytest.mark.long
@pytest.mark.fault(75, 105)
def test_any_form_is_taken_or_refused(onemin: Simulator, tmp_path: Path) -> None:
    """By a process of its own: Hypothesis makes chance in this one repeat itself."""

    def holds(form: bytes, path: str, kind: str) -> None:
        headers = HEADERS | {"Content-Type": kind}
        reply = relay.post(path, None, data=form, headers=headers)
        assert reply.status_code < 500, reply.text
        assert reply.status_code == 200 or reply.json()["error"]["message"]

    kinds = st.sampled_from([KINDS[0]] * 5 + KINDS)
    with process(onemin.url, tmp_path, PYTHONDEVMODE="") as relay:
        assert relay.chat().status_code == 200  # now it knows its caller
        tried(holds, 500, changed_bytes([FORM]), st.sampled_from(PLACED), kinds)
        assert "Traceback" not in relay.log.read_text()
