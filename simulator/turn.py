"""One call of a model, as far as its answer depends on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.accounts import Account
from simulator.catalog import Catalog, Model
from simulator.checks import prompt_faults
from simulator.http import Request
from simulator.sight import Attached
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
    attached: Attached = field(default_factory=Attached)

    @classmethod
    def of(
        cls, body: Mapping[str, Any], account: Account, model: Model, streaming: bool
    ) -> Turn:
        """Of a body without faults. A text to be spoken is a prompt as well."""
        prompt_object = body["promptObject"]
        prompt = str(prompt_object.get("prompt") or prompt_object.get("text") or "")
        kind = str(body.get("type", ""))
        return cls(account, model, kind, prompt, prompt_object, streaming, wishes(prompt))

    @classmethod
    def loosely(cls, request: Request, account: Account, catalog: Catalog) -> Turn:
        """The call behind any body at all, for a scripted reply, which skips the checks."""
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            body = {}
        given = body.get("promptObject")
        if not isinstance(given, dict) or prompt_faults({"prompt": "", **given}):
            body["promptObject"] = {}
        model = catalog.model(str(body.get("model", "")))
        return cls.of(body, account, model, streaming(request))

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
