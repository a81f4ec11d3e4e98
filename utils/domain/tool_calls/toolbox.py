"""The tools that a request declares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from utils.domain.chat import Tool
from utils.domain.schemas import Schema
from utils.errors import InvalidRequest


class Toolbox:
    """Names, and what arguments each takes. Raises InvalidRequest for what is no tool."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._schemas: dict[str, Schema] = {}
        for index, tool in enumerate(tools):
            place = f"tools[{index}].function"
            if tool.name in self._schemas:
                raise InvalidRequest(
                    f"{place}.name: declared twice: {tool.name!r}", param=f"{place}.name"
                )
            self._schemas[tool.name] = Schema.of(tool.parameters, f"{place}.parameters")
        spelled = {name: _loose(name) for name in self._schemas}
        alike = Counter(spelled.values())
        self._loosely = {loose: name for name, loose in spelled.items() if alike[loose] == 1}

    def declared(self, name: str) -> str | None:
        """The tool that is meant: by its name, or by one that only differs in its spelling."""
        return name if name in self._schemas else self._loosely.get(_loose(name))

    def mentions(self, text: str) -> bool:
        """Whether the name of a tool stands in it."""
        return any(name in text for name in self._schemas)

    def schema(self, name: str) -> Schema:
        return self._schemas[name]


def _loose(name: str) -> str:
    """Models prefix names with a namespace, and change `-` to `_` and upper to lower case."""
    last = _NAMESPACE.split(name.strip(" \t\n.:/`"))[-1]
    return _BETWEEN.sub("", last).lower()


_NAMESPACE, _BETWEEN = re.compile(r"[.:/]"), re.compile(r"[\W_]+")
