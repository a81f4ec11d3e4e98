"""A JSON object from a model, told on while it is still being written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from utils.domain.loose_json import IN_OBJECT, Reading, Source, Write, members, string, value
from utils.domain.schemas import MISSING, Schema


class Misfit(Exception):
    """The object does not keep to its schema. The text says why, without repeating it."""


class ObjectWriter:
    """Tells each property as soon as it is sure that it may stand: a string that the schema
    leaves free while it comes, any other value once it is whole and right.

    What was told always is the beginning of an object that keeps to the schema, so that where
    the model goes wrong, a second answer of its can complete what the first began.
    """

    def __init__(self, schema: Schema, write: Write) -> None:
        self._schema = schema
        self._write = write
        self._told: dict[str, str] = {}  # values, as JSON
        self._open = ""  # the property whose string has no end yet

    @property
    def begun(self) -> bool:
        return bool(self._told)

    def read(self, source: Source) -> Reading[None]:
        """Raises Misfit and Unreadable. What was cut off stays unfinished."""
        if not self._schema.judges_properties:
            yield from self._read_whole(source)
            return
        yield from members(source, lambda name, _: self._property(source, json.loads(name)))
        if not source.cut:
            self._close()

    def _read_whole(self, source: Source) -> Reading[None]:
        """Where properties depend on one another, none is sure before the last is there."""
        held: list[str] = []
        yield from value(source, held.append, IN_OBJECT)
        if source.cut:
            return
        meant = self._schema.mended(json.loads("".join(held)))
        if fault := self._schema.fault(meant):
            raise Misfit(fault)
        self.complete(meant)

    def complete(self, rest: Mapping[str, Any]) -> None:
        """Tell what a second answer has to add. Raises Misfit where it contradicts the first:
        an object that is half of one and half of the other was never meant.
        """
        if self._open:
            self._finish_string(rest.get(self._open))
        for name, meant in rest.items():
            if name not in self._told:
                self._tell(name, compact(meant))
            elif json.loads(self._told[name]) != meant:
                raise Misfit(f"{name}: it is not what it was at first")
        self._close()

    def _property(self, source: Source, name: str) -> Reading[None]:
        if self._schema.takes_any_string(name) and (yield from source.peek()) == '"':
            pieces: list[str] = []
            self._begin(name)
            self._open, self._told[name] = name, "null"
            yield from string(source, lambda text: self._string(text, pieces), IN_OBJECT)
            self._told[name] = "".join(pieces)
            self._open = self._open if source.cut else ""
        else:
            held: list[str] = []
            yield from value(source, held.append, IN_OBJECT)
            if not source.cut:
                self._judge(name, "".join(held))

    def _string(self, text: str, pieces: list[str]) -> None:
        self._write(text)
        pieces.append(text)

    def _finish_string(self, meant: Any) -> None:
        told = self._told[self._open]
        begun = json.loads(f'{told}"')
        if not isinstance(meant, str) or not meant.startswith(begun):
            raise Misfit(f"{self._open}: it does not begin as it did at first")
        end = compact(meant[len(begun) :])[1:]
        self._write(end)
        self._told[self._open] = told + end
        self._open = ""

    def _judge(self, name: str, told: str) -> None:
        fault = self._schema.property_fault(name, json.loads(told))
        if not fault:
            self._tell(name, told)
            return
        meant = self._schema.mended_property(name, json.loads(told))
        if meant is MISSING:
            return
        if self._schema.property_fault(name, meant):
            raise Misfit(fault)
        self._tell(name, compact(meant))

    def _tell(self, name: str, told: str) -> None:
        self._begin(name)
        self._write(told)
        self._told[name] = told

    def _begin(self, name: str) -> None:
        self._write(f"{',' if self._told else '{'}{compact(name)}:")

    def _close(self) -> None:
        whole = {name: json.loads(told) for name, told in self._told.items()}
        if fault := self._schema.fault(whole):
            raise Misfit(fault)
        self._write("}" if self._told else "{}")


def compact(meant: Any) -> str:
    """As JSON. Half a letter stays escaped: it cannot be sent in any other way."""
    told = json.dumps(meant, ensure_ascii=False, separators=(",", ":"))
    return (
        told if told.isascii() else _HALF_LETTER.sub(lambda half: f"\\u{ord(half[0]):x}", told)
    )


_HALF_LETTER = re.compile(r"[\ud800-\udfff]")
