"""A chat as OpenAI's chat completion, asked of a server that speaks the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

from utils import payload, sse
from utils.compatible import failures
from utils.compatible.deltas import Deltas
from utils.compatible.messages import messages
from utils.domain.chat import (
    Chat,
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    RefusalDelta,
    Structure,
    TextDelta,
    Tool,
    ToolChoice,
    Usage,
)
from utils.errors import InvalidRequest, RelayError, UpstreamFailed

REASONS: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
PATIENCE = 8  # moments of silence in which a usage may still follow a finish
MAX_STOPS = 4
_REASONS = re.compile(r"(?:^|/)(?:o\d|gpt-[5-9])")  # OpenAI's models that reason


def build(chat: Chat, *, model: str, sees: bool = False) -> dict[str, Any]:
    """Raises InvalidRequest for what has no place in it: a web search, sound, a file; of a
    model that `sees`, one that is no picture.

    It asks for one choice, whatever `chat.choices` says.
    """
    if chat.web_search:
        raise InvalidRequest(
            f"The model {model[:100]!r} cannot search the web here.", param="web_search"
        )
    if chat.audio:
        raise InvalidRequest(f"The model {model[:100]!r} cannot speak here.", param="audio")
    body = {
        **chat.sampling,
        "model": model,
        "messages": messages(chat.messages, sees=sees),
        "stream": chat.stream,
        "reasoning_effort": chat.effort or None,
        "stream_options": {"include_usage": True} if chat.stream else None,
        "response_format": chat.structure and _format(chat.structure),
        **_bounds(chat, model),
        **_tools(chat),
    }
    return {name: value for name, value in body.items() if value is not None}


def _bounds(chat: Chat, model: str) -> dict[str, Any]:
    """OpenAI's models that reason refuse `stop` and the older name of the limit. Both spare
    tokens; that they hold is the relay's own work, so `stop` may go without some or all.
    """
    if _REASONS.search(model):
        return {"max_completion_tokens": chat.max_tokens}
    return {"max_tokens": chat.max_tokens, "stop": list(chat.stops[:MAX_STOPS]) or None}


def _tools(chat: Chat) -> dict[str, Any]:
    if not chat.tools:
        return {}
    return {
        "tools": [{"type": "function", "function": _function(tool)} for tool in chat.tools],
        "tool_choice": _choice(chat.tool_choice),
        "parallel_tool_calls": None if chat.parallel_calls else False,
    }


def _function(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters or {"type": "object", "properties": {}},
    }
    return function | ({"strict": True} if tool.strict else {})


def _choice(choice: ToolChoice) -> Any:
    if choice.name:
        return {"type": "function", "function": {"name": choice.name}}
    return "required" if choice.required else "auto"


def _format(structure: Structure) -> dict[str, Any]:
    if not structure.schema:
        return {"type": "json_object"}
    schema = {
        "name": structure.name or "answer",
        "schema": structure.schema,
        "strict": structure.strict,
    }
    return {"type": "json_schema", "json_schema": schema}


def read_whole(pieces: Iterable[bytes], ids: Callable[[], str]) -> Iterator[list[Event]]:
    """The events behind an answer in one piece. Raises UpstreamFailed and what was refused.

    `ids` makes one for a tool call that comes without.
    """
    body = []
    for piece in pieces:
        body.append(piece)
        yield []
    told = _Told(ids)
    events = told.by(b"".join(body))
    if not told.reason:
        raise UpstreamFailed("The model's server sent something that is not an answer")
    yield events + told.ending()


def read_stream(pieces: Iterable[bytes], ids: Callable[[], str]) -> Iterator[list[Event]]:
    """The events behind a streamed answer, always ending in Finish. Raises as `read_whole`.

    Some servers answer in one piece all the same.
    """
    begun, rest = b"", iter(pieces)
    for piece in rest:
        begun += piece
        start = b"" if sse.BOM.startswith(begun) else begun.removeprefix(sse.BOM).lstrip()
        if start:
            reading = read_whole if start.startswith(b"{") else _read_events
            yield from reading(chain([begun], rest), ids)
            return
        if len(begun) > sse.LONGEST_BLANK:
            break
        yield []
    raise UpstreamFailed("The model's server sent an empty answer")


def _read_events(pieces: Iterable[bytes], ids: Callable[[], str]) -> Iterator[list[Event]]:
    decoder, told, rest, silence = sse.Decoder(), _Told(ids), iter(pieces), 0
    for piece in rest:
        batch: list[Event] = []
        try:
            for event in _decoded(decoder, piece):
                if event.data.strip() == b"[DONE]":
                    told.done = True
                    break
                batch += told.by(event.data, event.name)
        except RelayError:
            yield batch  # what was said before it counts
            raise
        silence = 0 if piece else silence + 1
        if told.done or (told.reason and silence >= PATIENCE):
            yield batch + told.ending()
            _drain(rest)
            return
        yield batch
    if not told.reason:
        raise UpstreamFailed("The model's server closed the stream before it was done")
    yield told.ending()


class _Told:
    """What an answer has told so far. `reason` is why it ended, once it has."""

    def __init__(self, ids: Callable[[], str]) -> None:
        self.reason = ""
        self.done = False
        self._usage: Usage | None = None
        self._deltas = Deltas(ids)

    def by(self, data: bytes, name: str = "") -> list[Event]:
        """What it adds to the answer. Raises what it complains of."""
        chunk = payload.value(data)
        if not isinstance(chunk, dict):
            raise UpstreamFailed("The model's server sent something that cannot be read")
        if name == "error" or failures.is_refusal(chunk):
            raise failures.of_reply(chunk)
        self._usage = _usage(chunk.get("usage")) or self._usage
        events: list[Event] = []
        for choice in _list(chunk.get("choices")):
            if not choice.get("index"):  # one choice is all we ask for
                events += self._said(_dict(choice.get("delta") or choice.get("message")))
                self._hear_end(choice.get("finish_reason"))
        return events

    def ending(self) -> list[Event]:
        reason = REASONS.get(self.reason, "stop")
        if reason in ("stop", "tool_calls"):  # agents go by it, and some servers mix them up
            reason = "tool_calls" if self._deltas.called else "stop"
        return [*self._deltas.rest(), Finish(reason, self._usage)]

    def _said(self, said: dict[str, Any]) -> list[Event]:
        reasoning = said.get("reasoning_content") or said.get("reasoning")
        events = self._deltas.say(ReasoningDelta, _text(reasoning))
        events += self._deltas.say(TextDelta, _text(said.get("content")))
        events += self._deltas.say(RefusalDelta, _text(said.get("refusal")))
        for piece in _list(said.get("tool_calls")):
            events += self._deltas.call(piece)
        if function := _dict(said.get("function_call")):  # its older form, one call only
            events += self._deltas.call({"function": function})
        return events

    def _hear_end(self, reason: object) -> None:
        if reason == "error":
            raise UpstreamFailed("The model's server failed while it answered")
        self.reason = str(reason or self.reason)


def _decoded(decoder: sse.Decoder, piece: bytes) -> list[sse.ServerSentEvent]:
    try:
        return decoder.feed(piece)
    except sse.LineTooLong as error:
        raise UpstreamFailed("The model's server sent a line without end") from error


def _drain(pieces: Iterator[bytes]) -> None:
    """Read the end of the stream, if it comes at once: the connection can then be kept. The
    answer is whole, so nothing that goes wrong here matters.
    """
    with suppress(RelayError):
        next(pieces, None)


def _text(content: object) -> str:
    """A text, or the texts in a list of parts."""
    if isinstance(content, str):
        return content
    texts = (part.get("text") for part in _list(content))
    return "".join(text for text in texts if isinstance(text, str))


def _usage(usage: object) -> Usage | None:
    """None where the server did not count: absent, or all zero."""
    told = _dict(usage)
    read = payload.tokens(told.get("prompt_tokens"))
    written = payload.tokens(told.get("completion_tokens"))
    if read is None or written is None or not read + written:
        return None
    return Usage(read, written)


def _list(value: object) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
