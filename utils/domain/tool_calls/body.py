"""Calls written as JSON, in the many shapes that models give them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import regex

from utils.domain.loose_json import (
    IN_OBJECT,
    Reading,
    Source,
    Unreadable,
    loosely,
    members,
    value,
)
from utils.domain.object_writer import compact

Take = Callable[[str, str], None]  # a call's name, and its arguments as JSON
Live = Callable[[str], Reading[bool]]  # reads the arguments itself, or leaves them

DEEPEST = 4  # objects around a call


def calls(
    source: Source,
    take: Take,
    *,
    live: Live | None = None,
    expected: Callable[[str], bool] | None = None,
) -> Reading[None]:
    """One call or several: in a list or one after another, fenced or not.

    `live` is asked once a name is known before its arguments. With `expected`, what stands
    here need not be a call: anything unlike one, and any name it denies, raises Unreadable.
    """
    fence = yield from source.match(_FENCE)
    source.at = fence.end() if fence else source.at
    yield from _calls(source, _Manner(take, live, expected), 0)
    if fence and (fence := (yield from source.match(_FENCE_END))):
        source.at = fence.end()


@dataclass(frozen=True, slots=True)
class _Manner:
    """How calls are read."""

    take: Take
    live: Live | None
    expected: Callable[[str], bool] | None


def _calls(source: Source, manner: _Manner, depth: int) -> Reading[None]:
    letter = yield from source.peek()
    if letter == "[":
        yield from _list(source, manner, depth)
    elif letter == "{":
        yield from _run(source, manner, depth)
    else:
        raise Unreadable("it holds no JSON object")


def _list(source: Source, manner: _Manner, depth: int) -> Reading[None]:
    source.at += 1
    while (letter := (yield from source.peek())) and letter in "{,":
        if letter == ",":
            source.at += 1
            continue
        yield from _Call(source, manner, depth).read()
        if source.cut:
            return
    if letter != "]" and manner.expected:
        raise Unreadable("a list of something else")
    source.at += letter == "]"


def _run(source: Source, manner: _Manner, depth: int) -> Reading[None]:
    """One after another; where none need be a call, only if something joins them."""
    more = True
    while more and not source.cut:
        yield from _Call(source, manner, depth).read()
        joint = yield from source.match(_JOINT)
        source.at = joint.end() if joint else source.at
        more = bool(joint) or (not manner.expected and (yield from source.peek()) == "{")


class _Call:
    """One object, as far as it has been read."""

    def __init__(self, source: Source, manner: _Manner, depth: int) -> None:
        self._source = source
        self._manner = manner
        self._depth = depth
        self._name = ""
        self._arguments: str | None = None
        self._others: dict[str, Any] = {}
        self._done = False

    def read(self) -> Reading[None]:
        try:
            yield from members(self._source, self._member)
        except Unreadable:  # nor need it be, once all is there
            if self._manner.expected or not (self._done or (self._name and self._arguments)):
                raise
        if self._done or (self._source.cut and self._source.truncated):
            return
        if self._source.cut:
            raise Unreadable("it breaks off")
        if not self._name and len(self._others) == 1:
            self._read_name_as_key()
        if not self._name:
            raise Unreadable("a call has no name")
        if self._arguments is None and self._manner.expected:
            raise Unreadable("a call has no arguments")
        self._manner.take(self._name, self._arguments or compact(self._others))

    def _read_name_as_key(self) -> None:
        """{"get_weather": {"city": "Paris"}}"""
        [(name, arguments)] = self._others.items()
        if isinstance(arguments, dict):
            self._name, self._arguments = name, compact(arguments)

    def _member(self, told: str, first: bool) -> Reading[None]:
        key = json.loads(told)
        letter = yield from self._source.peek()
        if self._done:
            yield from self._held()
        elif key in _NESTED and letter in ("{", "["):
            yield from self._nested(letter)
        elif key in _NAMES:
            yield from self._read_name()
        elif key in _ARGUMENTS:
            yield from self._read_arguments()
        elif key not in _DETAILS and self._manner.expected:
            raise Unreadable("this is not a call")
        else:
            held = yield from self._held()
            if key not in _DETAILS and not self._source.cut:
                self._others[key] = json.loads(held)

    def _nested(self, letter: str) -> Reading[None]:
        """{"function": {"name": …}} and {"tool_calls": […]}."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable("it is nested too deeply")
        if letter == "{":
            yield from members(self._source, self._member)
        else:
            yield from _calls(self._source, self._manner, self._depth)
            self._done = True

    def _read_name(self) -> Reading[None]:
        held = yield from self._held()
        if self._source.cut:
            return
        name, expected = json.loads(held), self._manner.expected
        if not isinstance(name, str) or (expected and not expected(name)):
            raise Unreadable("this is not the name of a tool")
        self._name = name

    def _read_arguments(self) -> Reading[None]:
        packed = yield from self._source.match(_PACKED)
        self._source.at = packed.end() if packed else self._source.at
        live = self._manner.live
        if self._name and live and (yield from live(self._name)):
            self._done = True
        else:
            yield from self._hold_arguments()
        if packed and (unpacked := (yield from self._source.match(_UNPACKED))):
            self._source.at = unpacked.end()

    def _hold_arguments(self) -> Reading[None]:
        self._arguments = _object((yield from self._held()), self._source.cut)
        if self._manner.expected and _DECLARATION.match(self._arguments):
            raise Unreadable("a tool's declaration")
        if self._name and self._source.cut:
            self._done = True
            self._manner.take(self._name, self._arguments)

    def _held(self) -> Reading[str]:
        told: list[str] = []
        yield from value(self._source, told.append, IN_OBJECT)
        return "".join(told)


def _object(told: str, cut: bool) -> str:
    """Arguments that came as a string of JSON, or as nothing, as the object they mean."""
    if cut or told.startswith("{"):
        return told
    meant = json.loads(told)
    if not meant:
        return "{}"
    if not isinstance(meant, str):
        raise Unreadable("the arguments are not an object")
    whole = loosely(meant)
    if not whole.startswith("{"):
        raise Unreadable("the arguments are not an object")
    return whole


_NAMES = frozenset(
    ("name", "tool", "tool_name", "function", "function_name", "recipient_name", "action")
)
_ARGUMENTS = frozenset(
    ("arguments", "parameters", "args", "params", "input", "tool_input", "action_input")
).union(("kwargs", "tool_arguments", "function_arguments", "tool_parameters"))
_NESTED = frozenset(
    ("function", "function_call", "functionCall", "tool", "tool_call", "tool_calls")
).union(("tool_use", "tool_uses", "calls", "call"))
_DETAILS = frozenset(("id", "type", "index", "call_id", "tool_call_id", "thought"))
_DECLARATION = regex.compile(r'\{"type":"object","properties":')
_PACKED = regex.compile(r'\s{0,64}+"\s{0,64}+(?=\{\s*")')  # in a string, its quotes not escaped
_UNPACKED = regex.compile(r'\s{0,64}+"')
_JOINT = regex.compile(r"[,;]\s*(?=\{)")
_FENCE = regex.compile(r"\s{0,64}+```[\w-]*[ \t]*(?:\n|(?=[{\[]))")
_FENCE_END = regex.compile(r"\s{0,64}+```(?!\w)")
