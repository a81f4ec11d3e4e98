"""A conversation made short, and how long one is."""

from __future__ import annotations

import json
from typing import Any

import openai.types.responses as kinds
import pytest
from pydantic import TypeAdapter

from tests.wire.responses.asking import STAMP, Item, turn
from utils.domain.chat import Event, Finish, Message, TextDelta, Usage
from utils.domain.context import counted
from utils.domain.reply import collect
from utils.errors import InvalidRequest
from utils.wire.responses.compaction import SUMMARISE, Compaction, CompactionTurn, InputTokens

HISTORY = [
    {"id": "msg_1", "type": "message", "role": "user", "content": "What is 6 x 7?"},
    {"id": "msg_2", "type": "message", "role": "assistant", "content": "42"},
]


def compaction(history: list[Item] | None = None, **fields: Any) -> CompactionTurn:
    body = {"model": "m", "input": "And 7 x 7?", **fields}
    return Compaction.parse(json.dumps(body).encode()).turn(history or [])


def made(asked: CompactionTurn) -> Item:
    summary: list[Event] = [
        TextDelta("They "),
        TextDelta("multiply é"),
        Finish(usage=Usage(9, 4)),
    ]
    return asked.encode(collect([summary]), STAMP)


def test_a_compaction_asks_for_a_summary_of_the_whole_conversation() -> None:
    asked = compaction(HISTORY, previous_response_id="resp_1", instructions="Be brief.")
    assert asked.asked.previous == "resp_1"
    assert asked.to_chat().model == "m"
    assert [(m.role, m.text) for m in asked.to_chat().messages] == [
        ("system", "Be brief."),
        ("user", "What is 6 x 7?"),
        ("assistant", "42"),
        ("user", "And 7 x 7?"),
        ("user", SUMMARISE),
    ]


def test_a_compaction_holds_what_the_user_said_and_the_summary() -> None:
    told = made(compaction(HISTORY, previous_response_id="resp_1"))
    first, second, summary = told["output"]
    assert (first["id"], second["id"]) == ("msg_1", "msg_0123_in2")
    assert second["content"] == [{"type": "input_text", "text": "And 7 x 7?"}]
    assert (summary["id"], summary["type"]) == ("cmp_0123", "compaction")
    assert "multiply" not in summary["encrypted_content"]
    # The SDK knows no message of a user in an output, though there is one.
    checked = json.dumps({**told, "output": [summary]})
    TypeAdapter(kinds.CompactedResponse).validate_json(checked, strict=True)
    assert (told["object"], told["usage"]["total_tokens"]) == ("response.compaction", 13)


def test_only_so_much_of_what_the_user_said_is_kept_word_for_word() -> None:
    long = "word " * 15_000
    items = [{"role": "user", "content": text} for text in ("first", long, long, "last")]
    *kept, _ = made(compaction(input=items))["output"]
    assert [item["content"][0]["text"] for item in kept] == [long, "last"]


def test_a_conversation_goes_on_from_a_compaction() -> None:
    output = made(compaction(HISTORY, previous_response_id="resp_1"))["output"]
    asked = turn(input=[*output, {"role": "user", "content": "Go on."}])
    assert asked.to_chat().messages == (
        Message(role="user", text="What is 6 x 7?"),
        Message(role="user", text="And 7 x 7?"),
        Message(role="system", text="What was said before, in short:\nThey multiply é"),
        Message(role="user", text="Go on."),
    )
    assert asked.input_items(STAMP)[2] == output[2]


@pytest.mark.parametrize("written", ["", "SECRET*", "gAAAAABm", "é"])
def test_a_compaction_of_another_server_is_refused(written: str) -> None:
    item = {"type": "compaction", "encrypted_content": written}
    with pytest.raises(InvalidRequest) as refused:
        turn(input=[item])
    assert refused.value.param == "input[0].encrypted_content"
    assert "SECRET" not in refused.value.message


def test_an_input_is_counted_with_its_instructions_tools_and_history() -> None:
    tools = [{"type": "function", "name": "add", "description": "Adds two numbers."}]
    body = {"model": "gpt-4o", "input": "hi", "instructions": "Be brief.", "tools": tools}
    asked = InputTokens.parse(json.dumps(body | {"conversation": "conv_1"}).encode())
    long, short = asked.turn(HISTORY).to_chat(), turn(model="gpt-4o").to_chat()
    told = asked.encode(long)
    TypeAdapter(kinds.InputTokenCountResponse).validate_json(json.dumps(told), strict=True)
    assert told == {"object": "response.input_tokens", "input_tokens": counted(long)}
    assert counted(long) > counted(short) + 20
