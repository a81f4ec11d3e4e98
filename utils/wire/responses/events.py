"""The events that tell an item of a response, before and after its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from utils.wire.items import Item

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Voice:
    """How a text is told. `field` holds it, `place` is where in its item it stands."""

    event: str
    field: str
    place: dict[str, Any]
    part: str = ""  # what announces the part it stands in, if it stands in one


_FIRST = {"content_index": 0}
_PART = "response.content_part"
_VOICES = {
    "output_text": Voice("response.output_text", "text", {**_FIRST, "logprobs": []}, _PART),
    "refusal": Voice("response.refusal", "refusal", _FIRST, _PART),
    "reasoning_text": Voice("response.reasoning_text", "text", _FIRST, _PART),
    "summary_text": Voice(
        "response.reasoning_summary_text",
        "text",
        {"summary_index": 0},
        "response.reasoning_summary_part",
    ),
    "function_call": Voice("response.function_call_arguments", "arguments", {}),
    "custom_tool_call": Voice("response.custom_tool_call_input", "input", {}),
}


def opening(item: Item, index: int) -> Iterator[Told]:
    """What comes before the text of an item."""
    yield _item("added", _emptied(item), index)
    where = _where(item, index)
    if item["type"] == "web_search_call":
        yield {"type": "response.web_search_call.in_progress", **where}
        yield {"type": "response.web_search_call.searching", **where}
    elif (part := _part(item)) and (voice := _VOICES[part["type"]]).part:
        empty = {**part, voice.field: ""}
        if "annotations" in part:
            empty["annotations"] = []
        yield {"type": f"{voice.part}.added", **where, **_index(voice), "part": empty}


def delta(item: Item, index: int) -> Told | None:
    """A piece of the text, all but the piece. None for an item that is told in one."""
    if not (voice := _VOICES.get(_spoken(item)["type"])):
        return None
    return {"type": f"{voice.event}.delta", **_where(item, index), **voice.place}


def text(item: Item) -> str:
    """Empty where an item has none."""
    spoken = _spoken(item)
    voice = _VOICES.get(spoken["type"])
    return str(spoken[voice.field]) if voice else ""


def closing(item: Item, index: int) -> Iterator[Told]:
    """What comes after the text of an item, which holds all of it by now."""
    where, spoken = _where(item, index), _spoken(item)
    if item["type"] == "web_search_call":
        yield {"type": "response.web_search_call.completed", **where}
    for place, page in enumerate(spoken.get("annotations", ())):
        cited = {"annotation_index": place, "annotation": page}
        yield {"type": "response.output_text.annotation.added", **where, **_FIRST, **cited}
    if voice := _VOICES.get(spoken["type"]):
        told = {voice.field: spoken[voice.field]}
        if "name" in item:
            told["name"] = item["name"]
        yield {"type": f"{voice.event}.done", **where, **voice.place, **told}
        if voice.part:
            yield {"type": f"{voice.part}.done", **where, **_index(voice), "part": spoken}
    yield _item("done", item, index)


def _item(what: str, item: Item, index: int) -> Told:
    return {"type": f"response.output_item.{what}", "output_index": index, "item": item}


def _where(item: Item, index: int) -> Told:
    return {"item_id": item["id"], "output_index": index}


def _index(voice: Voice) -> dict[str, Any]:
    return {name: value for name, value in voice.place.items() if name != "logprobs"}


def _part(item: Item) -> Item | None:
    parts = [*item.get("summary", ()), *item.get("content", ())]
    return parts[0] if parts else None


def _spoken(item: Item) -> Item:
    """What holds the text: a part, or the item itself."""
    return _part(item) or item


_EMPTY: dict[str, dict[str, Any]] = {
    "message": {"content": []},
    "reasoning": {"summary": [], "content": []},
    "function_call": {"arguments": ""},
    "custom_tool_call": {"input": ""},
    "web_search_call": {},
    "tool_search_call": {"arguments": {}},
}


def _emptied(item: Item) -> Item:
    """The item before anything was said in it."""
    if (empty := _EMPTY.get(item["type"])) is None:
        return item
    return {**item, "status": "in_progress", **empty}
