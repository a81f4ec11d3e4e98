"""/openapi.json: the endpoints in OpenAPI 3.1, by the classes that check what they are sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from pydantic.json_schema import models_json_schema

from utils.wire.endpoints import ENDPOINTS, JSON, Endpoint

Schema = dict[str, Any]
Whom = Literal["caller", "admin", "nobody"]

MODE: Literal["validation"] = "validation"
FORM = "multipart/form-data"

_PLACES = "#/components/schemas/{model}"
_MODULES = re.compile(rb"\butils__wire__(\w+)")  # before names that are not the only ones
_DESCRIPTION = (
    "A 1min.ai account for clients of OpenAI and Anthropic. Each path under /v1 is also there "
    "without it. Fields that are not described are passed over."
)
_KEYS: Schema = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "api-key": {"type": "apiKey", "in": "header", "name": "api-key"},
    "admin": {"type": "http", "scheme": "bearer", "description": "ADMIN_TOKEN"},
}
_SECURITY: Mapping[Whom, list[Schema]] = {
    "caller": [{"bearer": []}, {"x-api-key": []}, {"api-key": []}],
    "admin": [{"admin": []}],
    "nobody": [],
}
_TEXT: Schema = {"type": "string"}
_OPTIONAL: Schema = {"type": ["string", "null"]}
_ERRORS: Schema = {
    "Error": {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {
                    "message": _TEXT,
                    "type": _TEXT,
                    "param": _OPTIONAL,
                    "code": _OPTIONAL,
                },
                "required": ["message", "type", "param", "code"],
            }
        },
        "required": ["error"],
    },
    "AnthropicError": {
        "type": "object",
        "properties": {
            "type": {"const": "error"},
            "error": {
                "type": "object",
                "properties": {"type": _TEXT, "message": _TEXT, "details": {"type": "object"}},
                "required": ["type", "message"],
            },
            "request_id": _TEXT,
        },
        "required": ["type", "error"],
    },
}
_OPENAI, _ANTHROPIC = ({"$ref": _PLACES.format(model=name)} for name in _ERRORS)
_BOTH = ("/v1/models", "/v1/files")  # a header tells which dialect is spoken


@dataclass(frozen=True, slots=True)
class Route:
    """`path` has its parameters in braces; `name` is another for each route."""

    method: str
    path: str
    name: str
    opens_to: Whom

    @property
    def title(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)


def document(routes: Iterable[Route]) -> bytes:
    """JSON."""
    endpoints = ENDPOINTS.values()
    taken = dict.fromkeys(one for e in endpoints for one in (e.body, e.form) if one)
    places, schemas = models_json_schema([(one, MODE) for one in taken], ref_template=_PLACES)
    writer = _Writer({one: place for (one, _), place in places.items()})
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = writer.operation(route)
    told = {
        "openapi": "3.1.0",
        "info": {"title": "1min.ai relay", "version": "1", "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": {**schemas["$defs"], **_ERRORS},
            "securitySchemes": _KEYS,
        },
    }
    return _MODULES.sub(lambda found: found[1].replace(b"__", b"."), orjson.dumps(told))


@dataclass(frozen=True, slots=True)
class _Writer:
    """`places` is where the schema of each class is."""

    places: Mapping[Any, Schema]

    def operation(self, route: Route) -> Schema:
        endpoint = ENDPOINTS.get(route.title, Endpoint())
        operation: Schema = {
            "operationId": route.name,
            "tags": [route.name.partition(".")[0]],
            "security": _SECURITY[route.opens_to],
            "parameters": [*_in_path(route), *_in_query(endpoint), *_in_head(route)],
            "responses": {
                "200": {"description": "Done.", "content": _answers(endpoint)},
                "default": {
                    "description": "Refused, or failed.",
                    "content": {JSON: {"schema": _error(route)}},
                },
            },
        }
        if content := dict(self._taken(endpoint)):
            told = {"required": endpoint.needs_body, "content": content}
            operation["requestBody"] = told
        return operation

    def _taken(self, endpoint: Endpoint) -> Iterator[tuple[str, Schema]]:
        if endpoint.body:
            example = {"example": endpoint.example} if endpoint.example else {}
            yield JSON, {"schema": self.places[endpoint.body], **example}
        if endpoint.form:
            held = {name: {"type": "string", "format": "binary"} for name in endpoint.files}
            form = {"allOf": [self.places[endpoint.form], {"properties": held}]}
            yield FORM, {"schema": {"type": "object", **form}}


def _in_path(route: Route) -> Iterator[Schema]:
    for name in route.parameters:
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(endpoint: Endpoint) -> Iterator[Schema]:
    if endpoint.query:
        for name, schema in endpoint.query.model_json_schema()["properties"].items():
            yield {"name": name, "in": "query", "schema": schema}


def _in_head(route: Route) -> Iterator[Schema]:
    if route.method == "POST" and route.opens_to != "admin":
        told = "The same request with the same key is answered once, for 24 hours."
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        yield {"name": "Idempotency-Key", "in": "header", "description": told, "schema": schema}


def _answers(endpoint: Endpoint) -> Schema:
    schema = {"schema": {"type": "object"}}
    return {kind: schema if kind == JSON else {} for kind in endpoint.answers}


def _error(route: Route) -> Schema:
    if route.path.startswith("/v1/messages"):
        return _ANTHROPIC
    return {"anyOf": [_OPENAI, _ANTHROPIC]} if route.path.startswith(_BOTH) else _OPENAI
