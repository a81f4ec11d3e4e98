"""The official openai package, and what it hears, put together as an agent does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import openai
from openai import OpenAI, Stream
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

MODEL = "gpt-4o-mini"


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def tool(name: str, parameters: dict[str, Any] | None = None, **more: Any) -> Any:
    parameters = {"type": "object"} if parameters is None else parameters
    return {"type": "function", "function": {"name": name, "parameters": parameters, **more}}


def taking(required: Iterable[str] | None = None, **properties: str) -> dict[str, Any]:
    """A schema of properties with these types."""
    return {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": [*(properties if required is None else required)],
        "additionalProperties": False,
    }


def schema_format(schema: dict[str, Any], **more: Any) -> Any:
    return {"type": "json_schema", "json_schema": {"name": "s", "schema": schema, **more}}


@dataclass(slots=True)
class Call:
    id: str
    name: str
    arguments: str

    def as_sent(self) -> dict[str, Any]:
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(slots=True)
class Answer:
    """What an agent knows of an answer, streamed or whole. `message` only a whole one has."""

    content: str | None = None
    calls: list[Call] = field(default_factory=list)
    finish: str | None = None
    usage: CompletionUsage | None = None
    message: ChatCompletionMessage | None = None


def told(asked: Literal["whole", "stream"], client: OpenAI, **fields: Any) -> Answer:
    """The answer either way, each delta checked."""
    fields = {"model": MODEL, **fields}
    if asked == "whole":
        return whole(client.chat.completions.create(**fields))
    return gathered(streamed(client, **fields, stream_options={"include_usage": True}))


def streamed(client: OpenAI, **fields: Any) -> Stream[ChatCompletionChunk]:
    fields = {"model": MODEL, **fields}
    chunks: Stream[ChatCompletionChunk] = client.chat.completions.create(**fields, stream=True)
    return chunks


def whole(completion: ChatCompletion) -> Answer:
    [choice] = completion.choices
    calls = [
        Call(call.id, call.function.name, call.function.arguments)
        for call in choice.message.tool_calls or ()
        if call.type == "function"
    ]
    content, reason = choice.message.content, choice.finish_reason
    return Answer(content, calls, reason, completion.usage, choice.message)


def gathered(chunks: Iterable[ChatCompletionChunk]) -> Answer:
    answer = Answer()
    for chunk in chunks:
        add(chunk, answer)
    return answer


def broken(chunks: Iterable[ChatCompletionChunk]) -> tuple[Answer, openai.APIError]:
    """What was heard until it broke off, and what was raised then."""
    answer = Answer()
    try:
        for chunk in chunks:
            add(chunk, answer)
    except openai.APIError as error:
        return answer, error
    raise AssertionError("the stream ended as if nothing had happened")


def add(chunk: ChatCompletionChunk, answer: Answer) -> None:
    answer.usage = chunk.usage or answer.usage
    for choice in chunk.choices:
        assert answer.finish is None, "a choice goes on behind its end"
        answer.finish = choice.finish_reason
        answer.content = (answer.content or "") + (choice.delta.content or "") or None
        for delta in choice.delta.tool_calls or ():
            _add_call(delta, answer.calls)


def _add_call(delta: ChoiceDeltaToolCall, calls: list[Call]) -> None:
    """A call's first delta names it, and no other does."""
    function = delta.function
    assert function is not None
    if delta.index == len(calls):
        assert delta.id
        assert function.name
        assert delta.type == "function"
        calls.append(Call(delta.id, function.name, function.arguments or ""))
    else:
        assert delta.index == len(calls) - 1, "calls come one after another"
        assert (delta.id, delta.type, function.name) == (None, None, None)
        assert function.arguments
        calls[-1].arguments += function.arguments
