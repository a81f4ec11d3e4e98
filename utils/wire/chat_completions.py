"""POST /v1/chat/completions, both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, PlainValidator

from utils.domain.chat import (
    Chat,
    Failed,
    Finish,
    Heartbeat,
    Message,
    Reply,
    Role,
    Streamed,
    TextDelta,
    ToolCall,
    Usage,
    WebSearch,
)
from utils.errors import InvalidRequest, RelayError
from utils.wire.body import Body
from utils.wire.errors import openai_error
from utils.wire.stamp import Stamp

HEARTBEAT = b": still working\n\n"
DONE = b"data: [DONE]\n\n"

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}

# Checked and accepted, but 1min.ai's chat has no use for them (onemin-api.md 2.2).
UNUSED = (
    "temperature",
    "top_p",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "user",
    "max_tokens",
    "max_completion_tokens",
    "reasoning_effort",
)


class TextPart(Body):
    type: Literal["text"]
    text: str


class RefusalPart(Body):
    type: Literal["refusal"]
    refusal: str


Part = Annotated[TextPart | RefusalPart, Field(discriminator="type")]


class Function(Body):
    name: str
    arguments: str = ""


class CalledTool(Body):
    id: str
    type: Literal["function"] = "function"
    function: Function


class InputMessage(Body):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None
    refusal: str | None = None
    name: Annotated[str, Field(max_length=64)] | None = None
    tool_calls: list[CalledTool] | None = None
    function_call: Function | None = None
    tool_call_id: str | None = None

    def to_message(self) -> Message:
        return Message(
            role=ROLES[self.role],
            text=self._text(),
            name=self.name or "",
            call_id=self.tool_call_id or "",
            tool_calls=self._calls(),
        )

    def _text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(
                part.text if isinstance(part, TextPart) else part.refusal
                for part in self.content
            )
        return self.content or self.refusal or ""

    def _calls(self) -> tuple[ToolCall, ...]:
        calls = [(call.id, call.function) for call in self.tool_calls or ()]
        if self.function_call:
            calls.append(("", self.function_call))
        return tuple(ToolCall(id, asked.name, asked.arguments) for id, asked in calls)


class StreamOptions(Body):
    include_usage: bool | None = None


class WebSearchTool(Body):
    """The tools that mean 1min.ai's own search."""

    type: Literal["web_search", "web_search_preview", "retrieval"]


class WebSearchOptions(Body):
    search_context_size: Literal["low", "medium", "high"] | None = None
    user_location: dict[str, Any] | None = None


class TextFormat(Body):
    type: Literal["text"]


def _refusing(*harmless: object) -> PlainValidator:
    """A parameter that would change the answer may be absent or say nothing, no more."""

    def check(value: object) -> None:
        if not any(type(value) is type(nothing) and value == nothing for nothing in harmless):
            raise ValueError("this relay does not support it")

    return PlainValidator(check)


Penalty = Annotated[float, Field(ge=-2, le=2)]
Limit = Annotated[int, Field(ge=1)]


class ChatCompletions(Body):
    messages: Annotated[list[InputMessage], Field(min_length=1)]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[WebSearchTool] | None = None
    web_search: bool | None = None
    web_search_options: WebSearchOptions | None = None
    num_of_site: Annotated[int, Field(ge=1, le=50)] | None = None
    max_word: Annotated[int, Field(ge=1, le=100_000)] | None = None
    n: Annotated[int, Field(ge=1, le=1)] | None = None
    response_format: TextFormat | None = None
    stop: Annotated[None, _refusing(None, "", [])] = None
    functions: Annotated[None, _refusing(None, [])] = None
    logprobs: Annotated[None, _refusing(None, False)] = None
    top_logprobs: Annotated[None, _refusing(None, 0)] = None
    modalities: Annotated[None, _refusing(None, ["text"])] = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: int | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logit_bias: dict[str, float] | None = None
    user: str | None = None
    max_tokens: Limit | None = None
    max_completion_tokens: Limit | None = None
    reasoning_effort: str | None = None

    @property
    def ignored(self) -> list[str]:
        """The fields of this request that change nothing."""
        options = self.web_search_options or WebSearchOptions()
        return [
            *(name for name in UNUSED if getattr(self, name) is not None),
            *(
                f"web_search_options.{name}"
                for name in WebSearchOptions.model_fields
                if getattr(options, name) is not None
            ),
        ]

    def to_chat(self) -> Chat:
        """Raises InvalidRequest when no message says anything."""
        messages = tuple(message.to_message() for message in self.messages)
        if not any(message.text.strip() or message.tool_calls for message in messages):
            raise InvalidRequest("messages: none of them has any content", param="messages")
        model, online = _model(self.model)
        return Chat(
            model=model,
            messages=messages,
            stream=bool(self.stream),
            web_search=WebSearch(self.num_of_site, self.max_word)
            if self._searches(online=online)
            else None,
        )

    def _searches(self, *, online: bool) -> bool:
        """A plain no wins: a search costs credits."""
        if self.web_search is False:
            return False
        return online or bool(self.web_search or self.web_search_options or self.tools)

    def encode(self, reply: Reply, stamp: Stamp) -> dict[str, Any]:
        message = {"role": "assistant", "content": reply.text, "refusal": None}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": reply.finish.reason,
        }
        return {
            **_head("chat.completion", stamp),
            "choices": [choice],
            "usage": _usage(reply.finish.usage),
        }

    def frames(self, batches: Streamed, stamp: Stamp) -> Iterator[bytes]:
        """One write for each batch. Only the text of a delta is encoded anew."""
        options = self.stream_options or StreamOptions()
        usage = {"usage": None} if options.include_usage else {}
        head = _head("chat.completion.chunk", stamp)

        def chunk(delta: dict[str, str], reason: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
            return _frame({**head, "choices": [choice], **usage})

        before, after = chunk({"content": "\0"}).rsplit(rb'"\u0000"', 1)

        def frame(event: TextDelta | Finish | Heartbeat | Failed) -> bytes:
            match event:
                case TextDelta():
                    return before + orjson.dumps(event.text) + after
                case Heartbeat():
                    return HEARTBEAT
                case Failed():
                    return self.error_frame(event.error)
                case Finish():
                    end = chunk({}, event.reason)
                    if options.include_usage:
                        end += _frame({**head, "choices": [], "usage": _usage(event.usage)})
                    return end + DONE

        opening = chunk({"role": "assistant", "content": ""})
        for batch in batches:
            yield opening + b"".join(map(frame, batch))
            opening = b""

    def error_frame(self, error: RelayError) -> bytes:
        return _frame(openai_error(error))


def _model(name: str | None) -> tuple[str, bool]:
    """The model's id, and whether `:online` asks for web search."""
    if name is None:
        return "", False
    model = name.strip()
    online = model.endswith(":online")
    model = model.removesuffix(":online").strip()
    if not model:
        raise InvalidRequest("model: an empty name", param="model")
    return model, online


def _head(kind: str, stamp: Stamp) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{stamp.token}",
        "object": kind,
        "created": stamp.created,
        "model": stamp.model,
    }


def _usage(usage: Usage | None) -> dict[str, int] | None:
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def _frame(value: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"
