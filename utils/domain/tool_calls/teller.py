"""Calls that were read, judged by their schemas and told as events."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from utils.domain.chat import ArgumentsDelta, CallBegun, Event, TextDelta, ToolCall
from utils.domain.loose_json import Reading, Source
from utils.domain.object_writer import Misfit, ObjectWriter, compact
from utils.domain.tool_calls.toolbox import Toolbox

BROKEN_OFF = "it breaks off"


class Unusable(Exception):
    """A call that cannot be carried out. The text tells the model why."""


class Teller:
    def __init__(self, toolbox: Toolbox, ids: Callable[[], str]) -> None:
        self.called = False
        self._toolbox = toolbox
        self._ids = ids
        self._out: list[Event] = []
        self._pieces: list[str] = []  # of the last call's arguments
        self._writer: ObjectWriter | None = None  # of a call that has begun and not ended
        self._begun = ""  # its name
        self._instead: Sequence[ToolCall] | None = None

    @property
    def corrected(self) -> bool:
        return self._instead is not None

    def events(self) -> list[Event]:
        """Those that are new."""
        self._flush()
        out, self._out = self._out, []
        return out

    def say(self, text: str) -> None:
        self._out.append(TextDelta(text))

    def live(self, name: str, source: Source) -> Reading[None]:
        """Tell a call while its arguments are read. Raises Unusable, Misfit, Unreadable."""
        declared = self._declared(name)
        self._begin(self._ids(), declared)
        self._writer = ObjectWriter(self._toolbox.schema(declared), self._pieces.append)
        yield from self._writer.read(source)
        if source.cut and not source.truncated:
            raise Unusable(BROKEN_OFF)
        self._writer = None
        self._flush()

    def take(self, name: str, arguments: str) -> None:
        """A whole call. Raises Unusable, unless a second answer was to tell it better."""
        try:
            declared, told = self._judged(name, arguments)
        except Unusable:
            if self._instead is None:
                raise
            return
        if not self._is_told(declared, told):
            self._tell(self._ids(), declared, told)

    def take_unfinished(self, name: str, arguments: str) -> None:
        """A call that the model was stopped in. Raises Unusable."""
        self._tell(self._ids(), self._declared(name), arguments)

    def correct(self, calls: Sequence[ToolCall]) -> None:
        """Tell these in place of one that had a problem and of all later ones that have one.

        Raises Unusable when they do not fit what had already been told of it.
        """
        self._instead = calls
        completing = self._completed(calls) if self._writer else None
        for call in calls:
            if call is not completing:
                self._tell(call.id, call.name, call.arguments)

    def _completed(self, calls: Sequence[ToolCall]) -> ToolCall:
        """The one that was told in part, and is to its end now."""
        call = next((call for call in calls if call.name == self._begun), None)
        if call is None or self._writer is None:
            raise Unusable(f"{self._begun} is not called again")
        try:
            self._writer.complete(json.loads(call.arguments))
        except Misfit as misfit:
            raise Unusable(str(misfit)) from misfit
        self._writer = None
        self._flush()
        return call

    def _judged(self, name: str, arguments: str) -> tuple[str, str]:
        declared = self._declared(name)
        schema = self._toolbox.schema(declared)
        if not schema.fault(json.loads(arguments)):
            return declared, arguments
        meant = schema.mended(json.loads(arguments))
        if fault := schema.fault(meant):
            raise Unusable(f"the arguments do not keep to the schema: {fault}")
        return declared, compact(meant)

    def _declared(self, name: str) -> str:
        declared = self._toolbox.declared(name)
        if declared is None:
            raise Unusable(f"there is no tool named {name[:64]}")
        return declared

    def _is_told(self, name: str, arguments: str) -> bool:
        """Whether a second answer holds this call of the first as well."""
        return any(
            call.name == name and json.loads(call.arguments) == json.loads(arguments)
            for call in self._instead or ()
        )

    def _tell(self, id: str, name: str, arguments: str) -> None:
        self._begin(id, name)
        self._pieces.append(arguments)
        self._flush()

    def _begin(self, id: str, name: str) -> None:
        self.called, self._begun = True, name
        self._out.append(CallBegun(id, name))

    def _flush(self) -> None:
        if told := "".join(self._pieces):
            self._out.append(ArgumentsDelta(told))
            self._pieces.clear()
