"""An answer to a chat completion, whole and in chunks."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from utils.domain.chat import (
    Answering,
    ArgumentsDelta,
    CallBegun,
    Citation,
    Corrected,
    Failed,
    Finish,
    Heartbeat,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
)
from utils.domain.media import Sound
from utils.domain.reply import Reply
from utils.wire.comments import HEARTBEAT, comment
from utils.wire.openai_chunks import (
    StreamOptions,
    Told,
    by_choice,
    error_frame,
    frame,
)
from utils.wire.stamp import Stamp


class Chunks:
    """One choice of a stream. Only the text of a delta is encoded anew."""

    def __init__(self, index: int, options: StreamOptions, stamp: Stamp) -> None:
        self._index = index
        self._head = head("chat.completion.chunk", stamp)
        self._usage = {"usage": None} if options.include_usage else {}
        self._token = stamp.token
        self._calls = -1
        self._text = self._around({"content": "\0"})
        self._reasoning = self._around({"reasoning_content": "\0"})
        self._arguments = self._text

    def opening(self, *, calls: bool) -> bytes:
        return self._chunk({"role": "assistant", "content": None if calls else ""})

    def told(self, event: Told) -> bytes:
        match event:
            case TextDelta():
                before, after = self._text
            case ArgumentsDelta():
                before, after = self._arguments
            case ReasoningDelta():
                before, after = self._reasoning
            case _:
                return self._told_rarely(event)
        return before + orjson.dumps(event.text) + after

    def _told_rarely(self, event: Told) -> bytes:
        match event:
            case CallBegun():
                return self._begun(event)
            case RefusalDelta():
                return self._chunk({"refusal": event.text})
            case Sound():
                return self._chunk({"audio": _audio(event, self._token)})
        return _told_beside(event)

    def end(self, finish: Finish) -> bytes:
        pages = _annotations(finish.citations)
        cited = self._chunk({"annotations": pages}) if pages else b""
        return cited + self._chunk({}, finish.reason)

    def _begun(self, event: CallBegun) -> bytes:
        self._calls += 1
        index = {"index": self._calls}
        self._arguments = self._around(
            {"tool_calls": [{**index, "function": {"arguments": "\0"}}]}
        )
        function = {"name": event.name, "arguments": ""}
        call = {**index, "id": event.id, "type": "function", "function": function}
        return self._chunk({"tool_calls": [call]})

    def _around(self, delta: dict[str, Any]) -> tuple[bytes, bytes]:
        """What stands before and behind the text of such a delta."""
        before, after = self._chunk(delta).rsplit(rb'"\u0000"', 1)
        return before, after

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {
            "index": self._index,
            "delta": delta,
            "logprobs": None,
            "finish_reason": reason,
        }
        return frame({**self._head, "choices": [choice], **self._usage})


def opening(choices: Sequence[Chunks], first: Iterable[Told]) -> bytes:
    """The role of each. `first` is the first batch: content is null where it begins with a
    call, as it is in a whole answer that says nothing.
    """
    begins: dict[int, Told] = {}
    for index, event in by_choice(first):
        begins.setdefault(index, event)
    return b"".join(
        choice.opening(calls=isinstance(begins.get(index), CallBegun))
        for index, choice in enumerate(choices)
    )


def _told_beside(event: Told) -> bytes:
    """What belongs to no choice."""
    match event:
        case Heartbeat():
            return HEARTBEAT
        case Corrected() | Answering():
            return comment(event)
        case Failed():
            return error_frame(event.error)
    return b""


def message(reply: Reply, stamp: Stamp) -> dict[str, Any]:
    """Without text `content` is null where something else was said."""
    text, calls, refusal = reply.text, reply.tool_calls, reply.refusal
    other = calls or refusal or reply.sound
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if other and not text else text,
        "refusal": refusal or None,
    }
    if reasoning := reply.reasoning:
        message["reasoning_content"] = reasoning
    if calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in calls
        ]
    if reply.sound:
        message["audio"] = _audio(reply.sound, stamp.token)
    if pages := _annotations(reply.finish.citations):
        message["annotations"] = pages
    return message


def _annotations(citations: tuple[Citation, ...]) -> list[dict[str, Any]]:
    """1min.ai does not tell which words a page is behind, so a citation spans none."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": 0,
                "end_index": 0,
                "url": page.url,
                "title": page.title or page.url,
            },
        }
        for page in citations
    ]


def _audio(sound: Sound, token: str) -> dict[str, Any]:
    return {
        "id": f"audio_{token}",
        "data": base64.b64encode(sound.data).decode(),
        "expires_at": 0,
        "transcript": sound.transcript,
    }


def head(kind: str, stamp: Stamp) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{stamp.token}",
        "object": kind,
        "created": stamp.created,
        "model": stamp.model,
    }
