"""What comes as text: the fields of a form, and of a URL's query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

import orjson
from pydantic import Field

from utils.wire.body import Body

Given = Mapping[str, Sequence[str]]  # a field may be given several times
Number = Annotated[int, Field(strict=False)]


class Fields(Body):
    """Of a field that is given several times the first counts; an empty one is not given, nor
    is a part of a form that bears no name.
    """

    @classmethod
    def read(cls, given: Given) -> Self:
        """Raises InvalidRequest."""
        told = ((name, values[0]) for name, values in given.items() if name and values)
        first = {name: value for name, value in told if value}
        return cls.parse(orjson.dumps(cls.arranged(first, given)))

    @classmethod
    def arranged(cls, first: dict[str, str], given: Given) -> dict[str, Any]:
        """As a body would have it: for those that have lists, or fields in fields."""
        return {**first}
