"""Calls and JSON that end at any letter, because the model was stopped or just did."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import OpenAI

from simulator.declarations import Frame
from simulator.server import Simulator
from tests.agents.scripts import broken_off
from tests.agents.sdk import Answer, schema_format, taking, told, tool, user

SCHEMA = taking(text="string", end="string")
GIVEN = {"text": 'a, "b": \n\\', "end": "ü"}
WRITTEN = json.dumps(GIVEN, ensure_ascii=False)
COMPACT = json.dumps(GIVEN, ensure_ascii=False, separators=(",", ":"))
BLOCK = Frame("<tool_call_123456>\n", "\n</tool_call_123456>").write("write", WRITTEN)
NAMED, OPENED, CLOSED = BLOCK.index("{"), BLOCK.index(WRITTEN) + 1, BLOCK.index("\n</")
STOPPED = {"inputToken": 9, "outputToken": 9, "finishReason": "length"}
SAID = "Hm."
CASES = 8  # of a test


def chunks(start: int, end: int) -> list[range]:
    return [range(at, min(at + CASES, end)) for at in range(start, end, CASES)]


def calling(client: OpenAI) -> Answer:
    words = f"first say {SAID}, then call write with {WRITTEN}"
    tools = [tool("write", SCHEMA)]
    return told("stream", client, messages=[user(words)], tools=tools)


def answering(client: OpenAI, **fields: Any) -> Answer:
    words = f"answer with {WRITTEN}"
    form = schema_format(SCHEMA)
    return told("stream", client, messages=[user(words)], response_format=form, **fields)


def is_beginning(content: str) -> bool:
    """Before its first value an answer is left as the model wrote it."""
    return COMPACT.startswith(content) or WRITTEN.startswith(content)


@pytest.mark.parametrize(
    "lengths",
    [*chunks(1, NAMED), *chunks(NAMED, CLOSED), *chunks(CLOSED, len(BLOCK))],
)
def test_a_call_may_become_too_long_at_any_letter(
    client: OpenAI, onemin: Simulator, lengths: range
) -> None:
    before = len(onemin.chats)
    for length in lengths:
        onemin.script(broken_off(len(f"{SAID}\n") + length, STOPPED))
        answer = calling(client)
        assert (answer.content or "").strip() == SAID
        assert all(COMPACT.startswith(call.arguments) for call in answer.calls)
        assert answer.finish == "length"
    assert len(onemin.chats) - before == len(lengths)


@pytest.mark.parametrize("lengths", chunks(OPENED, len(BLOCK)))
def test_a_call_that_breaks_off_at_any_letter_is_completed(
    client: OpenAI, onemin: Simulator, lengths: range
) -> None:
    for length in lengths:
        onemin.script(broken_off(len(f"{SAID}\n") + length))
        answer = calling(client)
        assert (answer.content or "").strip() == SAID
        assert [call.arguments for call in answer.calls] == [COMPACT]
        assert answer.finish == "tool_calls"


@pytest.mark.parametrize("lengths", chunks(1, len(WRITTEN)))
def test_json_may_become_too_long_at_any_letter(
    client: OpenAI, onemin: Simulator, lengths: range
) -> None:
    before = len(onemin.chats)
    for length in lengths:
        onemin.script(broken_off(length, STOPPED))
        answer = answering(client)
        assert is_beginning(answer.content or "")
        assert answer.finish == "length"
    assert len(onemin.chats) - before == len(lengths)


@pytest.mark.parametrize("lengths", chunks(1, len(WRITTEN)))
def test_json_that_breaks_off_at_any_letter_is_completed(
    client: OpenAI, onemin: Simulator, lengths: range
) -> None:
    for length in lengths:
        onemin.script(broken_off(length))
        answer = answering(client)
        assert (answer.content, answer.finish) == (COMPACT, "stop")


@pytest.mark.parametrize("limit", range(1, 24))
def test_json_ends_with_the_last_token_that_is_allowed(client: OpenAI, limit: int) -> None:
    answer = answering(client, max_tokens=limit)
    assert is_beginning(answer.content or "")
    assert answer.finish == ("stop" if answer.content == COMPACT else "length")
