"""What a prompt tells the model of tools, and of the JSON that its answer must be.

Nothing here knows who wrote the prompt: the example of a call shows what frame to write calls
in, and each line that is a JSON object with a name and parameters declares a tool.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.instructions import Call, decoded

TAG = re.compile(r"<(?P<name>[^<>\s/]{1,64})>(?P<space>\s{0,4})(?=\{)")
SCHEMA = re.compile(r"\bJSON Schema\b[^{}\n]{0,80}\n\s{0,4}(?=\{)", re.IGNORECASE)
OBJECT = re.compile(r"\banswer must be\b[^.\n]{0,40}\bJSON\b[^.\n]{0,40}\bobject\b", re.I)
MUST_CALL = re.compile(r"\byou must call\b.{0,200}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a call, white space and all."""

    opening: str
    closing: str

    def write(self, name: str, arguments: str) -> str:
        told = f'{{"name": {json.dumps(name, ensure_ascii=False)}, "arguments": {arguments}}}'
        return f"{self.opening}{told}{self.closing}"


@dataclass(frozen=True, slots=True)
class Tools:
    """`schemas` are those of the arguments, by tool. `obliged` has to be called now."""

    frame: Frame
    schemas: Mapping[str, Any]
    obliged: str | None = None

    def known(self, calls: Sequence[Call]) -> tuple[Call, ...]:
        return tuple(call for call in calls if call.name in self.schemas)


@dataclass(frozen=True, slots=True)
class Declared:
    """`schema` is what an answer without calls must keep to; None: it may be prose."""

    tools: Tools | None = None
    schema: Any = None

    @classmethod
    def of(cls, texts: Sequence[str]) -> Declared:
        """Of texts that instruct the model. The later one has the say."""
        schema = next((found for text in reversed(texts) for found in _schemas(text)), None)
        for text in reversed(texts):
            schemas = dict(_schemas_of_tools(text))
            if schemas and (frame := _frame(text, schemas)):
                return cls(Tools(frame, schemas, _obliged(text, schemas)), schema)
        return cls(schema=schema)


def _schemas_of_tools(text: str) -> Iterator[tuple[str, Any]]:
    for line in text.split("\n"):
        if line.startswith("{"):
            match decoded(line, 0):
                case {"name": str(name), "parameters": dict(schema)}, _:
                    yield name, schema


def _frame(text: str, known: Mapping[str, Any]) -> Frame | None:
    for tag in TAG.finditer(text):
        match decoded(text, tag.end()):
            case {"name": str(name), "arguments": dict()}, int(end) if name in known:
                closing = re.compile(rf"\s{{0,4}}</{re.escape(tag['name'])}>")
                if closed := closing.match(text, end):
                    return Frame(tag[0], closed[0])
    return None


def _obliged(text: str, known: Mapping[str, Any]) -> str | None:
    must = MUST_CALL.search(text)
    if not must:
        return None
    named = (name for name in known if re.search(rf"\b{re.escape(name)}(?!\w)", must[0]))
    return next(named, next(iter(known)))


def _schemas(text: str) -> Iterator[Any]:
    for place in SCHEMA.finditer(text):
        match decoded(text, place.end()):
            case {"name": str(), "parameters": dict()}, _:
                continue  # a tool, whose arguments have a schema
            case schema, _:
                yield schema
    if OBJECT.search(text):
        yield {"type": "object"}
