"""The simulator's answers, each made once for one question of its size, and then repeated: with
the id, and the digits of the prompt, of the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from bench.errors import Failed
from simulator.delivery import LAST_CHUNK, chunk, head
from simulator.http import Request
from simulator.replies import Burst, Pause, Reply
from simulator.routes import Routes

REMEMBERED = 4096  # answers
# What an answer depends on besides the path and the prompt's length.
WISHES = re.compile(rb'\[\[[^\]]*\]\]|"(?:stream|include_usage)": ?true')

Step = tuple[float, bytes]  # seconds after the one before, and what is sent then


class Answers:
    """Whole answers by what they depend on."""

    def __init__(self) -> None:
        self._routes = Routes(pace=0, rate_limit=None, native_usage=True)
        self._known: dict[tuple[object, ...], tuple[Step, ...]] = {}

    def to(self, top: bytes, body: bytes) -> tuple[Step, ...]:
        key = (top.partition(b"\r\n")[0], len(body), *WISHES.findall(body))
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = tuple(steps(self._routes.answer(_request(top, body))))
        return self._known[key]


def steps(reply: Reply) -> Iterator[Step]:
    """What comes without a pause is sent as one."""
    unsent, pause = head(reply, lasting=True), 0.0
    for part in reply.body:
        match part:
            case bytes():
                unsent += chunk(part) if reply.framing == "chunked" else part
            case Burst(data):
                unsent += data
            case Pause(seconds):
                yield pause, unsent
                unsent, pause = b"", seconds
            case _:
                raise Failed("the benchmark asks for no answer that breaks off")
    yield pause, unsent + (LAST_CHUNK if reply.framing == "chunked" else b"")


def _request(top: bytes, body: bytes) -> Request:
    line, *fields = top.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    path, _, query = target.partition("?")
    named = (field.partition(":") for field in fields)
    headers = {name.lower(): value.strip() for name, _, value in named}
    return Request(method, unquote(path), dict(parse_qsl(query)), headers, body, 0)
