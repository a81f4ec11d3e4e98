"""A client of the simulator, as plain as can be."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

from simulator.server import Simulator

PATH = "/api/chat-with-ai"
MODEL = "gpt-4o-mini"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def record(self) -> Any:
        return self.json["aiRecord"]

    @property
    def text(self) -> str:
        """What the record says, or the pieces of the stream together."""
        if self.body.startswith(b"{"):
            return str(self.record["aiRecordDetail"]["resultObject"][0])
        return "".join(data["content"] for name, data in self.events if name == "content")

    @property
    def events(self) -> list[tuple[str, Any]]:
        return [_event(block) for block in self.body.decode().split("\n\n") if block]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def last(self, name: str) -> Any:
        return [data for known, data in self.events if known == name][-1]


def asked(prompt: str, model: str = MODEL, **prompt_object: Any) -> bytes:
    fields = {"prompt": prompt, **prompt_object}
    body = {"type": "UNIFY_CHAT_WITH_AI", "model": model, "promptObject": fields}
    return json.dumps(body).encode()


def chat(
    sim: Simulator, prompt: str, *, model: str = MODEL, key: str = "key", **fields: Any
) -> Answer:
    return request(sim, "POST", PATH, asked(prompt, model, **fields), {"API-KEY": key})


def streamed(
    sim: Simulator, prompt: str, *, model: str = MODEL, key: str = "key", **fields: Any
) -> Answer:
    path = f"{PATH}?isStreaming=true"
    return request(sim, "POST", path, asked(prompt, model, **fields), {"API-KEY": key})


def upload(  # noqa: PLR0913  # all of it is what an upload may say
    sim: Simulator,
    name: str | None,
    data: bytes = b"data",
    media_type: str = "application/octet-stream",
    *,
    key: str = "key",
    field: str = "asset",
) -> Answer:
    """`name` None sends a plain field."""
    filename = "" if name is None else f'; filename="{name}"'
    head = (
        f'--x\r\nContent-Disposition: form-data; name="{field}"{filename}\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    )
    body = head.encode() + data + b"\r\n--x--\r\n"
    headers = {"API-KEY": key, "Content-Type": "multipart/form-data; boundary=x"}
    return request(sim, "POST", "/api/assets", body, headers)


def feature(
    sim: Simulator,
    kind: str,
    model: str,
    *,
    key: str = "key",
    later: bool = False,
    **fields: Any,
) -> Answer:
    body = {"type": kind, "model": model, "promptObject": fields}
    sent = json.dumps({**body, "async": True} if later else body).encode()
    return request(sim, "POST", "/api/features", sent, {"API-KEY": key})


def result(sim: Simulator, uuid: str, key: str = "key") -> Answer:
    return request(sim, "GET", f"/api/results/{uuid}", headers={"API-KEY": key})


def downloaded(sim: Simulator, url: str) -> Answer:
    """From the asset host, without credentials; a bare key is put behind its address."""
    if not url.startswith("http"):
        url = f"{sim.asset_url}/{quote(url)}"
    return request(sim, "GET", url.removeprefix(sim.url))


def native(sim: Simulator, text: str, *, key: str = "key", **fields: Any) -> Answer:
    asked = {"model": MODEL, "messages": [{"role": "user", "content": text}], **fields}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    path = "/openai/v1/chat/completions"
    return request(sim, "POST", path, json.dumps(asked).encode(), headers)


def request(
    sim: Simulator,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    with closing(connected(sim)) as connection:
        return exchange(connection, method, path, body, headers)


def exchange(
    connection: HTTPConnection,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    names = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, names, response.read())


def connected(sim: Simulator) -> HTTPConnection:
    return HTTPConnection(str(urlsplit(sim.url).netloc), timeout=5)


@contextmanager
def dialled(sim: Simulator) -> Iterator[socket.socket]:
    address = urlsplit(sim.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as sock:
        yield sock


def written(body: bytes, path: str = f"{PATH}?isStreaming=true") -> bytes:
    """The bytes of one request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: sim\r\nAPI-KEY: key\r\nContent-Length: {len(body)}\r\n"
    )
    return head.encode() + b"\r\n" + body


def read_to_end(sock: socket.socket) -> bytes:
    return b"".join(iter(lambda: sock.recv(65536), b""))


def read_until(sock: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data and (more := sock.recv(65536)):
        data += more
    return data


def _event(block: str) -> tuple[str, Any]:
    name, data = block.split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))
