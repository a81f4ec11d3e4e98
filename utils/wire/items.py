"""An item of a conversation as OpenAI shows it, whatever a client left out."""

from __future__ import annotations

from typing import Any

Item = dict[str, Any]

PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "reasoning": "rs",
    "web_search_call": "ws",
    "compaction": "cmp",
    "tool_search_call": "tsc",
    "tool_search_output": "tso",
    "additional_tools": "at",
}
_TYPES = {"": "message", "compaction_summary": "compaction"}  # as clients may call them


def item_id(item: Item, token: str) -> str:
    """`token` makes it unique."""
    return f"{PREFIXES.get(_type(item), 'item')}_{token}"


def normalised(item: Item, id: str) -> Item:
    """With an id (this one, if it has none), a type, a status, and content in parts."""
    type = _type(item)
    shown = {**item, "id": item.get("id") or id, "type": type}
    if type not in ("compaction", "additional_tools"):
        shown["status"] = item.get("status") or "completed"
    if type == "message":
        shown["content"] = _parts(item.get("content"), item.get("role"))
    elif type == "reasoning":
        shown["summary"] = item.get("summary") or []
    elif isinstance(output := item.get("output"), list):
        shown["output"] = [_part(part, "input_text") for part in output]
    return shown


def _type(item: Item) -> str:
    type = item.get("type") or ""
    return _TYPES.get(type, type)


def _parts(content: Any, role: Any) -> list[Item]:
    kind = "output_text" if role == "assistant" else "input_text"
    if isinstance(content, list):
        return [_part(part, kind) for part in content]
    return [_part({"type": kind, "text": content}, kind)] if content else []


def _part(part: Any, kind: str) -> Any:
    """Chat completions' parts become those of responses."""
    match part:
        case str():
            return _part({"type": kind, "text": part}, kind)
        case {"type": "text" | "output_text" | "input_text"}:
            return _text(part, kind if part["type"] == "text" else part["type"])
        case {"type": "image_url", "image_url": image}:
            image = image if isinstance(image, dict) else {"url": image}
            url, detail = image.get("url"), image.get("detail") or part.get("detail")
            return {"type": "input_image", "image_url": url, "detail": detail or "auto"}
        case {"type": "input_image"}:
            return _image(part)
    return part


def _text(part: Item, kind: str) -> Item:
    if kind != "output_text":
        return {**part, "type": kind}
    return {
        **part,
        "type": kind,
        "annotations": part.get("annotations") or [],
        "logprobs": part.get("logprobs") or [],
    }


def _image(part: Item) -> Item:
    url = part.get("image_url")
    shown = {**part, "detail": part.get("detail") or "auto"}
    return {**shown, "image_url": url.get("url")} if isinstance(url, dict) else shown
