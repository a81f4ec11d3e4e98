"""Several processes that are one relay: four behind nginx, or one with four workers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.access.calling import OPERATOR, TOKEN
from tests.memcached import Memcached
from tests.nginx import Nginx
from tests.serving import ASKED, ProcessRelay, Relay, process
from utils.store.database import Database

NUMBER = 4
AGAIN = 24  # times that workers are asked, so that hardly one is left out


@dataclass(frozen=True, slots=True)
class Places:
    """What all of them share."""

    folder: Path
    upstream: str
    database: str
    memcached: Memcached

    def settings(self) -> dict[str, str]:
        return {
            "DATA_DIR": str(self.folder / "data"),
            "DATABASE_URL": self.database,
            "MEMCACHED_HOST": "127.0.0.1",
            "MEMCACHED_PORT": str(self.memcached.port),
            "ONE_MIN_API_KEYS": "the-relays-own-key",
            "ADMIN_TOKEN": TOKEN,
            "TRUSTED_PROXIES": "1",
        }

    def calls(self) -> list[tuple[str, int]]:
        """The id and the status of each call in the ledger; a moment later than it ended."""
        with closing(Database(self.database)) as database, database.read() as connection:
            rows = connection.exec_driver_sql("SELECT request_id, status FROM calls")
            return [(id, status) for id, status in rows]


@dataclass(frozen=True, slots=True)
class Several:
    """`front` is what clients are told of; through each of `doors` somebody else may answer."""

    front: Relay
    doors: list[Relay]
    places: Places

    def everywhere(self, path: str, headers: Mapping[str, str]) -> list[requests.Response]:
        """What each of them answers to a GET."""

        def ask(door: Relay) -> requests.Response:
            with requests.Session() as session:  # a connection of its own
                session.trust_env = False
                return session.get(door.url + path, headers=headers, timeout=30)

        with ThreadPoolExecutor(8) as pool:
            return [*pool.map(ask, self.doors)]

    def made(self, **limits: Any) -> dict[str, Any]:
        """A key of the relay's, as the operator is told of it."""
        body = {"name": "a test's"} | limits
        told = self.front.post("/admin/keys", body, headers=OPERATOR)
        assert told.status_code == 200, told.text
        found: dict[str, Any] = told.json()
        return found

    def revoke(self, id: str) -> None:
        url = f"{self.front.url}/admin/keys/{id}"
        told = self.front.session.delete(url, headers=OPERATOR, timeout=30)
        assert told.status_code == 200, told.text


@contextmanager
def machines(places: Places) -> Iterator[tuple[Nginx, list[ProcessRelay]]]:
    """Four relays, and nginx before them."""
    with ExitStack() as stack, ThreadPoolExecutor(NUMBER) as pool:
        starting = [
            pool.submit(stack.enter_context, machine(places, number))
            for number in range(NUMBER)
        ]
        relays = [start.result() for start in starting]
        nginx = Nginx([relay.port for relay in relays])
        stack.callback(nginx.stop)
        yield nginx, relays


@contextmanager
def machine(places: Places, number: int, port: int = 0) -> Iterator[ProcessRelay]:
    folder = places.folder / str(number)
    folder.mkdir(exist_ok=True)
    where = {"PORT": str(port), "PYTHONDEVMODE": ""}  # which takes a second longer to start
    with process(places.upstream, folder, **places.settings(), **where) as relay:
        assert relay.get("/healthz").status_code == 200
        yield relay


@contextmanager
def workers(places: Places) -> Iterator[ProcessRelay]:
    settings = places.settings() | {"WORKERS": str(NUMBER), "PYTHONDEVMODE": ""}
    with process(places.upstream, places.folder, **settings) as relay:
        yield relay


def bearing(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def request(secret: str, id: str = "", said: str = "hi", **fields: Any) -> bytes:
    messages = {"messages": [{"role": "user", "content": said}]}
    body = json.dumps(ASKED | messages | fields).encode()
    named = f"X-Request-Id: {id}\r\n" if id else ""
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: relay\r\n{named}"
        f"Authorization: Bearer {secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
