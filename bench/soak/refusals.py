"""Visits that come to nothing: mistakes, limits, and an upstream that fails."""

from __future__ import annotations

import json

from bench.dialects import MODEL, Ask
from bench.soak.chats import CHAT, DIALECT, PACE, asked, is_streamed
from bench.soak.requests import (
    Visit,
    Wrong,
    delete,
    get,
    has_status,
    is_refused,
    post,
    post_bytes,
)

FAULTS = (  # the scenario of the simulator's, whether in a stream, the status and the code
    ("status-500", False, 502, "upstream_error"),
    ("status-500", True, 502, "upstream_error"),
    ("html-522", False, 502, "upstream_error"),
    ("html-522", True, 502, "upstream_error"),
    ("empty-text", False, 502, "upstream_error"),
    ("empty-text", True, 502, "upstream_error"),
    ("failure-200", False, 400, None),
    ("failure-200", True, 400, None),
    ("error-event-first", True, 502, "upstream_error"),
    ("rate-limited", False, 429, "rate_limit_exceeded"),
    ("rate-limited", True, 429, "rate_limit_exceeded"),
)
BREAKS = ("cut", "reset", "error-event")  # after the first words of a stream
LIMITS = ("rate_limit_exceeded", "concurrency_limit_reached")
STREAM_EVENTS = 20


def mistakes(number: int, key: str) -> Visit:
    """Each one that a program can make, one after the other."""
    has_status((yield post_bytes(CHAT, key, b'{"model": "gpt-4o-mini", "messages": [')), 400)
    has_status((yield post(CHAT, key, {"model": MODEL, "messages": []})), 400)
    said = [{"role": "user", "content": f"({number}) hi"}]
    unknown = {"model": f"no-such-model-{number}", "messages": said}
    is_refused((yield post(CHAT, key, unknown)), 404, "model_not_found")
    is_refused((yield get("/v1/files/file-000000000000000000000000", key)), 404, "not_found")
    has_status((yield get(f"/v1/no-such-place/{number}", key)), 404)
    has_status((yield delete("/v1/models", key)), 405)
    is_refused((yield get("/v1/models", "")), 401, "invalid_api_key")
    wanted = {"model": MODEL, "messages": said}
    is_refused((yield post(CHAT, f"bad-{number}", wanted)), 401, "invalid_api_key")
    is_refused((yield post(CHAT, f"broke-{number % 50}", wanted)), 429, "insufficient_quota")


def faults(number: int, key: str) -> Visit:
    """Upstream's, before the first word."""
    scenario, stream, status, code = FAULTS[number % len(FAULTS)]
    said = [{"role": "user", "content": f"({number}) [[scenario={scenario}]]"}]
    wanted = {"model": MODEL, "messages": said, "stream": stream}
    is_refused((yield post(CHAT, key, wanted)), status, code)


def breaks(number: int, key: str) -> Visit:
    """Upstream's, in the middle of a stream: told in it, and never a fake end."""
    scenario = BREAKS[number % len(BREAKS)]
    said = [{"role": "user", "content": f"({number}) [[scenario={scenario}]]"}]
    answer = yield post(CHAT, key, {"model": MODEL, "messages": said, "stream": True})
    has_status(answer, 200)
    *_, last = answer.events()
    if b'"error"' not in last.data or b"[DONE]" in answer.body:
        raise Wrong("does not tell the break", answer)


def limited(number: int, key: str) -> Visit:
    """By a key that may ask less often than this, and not for as much at once."""
    ask = Ask(number, events=STREAM_EVENTS, pace=PACE, stream=True)
    answer = yield post(CHAT, key, asked(ask))
    if answer.status == 200:
        is_streamed(answer, ask)
        return
    has_status(answer, 429)
    if json.loads(answer.body)["error"]["code"] not in LIMITS:
        raise Wrong("is refused for another reason", answer)
    if "retry-after" not in answer.headers:
        raise Wrong("does not say when to come again", answer)


def stranger(number: int, key: str) -> Visit:
    """Somebody who is seen once."""
    ask = Ask(number, size=100)
    answer = yield post(CHAT, f"{key}-{number}", asked(ask))
    has_status(answer, 200)
    if DIALECT.whole(answer) != ask.text:
        raise Wrong("says something else", answer)
