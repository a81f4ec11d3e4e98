"""JSON Schemas that a client declares: whether a value keeps to one, and what mends it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson

from utils.domain.loose_json import Unreadable, loosely
from utils.errors import InvalidRequest

MISSING = object()  # mending took the value away
MENDINGS = 8  # faults of one value that are mended; one with more is not near a fit


class Schema:
    """One schema, compiled; shared by all threads. No `$ref` leads out of it: that would fetch
    a URL or read a file. Raises ValueError for what is no schema.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._whole = _Validator(schema)
        # Judges a property of an object that is still to be written.
        self._partly = _Validator({w: schema[w] for w in schema.keys() - _OF_WHOLE_OBJECTS})
        self.is_object = schema.get("type") == "object"
        self.judges_properties = schema.keys() <= _OF_SINGLE_PROPERTIES
        self._plain = schema.keys() <= _OF_PLAIN_OBJECTS
        self._properties = _mapping(schema.get("properties"))
        self._others = schema.get("additionalProperties", True)

    @classmethod
    def of(cls, schema: Mapping[str, Any], place: str) -> Schema:
        """Raises InvalidRequest, naming `place`."""
        try:
            return _compiled(orjson.dumps(schema))
        except (ValueError, TypeError, RecursionError) as error:
            reason = str(error).partition("\n")[0][:200]
            raise InvalidRequest(
                f"{place}: not a usable schema: {reason}", param=place
            ) from error

    def fault(self, value: Any) -> str | None:
        """What is wrong with a value, in words that do not repeat it."""
        return self._whole.fault(value)

    def mended(self, value: Any) -> Any:
        """The value, or what it can only have meant: 5 for "5" where a number is due."""
        return _mended({"": value}, self._whole, [""]).get("")

    def property_fault(self, name: str, value: Any) -> str | None:
        """As `fault`, for one property of an object that is still to be written."""
        return self._partly.fault({name: value})

    def mended_property(self, name: str, value: Any) -> Any:
        """One property as `mended` returns it; MISSING if it is better left out."""
        return _mended({name: value}, self._partly, []).get(name, MISSING)

    def takes_any_string(self, name: str) -> bool:
        """Whether whatever string this property holds is right, so that none need be judged."""
        declared = self._properties.get(name, self._others)
        if not self._plain or declared is False:
            return False
        said = _mapping(declared)
        kinds = said.get("type", "string")
        return said.keys() <= {"type", *_ANNOTATIONS} and "string" in (
            kinds if isinstance(kinds, list) else [kinds]
        )


_ANNOTATIONS = frozenset(
    ("title", "description", "default", "examples", "$comment", "deprecated")
)
_OF_PLAIN_OBJECTS = _ANNOTATIONS.union(
    ("type", "properties", "required", "additionalProperties"),
    ("$schema", "$id", "$defs", "definitions", "strict"),
)
# With any other, a property may be right or wrong by what else the object holds.
_OF_SINGLE_PROPERTIES = _OF_PLAIN_OBJECTS.union(
    ("patternProperties", "propertyNames", "minProperties", "maxProperties"),
    ("dependentRequired",),
)
_OF_WHOLE_OBJECTS = frozenset(
    ("required", "minProperties", "maxProperties", "dependentRequired")
)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


@lru_cache(maxsize=512)
def _compiled(schema: bytes) -> Schema:
    """An agent declares the same tools with each of its turns."""
    return Schema(orjson.loads(schema))


class _Validator:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._judge = jsonschema_rs.validator_for(dict(schema), offline=True, mask="the value")

    def error(self, value: Any) -> jsonschema_rs.ValidationError | None:
        """Raises UnicodeEncodeError for half a letter, as `\\ud83d` is one."""
        try:
            self._judge.validate(value)
        except jsonschema_rs.ValidationError as error:
            return error
        return None

    def fault(self, value: Any) -> str | None:
        try:
            error = self.error(value)
        except UnicodeEncodeError:
            return "a text in it is no Unicode"
        if error is None:
            return None
        place = ".".join(map(str, error.instance_path))
        return f"{place}: {error.message}" if place else str(error.message)


def _mended(around: dict[str, Any], validator: _Validator, root: list[str]) -> dict[str, Any]:
    """Mends in place. `root` is the way from `around` to what the schema is about."""
    for _ in range(MENDINGS):
        try:
            error = validator.error(around[root[0]] if root else around)
        except UnicodeEncodeError:
            break
        if error is None or not _mend(around, [*root, *error.instance_path], error.kind):
            break
    return around


def _mend(around: Any, way: list[Any], kind: Any) -> bool:
    """Whether the fault at the end of the way could be mended."""
    if kind.name == "additionalProperties":
        target = _at(around, way)
        for name in kind.unexpected:
            del target[name]
        return True
    if not way:
        return False
    holder, step = _at(around, way[:-1]), way[-1]
    value = holder[step]
    meant = None if value in _NULLS else next(_readings(value, kind), value)
    if meant is None and isinstance(holder, dict):
        del holder[step]  # null for what should have been left out
        return True
    holder[step] = meant
    return meant is not value


def _at(around: Any, way: list[Any]) -> Any:
    for step in way:
        around = around[step]
    return around


def _readings(value: Any, kind: Any) -> Iterator[Any]:
    """What a value of the wrong type, or off an enumeration, can only have meant."""
    match kind.name:
        case "type":
            for wanted in kind.types:
                yield from _cast(value, wanted)
        case "enum":
            meant = str(value).strip().lower()
            yield from (option for option in kind.options if str(option).lower() == meant)
        case "anyOf" | "oneOf":
            for errors in kind.context:
                if len(errors) == 1 and errors[0].kind.name in ("type", "enum"):
                    yield from _readings(value, errors[0].kind)


def _cast(value: Any, wanted: str) -> Iterator[Any]:
    match wanted, value:
        case "string", bool():
            yield str(value).lower()
        case "string", int() | float():
            yield str(value)
        case "string", dict() | list():
            yield json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case "boolean", str() if value.strip().lower() in ("true", "false"):
            yield value.strip().lower() == "true"
        case "integer", str() if re.fullmatch(r"\s*-?\d{1,18}(\.0{1,15})?\s*", value):
            yield int(value.partition(".")[0])
        case "number", str() if re.fullmatch(r"\s*-?\d{1,18}(\.\d{1,18})?\s*", value):
            yield float(value) if "." in value else int(value)
        case (("object" | "array"), str()) if value.strip().startswith(_BRACKETS[wanted]):
            yield from _unpacked(value)
        case "array", str() | int() | float() | dict():
            yield [value]


_NULLS = (None, "null", "None")
_BRACKETS = {"object": "{", "array": "["}


def _unpacked(text: str) -> Iterator[Any]:
    """JSON that came as a string."""
    try:
        yield json.loads(loosely(text))
    except Unreadable:
        return
