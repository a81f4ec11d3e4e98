"""One call of the chat endpoint, as far as its answer depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.accounts import Account
from simulator.catalog import Model
from simulator.http import Request
from simulator.wishes import Wishes, wishes


@dataclass(frozen=True, slots=True)
class Turn:
    account: Account
    model: Model
    type: str
    prompt: str
    prompt_object: Mapping[str, Any]
    streaming: bool
    wishes: Wishes

    @classmethod
    def of(
        cls, body: Mapping[str, Any], account: Account, model: Model, streaming: bool
    ) -> Turn:
        """Of a body without faults."""
        prompt_object = body["promptObject"]
        prompt = prompt_object.get("prompt", "")
        kind = str(body.get("type", ""))
        return cls(account, model, kind, prompt, prompt_object, streaming, wishes(prompt))

    @property
    def image_count(self) -> int:
        return len((self.prompt_object.get("attachments") or {}).get("images") or ())

    @property
    def web_search(self) -> Mapping[str, Any]:
        """The settings of the web search, empty when it is off."""
        settings = (self.prompt_object.get("settings") or {}).get("webSearchSettings") or {}
        return settings if settings.get("webSearch") is True else {}


def streaming(request: Request) -> bool:
    return request.query.get("isStreaming") == "true"
