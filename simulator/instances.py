"""A small value that keeps to a JSON Schema, as a model makes one up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXT = "text"
FORMATS = {
    "date": "2020-01-01",
    "date-time": "2020-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "email": "somebody@example.com",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
}
DEEP, DEEPEST = 8, 32  # from DEEP on the last option is taken, which ends most recursions
MOST_ITEMS, MOST_CHARACTERS = 100, 10_000


def instance(schema: Any) -> Any:
    """Only what is required. A `pattern` is not looked at."""
    return _value(schema, schema, 0)


def _value(schema: Any, root: Any, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > DEEPEST:
        return None
    if "const" in schema or schema.get("enum"):
        return schema["const"] if "const" in schema else schema["enum"][0]
    narrower = _narrower(schema, root, depth)
    if narrower is not None:
        return _value(narrower, root, depth + 1)
    return _typed(schema, root, depth)


def _narrower(schema: Mapping[str, Any], root: Any, depth: int) -> Any:
    """What the schema leaves to another, None where it speaks for itself."""
    if "$ref" in schema:
        return _resolved(str(schema["$ref"]), root)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return options[-1 if depth > DEEP else 0]
    if parts := schema.get("allOf"):
        return _merged(schema, parts, root)
    return None


def _typed(schema: Mapping[str, Any], root: Any, depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            properties = schema.get("properties", {})
            return {
                name: _value(properties.get(name, {"type": "string"}), root, depth + 1)
                for name in schema.get("required", ())
            }
        case "array":
            return _items(schema, root, depth)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
    return _text(schema)


def _items(schema: Mapping[str, Any], root: Any, depth: int) -> list[Any]:
    first = schema.get("prefixItems", [])
    count = min(max(schema.get("minItems", 0), len(first)), MOST_ITEMS)
    each = [*first, *[schema.get("items", {})] * (count - len(first))]
    return [_value(item, root, depth + 1) for item in each]


def _number(schema: Mapping[str, Any]) -> Any:
    """The least that is allowed, else the most, else 1."""
    if "minimum" in schema:
        least = schema["minimum"]
    elif "exclusiveMinimum" in schema:
        least = schema["exclusiveMinimum"] + 1
    elif "exclusiveMaximum" in schema:
        least = schema["exclusiveMaximum"] - 1
    else:
        least = min(1, schema.get("maximum", 1))
    if step := schema.get("multipleOf"):
        return -(-least // step) * step
    return least


def _text(schema: Mapping[str, Any]) -> str:
    text = FORMATS.get(schema.get("format", ""), TEXT)
    return text.ljust(min(schema.get("minLength", 0), MOST_CHARACTERS), ".")[
        : schema.get("maxLength")
    ]


def _resolved(reference: str, root: Any) -> Any:
    """Of a pointer into the same schema; anything else is taken for any text."""
    found = root
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _merged(schema: Mapping[str, Any], parts: list[Any], root: Any) -> dict[str, Any]:
    whole = {name: value for name, value in schema.items() if name != "allOf"}
    for part in parts:
        found = _resolved(str(part["$ref"]), root) if "$ref" in part else part
        for name, value in (found or {}).items():
            match whole.get(name), value:
                case dict(known), dict():
                    whole[name] = {**known, **value}
                case list(known), list() if name == "required":
                    whole[name] = [*known, *value]
                case _:
                    whole[name] = value
    return whole
