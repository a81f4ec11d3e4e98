"""Relays that are asked without a socket, and whoever asks them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.test import TestResponse

from app import create_app
from tests.serving import config_for
from utils.assembly.services import connect
from utils.domain.callers import SCOPES, Grant, Scope
from utils.domain.keys import RelayKey
from utils.relay_file import RelayFile
from utils.web.admission.access import Needs, access
from utils.web.services.services import Services

TOKEN = "k7Qx2mVt9LpR4wZb8Yd3"
INCORRECT = "Incorrect API key provided."


class Route(NamedTuple):
    method: str
    path: str
    needed: Needs


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


OPERATOR = bearing(TOKEN)


class House:
    """A relay, its routes, and keys to it."""

    def __init__(self, upstream: str, folder: Path, **settings: Any) -> None:
        config = config_for(upstream, folder, **settings)
        self.relay: Services = connect(config, RelayFile.of(config, {}))
        self.app = create_app(config, self.relay)
        self.client = self.app.test_client()
        self.routes = [
            Route(method, re.sub("<.*?>", "some", rule.rule), access(rule.endpoint))
            for rule in self.app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        ]

    def made(self, *scopes: Scope, **grant: Any) -> tuple[RelayKey, str]:
        given = Grant(scopes=frozenset(scopes or SCOPES), **grant)
        return self.relay.keys.create("a test's", given)

    def key(self, *scopes: Scope, **grant: Any) -> str:
        return self.made(*scopes, **grant)[1]

    def revoked(self) -> str:
        key, secret = self.made()
        self.relay.keys.revoke(key.id)
        return secret

    def expired(self) -> str:
        key, secret = self.made()
        over = int(time.time()) - 1
        self.relay.keys.update(key.id, lambda key: replace(key, expires=over))
        return secret

    def ask(self, route: Route, headers: dict[str, str]) -> TestResponse:
        body: dict[str, Any] | None = {} if route.method in ("POST", "PATCH") else None
        return self.client.open(
            route.path, method=route.method, json=body, headers=headers, buffered=True
        )

    def get(self, path: str, key: str) -> TestResponse:
        return self.client.get(path, headers=bearing(key), buffered=True)

    def post(self, path: str, key: str, **body: Any) -> TestResponse:
        return self.client.post(path, headers=bearing(key), json=body, buffered=True)

    def chat(self, key: str, **fields: Any) -> TestResponse:
        said = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
        return self.post("/v1/chat/completions", key, **(said | fields))


@contextmanager
def house(upstream: str, folder: Path, **settings: Any) -> Iterator[House]:
    opened = House(upstream, folder, **settings)
    try:
        yield opened
    finally:
        opened.relay.close()
