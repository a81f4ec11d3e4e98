"""What a chat completion asks for beside its words: tools, limits, files, sound."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.samples import JPEG, MP3, PDF
from utils.domain.chat import (
    Attachment,
    Chat,
    FileId,
    Inline,
    Link,
    Structure,
    Tool,
    ToolChoice,
)
from utils.domain.media import AudioFormat
from utils.wire.chat.dialect import ChatCompletions

HI: dict[str, Any] = {"role": "user", "content": "hi"}


def asked(**fields: Any) -> Chat:
    body = {"model": "m", "messages": [HI], **fields}
    return ChatCompletions.parse(json.dumps(body).encode()).to_chat()


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"stop": "\n"}, "stops", ("\n",)),
        ({"stop": [" a", "b", "c", "d"]}, "stops", (" a", "b", "c", "d")),
        ({"max_tokens": 1}, "max_tokens", 1),
        ({"max_completion_tokens": 2}, "max_tokens", 2),
        ({"max_completion_tokens": 2, "max_tokens": 9}, "max_tokens", 2),
        ({"n": 8}, "choices", 8),
        ({"reasoning_effort": "xhigh"}, "effort", "xhigh"),
        ({"response_format": {"type": "json_object"}}, "structure", Structure()),
        ({"modalities": ["text", "audio"]}, "audio", AudioFormat()),
        ({"modalities": ["audio"], "audio": {"voice": "alloy", "format": "wav"}}, "audio",
         AudioFormat("alloy", "wav")),
        ({"parallel_tool_calls": False}, "parallel_calls", False),
        ({"temperature": 0, "top_p": 1, "seed": 7, "user": "u"}, "sampling",
         {"temperature": 0, "top_p": 1, "seed": 7}),
        ({"presence_penalty": -2, "frequency_penalty": 2, "logit_bias": {"50256": -100}},
         "sampling",
         {"presence_penalty": -2, "frequency_penalty": 2, "logit_bias": {"50256": -100}}),
    ],
)  # fmt: skip
def test_a_field_says_one_thing_and_nothing_else(
    fields: dict[str, Any], name: str, value: object
) -> None:
    chat, plain = asked(**fields), asked()
    assert getattr(chat, name) == value
    for other in Chat.__slots__:
        assert other == name or getattr(chat, other) == getattr(plain, other)


@pytest.mark.parametrize("seed", [-(2**63), 2**63 - 1])
def test_a_seed_is_as_large_as_a_number_of_64_bits(seed: int) -> None:
    assert asked(seed=seed).sampling == {"seed": seed}


def test_a_schema_is_kept_as_it_is() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    declared = {"name": "s", "schema": schema, "strict": True}
    chat = asked(response_format={"type": "json_schema", "json_schema": declared})
    assert chat.structure == Structure(schema, "s", strict=True)


# Tools


def function(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **fields}}


def test_a_function_becomes_a_tool() -> None:
    parameters = {"type": "object", "properties": {}}
    tools = [function("add", description="Adds.", parameters=parameters, strict=True)]
    assert asked(tools=[*tools, function("mcp.look:at-1/2")]).tools == (
        Tool(name="add", description="Adds.", parameters=parameters, strict=True),
        Tool(name="mcp.look:at-1/2"),
    )


ALLOWED = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [function("b")]}}


@pytest.mark.parametrize(
    ("choice", "tools", "expected"),
    [
        (None, "abc", ToolChoice()),
        ("auto", "abc", ToolChoice()),
        ("none", "", ToolChoice()),
        ("required", "abc", ToolChoice(required=True)),
        (function("b"), "b", ToolChoice(required=True, name="b")),
        (ALLOWED, "b", ToolChoice()),
        ({**ALLOWED, "allowed_tools": {"mode": "required", "tools": [function("c")]}}, "c",
         ToolChoice(required=True)),
    ],
)  # fmt: skip
def test_only_the_tools_that_may_be_called_are_declared(
    choice: Any, tools: str, expected: ToolChoice
) -> None:
    chat = asked(tools=[function(name) for name in "abc"], tool_choice=choice)
    assert "".join(tool.name for tool in chat.tools) == tools
    assert chat.tool_choice == expected


def test_a_search_beside_other_tools_is_not_made_for_certain() -> None:
    search = {"type": "web_search"}
    assert asked(tools=[search]).web_search
    assert asked(tools=[search, function("f")]).web_search is None
    assert asked(tools=[search, function("f")], web_search=True).web_search


# Files


def data_url(data: bytes, kind: str = "image/jpeg") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


BARE = base64.b64encode(PDF).decode()
WEB = "https://example.com/a b.jpg?x=1#y"


@pytest.mark.parametrize(
    ("part", "kind", "source", "place"),
    [
        ({"type": "image_url", "image_url": {"url": data_url(JPEG)}}, "image",
         Inline(data=JPEG), "image_url"),
        ({"type": "image_url", "image_url": data_url(JPEG, "text/plain")}, "image",
         Inline(data=JPEG), "image_url"),
        ({"type": "image_url", "image_url": {"url": data_url(JPEG).replace("data", "DATA"),
          "detail": "low"}}, "image", Inline(data=JPEG), "image_url"),
        ({"type": "image_url", "image_url": {"url": f" {WEB} "}}, "image", Link(WEB),
         "image_url"),
        ({"type": "image_file", "image_file": {"file_id": "file-1"}}, "image",
         FileId("file-1"), "image_file"),
        ({"type": "input_audio", "input_audio": {"data": base64.b64encode(MP3).decode(),
          "format": "mp3"}}, "audio", Inline(data=MP3), "input_audio"),
        ({"type": "file", "file": {"file_data": data_url(PDF), "filename": "a.pdf"}},
         "document", Inline(data=PDF, name="a.pdf"), "file"),
        ({"type": "file", "file": {"file_data": BARE}}, "document", Inline(data=PDF), "file"),
        ({"type": "file", "file": {"file_data": f"{BARE[:9]}\n{BARE[9:].rstrip('=')}"}},
         "document", Inline(data=PDF), "file"),
        ({"type": "file", "file": {"file_id": "file-2"}}, "document", FileId("file-2"), "file"),
        ({"type": "file", "file": {"file_url": WEB}}, "document", Link(WEB), "file"),
    ],
)  # fmt: skip
def test_a_part_that_is_a_file_is_attached(
    part: dict[str, Any], kind: Any, source: Any, place: str
) -> None:
    texts = [{"type": "text", "text": text} for text in ("a", "b")]
    [message] = asked(messages=[{"role": "user", "content": [*texts, part]}]).messages
    assert message.text == "a\nb"
    assert message.attachments == (Attachment(kind, source, f"messages[0].content[2].{place}"),)


def test_a_picture_alone_says_something() -> None:
    part = {"type": "image_url", "image_url": {"url": WEB}}
    [message] = asked(messages=[{"role": "user", "content": [part]}]).messages
    assert (message.text, len(message.attachments)) == ("", 1)
