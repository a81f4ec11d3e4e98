"""Records of asynchronous calls, until they are fetched (onemin-api.md 8)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST = 1000
Record = Mapping[str, Any]


@dataclass(slots=True)
class Result:
    owner: str
    record: Record
    polls_left: int | None


class Results:
    """Says PROCESSING to the first polls, to all of them when `polls` is None."""

    def __init__(self) -> None:
        self._results = OrderedDict[str, Result]()
        self._lock = threading.Lock()

    def keep(self, owner: str, record: Record, polls: int | None = 1) -> None:
        with self._lock:
            self._results[record["uuid"]] = Result(owner, record, polls)
            if len(self._results) > MOST:
                self._results.popitem(last=False)

    def poll(self, owner: str, uuid: str) -> Record | None:
        with self._lock:
            result = self._results.get(uuid)
            if result is None or result.owner != owner:
                return None
            if result.polls_left == 0:
                return result.record
            if result.polls_left is not None:
                result.polls_left -= 1
            return processing(result.record)


def processing(record: Record) -> dict[str, Any]:
    """The record before its work is done."""
    detail = {**record.get("aiRecordDetail", {}), "resultObject": []}
    unfinished = {"status": "PROCESSING", "metadata": None, "temporaryUrl": None}
    return {**record, **unfinished, "aiRecordDetail": detail}
