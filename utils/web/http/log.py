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

from flask import Flask, Response, g

from utils import tracing
from utils.config import Config
from utils.domain.calls import CallRecord
from utils.domain.owner import SHORT
from utils.web.http.request import current, given_key
from utils.web.services.services import services

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
    logging._srcfile = None
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
    asked, kept = current().environ, g._get_current_object()
    given = asked.get("HTTP_X_REQUEST_ID", "")
    kept.request_id = name = given if _is_usable(given) else new_request_id()
    kept.began = time.monotonic()
    _request_id.set(name)
    tracing.begin(asked.get("HTTP_TRACEPARENT", ""))


def _is_usable(given: str) -> bool:
    """As a name for a request: it tells no key, nor the beginning of one."""
    if not _ACCEPTABLE_ID.fullmatch(given):
        return False
    key = given_key()
    return not ("sk-" in given or (key and (key in given or key.startswith(given))))


def _end(response: Response) -> Response:
    """One line a call, written when the answer's last byte is."""
    asked, kept = current(), g._get_current_object()
    request_id, began, made = kept.request_id, kept.began, kept.get("call")
    ids = ("x-request-id", request_id), ("request-id", request_id)  # the second is Anthropic's
    response.headers.extend(ids)
    rule = asked.url_rule.rule if asked.url_rule else "-"
    method = asked.method if asked.method in METHODS else "-"
    status, error = response.status_code, kept.get("error", "")
    services().metrics.request(method, rule, status)

    def tell() -> None:
        _request_id.set(request_id)
        seconds = round(time.monotonic() - began, 4)
        fields = {"method": method, "route": rule, "status": status, "error": error}
        _tell({**fields, "seconds": seconds}, made.record if made else None)

    if log.isEnabledFor(logging.INFO):
        response.call_on_close(tell)
    return response


def ended(record: CallRecord) -> None:
    """A call that went on after its request was over: it has a line of its own."""
    _request_id.set(record.request_id)
    _tell({"route": record.endpoint, "seconds": round(record.seconds, 4)}, record)


def _tell(fields: dict[str, Any], record: CallRecord | None) -> None:
    """How a stream ended is known to its call alone."""
    if record:
        fields |= {"status": record.status, "error": record.error}
    if fields["error"] and not _ACCEPTABLE_CODE.fullmatch(fields["error"]):
        fields["error"] = ""
    told = fields.get("method", "background"), fields["route"], fields["status"]
    error = fields["error"] and f" {fields['error']}"
    asked = _described(record) if record else {}
    extra = {"request": fields, "call": asked}
    log.info("%s %s %d %.3fs%s", *told, fields["seconds"], error, extra=extra)


def _described(record: CallRecord) -> dict[str, object]:
    """What it asked, and what that came to; None is what nobody knows."""
    usage = record.usage
    return {
        "caller": record.owner[:SHORT],
        "model": record.model,
        "backend": record.answered_by,
        "first_byte": record.first_byte and round(record.first_byte, 4),
        "input_tokens": usage and usage.input_tokens,
        "output_tokens": usage and usage.output_tokens,
        "source": usage and usage.source,
        "credits": usage and usage.credits,
    }


class _Discreet(logging.Formatter):
    """Shows where an exception came from, but not its words: libraries quote their input."""

    def formatException(self, info: Any) -> str:  # noqa: N802  logging's name
        kind, _, trace = info
        head = "Traceback (most recent call last):\n"
        return "".join([head, *traceback.format_tb(trace), kind.__name__])


class _Text(_Discreet):
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request_id)s: %(message)s")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        record.request_id = _request_id.get()
        fields = getattr(record, "call", {}).items()
        told = (f" {name}={_short(v)}" for name, v in fields if v not in (None, ""))
        return super().formatMessage(record) + "".join(told)


def _short(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


class _Json(_Discreet):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": _request_id.get(),
            **getattr(record, "request", {}),
            **getattr(record, "call", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
