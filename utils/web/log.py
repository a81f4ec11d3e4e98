"""What the relay tells its operator: never a key, a prompt, an answer or a raw URL."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from random import getrandbits
from typing import Any

from flask import Flask, Response, g, request

from utils.config import Config
from utils.web.request import given_key

log = logging.getLogger("relay.calls")

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_ACCEPTABLE_CODE = re.compile(r"[a-z_]{1,40}")  # a back-end may have made it up
_ACCEPTABLE_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


def configure(config: Config) -> None:
    """Send everything that is logged to standard error. Once for each process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if config.log_format == "json" else _Text())
    logging.basicConfig(level=config.log_level, handlers=[handler], force=True)
    # Nobody reads these, and they cost as much as the line (logging HOWTO, Optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # waitress would log the path of a client that left, and each call that waits for a thread
    logging.getLogger("waitress").setLevel(logging.ERROR)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def new_request_id() -> str:
    """Told apart, not secret: the system's randomness would cost two switches."""
    return f"req_{getrandbits(96):024x}"


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    usable = _ACCEPTABLE_ID.fullmatch(given) and (given_key() or " ") not in given
    g.request_id = given if usable else new_request_id()
    g.began = time.monotonic()
    _request_id.set(g.request_id)


def _end(response: Response) -> Response:
    """One line a call, written when the answer's last byte is."""
    response.headers["x-request-id"] = g.request_id
    response.headers["request-id"] = g.request_id  # Anthropic's name for it
    rule = request.url_rule.rule if request.url_rule else "-"
    method = request.method if request.method in METHODS else "-"
    began, request_id = g.began, g.request_id
    error = f" {g.error}" if _ACCEPTABLE_CODE.fullmatch(g.get("error", "")) else ""

    def tell() -> None:
        seconds = time.monotonic() - began
        _request_id.set(request_id)
        log.info("%s %s %d %.3fs%s", method, rule, response.status_code, seconds, error)

    if log.isEnabledFor(logging.INFO):
        response.call_on_close(tell)
    return response


class _Discreet(logging.Formatter):
    """Shows where an exception came from, but not its words: libraries quote their input."""

    def formatException(self, info: Any) -> str:  # noqa: N802  logging's name
        kind, _, trace = info
        head = "Traceback (most recent call last):\n"
        return "".join([head, *traceback.format_tb(trace), kind.__name__])


class _Text(_Discreet):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request_id)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = _request_id.get()
        return super().format(record)


class _Json(_Discreet):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": _request_id.get(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
