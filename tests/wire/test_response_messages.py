"""The messages of a chat completion in place of the input of a response."""

from __future__ import annotations

import pytest

from tests.samples import MP3
from tests.wire.responses.asking import STAMP, Item, turn
from tests.wire.responses.saying import (
    CALL,
    RESULT,
    WEB,
    answered,
    assistant,
    called,
    encoded,
    said,
)


def test_messages_stand_in_for_the_input() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    image = {"type": "image_url", "image_url": {"url": WEB}}
    asked = turn(input=None, messages=[
        {"role": "user", "content": [{"type": "text", "text": "a"}, image]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
    ])  # fmt: skip
    first, *rest = asked.to_chat().messages
    assert first.attachments[0].place == "messages[0].content[1].image_url"
    assert rest == [assistant("", CALL), RESULT]
    assert asked.input_items(STAMP) == [
        {"id": "msg_0123_in0", "type": "message", "role": "user", "status": "completed",
         "content": [{"type": "input_text", "text": "a"},
                     {"type": "input_image", "image_url": WEB, "detail": "auto"}]},
        {"id": "fc_0123_in1", "status": "completed", **called("c1")},
        {"id": "fco_0123_in2", "status": "completed", **answered("c1")},
    ]  # fmt: skip
    again = turn(asked.input_items(STAMP), input="b", previous_response_id="resp_1")
    assert [m.text for m in again.to_chat().messages] == ["a", "", "42", "b"]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ({"role": "developer", "content": "a"},
         [said("developer", [{"type": "input_text", "text": "a"}])]),
        ({"role": "assistant", "content": None, "refusal": "no"},
         [said("assistant", [{"type": "refusal", "refusal": "no"}])]),
        ({"role": "assistant", "content": "a", "function_call": {"name": "f"}},
         [said("assistant", [{"type": "output_text", "text": "a", "annotations": [],
                              "logprobs": []}]), called("f")]),
        ({"role": "function", "name": "f", "content": "42"}, [answered("f")]),
        ({"role": "user", "content": [
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "image_file", "image_file": {"file_id": "file-2"}},
            {"type": "input_audio", "input_audio": {"data": encoded(MP3), "format": "mp3"}},
            {"type": "refusal", "refusal": "no"}]},
         [said("user", [
            {"type": "input_file", "file_id": "file-1"},
            {"type": "input_image", "file_id": "file-2", "detail": "auto"},
            {"type": "input_audio", "input_audio": {"data": encoded(MP3), "format": "mp3"}},
            {"type": "refusal", "refusal": "no"}])]),
    ],
)  # fmt: skip
def test_a_chats_message_is_shown_as_items(message: Item, shown: list[Item]) -> None:
    question = {"role": "user", "content": "go"}
    _, *items = turn(input=None, messages=[question, message]).input_items(STAMP)
    assert items == [
        {**item, "id": told["id"], "status": "completed"}
        for item, told in zip(shown, items, strict=True)
    ]
