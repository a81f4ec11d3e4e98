"""The base of every request body."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from utils.errors import InvalidRequest

MOST_FAULTS = 8  # that are looked at: a list can hold a million
LONGEST_PARAM = 200  # a client chooses the names in a mapping


class Body(BaseModel):
    """A request body: fields we know are checked, fields we do not are ignored.

    Strict, or "0.5" would pass for a number and `true` for 1.
    """

    model_config = ConfigDict(
        strict=True, extra="ignore", frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Raises InvalidRequest, whose `param` is the path of the first bad field."""
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
            raise _refusal(errors[:MOST_FAULTS], raw) from None


def _refusal(errors: Sequence[ErrorDetails], raw: bytes) -> InvalidRequest:
    if errors[0]["type"] == "json_invalid":
        return InvalidRequest("The request body is not valid JSON.")
    body = _loaded(raw)
    places = [(_path(error, body), error) for error in errors]
    path = max((path for path, _ in places), key=len)
    alike = [_sentence(error) for place, error in places if place == path]
    sentence = ", or ".join(dict.fromkeys(alike))  # one for each kind that it could have been
    param = "".join(path).removeprefix(".")[:LONGEST_PARAM] or None
    return InvalidRequest(f"{param}: {sentence}" if param else sentence, param=param)


def _loaded(raw: bytes) -> Any:
    """Only to find our way in; pydantic has read it already, and is the judge."""
    try:
        return json.loads(raw)  # like pydantic, and unlike orjson, it reads NaN
    except (ValueError, RecursionError):
        return None


def _path(error: ErrorDetails, body: Any) -> list[str]:
    """Where the bad field is. Steps that name a member of a union are not in the body."""
    path = []
    for step in error["loc"]:
        if isinstance(step, int):
            path.append(f"[{step}]")
            body = body[step] if isinstance(body, list) and step < len(body) else None
        elif isinstance(body, dict) and step in body:
            path.append(f".{step}")
            body = body[step]
    if error["type"] == "missing":
        path.append(f".{error['loc'][-1]}")
    if error["type"].startswith("union_tag"):
        path.append(f".{error['ctx']['discriminator'].strip(chr(39))}")
    return path


_KINDS = {
    "string_type": "a string",
    "bool_type": "a boolean",
    "int_type": "an integer",
    "float_type": "a number",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
}


def _sentence(error: ErrorDetails) -> str:
    """In pydantic's words, but for those that would echo what was sent."""
    match error["type"]:
        case "missing" | "union_tag_not_found":
            return "this field is required"
        case "union_tag_invalid":
            return f"must be one of {error['ctx']['expected_tags']}"
        case "too_short":
            return f"must have at least {error['ctx']['min_length']} of them"
        case "too_long":
            return f"must have at most {error['ctx']['max_length']} of them"
        case kind if kind in _KINDS:
            return f"must be {_KINDS[kind]}"
    return error["msg"].removeprefix("Value error, ")
