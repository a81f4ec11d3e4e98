"""A turn of a run: what a model reads, and which events tell its answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from openai.types.beta import AssistantStreamEvent
from pydantic import TypeAdapter

from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Corrected,
    Event,
    Failed,
    FileId,
    Finish,
    Heartbeat,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolChoice,
    Usage,
)
from utils.errors import InvalidRequest, OutOfCredit, RelayError, UpstreamFailed
from utils.wire.assistants import objects
from utils.wire.assistants.assistants import AssistantFields
from utils.wire.assistants.messages import NewMessage
from utils.wire.assistants.runs import NewRun, ToolOutputs
from utils.wire.assistants.threads import NewThread
from utils.wire.assistants.turn import Turn, turn
from utils.wire.stamp import Stamp

Item = dict[str, Any]
STAMP = Stamp("0123", 1_700_000_000, "gpt-4o-mini")
LATER = STAMP.created + 9
ADD = {"type": "function", "function": {"name": "add"}}
HUGE = {"type": "function", "function": {"name": "f", "parameters": {"a": 2**70}}}
CODE = {"type": "code_interpreter"}
CALL: list[Event] = [CallBegun("call_1", "add"), ArgumentsDelta('{"a":'), ArgumentsDelta("1}")]
EVENT: TypeAdapter[Any] = TypeAdapter(AssistantStreamEvent)


def parsed(body: Any, **fields: Any) -> Any:
    return body.parse(json.dumps(fields).encode())


def run(assistant: Item | None = None, thread: Item | None = None, **fields: Any) -> Item:
    made = parsed(AssistantFields, **(assistant or {})).to_assistant(STAMP)
    own = parsed(NewThread, **(thread or {})).to_thread(STAMP)
    asked: Item = parsed(NewRun, assistant_id="asst_1", **fields).to_run(made, own, STAMP)
    return asked


def message(content: Any, role: str = "user", **fields: Any) -> Item:
    kept: Item = parsed(NewMessage, role=role, content=content, **fields).to_message("t", STAMP)
    return kept


def asked(*messages: Item, **fields: Any) -> Turn:
    return turn(run(**fields), messages or [message("Hi")], stream=True)


def frames(
    asked: Turn, batches: Sequence[Sequence[Event | Failed | Heartbeat]], keeps: Any = None
) -> list[tuple[str, Any]]:
    """Each held to the package's types, and to what server-sent events must look like."""

    def keep(changes: Item, messages: Sequence[Item], steps: Sequence[Item]) -> Item:
        if keeps is not None:
            keeps.update(changes=changes, messages=messages, steps=steps)
        return asked.begun(STAMP) | changes

    answer = asked.frames(iter(batches), STAMP, keep, lambda: LATER)
    text = b"".join([asked.opening(STAMP), *answer]).decode()
    return [told(block) for block in text.split("\n\n")[:-1] if block[0] != ":"]


def told(block: str) -> tuple[str, Any]:
    name, data = (line.split(": ", 1)[1] for line in block.split("\n"))
    if name == "done":
        return name, data
    value = json.loads(data)
    EVENT.validate_python({"event": name, "data": value}, strict=True)
    return name.removeprefix("thread."), value


OPENING = "run.created run.queued run.in_progress"
MADE = "run.step.created run.step.in_progress message.created message.in_progress"
CALLED = "run.step.created run.step.in_progress run.step.delta"
COMPLETED = "message.completed run.step.completed"
BROKEN: list[Event | Failed] = [TextDelta("a"), Failed(UpstreamFailed("It broke."))]
CANCELLED: list[Event | Failed] = [TextDelta("a"), Failed(RelayError("", code="cancelled"))]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([Finish()], "run.completed done"),
        ([ReasoningDelta("hm"), TextDelta("a"), TextDelta("b"), Finish()],
         f"{MADE} message.delta message.delta {COMPLETED} run.completed done"),
        ([RefusalDelta("no"), Finish()],
         f"{MADE} message.delta {COMPLETED} run.completed done"),
        ([TextDelta("a"), *CALL, Finish("tool_calls")],
         f"{MADE} message.delta {COMPLETED} {CALLED} run.step.delta run.step.delta "
         "run.requires_action done"),
        ([*CALL, CallBegun("call_2", "add"), Finish("tool_calls")],
         f"{CALLED} run.step.delta run.step.delta run.step.delta run.requires_action done"),
        ([TextDelta("a"), Finish("length")],
         f"{MADE} message.delta message.incomplete run.step.completed run.incomplete done"),
        ([*CALL, Finish("length")],
         f"{CALLED} run.step.delta run.step.delta run.step.failed run.incomplete done"),
        (BROKEN, f"{MADE} message.delta message.incomplete run.step.failed run.failed"),
        (CANCELLED,
         f"{MADE} message.delta message.incomplete run.step.cancelled run.cancelled done"),
        ([Failed(InvalidRequest("No."))], "run.failed"),
        ([*CALL, Failed(InvalidRequest("No."))],
         f"{CALLED} run.step.delta run.step.delta run.step.failed run.failed"),
    ],
)  # fmt: skip
def test_which_events_tell_an_answer(events: Any, expected: str) -> None:
    names = [name for name, _ in frames(asked(), [events])]
    assert " ".join(names) == f"{OPENING} {expected}"


def test_what_is_told_is_what_is_kept() -> None:
    keeps: Item = {}
    finish = Finish("tool_calls", Usage(5, 7))
    events = frames(asked(), [[TextDelta("Wa"), TextDelta("it")], [*CALL, finish]], keeps)
    last = {value["id"]: value for name, value in events if name.endswith("completed")}
    [said], [made, called] = keeps["messages"], keeps["steps"]
    assert said["content"][0]["text"]["value"] == "Wait"
    assert (said["run_id"], said["assistant_id"]) == (events[0][1]["id"], "asst_0123")
    assert (last[said["id"]], last[made["id"]]) == (said, made)
    assert (said["completed_at"], made["usage"], called["usage"]["total_tokens"]) == (
        LATER, None, 12,
    )  # fmt: skip
    run = events[-2][1]
    assert run["expires_at"] == LATER + 600
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert call == {
        "id": "call_1",
        "type": "function",
        "function": {"name": "add", "arguments": '{"a":1}'},
    }
    assert called["step_details"]["tool_calls"][0]["function"]["arguments"] == '{"a":1}'


def test_silence_and_corrections_are_comments() -> None:
    def keep(changes: Item, messages: Any, steps: Any) -> Item:
        return changes

    batches: Any = iter([[Heartbeat()], [Corrected("tool_calls")], [ReasoningDelta("hm")]])
    writes = list(asked().frames(batches, STAMP, keep, lambda: LATER))
    silence = b": still working\n\n"
    assert writes == [silence, b": x-relay-corrected: tool_calls\n\n", silence]


def test_an_empty_account_is_told_with_a_code_that_runs_have() -> None:
    *_, (_, run) = frames(asked(), [[Failed(OutOfCredit("Empty."))]])
    assert run["last_error"] == {"code": "rate_limit_exceeded", "message": "Empty."}


def step(**details: Any) -> Item:
    under_way = {"id": "run_1", "assistant_id": "asst_1", "thread_id": "thread_1"}
    return objects.step("step_1", under_way, STAMP.created, details) | {"status": "completed"}


ADDED = {"name": "add", "arguments": "{}", "output": "3"}
STEPS = [
    step(type="message_creation", message_creation={"message_id": "msg_own"}),
    step(type="tool_calls", tool_calls=[{"id": "c", "type": "function", "function": ADDED}]),
]


def test_a_run_that_goes_on_reads_what_it_said_and_called() -> None:
    under_way = run({"tools": [ADD]}, tool_choice="required")
    own = message("Wait.", "assistant") | {"id": "msg_own", "run_id": under_way["id"]}
    chat = turn(under_way, [message("Add"), own], STEPS, stream=False).chat
    user, called, result = chat.messages
    assert (user.text, called.text, called.tool_calls[0].name) == ("Add", "Wait.", "add")
    assert (result.role, result.call_id, result.text) == ("tool", "c", "3")
    assert chat.tool_choice == ToolChoice()  # it has called already
    gone = turn(under_way, [message("Add")], STEPS, stream=False).chat.messages
    assert [said.role for said in gone] == ["user", "assistant", "tool"]


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({}, "trims", True),
        ({"truncation_strategy": {"type": "last_messages", "last_messages": 1}},
         "trims", False),
        ({"tools": [ADD], "tool_choice": "none"}, "tools", ()),
        ({"assistant": {"tools": [ADD]}, "tool_choice": "required"}, "tool_choice",
         ToolChoice(required=True)),
        ({"assistant": {"tools": [ADD]}, "tools": []}, "tools", ()),
        ({"tools": [{"type": "retrieval"}], "tool_choice": {"type": "file_search"}},
         "tool_choice", ToolChoice()),
        ({"parallel_tool_calls": False}, "parallel_calls", False),
        ({"max_completion_tokens": 5}, "max_tokens", 5),
        ({"assistant": {"reasoning_effort": "low"}}, "effort", "low"),
        ({"assistant": {"temperature": 1}, "top_p": 0.5}, "sampling",
         {"temperature": 1, "top_p": 0.5}),
        ({"assistant": {"response_format": {"type": "text"}}}, "structure", None),
        ({"model": "other:online"}, "model", "other"),
    ],
)  # fmt: skip
def test_what_is_asked_of_the_model(fields: Any, name: str, value: object) -> None:
    assert getattr(asked(**fields).chat, name) == value


def test_files_of_all_kinds_are_read_with_what_was_said_last() -> None:
    stores = {"file_search": {"vector_stores": [{"file_ids": ["file-t"]}]}}
    first = message("a", file_ids=["file-m"])
    chat = asked(
        first,
        message("b"),
        message("c", "assistant"),
        assistant={"file_ids": ["file-a"]},
        thread={"tool_resources": stores},
    ).chat
    sources = [[a.source for a in said.attachments] for said in chat.messages]
    assert sources == [[FileId("file-m")], [FileId("file-a"), FileId("file-t")], []]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [ADD], "tool_choice": {"type": "function", "function": {"name": "x"}}},
         "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "file_search"}}, "tool_choice"),
        ({"tool_choice": {"type": "code_interpreter"}}, "tool_choice"),
        ({"max_prompt_tokens": 0}, "max_prompt_tokens"),
        ({"temperature": 3}, "temperature"),
        ({"additional_messages": [{"role": "system", "content": "a"}]},
         "additional_messages[0].role"),
        ({"assistant": {"tools": [HUGE]}}, "tools"),
    ],
)  # fmt: skip
def test_what_a_run_cannot_have_is_refused_by_name(fields: Any, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        asked(**fields)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"content": " "}, "content"),
        ({"content": []}, "content"),
        ({"content": "a", "role": "system"}, "role"),
        ({"content": "a", "attachments": [{"file_id": "f", "tools": [CODE]}]},
         "attachments[0].tools[0]"),
        ({"content": [{"type": "image_url", "image_url": {"url": "ftp://a"}}]},
         "content[0].image_url"),
        ({"content": "x" * 256_001}, "content"),
    ],
)  # fmt: skip
def test_what_a_message_cannot_have_is_refused_by_name(fields: Any, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        message(**fields)
    assert refused.value.param == param


@pytest.mark.parametrize(("used", "over"), [(4, None), (5, "max_completion_tokens")])
def test_a_run_that_goes_on_has_what_is_left_of_its_budget(used: int, over: object) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": used, "total_tokens": used + 1}
    next = turn(
        run({"tools": [ADD]}, max_completion_tokens=5) | {"usage": usage},
        [message("Add")],
        STEPS,
        stream=True,
    )
    assert (next.over, next.chat.max_tokens) == (over, 5 - used)
    events = frames(next, [[Finish(usage=Usage(1, 1))]])
    name = "incomplete" if over else "completed"
    assert [event for event, _ in events][3:] == [f"run.{name}", "done"]
    assert events[-2][1]["usage"]["completion_tokens"] == (used if over else used + 1)


def test_a_thread_without_a_word_cannot_be_answered() -> None:
    with pytest.raises(InvalidRequest, match="no messages"):
        turn(run(), [], stream=False)
    assert turn(run({"instructions": "Greet."}), [], stream=False).chat.messages


def test_outputs_that_others_were_faster_with_are_refused() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    run = {"required_action": {"submit_tool_outputs": {"tool_calls": [call]}}}
    asked = ToolOutputs.parse(b'{"tool_outputs": [{"tool_call_id": "call_1", "output": "1"}]}')
    with pytest.raises(InvalidRequest):
        asked.to_step(run, [{"status": "completed"}], 0)
