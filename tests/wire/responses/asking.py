"""Requests for responses, and their answers taken apart as a client would."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from utils.domain.chat import Chat, Event, Failed, Heartbeat
from utils.domain.reply import collect
from utils.errors import RelayError
from utils.wire.responses.dialect import Responses, Turn
from utils.wire.stamp import Stamp

Item = dict[str, Any]
Batches = Sequence[Sequence[Event | Heartbeat | Failed]]

STAMP = Stamp("0123", 1_700_000_000, "gpt-4o-mini")


def parsed(**fields: Any) -> Responses:
    return Responses.parse(json.dumps({"model": "m", "input": "hi", **fields}).encode())


def turn(
    history: Sequence[Item] = (), referenced: Mapping[str, Item] | None = None, **fields: Any
) -> Turn:
    return parsed(**fields).turn(history, referenced)


def chat(**fields: Any) -> Chat:
    return turn(**fields).to_chat()


def refusal(**fields: Any) -> RelayError:
    with pytest.raises(RelayError) as refused:
        turn(**fields)
    return refused.value


def frames(asked: Turn, batches: Batches) -> list[Item]:
    """The events of a stream, each held to what server-sent events must look like."""
    text = b"".join(asked.frames(iter(batches), STAMP)).decode()
    assert text.endswith("\n\n")
    return [event_of(block) for block in text.split("\n\n")[:-1] if block[0] != ":"]


def event_of(block: str) -> Item:
    name, data = block.split("\n")
    told: Item = json.loads(data.removeprefix("data: "))
    assert name == f"event: {told['type']}"
    return told


def whole(asked: Turn, *batches: Sequence[Event]) -> Item:
    return asked.encode(collect(batches), STAMP)


# What holds the text of an item: one of its parts, or nothing but itself.
_PIECES = {
    "response.output_text.delta": ("content", "text"),
    "response.refusal.delta": ("content", "refusal"),
    "response.reasoning_text.delta": ("content", "text"),
    "response.reasoning_summary_text.delta": ("summary", "text"),
    "response.function_call_arguments.delta": ("", "arguments"),
    "response.custom_tool_call_input.delta": ("", "input"),
}


def assembled(events: Sequence[Item]) -> list[Item]:
    """The items that the pieces of a stream add up to: of what its `done` events tell, only
    the status is taken.
    """
    items: list[Item] = []
    for event in events:
        if event["type"] == "response.output_item.added":
            assert event["output_index"] == len(items)
            items.append(json.loads(json.dumps(event["item"])))
        elif "output_index" in event:
            item = items[event["output_index"]]
            assert event.get("item_id", item["id"]) == item["id"]
            _add(item, event)
    return items


def _add(item: Item, event: Item) -> None:
    match event:
        case {"type": "response.content_part.added", "part": part}:
            item["content"].append(dict(part))
        case {"type": "response.reasoning_summary_part.added", "part": part}:
            item["summary"].append(dict(part))
        case {"delta": str(piece), "type": str(type)}:
            parts, field = _PIECES[type]
            (item[parts][0] if parts else item)[field] += piece
        case {"annotation": page, "annotation_index": index}:
            item["content"][0]["annotations"].insert(index, page)
        case {"type": "response.output_item.done", "item": {"status": status}}:
            item["status"] = status
