"""An OpenAI-compatible server that answers as a test says, and keeps every byte it was sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import orjson

from simulator.calls import Call, Calls
from simulator.delivery import deliver
from simulator.http import Connection, Gone, Request
from simulator.listener import Listener
from simulator.replies import JSON, Part, Reply, stream

KEY = "the-servers-own-secret-key"

COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "as-the-server-calls-it",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello"},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
}


def answer(body: bytes, status: int = 200, headers: Mapping[str, str] = JSON) -> Reply:
    """JSON, byte for byte."""
    return Reply(status, {**JSON, **headers}, (body,))


def refusal(status: int, message: str = "No.", code: str | None = None) -> Reply:
    error = {"message": message, "type": "x", "param": None, "code": code}
    return answer(orjson.dumps({"error": error}), status)


def chunk(content: str, **fields: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": None}
    told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + orjson.dumps({**told, "choices": [choice], **fields}) + b"\n\n"


def streaming(*parts: Part) -> Reply:
    return stream(*parts)


def usual(call: Call) -> Reply:
    if call.body.startswith(b"{") and call.json.get("stream"):
        return stream(chunk("Hel"), chunk("lo"), chunk("", choices=[]), b"data: [DONE]\n\n")
    return answer(orjson.dumps(COMPLETION))


class ModelServer:
    """Scripted replies come first, then the usual ones."""

    def __init__(self) -> None:
        self._calls = Calls(1000)
        self._replies = deque[Reply]()
        self._listener = Listener(self._answer, "127.0.0.1", 0)
        self._listener.start()
        self.url = f"http://127.0.0.1:{self._listener.port}/v1"

    def script(self, *replies: Reply) -> None:
        self._replies.extend(replies)

    @property
    def calls(self) -> list[Call]:
        return self._calls.all()

    @property
    def last(self) -> Call:
        return self.calls[-1]

    def wait_for(self, number: int) -> Call:
        """So many calls since it was forgotten what was asked."""
        return self._calls.wait(number, 10, lambda _: True)[-1]

    def forget(self) -> None:
        self._replies.clear()
        self._calls = Calls(1000)

    def stop(self) -> None:
        self._listener.close()

    def _answer(self, request: Request, connection: Connection) -> bool:
        call = Call.of(request)
        self._calls.add(call)
        reply = self._replies.popleft() if self._replies else usual(call)
        try:
            lasting = deliver(reply, connection, request.lasting)
        except Gone:
            call.hung_up.set()
            raise
        call.answered.set()
        return lasting
