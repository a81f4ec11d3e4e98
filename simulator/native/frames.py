"""Whole and streamed chat completions."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.frames import encoded, pieces, torn
from simulator.native.model import Said, ToolCall, text_of
from simulator.ordinary import paced
from simulator.records import tokens
from simulator.replies import Reply, stream, whole

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Completion:
    """`usage` is None unless this simulator was told to count it."""

    id: str
    created: int
    model: str
    said: Said
    usage: Mapping[str, int] | None

    @classmethod
    def of(cls, asked: Mapping[str, Any], said: Said, counted: bool) -> Completion:
        usage = counts(asked, said) if counted else None
        made = f"chatcmpl-{uuid.uuid4().hex}", int(time.time())
        return cls(*made, asked["model"], said, usage)

    def whole(self) -> Reply:
        message: dict[str, Any] = {"role": "assistant", "content": self.said.text}
        if self.said.calls:
            message["content"] = None
            message["tool_calls"] = list(map(_call, self.said.calls))
        reason = self.said.finish_reason
        choice = {"index": 0, "message": message, "finish_reason": reason}
        usage = {} if self.usage is None else {"usage": self.usage}
        return whole({**self._head("chat.completion"), "choices": [choice], **usage})

    def streamed(self, pace: float, with_usage: bool) -> Reply:
        first, *said = (self._frame(delta) for delta in self._deltas())
        ending = self._ending(with_usage)
        if self.said.wishes.events is not None:
            return stream(first, *(paced(said, pace) if pace else said), *ending)
        frames = (first, *said, *ending)
        return stream(*(paced(frames, pace) if pace else torn(frames)))

    def _ending(self, with_usage: bool) -> Iterator[bytes]:
        yield self._frame({}, self.said.finish_reason)
        if with_usage and self.usage is not None:
            head = self._head("chat.completion.chunk")
            yield _data({**head, "choices": [], "usage": self.usage})
        yield DONE

    def _deltas(self) -> Iterator[dict[str, Any]]:
        yield {"role": "assistant", "content": None if self.said.calls else ""}
        for piece in _pieces(self.said):
            yield {"content": piece}
        for index, call in enumerate(self.said.calls):
            opened = _call(ToolCall(call.name, ""))
            yield {"tool_calls": [{"index": index, **opened}]}
            for piece in pieces(call.arguments):
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}

    def _frame(self, delta: Mapping[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return _data({**self._head("chat.completion.chunk"), "choices": [choice]})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def counts(asked: Mapping[str, Any], said: Said) -> dict[str, int]:
    prompt = sum(tokens(text_of(message)) for message in asked["messages"])
    completion = tokens(said.text) + sum(tokens(call.arguments) for call in said.calls)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": f"call_{uuid.uuid4().hex[:24]}", "type": "function", "function": function}


def _pieces(said: Said) -> list[str]:
    size = said.wishes.size
    if said.wishes.events is None:
        return pieces(said.text)
    return [said.text[at : at + size] for at in range(0, len(said.text), size)]


def _data(value: object) -> bytes:
    return b"data: " + encoded(value) + b"\n\n"
