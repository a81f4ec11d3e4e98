"""Runs of threads, as clients ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from utils.errors import InvalidRequest
from utils.wire.assistants.settings import Instructions, RunSettings
from utils.wire.assistants.threads import (
    Messages,
    NewThread,
    files_of,
    shown_messages,
)
from utils.wire.assistants.tools import MOST_TOOLS, Named, ToolResources
from utils.wire.body import Body
from utils.wire.items import Item
from utils.wire.stamp import Stamp

_FROM_ASSISTANT = (
    "model",
    "instructions",
    "tools",
    "tool_resources",
    "temperature",
    "top_p",
    "response_format",
    "reasoning_effort",
)
_PLAIN: dict[str, Any] = {
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "max_completion_tokens": None,
    "max_prompt_tokens": None,
    "truncation_strategy": {"type": "auto", "last_messages": None},
    "metadata": {},
}


class NewRun(RunSettings):
    assistant_id: Annotated[str, Field(max_length=100)]
    stream: bool | None = None
    additional_instructions: Instructions | None = None
    additional_messages: Messages | None = None

    @property
    def all_files(self) -> Named:
        return self.files + files_of(self.additional_messages or (), "additional_messages")

    def to_messages(self, thread: str, stamp: Stamp) -> list[Item]:
        """What it adds to its thread. Raises InvalidRequest."""
        sent = self.additional_messages or ()
        return shown_messages(sent, thread, stamp, "additional_messages")

    def to_run(self, assistant: Item, thread: Item, stamp: Stamp) -> Item:
        """As it is before its first turn: what it leaves open, its assistant says. Raises
        InvalidRequest.
        """
        given = {name: value for name, value in self.shown().items() if value is not None}
        own = {name: assistant[name] for name in _FROM_ASSISTANT} | _PLAIN
        run = own | {name: value for name, value in given.items() if name in own}
        return {
            "id": f"run_{stamp.token}",
            "object": "thread.run",
            "created_at": stamp.created,
            "assistant_id": assistant["id"],
            "thread_id": thread["id"],
            "status": "queued",
            "started_at": None,
            "expires_at": None,
            "cancelled_at": None,
            "failed_at": None,
            "completed_at": None,
            "required_action": None,
            "last_error": None,
            "incomplete_details": None,
            "usage": None,
            **run,
            "instructions": self._instructions(run["instructions"]),
            "file_ids": self._file_ids(assistant, thread, run),
        }

    def _instructions(self, first: str | None) -> str:
        return "\n\n".join(filter(None, [first, self.additional_instructions]))

    def _file_ids(self, assistant: Item, thread: Item, run: Item) -> list[str]:
        """Of what it reads beside its thread's messages."""
        ids = [*assistant["file_ids"], *(self.file_ids or ())]
        for resources in (run["tool_resources"], thread["tool_resources"]):
            ids += [id for _, id in ToolResources.model_validate(resources).files]
        return [*dict.fromkeys(ids)]


class NewThreadAndRun(NewRun):
    thread: NewThread | None = None

    @property
    def all_files(self) -> Named:
        inner = self.thread.files if self.thread else []
        return self.files + [(f"thread.{place}", id) for place, id in inner]


class ToolOutput(Body):
    tool_call_id: Annotated[str, Field(max_length=200)]
    output: str | None = None


class ToolOutputs(Body):
    tool_outputs: Annotated[list[ToolOutput], Field(max_length=MOST_TOOLS, fail_fast=True)]
    stream: bool | None = None

    def to_step(self, run: Item, steps: Sequence[Item], now: int) -> Item:
        """The step that waited, with the outputs of all of its calls. Raises InvalidRequest
        when one is missing, or is that of no call.
        """
        calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
        expected = [call["id"] for call in calls]
        if sorted(expected) != sorted(output.tool_call_id for output in self.tool_outputs):
            raise InvalidRequest(
                f"tool_outputs: must have one output for each of the calls {expected}",
                param="tool_outputs",
            )
        outputs = {output.tool_call_id: output.output or "" for output in self.tool_outputs}
        details = {"type": "tool_calls", "tool_calls": _answered(calls, outputs)}
        done = {"status": "completed", "completed_at": now, "step_details": details}
        waiting = next((step for step in steps if step["status"] == "in_progress"), None)
        if waiting is None:  # others were faster
            raise InvalidRequest("The run waits for no tool outputs any more.")
        return waiting | done


def _answered(calls: Sequence[Item], outputs: Mapping[str, str]) -> list[Item]:
    return [
        call | {"function": call["function"] | {"output": outputs[call["id"]]}}
        for call in calls
    ]
