"""GET /openapi.json: it tells of every route of this relay, and of nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from tests.access.calling import TOKEN
from tests.conftest import RelayFactory
from tests.serving import ASKED, ThreadedRelay
from utils.wire.endpoints import ENDPOINTS

Document = dict[str, Any]
METHODS = {"get", "post", "delete", "patch", "put"}


@pytest.fixture
def relay(relay_with: RelayFactory) -> ThreadedRelay:
    return relay_with(admin_token=TOKEN)


@pytest.fixture
def document(relay: ThreadedRelay) -> Document:
    reply = relay.get("/openapi.json", headers={})
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/json")
    told: Document = reply.json()
    return told


def operations(document: Document) -> dict[str, Document]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_is_in_it_and_nothing_else(
    relay: ThreadedRelay, document: Document
) -> None:
    """`GET /` lists Flask's own."""
    there = {
        re.sub(r"<(\w+:)?(\w+)>", r"{\2}", one) for one in relay.get("/").json()["endpoints"]
    }
    assert operations(document).keys() == there
    assert ENDPOINTS.keys() <= there


def test_without_a_token_there_is_nothing_of_the_operators(relay_with: RelayFactory) -> None:
    told = relay_with().get("/openapi.json").json()
    assert not [path for path in told["paths"] if path.startswith("/admin")]
    assert told["paths"]["/metrics"]["get"]["security"] == []


def test_each_route_tells_whom_it_opens_to(document: Document) -> None:
    told = operations(document)
    assert told["GET /healthz"]["security"] == []
    assert told["GET /admin/keys"]["security"] == [{"admin": []}]
    assert told["GET /metrics"]["security"] == [{"admin": []}]
    assert {"bearer": []} in told["POST /v1/chat/completions"]["security"]
    schemes = document["components"]["securitySchemes"].keys()
    assert {name for one in told.values() for way in one["security"] for name in way} == schemes


def test_no_two_routes_have_one_name(document: Document) -> None:
    names = [operation["operationId"] for operation in operations(document).values()]
    assert len(names) == len(set(names))


def test_the_parameters_of_a_path_are_told(document: Document) -> None:
    for title, operation in operations(document).items():
        told = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert told == set(re.findall(r"\{(\w+)\}", title))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(place := value.get("$ref"), str):
            yield place
        value = [*value.values()]
    if isinstance(value, list):
        for member in value:
            yield from references(member)


def test_each_schema_that_is_referred_to_is_there(document: Document) -> None:
    schemas = document["components"]["schemas"]
    places = {f"#/components/schemas/{name}" for name in schemas}
    assert {*references(document)} <= places
    assert not [name for name in schemas if "__" in name]


@pytest.mark.parametrize(
    ("body", "good"),
    [(ASKED, True), (ASKED | {"messages": []}, False), (ASKED | {"temperature": 3}, False)],
)
def test_a_schema_agrees_with_the_class_that_checks(
    relay: ThreadedRelay, document: Document, body: Document, good: bool
) -> None:
    schema = {"$ref": "#/components/schemas/ChatCompletions"}
    held = {"components": document["components"], **schema}
    assert jsonschema_rs.is_valid(held, body) == good
    assert (relay.chat(**body).status_code == 200) == good


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/files"])
def test_errors_are_as_it_tells(relay: ThreadedRelay, document: Document, path: str) -> None:
    told = document["paths"][path]["post"]["responses"]["default"]["content"]
    schema = told["application/json"]["schema"]
    held = {"components": document["components"], **schema}
    jsonschema_rs.validate(held, relay.post(path, {}).json())
