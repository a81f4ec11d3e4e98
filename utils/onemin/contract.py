"""What the relay relies on in 1min.ai's answers, and where an answer differs from it.

The readers beside this module make do with much that is missing, so that users still get their
answer. Whoever looks after a relay wants to know of it all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from utils import payload, sse
from utils.onemin import failures
from utils.onemin.models import CHAT, target

NUMBER = (int, float)
TOLD = {"uuid": str, "status": str}  # of any call
TEXTS = {"resultObject": [str]}
RECORD: Mapping[str, Any] = {
    "aiRecord": {
        **TOLD,
        "metadata": {"inputToken": int, "outputToken": int, "credit": NUMBER},
        "teamUser": {"usedCredit": NUMBER, "creditLimit": NUMBER},
        "aiRecordDetail": TEXTS,
    }
}
MADE: Mapping[str, Any] = {"aiRecord": {**TOLD, "aiRecordDetail": TEXTS}}
BEGUN: Mapping[str, Any] = {"aiRecord": TOLD}
ASSET: Mapping[str, Any] = {"fileContent": {"path": str, "uuid": str}}
# Each of these is told by one model at least; the newest are listed before they have a price.
ENTRY: Mapping[str, Any] = {
    "modelId": str,
    "name": str,
    "provider": str,
    "status": str,
    "features": [str],
    "modality": {"INPUT": [str]},
    "creditMetadata": {"INPUT": NUMBER, "OUTPUT": NUMBER, "CONTEXT": NUMBER},
}
EVENTS = ("content", "result", "done")

_KINDS = ((bool, "true or false"), (str, "a text"), (NUMBER, "a number"), (list, "a list"))


def of_chat(data: bytes, *, streaming: bool) -> tuple[Sequence[str], Any]:
    """Where the answer to a chat differs, and its record."""
    whole = payload.value(data)
    if not streaming:
        return _of_record(whole, RECORD), whole
    try:
        events = sse.Decoder().feed(data)
    except sse.LineTooLong:
        return ["a line of the stream has no end"], None
    told = [(event.name, payload.value(event.data)) for event in events]
    return [*_of_stream(told, whole)], dict(told).get("result")


def of_call(reply: Any) -> Sequence[str]:
    """Of a call that makes a file or a text, or that is put off. A call that there never was
    has no record at all.
    """
    match reply:
        case {"aiRecord": None}:
            return ()
        case {"aiRecord": {"status": "SUCCESS"}}:
            return _of_record(reply, MADE)
    return _of_record(reply, BEGUN)


def of_upload(reply: Any) -> Sequence[str]:
    return _of_record(reply, ASSET)


def of_listing(reply: Any, at: str) -> Sequence[str]:
    """What is listed `at` a target. What a chat model costs and reads its own list tells."""
    told = ENTRY if at == target(CHAT) else {"modelId": str, "features": [str]}
    match reply:
        case {"models": [_, *_] as entries}:
            return [*_of_entries(entries, told)]
    return [*differences(reply, {"models": [dict]})]


def differences(value: Any, shape: Any, place: str = "") -> Iterator[str]:
    """A list is as it should be if one of its items is."""
    match shape:
        case Mapping() if isinstance(value, dict):
            for name, inner in shape.items():
                here = f"{place}.{name}" if place else name
                if name not in value:
                    yield f"{here} is missing"
                else:
                    yield from differences(value[name], inner, here)
        case [inner] if isinstance(value, list):
            if not value:
                yield f"{place} is empty"
            elif all(any(differences(item, inner)) for item in value):
                yield from differences(value[0], inner, f"{place}[0]")
        case type() | tuple() if isinstance(value, shape) and not isinstance(value, bool):
            pass
        case _:
            yield f"{place or 'the answer'} is {_kind(value)}, not {_expected(shape)}"


def _of_record(reply: Any, shape: Mapping[str, Any]) -> Sequence[str]:
    return () if _refuses(reply) else [*differences(reply, shape)]


def _of_stream(told: Sequence[tuple[str, Any]], whole: Any) -> Iterator[str]:
    """`whole` is what came in place of events."""
    if any(name == "error" or _refuses(value) for name, value in (*told, ("", whole))):
        return
    missing = [name for name in EVENTS if name not in dict(told)]
    yield from (f"the stream has no event {name!r}" for name in missing)
    for name, shape in (("content", {"content": str}), ("result", RECORD)):
        wrong = ([*differences(value, shape)] for event, value in told if event == name)
        yield from (f"{name}: {what}" for what in next(filter(None, wrong), ()))


def _of_entries(entries: Sequence[Any], told: Mapping[str, Any]) -> Iterator[str]:
    for name, shape in told.items():
        each = ([*differences(entry, {name: shape}, "models[]")] for entry in entries)
        first, *others = each
        if first and all(others):
            yield from first


def _refuses(reply: Any) -> bool:
    """Where nothing of what else is told is to be expected."""
    match reply:
        case {"aiRecord": {"status": "FAILURE" | "FAILED"}}:
            return True
    return isinstance(reply, dict) and failures.is_refusal(reply)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "an object")


def _expected(shape: Any) -> str:
    match shape:
        case [_]:
            return "a list"
        case type() if issubclass(shape, str):
            return "a text"
        case type() if issubclass(shape, int):
            return "a whole number"
        case tuple():
            return "a number"
    return "an object"
