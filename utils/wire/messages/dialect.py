"""POST /v1/messages and /v1/messages/count_tokens, both directions: Anthropic's API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from utils.domain import context
from utils.domain.chat import (
    Chat,
    Message,
    Streamed,
    Structure,
    WebSearch,
)
from utils.domain.reply import Reply
from utils.domain.runs import runs
from utils.errors import InvalidRequest, RelayError
from utils.wire.body import Body
from utils.wire.errors import anthropic_error
from utils.wire.messages.answers import PING, Blocks, message
from utils.wire.messages.content import InputMessage, TextBlock
from utils.wire.messages.tools import (
    Choice,
    JsonFormat,
    NoTool,
    OutputConfig,
    Thinking,
    Tools,
    chosen,
    is_search,
)
from utils.wire.named_events import named
from utils.wire.sampling import Limit, model_and_search, refusing
from utils.wire.stamp import Stamp

MOST_STOPS = 16


def _stops(value: object) -> tuple[str, ...]:
    match value:
        case None:
            return ()
        case list() if len(value) <= MOST_STOPS and all(map(_is_told, value)):
            return tuple(value)
    raise ValueError(f"must be at most {MOST_STOPS} texts, none of them empty or only space")


def _is_told(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())


class Prompt(Body):
    """What the model is to read, which is all that counting it takes."""

    messages: Annotated[list[InputMessage], Field(min_length=1, fail_fast=True)]
    model: str | None = None
    system: str | Annotated[list[TextBlock], Field(fail_fast=True)] | None = None
    tools: Tools | None = None
    tool_choice: Choice | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    output_format: JsonFormat | None = None
    thread: Any = None
    mcp_servers: Annotated[None, refusing(None, [])] = None

    @cached_property
    def prompt(self) -> Chat:
        """Raises InvalidRequest for what can be told to be wrong without knowing the model."""
        if self.thread is not None:
            raise _unsupported("thread", "thread_unsupported_request")
        messages = tuple(self._messages())
        if not any(m.text.strip() or m.tool_calls or m.attachments for m in messages):
            raise InvalidRequest("messages: none of them has any content", param="messages")
        model, online = model_and_search(self.model)
        tools, choice = chosen(self.tools or (), None if self.searches else self.tool_choice)
        one_at_a_time = self.tool_choice and self.tool_choice.disable_parallel_tool_use
        config = self.output_config or OutputConfig()
        return Chat(
            model=model,
            messages=messages,
            web_search=WebSearch() if online or self.searches else None,
            tools=tools,
            tool_choice=choice,
            parallel_calls=not one_at_a_time,
            structure=self._structure(config),
            effort=config.effort or (self.thinking.effort if self.thinking else ""),
        )

    @property
    def searches(self) -> bool:
        """A search that is one tool of several is for the model to choose, and 1min.ai lets
        none choose.
        """
        if is_search(self.tools or (), self.tool_choice):
            return True
        only = bool(self.tools) and all(tool.searches for tool in self.tools or ())
        return only and not isinstance(self.tool_choice, NoTool)

    def _messages(self) -> Iterator[Message]:
        system = self.system or ""
        if not isinstance(system, str):
            system = "\n".join(block.text for block in system)
        if system:
            yield Message(role="system", text=system)
        for index, asked in enumerate(self.messages):
            yield from asked.to_messages(index)

    def _structure(self, config: OutputConfig) -> Structure | None:
        """`output_format` is what its place was called in Anthropic's beta."""
        if config.format:
            return config.format.to_structure("output_config.format")
        return self.output_format.to_structure("output_format") if self.output_format else None


def _unsupported(name: str, code: str) -> InvalidRequest:
    """In Anthropic's own code, by which their SDK sends the whole conversation instead."""
    return InvalidRequest(f"{name}: this relay does not support it", param=name, code=code)


class CountTokens(Prompt):
    def encode(self, model: str) -> dict[str, int]:
        """As `model` counts them."""
        return {"input_tokens": context.counted(replace(self.prompt, model=model))}


class Messages(Prompt):
    max_tokens: Limit
    stream: bool | None = None
    stop_sequences: Annotated[tuple[str, ...], PlainValidator(_stops)] = ()
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0)] | None = None
    metadata: dict[str, Any] | None = None
    service_tier: str | None = None
    speed: str | None = None
    container: Any = None
    context_management: dict[str, Any] | None = None
    fallbacks: Any = None
    compaction: Any = None
    inference_geo: Annotated[None, refusing(None, "global")] = None

    @property
    def ignored(self) -> list[str]:
        """The fields of this request that change nothing."""
        searching = [tool for tool in self.tools or () if tool.searches]
        return [
            *(name for name in _UNUSED if getattr(self, name) is not None),
            *(["tools.web_search"] if searching and not self.searches else []),
            *(name for tool in searching for name in tool.unused if self.searches),
        ]

    def to_chat(self) -> Chat:
        """Raises InvalidRequest."""
        if self.compaction is not None:
            raise _unsupported("compaction", "compaction_unavailable")
        sampling = {"temperature": self.temperature, "top_p": self.top_p}
        return replace(
            self.prompt,
            stream=bool(self.stream),
            stops=self.stop_sequences,
            max_tokens=self.max_tokens,
            sampling={name: value for name, value in sampling.items() if value is not None},
        )

    @property
    def _shows_thoughts(self) -> bool:
        return bool(self.thinking and self.thinking.shown)

    def encode(self, replies: list[Reply], stamp: Stamp) -> dict[str, Any]:
        [reply] = replies
        return message(reply, stamp, thoughts=self._shows_thoughts)

    def frames(self, batches: Streamed, stamp: Stamp) -> Iterator[bytes]:
        """One write for each batch; a ping where nothing in it has a place here."""
        blocks = Blocks(thoughts=self._shows_thoughts)
        read = context.counted(replace(self.prompt, model=stamp.model))
        opening = blocks.opening(stamp, read)
        for batch in runs(batches):
            write = opening + b"".join([blocks.told(event) for event in batch])
            yield write or PING
            opening = b""

    def error_frame(self, error: RelayError) -> bytes:
        return named(anthropic_error(error))


_UNUSED = (
    "temperature",
    "top_p",
    "top_k",
    "metadata",
    "service_tier",
    "speed",
    "container",
    "context_management",
    "fallbacks",
)
