"""Text that should be JSON, read as it arrives."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import regex

from utils.domain.loose_json import (
    IN_OBJECT,
    Reading,
    Source,
    Unreadable,
    loosely,
    value,
)
from utils.domain.object_writer import Misfit, ObjectWriter, compact
from utils.domain.schemas import Schema

NO_JSON, BROKEN = "it holds no JSON", "its JSON cannot be read"
MOST_STARTS = 32  # brackets of a text that are tried as the start of the answer


class AnswerReader:
    """Text in; the JSON in it out, as it becomes sure that it may stand.

    Fences and prose around it are left out. `fault` says, at the end, why there is none that
    may stand; something may have come out before.
    """

    def __init__(self, schema: Schema, *, live: bool) -> None:
        """`live`: somebody reads along, so that what came out cannot be taken back."""
        self.fault: str | None = None
        self._schema = schema
        self._live = live
        self._source = Source()
        self._read: list[str] = []
        self._told: list[str] = []
        self._new = 0  # where in `_told` begins what was not yet given out
        self._writer = ObjectWriter(schema, self._told.append)
        self._reading = self._answer()

    @property
    def text(self) -> str:
        """All that was read."""
        return "".join(self._read)

    @property
    def begun(self) -> bool:
        return bool(self._told)

    def feed(self, text: str) -> str:
        self._read.append(text)
        self._source.feed(text)
        return self._advance()

    def end(self, *, truncated: bool) -> str:
        """`truncated`: the model was stopped, and what it left unfinished stays so."""
        self._source.ended, self._source.truncated = True, truncated
        return self._advance()

    def completed(self, other: AnswerReader) -> str:
        """What another answer has to add to what came out of this one. Raises Misfit."""
        whole = "".join(other._told)
        if not self.begun:
            return whole
        self._writer.complete(json.loads(whole))
        return self._given()

    def _advance(self) -> str:
        try:
            next(self._reading)
        except StopIteration:
            pass
        except (Misfit, Unreadable) as fault:
            self.fault = str(fault)
        return self._given()

    def _given(self) -> str:
        given = "".join(self._told[self._new :])
        self._new = len(self._told)
        return given

    def _answer(self) -> Reading[None]:
        """An object that begins a line is told while it comes; anything else at the end."""
        source = self._source
        if self._live and self._schema.is_object and (yield from self._find()):
            try:
                yield from self._writer.read(source)
            except (Misfit, Unreadable):
                if self.begun:
                    raise
            if self.begun:
                if source.cut and not source.truncated:
                    raise Unreadable("it breaks off")
                return
        while not source.ended:
            source.at = len(source.text)
            yield
        self._told.append(self._whole())

    def _find(self) -> Reading[bool]:
        source = self._source
        while True:
            found = _OBJECT.search(source.text, source.at, partial=not source.ended)
            source.at = found.start() if found else len(source.text)
            if found and not found.partial:
                source.at = found.end()
                return True
            if source.ended:
                return False
            yield

    def _whole(self) -> str:
        """The first JSON in the text that may stand. Raises Misfit and Unreadable."""
        fault: str | None = None
        for start in self._starts():
            try:
                told = loosely(self.text[start:])
            except Unreadable:
                continue
            meant = json.loads(told)
            if not self._schema.fault(meant):
                return told
            meant = self._schema.mended(meant)
            unfit = self._schema.fault(meant)
            if not unfit:
                return compact(meant)
            fault = fault or unfit
        if self._source.truncated:
            return self._unfinished()
        if fault:
            raise Misfit(fault)
        raise Unreadable(BROKEN if _BEGUN.search(self.text) else NO_JSON)

    def _unfinished(self) -> str:
        """As much JSON as there is."""
        for start in self._starts():
            source, told = Source(), list[str]()
            source.feed(self.text[start:])
            source.ended = source.truncated = True
            with suppress(Unreadable):
                deque(value(source, told.append, IN_OBJECT), maxlen=0)
                return "".join(told)
        return ""

    def _starts(self) -> Iterator[int]:
        if not self._schema.is_object and _SCALAR.fullmatch(self.text):
            yield 0
        brackets = _BRACKET.finditer(self.text)
        yield from (found.start() for found in islice(brackets, MOST_STARTS))


_OBJECT = regex.compile(r"(?:(?<=\n[ \t]*)|(?<=^\s*))(?:```[\w-]*[ \t]*\n\s*)?(?=\{\s*[\"'}])")
_SCALAR = regex.compile(r"\s*+(?:\"(?s:.*)\"|[\w.+-]+)\s*")
_BRACKET = regex.compile(r"[{\[]")
_BEGUN = regex.compile(r"\A\s*[{\[]|\{\s*[\"']")
