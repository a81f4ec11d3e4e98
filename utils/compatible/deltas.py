"""What an answer's deltas tell, in the order of our events: a whole call, then the next."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Event,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
)
from utils.errors import UpstreamFailed
from utils.letters import Letters

Words = type[TextDelta] | type[ReasoningDelta] | type[RefusalDelta]


class Deltas:
    """The deltas of several calls may come mixed, and words between them. What comes while
    another call is unfinished waits until that has all its arguments.
    """

    def __init__(self, ids: Callable[[], str]) -> None:
        """`ids` makes one for a call that comes without."""
        self._ids = ids
        self._used = set[str]()
        self._calls: dict[object, _Call] = {}
        self._waiting = deque[Event | _Call]()
        self._open: _Call | None = None
        self._letters: dict[Words, Letters] = {}

    def say(self, kind: Words, text: str) -> list[Event]:
        letters = self._letters.setdefault(kind, Letters())
        if whole := letters.add(text):
            self._waiting.append(kind(whole))
        return self._told()

    def call(self, piece: dict[str, Any]) -> list[Event]:
        """Raises UpstreamFailed for a call without a name, or one that goes on too late."""
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        arguments = _json_text(function.get("arguments"))
        call = self._known(piece, function) or self._begun(piece, function)
        if call.closed and arguments.strip():
            raise UpstreamFailed("The model's server went on with a tool call that had ended")
        call.add(arguments)
        return self._told()

    def rest(self) -> list[Event]:
        """What still waits, at the end of the answer."""
        for kind, letters in self._letters.items():
            if half := letters.rest():
                self._waiting.append(kind(half))
        return self._told(ended=True)

    @property
    def called(self) -> bool:
        return bool(self._calls)

    def _known(self, piece: dict[str, Any], function: dict[str, Any]) -> _Call | None:
        """The call that a piece goes on with. Some servers tell no index, some always 0."""
        call = self._calls.get(_index(piece))
        if call is None:
            return None
        if not function.get("name"):
            return call
        if (id := piece.get("id")) and call.sent_id:
            return call if id == call.sent_id else None
        return None if _index(piece) is None and call.whole else call

    def _begun(self, piece: dict[str, Any], function: dict[str, Any]) -> _Call:
        name, id = function.get("name"), piece.get("id")
        if not isinstance(name, str) or not name:
            raise UpstreamFailed("The model's server sent a tool call without a name")
        sent = id if isinstance(id, str) else ""
        told = sent if sent and sent not in self._used else self._ids()
        self._used.add(told)
        call = self._calls[_index(piece)] = _Call(told, name, sent)
        self._waiting.append(call)
        return call

    def _told(self, *, ended: bool = False) -> list[Event]:
        """All that may be told by now."""
        told: list[Event] = []
        while True:
            if self._open:
                told += self._open.unsaid()
                if not (ended or (self._waiting and self._open.whole)):
                    return told
                told += self._open.close()
                self._open = None
            if not self._waiting:
                return told
            match self._waiting.popleft():
                case _Call() as call:
                    self._open = call
                    told.append(CallBegun(call.id, call.name))
                case event:
                    told.append(event)


class _Call:
    """A tool call, as far as it has come. `sent_id` is its server's name for it."""

    def __init__(self, id: str, name: str, sent_id: str) -> None:
        self.id, self.name, self.sent_id = id, name, sent_id
        self.closed = False
        self._letters = Letters()
        self._unsaid: list[str] = []
        self._empty = True
        self._depth = 0
        self._quoted = self._escaped = False

    @property
    def whole(self) -> bool:
        """Whether its arguments are an object with its last bracket."""
        return not (self._empty or self._depth or self._quoted)

    def add(self, arguments: str) -> None:
        if text := self._letters.add(arguments):
            self._unsaid.append(text)
            self._empty = self._empty and not text.strip()
            self._scan(text)

    def unsaid(self) -> list[ArgumentsDelta]:
        texts, self._unsaid = self._unsaid, []
        return [ArgumentsDelta(text) for text in texts]

    def close(self) -> list[ArgumentsDelta]:
        """Arguments are JSON, even where there are none."""
        self.closed = True
        rest = self._letters.rest() or ("{}" if self._empty else "")
        return [ArgumentsDelta(rest)] if rest else []

    def _scan(self, text: str) -> None:
        for letter in text:
            if self._escaped:
                self._escaped = False
            elif letter == '"':
                self._quoted = not self._quoted
            elif self._quoted:
                self._escaped = letter == "\\"
            elif letter in "{[":
                self._depth += 1
            elif letter in "}]":
                self._depth -= 1


def _index(piece: dict[str, Any]) -> int | None:
    index = piece.get("index")
    return index if isinstance(index, int) else None


def _json_text(arguments: object) -> str:
    """Arguments are JSON in a text; some servers send the object itself."""
    if isinstance(arguments, dict):
        return json.dumps(arguments, ensure_ascii=False)
    return arguments if isinstance(arguments, str) else ""
