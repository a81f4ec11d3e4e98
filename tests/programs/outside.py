"""A proxy that lets nobody out, and remembers who asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True, slots=True)
class Outside:
    url: str
    asked: list[str] = field(default_factory=list)

    def environ(self) -> dict[str, str]:
        """What sends a program here with everything that is not on this machine."""
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        either = (form for name in names for form in (name, name.lower()))
        near = "127.0.0.1,localhost"
        proxies = dict.fromkeys(either, self.url) | {"NO_PROXY": near, "no_proxy": near}
        return proxies | {"NODE_USE_ENV_PROXY": "1"}  # or Node heeds none of them


@contextmanager
def closed() -> Iterator[Outside]:
    """No way out while this lasts, for programs that honour a proxy."""

    class Refusing(BaseHTTPRequestHandler):
        def _refuse(self) -> None:
            outside.asked.append(self.path)
            self.send_error(403)

        do_CONNECT = do_GET = do_HEAD = do_POST = _refuse  # noqa: N815  http.server's names

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        outside = Outside(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        yield outside
        server.shutdown()
