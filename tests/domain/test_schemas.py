from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from utils.domain.schemas import MISSING, Schema
from utils.errors import InvalidRequest

NODE = {
    "type": "object",
    "properties": {"value": {"type": "integer"}, "next": {"$ref": "#/$defs/node"}},
    "required": ["value"],
    "additionalProperties": False,
}


def schema(**said: Any) -> Schema:
    return Schema.of(said, "here")


def of_property(**said: Any) -> Schema:
    return schema(type="object", properties={"a": said})


@pytest.fixture
def listening() -> Iterator[tuple[str, list[Any]]]:
    """A server's address, and the connections that were made to it."""
    connections: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)

        def accept() -> None:
            try:
                while True:
                    connections.append(server.accept())
            except OSError:
                return

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", connections
        thread.join()


@pytest.mark.parametrize(
    "said",
    [
        {"$ref": "{url}/schema.json"},
        {"properties": {"a": {"$ref": "{url}/schema.json#/a"}}},
        {"$id": "{url}/", "properties": {"a": {"items": {"$ref": "other.json"}}}},
        {"$schema": "{url}/meta"},
        {"allOf": [{"$dynamicRef": "{url}/schema.json"}]},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "file:schema.json"},
        {"$ref": "other.json"},
    ],
)
def test_what_leads_out_of_a_schema_is_refused_and_not_followed(
    listening: tuple[str, list[Any]], said: dict[str, Any]
) -> None:
    url, connections = listening
    with pytest.raises(InvalidRequest) as refused:
        Schema.of(json.loads(json.dumps(said).replace("{url}", url)), "tools[0].parameters")
    assert refused.value.param == "tools[0].parameters"
    assert refused.value.message.startswith("tools[0].parameters: not a usable schema: ")
    assert not connections


@pytest.mark.parametrize(
    "said",
    [
        {"type": "objekt"},
        {"properties": 3},
        {"required": True},
        {"required": [1]},
        {"enum": {}},
        {"pattern": "("},
        {"$ref": "#/$defs/none"},
        {"minimum": 2**70},
        {"items": "x"},
    ],
)
def test_what_is_no_schema_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="not a usable schema"):
        Schema.of(said, "here")


@pytest.mark.parametrize(
    "said",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {
            "$ref": "#/$defs/a",
            "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
        },
    ],
)
def test_a_schema_that_goes_in_circles_takes_anything(said: dict[str, Any]) -> None:
    assert Schema.of(said, "here").fault({"a": [1]}) is None


def test_a_schema_may_refer_to_itself() -> None:
    linked = schema(**NODE, **{"$defs": {"node": NODE}})
    assert linked.fault({"value": 1, "next": {"value": 2}}) is None
    assert linked.fault({"value": 1, "next": {"value": "x"}}) == (
        'next.value: the value is not of type "integer"'
    )


def test_a_fault_does_not_repeat_the_value() -> None:
    strict = of_property(type="array", items={"type": "integer", "enum": [1, 2]})
    fault = strict.fault({"a": ["SECRET"]})
    assert fault is not None
    assert fault.startswith("a.0: ")
    assert "SECRET" not in fault


def test_the_same_schema_is_compiled_once() -> None:
    assert schema(type="object", title="x") is schema(type="object", title="x")


@pytest.mark.parametrize(
    ("said", "value", "meant"),
    [
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, "-5.0", -5),
        ({"type": "integer"}, "5.5", "5.5"),
        ({"type": "integer"}, "1" * 5000, "1" * 5000),
        ({"type": "number"}, " 2.5", 2.5),
        ({"type": "number"}, "1e5", "1e5"),
        ({"type": "boolean"}, "True", True),
        ({"type": "boolean"}, "yes", "yes"),
        ({"type": "boolean"}, 1, 1),
        ({"type": "string"}, 5, "5"),
        ({"type": "string"}, False, "false"),
        ({"type": "string"}, {"b": [1]}, '{"b":[1]}'),
        ({"type": "array", "items": {"type": "string"}}, "x", ["x"]),
        ({"type": "array", "items": {"type": "integer"}}, "[1, 2]", [1, 2]),
        ({"type": "array", "items": {"type": "integer"}}, "7", [7]),
        ({"type": "object"}, '{"b": 1}', {"b": 1}),
        ({"type": "object"}, "{'b': True}", {"b": True}),
        ({"type": "object"}, "{b", "{b"),
        ({"enum": ["Red", "Blue"]}, "red ", "Red"),
        ({"enum": ["Red", "Blue"]}, "green", "green"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "5", 5),
        ({"oneOf": [{"type": "boolean"}, {"type": "integer"}]}, "true", True),
        ({"type": ["integer", "null"]}, "5", 5),
        ({"properties": {"b": {"type": "integer"}}}, {"b": "5"}, {"b": 5}),
        ({"properties": {"b": {}}, "additionalProperties": False}, {"b": 1, "c": 2}, {"b": 1}),
    ],
)
def test_a_value_is_mended_if_it_can_only_have_meant_one_thing(
    said: dict[str, Any], value: Any, meant: Any
) -> None:
    assert of_property(**said).mended({"a": value}) == {"a": meant}
    assert of_property(**said).mended_property("a", value) == meant


@pytest.mark.parametrize("null", [None, "null", "None"])
def test_null_is_left_out_where_it_may_not_be(null: Any) -> None:
    assert of_property(type="integer").mended({"a": null}) == {}
    assert of_property(type="integer").mended_property("a", null) is MISSING


def test_null_stays_where_it_may_be() -> None:
    assert of_property(type=["integer", "null"]).mended({"a": None}) == {"a": None}


def test_half_a_letter_is_a_fault_and_no_failure() -> None:
    names = schema(type="object", additionalProperties={"type": "integer"})
    assert names.fault({"\ud83d": 1}) == "a text in it is no Unicode"
    assert names.mended({"\ud83d": 1}) == {"\ud83d": 1}


def test_a_property_is_judged_without_those_still_to_come() -> None:
    two = schema(
        type="object",
        properties={"a": {"type": "integer"}, "b": {"type": "string"}},
        required=["a", "b"],
    )
    assert two.property_fault("a", 1) is None
    assert two.property_fault("a", "x") == 'a: the value is not of type "integer"'
    assert two.fault({"a": 1}) == '"b" is a required property'


@pytest.mark.parametrize(
    ("name", "free"),
    [("text", True), ("either", True), ("short", False), ("number", False), ("other", True)],
)
def test_a_string_is_free_if_no_word_of_the_schema_limits_it(name: str, *, free: bool) -> None:
    properties = {
        "text": {"type": "string", "description": "any"},
        "either": {"type": ["string", "null"]},
        "short": {"type": "string", "maxLength": 3},
        "number": {"type": "integer"},
    }
    assert schema(type="object", properties=properties).takes_any_string(name) is free


def test_two_hundred_properties_are_judged_like_two() -> None:
    names = [f"p{number}" for number in range(200)]
    large = schema(
        type="object",
        properties={name: {"type": "integer"} for name in names},
        required=names,
        additionalProperties=False,
    )
    assert large.fault(dict.fromkeys(names, 1)) is None
    assert large.fault(dict.fromkeys(names[:-1], 1)) == '"p199" is a required property'
    assert large.fault(dict.fromkeys([*names, "p200"], 1)) is not None
