"""The official openai package, as programs with assistants use it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import AssistantEventHandler, OpenAI
from openai.types.beta import Assistant, Thread
from openai.types.beta.threads import Message, Run

MODEL = "gpt-4o-mini"

# The package has called them deprecated since OpenAI has.
beta = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ADD: Any = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    },
}


def assistant_of(client: OpenAI, **fields: Any) -> Assistant:
    assistant: Assistant = client.beta.assistants.create(**{"model": MODEL, **fields})
    return assistant


def thread_of(client: OpenAI, *texts: str) -> Thread:
    messages: Any = [{"role": "user", "content": text} for text in texts]
    thread: Thread = client.beta.threads.create(messages=messages)
    return thread


def polled(client: OpenAI, thread: str, assistant: str, **fields: Any) -> Run:
    run: Run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant, poll_interval_ms=20, **fields
    )
    return run


def streamed(client: OpenAI, thread: str, assistant: str, **fields: Any) -> Run:
    with client.beta.threads.runs.stream(
        thread_id=thread,
        assistant_id=assistant,
        event_handler=AssistantEventHandler(),
        **fields,
    ) as events:
        return events.get_final_run()


def answered(client: OpenAI, run: Run, outputs: dict[str, str]) -> Run:
    next: Run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id, thread_id=run.thread_id, tool_outputs=given(outputs), poll_interval_ms=20
    )
    return next


def answered_in_a_stream(client: OpenAI, run: Run, outputs: dict[str, str]) -> Run:
    with client.beta.threads.runs.submit_tool_outputs_stream(
        run_id=run.id,
        thread_id=run.thread_id,
        tool_outputs=given(outputs),
        event_handler=AssistantEventHandler(),
    ) as events:
        return events.get_final_run()


def given(outputs: dict[str, str]) -> Any:
    return [{"tool_call_id": id, "output": output} for id, output in outputs.items()]


def calls(run: Run) -> dict[str, Any]:
    """The arguments of what a run waits for, by the calls' ids."""
    assert run.status == "requires_action"
    assert run.required_action
    asked = run.required_action.submit_tool_outputs.tool_calls
    return {call.id: json.loads(call.function.arguments) for call in asked}


def said(client: OpenAI, thread: str) -> list[str]:
    """Of all messages, oldest first."""
    return [
        text_of(message) for message in client.beta.threads.messages.list(thread, order="asc")
    ]


def text_of(message: Message) -> str:
    return "".join(part.text.value for part in message.content if part.type == "text")
