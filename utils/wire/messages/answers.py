"""An answer to Anthropic's messages, whole and as a stream of blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from utils.domain.chat import Answering, Citation, Corrected, Failed, Finish, Heartbeat, Usage
from utils.domain.reply import Reply
from utils.domain.runs import Added, Closed, Opened, Run, RunEvent
from utils.wire.comments import comment
from utils.wire.errors import anthropic_error
from utils.wire.named_events import named
from utils.wire.stamp import Stamp

PING = named({"type": "ping"})
STOP = named({"type": "message_stop"})

_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
_DELTAS = {
    "text": ("text_delta", "text"),
    "refusal": ("text_delta", "text"),
    "reasoning": ("thinking_delta", "thinking"),
    "call": ("input_json_delta", "partial_json"),
}


def message(reply: Reply, stamp: Stamp, *, thoughts: bool) -> dict[str, Any]:
    """`thoughts` says whether what the model thought is to be told."""
    shown = [run for run in reply.runs if thoughts or run.kind != "reasoning"]
    blocks = [_whole(run) for run in shown]
    pages = _cited(reply.finish.citations)
    if pages and reply.runs[-1].kind == "text":
        blocks[-1]["citations"] = pages
    refused = any(run.kind == "refusal" for run in reply.runs)
    return {
        **_head(stamp),
        "content": blocks,
        **_stopped(reply.finish, refused=refused),
        "usage": _full_usage(_usage(reply.finish)),
    }


class Blocks:
    """The blocks of a stream. Only the text of a delta is encoded anew."""

    def __init__(self, *, thoughts: bool) -> None:
        self._thoughts = thoughts
        self._index = -1
        self._around: tuple[bytes, bytes] | None = None  # None while a block is not to be told
        self._refused = False

    def opening(self, stamp: Stamp, read: int) -> bytes:
        """`read` is how many tokens the model reads."""
        begun = {
            **_head(stamp),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": _full_usage(Usage(read, 0)),
        }
        return named({"type": "message_start", "message": begun}) + PING

    def told(self, event: RunEvent) -> bytes:
        match event:
            case Added():
                if self._around is None:
                    return b""
                before, after = self._around
                return before + orjson.dumps(event.text) + after
            case Opened():
                return self._opened(event.run)
            case Closed():
                return b"".join(self._closed(event))
            case Finish():
                return self._end(event)
        return _told_beside(event)

    def _opened(self, run: Run) -> bytes:
        self._refused = self._refused or run.kind == "refusal"
        if run.kind == "reasoning" and not self._thoughts:
            self._around = None
            return b""
        self._index += 1
        kind, field = _DELTAS[run.kind]
        before, after = self._delta({"type": kind, field: "\0"}).rsplit(rb'"\u0000"', 1)
        self._around = before, after
        return named(
            {
                "type": "content_block_start",
                "index": self._index,
                "content_block": _block(run, {}),
            }
        )

    def _closed(self, event: Closed) -> Iterator[bytes]:
        if self._around is None:
            return
        if event.run.kind == "text":
            for page in _cited(event.citations):
                yield self._delta({"type": "citations_delta", "citation": page})
        if event.run.kind == "reasoning":
            yield self._delta({"type": "signature_delta", "signature": ""})
        yield named({"type": "content_block_stop", "index": self._index})

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return named({"type": "content_block_delta", "index": self._index, "delta": delta})

    def _end(self, finish: Finish) -> bytes:
        ended = {
            "type": "message_delta",
            "delta": _stopped(finish, refused=self._refused),
            "usage": _usage_told(_usage(finish)),
        }
        return named(ended) + STOP


def _told_beside(event: RunEvent) -> bytes:
    match event:
        case Heartbeat():
            return PING
        case Corrected() | Answering():
            return comment(event)
        case Failed():
            return named(anthropic_error(event.error))
    return b""


def _head(stamp: Stamp) -> dict[str, Any]:
    return {
        "id": f"msg_{stamp.token}",
        "type": "message",
        "role": "assistant",
        "model": stamp.model,
    }


def _stopped(finish: Finish, *, refused: bool) -> dict[str, Any]:
    reason = "refusal" if refused else _REASONS[finish.reason]
    met = finish.stop_sequence if reason == "end_turn" else ""
    return {
        "stop_reason": "stop_sequence" if met else reason,
        "stop_sequence": met or None,
        "stop_details": None,
    }


def _whole(run: Run) -> dict[str, Any]:
    return _block(run, _input(run.text), run.text)


def _block(run: Run, given: Any, text: str = "") -> dict[str, Any]:
    """`given` are a call's arguments. A client sends all of it back, so there is a signature,
    though nobody signs.
    """
    if run.call:
        return {
            "type": "tool_use",
            "id": run.call.id,
            "name": run.call.name,
            "input": given,
        }
    if run.kind == "reasoning":
        return {"type": "thinking", "thinking": text, "signature": ""}
    return {"type": "text", "text": text, "citations": None}


def _input(arguments: str) -> Any:
    """As the model wrote them, so that no number is rounded. Arguments that the limit of the
    answer cut off are no JSON, and what is left of them is no use to anybody.
    """
    try:
        whole = isinstance(orjson.loads(arguments), dict)
    except orjson.JSONDecodeError:
        whole = False
    return orjson.Fragment(arguments) if whole else {}


def _cited(citations: tuple[Citation, ...]) -> list[dict[str, Any]]:
    """1min.ai does not tell which words a page is behind, nor what they were."""
    return [
        {
            "type": "web_search_result_location",
            "url": page.url,
            "title": page.title or None,
            "cited_text": "",
            "encrypted_index": "",
        }
        for page in citations
    ]


def _usage(finish: Finish) -> Usage:
    """Numbers there must be, and back-ends see to it that they are counted."""
    return finish.usage or Usage(0, 0, "estimated")


def _usage_told(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "server_tool_use": None,
    }


def _full_usage(usage: Usage) -> dict[str, Any]:
    return {**_usage_told(usage), "cache_creation": None, "service_tier": None}
