"""An OpenAI-compatible server on a loopback port, which does what a test tells it to."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from struct import pack
from threading import Thread
from typing import Any

Answer = dict[str, Any] | bytes | int  # an int is the status of a refusal


@dataclass(frozen=True, slots=True)
class Call:
    path: str
    key: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def vector(text: str | list[int]) -> list[float]:
    """One that tells which text it is of, in numbers that are no float32."""
    letters = text if isinstance(text, list) else [ord(letter) for letter in text]
    return [len(letters) / 10, sum(letters) / 1000, letters[0] / 1000]


def embedded(call: Call) -> Answer:
    """As OpenAI answers."""
    asked = call.json
    given = asked["input"]
    inputs = [given] if isinstance(given, str) or isinstance(given[0], int) else given
    vectors: list[Any] = [vector(text) for text in inputs]
    if asked.get("encoding_format") == "base64":
        vectors = [b64encode(pack("<3f", *each)).decode() for each in vectors]
    data = [
        {"object": "embedding", "index": place, "embedding": each}
        for place, each in enumerate(vectors)
    ]
    usage = {"prompt_tokens": len(inputs), "total_tokens": len(inputs)}
    return {"object": "list", "data": data, "model": asked["model"], "usage": usage}


class EmbeddingServer:
    """It keeps what it was asked in `calls`."""

    def __init__(self, answer: Callable[[Call], Answer] = embedded) -> None:
        self.answer = answer
        self.calls: list[Call] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def told(self, call: Call) -> tuple[int, bytes]:
        self.calls.append(call)
        answer = self.answer(call)
        if isinstance(answer, int):
            error = {"message": "No.", "type": "api_error", "param": None, "code": None}
            return answer, json.dumps({"error": error}).encode()
        return 200, answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                key = self.headers.get("Authorization", "")
                status, data = server.told(Call(self.path, key, body))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
