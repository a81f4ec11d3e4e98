"""Somebody else on the relay's port, who says what a relay says."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Impostor(ThreadingHTTPServer):
    """`heard` is the head of each request; `ready` what it says of itself."""

    def __init__(self, ready: Any) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.answers = {"/healthz": {"status": "ok"}, "/readyz": ready}
        self.heard: list[str] = []
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Impostor:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: Impostor

    def do_GET(self) -> None:
        self.server.heard.append(f"{self.requestline}\n{self.headers}")
        body = json.dumps(self.server.answers.get(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on standard error."""
