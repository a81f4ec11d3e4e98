"""The blocks of Anthropic's messages, as text, calls and files of a chat."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.samples import PDF, png
from utils.domain.chat import Attachment, FileId, Inline, Link, Message, ToolCall
from utils.wire.messages.dialect import CountTokens, Messages

HI: dict[str, Any] = {"role": "user", "content": "hi"}


def messages(*asked: Any) -> tuple[Message, ...]:
    body = {"max_tokens": 9, "messages": asked}
    return Messages.parse(json.dumps(body).encode()).to_chat().messages


def said(*blocks: Any, role: str = "user") -> tuple[Message, ...]:
    return messages({"role": role, "content": blocks})


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def image(**source: str) -> dict[str, Any]:
    return {"type": "image", "source": source}


def document(source: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "document", "source": source, **more}


PICTURE = Inline(data=png())
WITH_FILES: list[tuple[dict[str, Any], Attachment]] = [
    (image(type="base64", media_type="image/png", data=encoded(png())),
     Attachment("image", PICTURE, "")),
    (image(type="url", url="https://a.example/b.png"),
     Attachment("image", Link("https://a.example/b.png"), "")),
    (image(type="file", file_id="file_1"), Attachment("image", FileId("file_1"), "")),
    (document({"type": "base64", "media_type": "application/pdf", "data": encoded(PDF)},
              title="a.pdf"),
     Attachment("document", Inline(data=PDF, name="a.pdf"), "")),
    (document({"type": "url", "url": "https://a.example/b.pdf"}),
     Attachment("document", Link("https://a.example/b.pdf"), "")),
    (document({"type": "file", "file_id": "file_1"}),
     Attachment("document", FileId("file_1"), "")),
]  # fmt: skip


@pytest.mark.parametrize(("block", "expected"), WITH_FILES)
def test_a_file_is_attached_and_its_place_known(
    block: dict[str, Any], expected: Attachment
) -> None:
    [message] = said(text("see"), block)
    [attached] = message.attachments
    assert message.text == "see"
    assert (attached.kind, attached.source) == (expected.kind, expected.source)
    assert attached.place == "messages[0].content[1].source"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (document({"type": "text", "media_type": "text/plain", "data": " words\n"}),
         "--- document: untitled ---\n words\n"),
        (document({"type": "text", "data": "words"}, title="T", context="C"),
         "--- document: T ---\nC\nwords"),
        (document({"type": "content", "content": "words"}, title="T"),
         "--- document: T ---\nwords"),
        (document({"type": "content", "content": [text("a"), text("b")]}, title="T"),
         "--- document: T ---\na\nb"),
        ({"type": "search_result", "source": "S", "title": "T", "content": [text("a")],
          "citations": {"enabled": True}},
         "--- search result: T (S) ---\na"),
    ],
)  # fmt: skip
def test_a_document_whose_text_is_sent_is_text(block: dict[str, Any], expected: str) -> None:
    assert said(block) == (Message(role="user", text=expected),)


def test_a_picture_in_a_document_is_attached() -> None:
    inner = [text("a"), image(type="file", file_id="f")]
    [message] = said(document({"type": "content", "content": inner}))
    place = "messages[0].content[0].source.content[1].source"
    assert message.attachments == (Attachment("image", FileId("f"), place),)


def test_the_context_of_a_file_is_told() -> None:
    [message] = said(document({"type": "file", "file_id": "f"}, title="T", context="C"))
    assert message.text == "--- document: T ---\nC"
    assert message.attachments


USE = {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 10**30, "b": "é"}}


def test_calls_are_kept_with_what_was_said() -> None:
    passed_over = [
        {"type": "thinking", "thinking": "secret", "signature": "s"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
    ]
    [message] = said(*passed_over, text("Let me see."), USE, role="assistant")
    call = ToolCall("t1", "f", '{"a": 1000000000000000000000000000000, "b": "é"}')
    assert message == Message(role="assistant", text="Let me see.", tool_calls=(call,))


def test_a_turn_in_which_nothing_is_left_is_left_out() -> None:
    thought = {"type": "thinking", "thinking": "x", "signature": ""}
    left = messages(HI, {"role": "assistant", "content": [thought]}, HI)
    assert [message.text for message in left] == ["hi", "hi"]


def result(id: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": id, "cache_control": {}, **more}


def test_results_are_messages_of_their_own_before_what_the_user_says() -> None:
    found = said(
        text("so?"),
        result("t1", content="one"),
        result("t2", content=[text("two"), text("three")]),
        result("t3", content="no", is_error=True),
        result("t4"),
    )
    tool = [(m.call_id, m.text) for m in found[:-1]]
    assert {m.role for m in found[:-1]} == {"tool"}
    assert tool == [("t1", "one"), ("t2", "two\nthree"), ("t3", "(error) no"), ("t4", "")]
    assert found[-1] == Message(role="user", text="so?")


def test_a_result_may_hold_files_and_references() -> None:
    blocks = [image(type="file", file_id="f"), {"type": "tool_reference", "tool_name": "g"}]
    [message] = said(result("t", content=blocks))
    place = "messages[0].content[0].content[0].source"
    assert message.attachments == (Attachment("image", FileId("f"), place),)
    assert message.text == "(tool: g)"


def count(*blocks: Any, **fields: Any) -> int:
    body = {"messages": [{"role": "user", "content": list(blocks)}], **fields}
    return CountTokens.parse(json.dumps(body).encode()).encode("gpt-4o")["input_tokens"]


def test_counting_takes_no_limit_and_adds_an_estimate_for_files() -> None:
    words = text("Hello world")
    base = count(words)
    assert base == 2 + 4 + 3
    assert count(words, tools=[{"name": "f", "input_schema": {"type": "object"}}]) > base
    assert count(words, system="Be brief.") > base
    assert count(words, *[block for block, _ in WITH_FILES[:3]]) == base + 3 * 1_600
    assert count(words, *[block for block, _ in WITH_FILES[4:]]) == base + 2 * 3_000
    spoken = document({"type": "base64", "data": encoded(b"Hello world")})
    assert count(words, spoken) == base + 2
