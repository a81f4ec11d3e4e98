"""Values made up from a schema."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.instances import instance

TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
            "required": ["next"],
        }
    },
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "minLength": 6}, "text.."),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "string", "format": "date"}, "2020-01-01"),
        ({"type": ["null", "string"]}, None),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 4, "multipleOf": 3}, 6),
        ({"type": "integer", "maximum": -5}, -5),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "number", "exclusiveMaximum": 0}, -1),
        ({"type": "boolean"}, True),
        ({"const": 0}, 0),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": "array", "items": {"type": "boolean"}}, []),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [True, True]),
        ({"type": "array", "prefixItems": [{"const": 1}, {"const": "a"}]}, [1, "a"]),
        ({"properties": {"a": {"type": "null"}, "b": {}}, "required": ["a"]}, {"a": None}),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
        ({"oneOf": [{"const": "x"}, {"const": "y"}]}, "x"),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"const": 7}}}, 7),
        (
            {
                "allOf": [
                    {"properties": {"a": {"const": 1}}, "required": ["a"]},
                    {"properties": {"b": {"const": 2}}, "required": ["b"]},
                ]
            },
            {"a": 1, "b": 2},
        ),
    ],
)
def test_a_value_is_small_and_keeps_to_the_schema(schema: Any, value: Any) -> None:
    assert instance(schema) == value


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    value, depth = instance(TREE), 0
    while value:
        value, depth = value["next"], depth + 1
    assert 1 < depth < 20


def test_a_schema_that_only_points_to_itself_comes_to_an_end() -> None:
    assert instance({"$ref": "#"}) is None
