"""A provider that breaks on purpose, as Failover Bench's does: the model says how."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import requests

from simulator.calls import Call
from simulator.delivery import deliver
from simulator.http import Connection, Request
from simulator.listener import Listener
from simulator.replies import JSON, Part, Reply, stream
from tests.serving import Relay

WORDS = [f"word{number}" for number in range(60)]
ANSWER = " ".join(WORDS)
USAGE = {"prompt_tokens": 20, "completion_tokens": 60, "total_tokens": 80}
DONE = b"data: [DONE]\n\n"

Plan = Callable[[Call, int], Reply]  # what is asked, for the how manieth time, from 1


def event(delta: dict[str, Any], reason: str | None = None, **more: Any) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "theirs"}
    return b"data: " + orjson.dumps({**told, "choices": choices, **more}) + b"\n\n"


def spoken(first: int = 0, last: int = 60) -> list[Part]:
    """So many of the words."""
    told = [event({"content": word if n == 0 else f" {word}"}) for n, word in enumerate(WORDS)]
    return [event({"role": "assistant", "content": ""}), *told[first:last]]


def streamed(*parts: Part) -> Reply:
    return stream(*parts)


def healthy(call: Call, _: int = 1) -> Reply:
    """The whole answer."""
    if call.json.get("stream"):
        ending = event({}, "stop"), event({}, choices=[], usage=USAGE), DONE
        return streamed(*spoken(), *ending)
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": ANSWER},
        "finish_reason": "stop",
    }
    told = {"id": "c", "object": "chat.completion", "created": 1, "model": "theirs"}
    return Reply(200, JSON, (orjson.dumps({**told, "choices": [choice], "usage": USAGE}),))


def refused(
    status: int, code: str | None = None, message: str = "No.", **headers: str
) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {**JSON, **named}, (orjson.dumps({"error": error}),))


def always(reply: Reply) -> Plan:
    return lambda call, number: replace(reply)


def once(reply: Reply) -> Plan:
    return lambda call, number: reply if number == 1 else healthy(call)


class Wall:
    """Models without a plan are healthy."""

    def __init__(self) -> None:
        self.plans: dict[str, Plan] = {}
        self.calls: dict[str, list[tuple[float, Call]]] = {}
        self._listener = Listener(self._answer, "127.0.0.1", 0)
        self._listener.start()
        self.url = f"http://127.0.0.1:{self._listener.port}/v1"

    def times(self, model: str) -> list[float]:
        """When it was asked."""
        return [when for when, _ in self.calls.get(model, [])]

    def asked_once(self, model: str) -> bool:
        return len(self.times(model)) == 1

    def stop(self) -> None:
        self._listener.close()

    def _answer(self, request: Request, connection: Connection) -> bool:
        call = Call.of(request)
        model = call.json["model"]
        asked = self.calls.setdefault(model, [])
        asked.append((time.monotonic(), call))
        plan = self.plans.get(model, healthy)
        return deliver(plan(call, len(asked)), connection, request.lasting)


# What a client had of it, read as a careful one would: an event that cannot be read is skipped.


def events(reply: requests.Response) -> list[dict[str, Any]]:
    told = []
    for line in reply.content.split(b"\n"):
        try:
            told.append(json.loads(line.removeprefix(b"data:")))
        except ValueError:
            continue
    return [each for each in told if isinstance(each, dict)]


def text(reply: requests.Response) -> str:
    choices = [choice for each in events(reply) for choice in each.get("choices", ())]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def is_complete(reply: requests.Response) -> bool:
    """The bench's rescue: a success, and the whole answer."""
    assert reply.status_code == 200, reply.text
    assert "error" not in reply.text
    assert reply.content.endswith(DONE)
    assert reply.content.count(DONE) == 1
    return text(reply) == ANSWER


def error(reply: requests.Response) -> dict[str, Any]:
    """The bench's clean error: told as one, and no end that looks like success."""
    assert b"[DONE]" not in reply.content
    assert b'"finish_reason":"stop"' not in reply.content
    told: dict[str, Any] = events(reply)[-1]["error"]
    return told


def usage(reply: requests.Response) -> dict[str, int] | None:
    told = [each["usage"] for each in events(reply) if each.get("usage")]
    return told[-1] if told else None


def asked(relay: Relay, model: str) -> requests.Response:
    """As the bench asks."""
    return relay.chat(model=model, stream=True, stream_options={"include_usage": True})


def rescued(reply: requests.Response) -> bool:
    """By the model behind the one that was asked."""
    return is_complete(reply) and reply.headers["x-relay-fallback"] in ("good", "picky")
