"""POST /v1/chat/completions, both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain.chat import (
    Chat,
    Finish,
    Streamed,
    WebSearch,
)
from utils.domain.media import AudioFormat
from utils.domain.reply import Reply
from utils.errors import InvalidRequest, RelayError
from utils.wire.body import Body
from utils.wire.chat.answers import Chunks, head, message, opening
from utils.wire.chat.messages import InputMessage
from utils.wire.chat.tools import (
    Choice,
    FunctionTool,
    ResponseFormat,
    Tools,
    WebSearchTool,
    chosen,
)
from utils.wire.comments import HEARTBEAT
from utils.wire.openai_chunks import (
    DONE,
    StreamOptions,
    Told,
    by_choice,
    error_frame,
    frame,
    usage,
)
from utils.wire.sampling import (
    Choices,
    Limit,
    Sampling,
    Stops,
    model_and_search,
    refusing,
)
from utils.wire.stamp import Stamp
from utils.wire.web_search import Searching


class AudioOptions(Body):
    voice: str | None = None
    format: str | None = None


class ChatCompletions(Sampling, Searching):
    messages: Annotated[list[InputMessage], Field(min_length=1, fail_fast=True)]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: Tools | None = None
    tool_choice: Choice | None = None
    parallel_tool_calls: bool | None = None
    n: Choices | None = None
    response_format: ResponseFormat | None = None
    stop: Stops = ()
    max_tokens: Limit | None = None
    max_completion_tokens: Limit | None = None
    reasoning_effort: (
        Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None
    ) = None
    modalities: list[Literal["text", "audio"]] | None = None
    audio: AudioOptions | None = None
    functions: Annotated[None, refusing(None, [])] = None
    function_call: Annotated[None, refusing(None, "none", "auto")] = None
    logprobs: Annotated[None, refusing(None, False)] = None
    top_logprobs: Annotated[None, refusing(None, 0)] = None

    @property
    def ignored(self) -> list[str]:
        """The fields of this request that change nothing."""
        searches = any(isinstance(tool, WebSearchTool) for tool in self.tools or ())
        return [
            *self.unused,
            *(["tools.web_search"] if searches and not self._searching(online=False) else []),
            *self.unused_options,
        ]

    def to_chat(self) -> Chat:
        """Raises InvalidRequest for what can be told to be wrong without knowing the model."""
        messages = tuple(
            [message.to_message(index) for index, message in enumerate(self.messages)]
        )
        if not any(m.text.strip() or m.tool_calls or m.attachments for m in messages):
            raise InvalidRequest("messages: none of them has any content", param="messages")
        model, online = model_and_search(self.model)
        functions = (t.to_tool() for t in self.tools or () if isinstance(t, FunctionTool))
        tools, choice = chosen(functions, self.tool_choice)
        return Chat(
            model=model,
            messages=messages,
            stream=bool(self.stream),
            web_search=self._searching(online=online),
            tools=tools,
            tool_choice=choice,
            parallel_calls=self.parallel_tool_calls is not False,
            structure=self.response_format.to_structure() if self.response_format else None,
            stops=self.stop,
            max_tokens=self.max_completion_tokens or self.max_tokens,
            effort=self.reasoning_effort or "",
            choices=self.n or 1,
            sampling=self.sampling,
            audio=self._audio(),
        )

    def _searching(self, *, online: bool) -> WebSearch | None:
        only = bool(self.tools) and all(isinstance(t, WebSearchTool) for t in self.tools or ())
        by_tool = only and self.tool_choice != "none"
        return self.searching(online=online, by_tool=by_tool)

    def _audio(self) -> AudioFormat | None:
        if "audio" not in (self.modalities or ()):
            return None
        asked = self.audio or AudioOptions()
        return AudioFormat(asked.voice or "", asked.format or "")

    def encode(self, replies: list[Reply], stamp: Stamp) -> dict[str, Any]:
        choices = [
            {
                "index": index,
                "message": message(reply, stamp),
                "logprobs": None,
                "finish_reason": reply.finish.reason,
            }
            for index, reply in enumerate(replies)
        ]
        return {
            **head("chat.completion", stamp),
            "choices": choices,
            "usage": usage(reply.finish for reply in replies),
        }

    def frames(self, batches: Streamed, stamp: Stamp) -> Iterator[bytes]:
        """One write for each batch; a comment where nothing in it has a place here."""
        options = self.stream_options or StreamOptions()
        choices = [Chunks(index, options, stamp) for index in range(self.n or 1)]
        ends: list[Finish] = []

        def told(index: int, event: Told) -> bytes:
            if not isinstance(event, Finish):
                return choices[index].told(event)
            ends.append(event)
            return choices[index].end(event) + ending()

        def ending() -> bytes:
            if len(ends) < len(choices):
                return b""
            if not options.include_usage:
                return DONE
            chunk = {**head("chat.completion.chunk", stamp), "choices": []}
            return frame({**chunk, "usage": usage(ends)}) + DONE

        for place, batch in enumerate(batches):
            write = b"".join([told(i, event) for i, event in by_choice(batch)])
            yield (write if place else opening(choices, batch) + write) or HEARTBEAT

    def error_frame(self, error: RelayError) -> bytes:
        return error_frame(error)
