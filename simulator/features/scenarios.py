"""Odd records by name: `[[scenario=string-result]]` in a prompt, a text or a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.assets.links import public
from simulator.records import failed
from simulator.replies import BUSY
from simulator.scenarios import FAULTS, error_message
from simulator.turn import Turn

Record = dict[str, Any]


def string_result(record: Record, host: str) -> Record:
    """The text, or the key, without its list (onemin-api.md 8)."""
    record["aiRecordDetail"]["resultObject"] = record["aiRecordDetail"]["resultObject"][0]
    return record


def old_shape(record: Record, host: str) -> Record:
    """The record without `aiRecordDetail`, as once was (onemin-api.md 2.3)."""
    record["resultObject"] = record.pop("aiRecordDetail")["resultObject"]
    return record


def absolute(record: Record, host: str) -> Record:
    """Results that are addresses already, and no other link (onemin-api.md 8)."""
    keys = record["aiRecordDetail"]["resultObject"]
    if record["temporaryUrl"] is None:
        return record  # texts have no address
    record["aiRecordDetail"]["resultObject"] = [public(host, key) for key in keys]
    return {**record, "temporaryUrl": None}


def no_link(record: Record, host: str) -> Record:
    return {**record, "temporaryUrl": None}


def no_metadata(record: Record, host: str) -> Record:
    return {**record, "metadata": None}


ALTERED: Mapping[str, Callable[[Record, str], Record]] = {
    "string-result": string_result,
    "old-shape": old_shape,
    "absolute-result": absolute,
    "no-link": no_link,
    "missing-metadata": no_metadata,
}
FAILED: Mapping[str, Callable[[Turn], Record]] = {
    "failure-200": lambda turn: failed(turn, "EXTERNAL_API_RESPONSE_WITH_ERROR", BUSY),
    "failed-200": error_message,
}
UNFINISHED = {"processing": 1, "stuck": None}  # without `async`, which was seen (8)
KNOWN = (*FAULTS, "status-500-once", *ALTERED, *FAILED, *UNFINISHED)
