"""What a client heard, whether its answer was whole or streamed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

whole_and_streamed = pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])


@dataclass
class Choice:
    text: str = ""
    reasoning: str = ""
    reason: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)
    audio: dict[str, Any] | None = None

    @property
    def urls(self) -> list[str]:
        return [page["url_citation"]["url"] for page in self.annotations]

    def add(self, said: dict[str, Any], reason: str | None) -> None:
        self.text += said.get("content") or ""
        self.reasoning += said.get("reasoning_content") or ""
        self.annotations += said.get("annotations") or []
        self.audio = said.get("audio") or self.audio
        self.reason = reason or self.reason


def said(text: str) -> list[dict[str, str]]:
    """Messages of which there is one."""
    return [{"role": "user", "content": text}]


def chunks(reply: requests.Response) -> list[dict[str, Any]]:
    frames = reply.text.split("\n\n")
    return [json.loads(f[6:]) for f in frames if f.startswith("data: {")]


def choices(reply: requests.Response) -> list[Choice]:
    """Of a whole answer, or of a stream that came to its end."""
    assert reply.status_code == 200, reply.text
    if "event-stream" not in reply.headers["Content-Type"]:
        bodies, part = [reply.json()], "message"
    else:
        assert reply.text.count("[DONE]") == 1
        assert reply.text.endswith("data: [DONE]\n\n")
        bodies, part = chunks(reply), "delta"
    told: dict[int, Choice] = {}
    for body in bodies:
        for choice in body["choices"]:
            heard = told.setdefault(choice["index"], Choice())
            heard.add(choice[part], choice["finish_reason"])
    return [told[index] for index in sorted(told)]


def heard(reply: requests.Response) -> Choice:
    [choice] = choices(reply)
    return choice


def refusal(reply: requests.Response) -> tuple[int, str | None, str | None]:
    """Its status, code and param."""
    error = reply.json()["error"]
    return reply.status_code, error["code"], error["param"]
