"""The input of a response, as turns and as it is shown again."""

from __future__ import annotations

import json
import time
from typing import Any

import openai.types.responses as kinds
import pytest
from pydantic import TypeAdapter

from tests.samples import JPEG, MP3, PDF
from tests.wire.responses.asking import STAMP, Item, chat, refusal, turn
from tests.wire.responses.saying import (
    CALL,
    RESULT,
    WEB,
    answered,
    assistant,
    called,
    encoded,
    said,
    user,
)
from utils.domain.chat import Attachment, FileId, Inline, Link, Message, ToolCall
from utils.errors import InvalidRequest
from utils.wire.responses.dialect import Responses


def heard(*items: Item) -> list[Message]:
    """What the model reads after a question."""
    return list(chat(input=[said("user", "go"), *items]).messages[1:])


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([said("user", "a")], [user("a")]),
        ([{"role": "user", "content": "a"}], [user("a")]),
        ([said("system", "a"), said("developer", "b")],
         [Message(role="system", text="a"), Message(role="system", text="b")]),
        ([said("user", [{"type": "input_text", "text": "a"}, {"type": "text", "text": "b"}])],
         [user("a\nb")]),
        ([said("assistant", [{"type": "output_text", "text": "a", "annotations": []}],
               id="msg_1", status="completed", phase=None)], [assistant("a")]),
        ([said("assistant", [{"type": "refusal", "refusal": "no"}])], [assistant("no")]),
        ([called("c1"), answered("c1")], [assistant("", CALL), RESULT]),
        ([said("assistant", "So:"), called("c1"), called("c2"), answered("c2", "2"),
          answered("c1")],
         [assistant("So:", CALL, ToolCall("c2", "f", "{}")),
          Message(role="tool", text="2", call_id="c2"), RESULT]),
        ([called("c1"), said("assistant", "wait"), answered("c1")],
         [assistant("wait", CALL), RESULT]),
        ([said("assistant", "a"), said("assistant", "b")], [assistant("a"), assistant("b")]),
        ([called("c1"), answered("c1"), called("c2"), answered("c2")],
         [assistant("", CALL), RESULT, assistant("", ToolCall("c2", "f", "{}")),
          Message(role="tool", text="42", call_id="c2")]),
        ([called("c1"), {"type": "reasoning", "id": "rs_1", "summary": []}, called("c2"),
          {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {}}],
         [assistant("", CALL, ToolCall("c2", "f", "{}"))]),
        ([called("c1", "hire", namespace="crew")],
         [assistant("", ToolCall("c1", "crew__hire", "{}"))]),
        ([{"type": "custom_tool_call", "call_id": "c1", "name": "p", "input": 'a"\n',
           "namespace": "n"},
          {"type": "custom_tool_call_output", "call_id": "c1", "output": "42"}],
         [assistant("", ToolCall("c1", "n__p", '{"input":"a\\"\\n"}')), RESULT]),
        ([called("c1"), answered("c1", "")],
         [assistant("", CALL), Message(role="tool", text="", call_id="c1")]),
        ([called("c1"), answered("c1", [{"type": "input_text", "text": "42"},
          {"type": "input_image", "image_url": WEB}])],
         [assistant("", CALL), Message(role="tool", text="42", call_id="c1", attachments=(
             Attachment("image", Link(WEB), "input[2].output[1].image_url"),))]),
    ],
)  # fmt: skip
def test_items_become_turns(items: list[Item], expected: list[Message]) -> None:
    assert heard(*items) == expected


@pytest.mark.parametrize(
    ("part", "kind", "source", "place"),
    [
        ({"type": "input_image", "image_url": WEB, "detail": "low"}, "image", Link(WEB),
         "image_url"),
        ({"type": "input_image", "image_url": {"url": WEB}}, "image", Link(WEB), "image_url"),
        ({"type": "image_url", "image_url": {"url": WEB}}, "image", Link(WEB), "image_url"),
        ({"type": "input_image", "image_url": f"data:image/jpeg;base64,{encoded(JPEG)}"},
         "image", Inline(data=JPEG), "image_url"),
        ({"type": "input_image", "file_id": "file-1"}, "image", FileId("file-1"), "file_id"),
        ({"type": "input_file", "file_data": encoded(PDF), "filename": "a.pdf"}, "document",
         Inline(data=PDF, name="a.pdf"), "file_data"),
        ({"type": "input_file", "file_id": "file-2"}, "document", FileId("file-2"), "file_id"),
        ({"type": "input_file", "file_url": WEB}, "document", Link(WEB), "file_url"),
        ({"type": "input_audio", "input_audio": {"data": encoded(MP3), "format": "mp3"}},
         "audio", Inline(data=MP3), "input_audio"),
    ],
)  # fmt: skip
def test_a_part_that_is_a_file_is_attached(
    part: Item, kind: Any, source: Any, place: str
) -> None:
    [message] = heard(said("user", [{"type": "input_text", "text": "a"}, part]))
    assert message.attachments == (Attachment(kind, source, f"input[1].content[1].{place}"),)


def test_a_text_alone_is_what_the_user_says() -> None:
    assert chat(input="hi").messages == (user("hi"),)


def test_instructions_come_first_and_only_from_this_request() -> None:
    history = [said("user", "a", id="msg_1"), said("assistant", "b", id="msg_2")]
    fields: Item = {"instructions": "Be brief.", "previous_response_id": "resp_1", "input": "c"}
    assert turn(history, **fields).to_chat().messages == (
        Message(role="system", text="Be brief."), user("a"), assistant("b"), user("c")
    )  # fmt: skip


# What was said before


def test_a_result_answers_a_call_of_an_earlier_response() -> None:
    history = [said("user", "a", id="msg_1"), called("c1", id="fc_1")]
    for output in ("42", ""):
        asked = turn(history, input=[answered("c1", output)], previous_response_id="resp_1")
        result = Message(role="tool", text=output, call_id="c1")
        assert asked.to_chat().messages == (user("a"), assistant("", CALL), result)


def test_a_result_whose_call_was_deleted_from_a_conversation_is_still_read() -> None:
    history = [said("user", "a", id="msg_1"), {"id": "fco_1", **answered("c1")}]
    assert RESULT in turn(history, conversation="conv_1").to_chat().messages


def test_what_cannot_be_used_any_more_is_refused_where_it_was_kept() -> None:
    error = refusal(history=[{"id": "x_1", "type": "mcp_call"}], conversation="conv_1")
    assert (error.status, error.param) == (400, "conversation.items[0]")


def test_a_reference_stands_for_what_it_names() -> None:
    call = called("c1", id="fc_1", status="completed")
    asked = turn(
        [said("user", "a", id="msg_1")],
        {"fc_1": call},
        input=[{"type": "item_reference", "id": "fc_1"}, {"id": "msg_1"}, answered("c1")],
        previous_response_id="resp_1",
    )
    assert asked.asked.references == ("fc_1", "msg_1")
    assert asked.to_chat().messages == (user("a"), assistant("", CALL), user("a"), RESULT)
    first, second, third = asked.input_items(STAMP)
    assert (first, second["id"], third["id"]) == (call, "msg_1", "fco_0123_in2")


def test_a_reference_to_nothing_is_not_found() -> None:
    error = refusal(input=[said("user", "a"), {"type": "item_reference", "id": "msg_9"}])
    assert (error.status, error.param, error.code) == (404, "input[1].id", "not_found")
    assert "msg_9" in error.message


# Shown again


def test_the_input_is_shown_as_it_was_sent_with_what_it_lacked() -> None:
    items = [
        said("user", "a"),
        said("user", [{"type": "input_image", "image_url": WEB, "detail": "low"}], id="msg_x"),
        called("c1", id="fc_x", status="in_progress", future={"a": [2**64 - 1, 2.5, None]}),
        answered("c1"),
        {"type": "reasoning", "id": "rs_x", "summary": [], "encrypted_content": "z"},
    ]
    shown = turn(input=items).input_items(STAMP)
    assert [item["id"] for item in shown] == [
        "msg_0123_in0", "msg_x", "fc_x", "fco_0123_in3", "rs_x"
    ]  # fmt: skip
    assert shown[0]["content"] == [{"type": "input_text", "text": "a"}]
    assert shown[1] == {**items[1], "status": "completed"}
    assert shown[2] == items[2]
    adapter = TypeAdapter(kinds.ResponseItemList)
    page = {"object": "list", "data": shown, "has_more": False, "first_id": "a", "last_id": "b"}
    adapter.validate_json(json.dumps(page), strict=True)


# Refusals


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ("SECRET", "input[0]"),
        ({}, "input[0].role"),
        ({"type": "SECRET"}, "input[0].type"),
        *(({"type": type, "id": "x", "call_id": "SECRET"}, "input[0].type") for type in (
            "computer_call", "computer_call_output", "local_shell_call", "shell_call_output",
            "mcp_call", "mcp_approval_response", "image_generation_call", "file_search_call",
            "code_interpreter_call", "apply_patch_call", "compaction_trigger")),
        (said("tool", "SECRET"), "input[0].role"),
        (said("user", {"SECRET": 1}), "input[0].content"),
        (said("user", [{"type": "SECRET"}]), "input[0].content[0].type"),
        (said("user", [{"type": "input_text"}]), "input[0].content[0].text"),
        (said("user", [{"type": "input_image"}]), "input[0].content[0]"),
        (said("user", [{"type": "input_image", "image_url": "SECRET"}]),
         "input[0].content[0].image_url"),
        (said("user", [{"type": "input_file", "filename": "SECRET"}]), "input[0].content[0]"),
        (said("user", [{"type": "input_file", "file_data": "SECRET*"}]),
         "input[0].content[0].file_data"),
        ({"type": "function_call", "call_id": "c"}, "input[0].name"),
        ({"type": "function_call_output", "output": "SECRET"}, "input[0].call_id"),
        (answered("c", {"SECRET": 1}), "input[0].output"),
        (answered("nobody"), "input[0].call_id"),
        ({"type": "item_reference"}, "input[0].id"),
        ({"type": "compaction", "encrypted_content": "SECRET"}, "input[0].encrypted_content"),
        (said("user", " \n"), "input"),
        ({"type": "reasoning", "summary": []}, "input"),
        (said("user", "a", future=[-(10**30)]), "input"),
    ],
)  # fmt: skip
def test_a_bad_item_is_refused_where_it_stands(item: Any, param: str) -> None:
    error = refusal(input=[item])
    assert (error.status, error.param) == (400, param)
    assert "SECRET" not in error.message


@pytest.mark.parametrize("body", [{}, {"input": None}, {"input": []}, {"input": ""}])
def test_a_request_that_asks_nothing_is_refused(body: Item) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Responses.parse(json.dumps(body).encode()).turn()
    assert refused.value.param == "input"


def test_a_conversation_can_go_on_without_anything_new() -> None:
    history = [said("user", "a", id="msg_1")]
    asked = turn(history, input=None, previous_response_id="resp_1")
    assert asked.to_chat().messages == (user("a"),)
    assert asked.input_items(STAMP) == []


@pytest.mark.long
def test_a_long_text_is_not_looked_through_for_parts_or_numbers() -> None:
    text = "It is 4:05 - 1,234 of 9 are in. " * 100_000
    start = time.thread_time()
    assert heard(said("user", text)) == [user(text)]
    assert time.thread_time() - start < 0.25  # a look at each letter takes over half a second
