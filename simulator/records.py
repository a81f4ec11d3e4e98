"""The record of a call, `aiRecord` (onemin-api.md 2.3), and what it cost."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from simulator.turn import Turn

URL = re.compile(r"https?://[^\s<>\"')\]]+")
HIDDEN_TOKENS = 280  # 1min.ai bills a prompt of its own with every message (onemin-api.md 7)
CHARACTERS_PER_TOKEN = 4
SITES, MOST_SITES = 3, 20
IMAGE_FACTOR = 25  # on the input credits, for one picture (onemin-api.md 13)

Usage = Mapping[str, Any] | None | Literal["counted"]


def record(  # noqa: PLR0913  # all of it is what a record may say
    turn: Turn,
    text: str,
    *,
    status: str = "SUCCESS",
    result: object = None,
    usage: Usage = "counted",
    credit: int | None = None,
    **overrides: Any,
) -> dict[str, Any]:
    """Charges the account: `credit`, else by the text's tokens when it is a success.

    `result` stands in for the usual list of one text.
    """
    counted = counts(turn, text) if status == "SUCCESS" else None
    if credit is None:
        credit = counted["credit"] if counted else 0
    before = turn.account.charge(credit)
    return {
        "uuid": str(uuid.uuid4()),
        "userId": turn.account.user_id,
        "teamId": turn.account.team_id,
        "teamUser": _team_user(turn, before),
        "model": turn.model.id,
        "type": turn.type,
        "metadata": counted if usage == "counted" else usage,
        "rating": None,
        "feedback": None,
        "conversationId": turn.prompt_object.get("conversationId"),
        "status": status,
        "createdAt": _now(),
        "aiRecordDetail": {
            "promptObject": _echo(turn),
            "resultObject": [text] if result is None else result,
        },
        "modelDetail": {
            "name": turn.model.id,
            "provider": turn.model.provider and turn.model.provider.upper(),
        },
        **overrides,
    }


def failed(turn: Turn, code: str, message: str, details: str | None = None) -> dict[str, Any]:
    """The record of a failure inside HTTP 200 (onemin-api.md 2.5)."""
    fault = {"code": code, "message": message, "traceId": "0af7651916cd43dd8448eb211c80319c"}
    if details is not None:
        fault["details"] = details
    return record(turn, "", status="FAILURE", result=fault)


def out_of_credit(turn: Turn) -> dict[str, Any]:
    """The code for this was never recorded; the message is what tells (onemin-api.md 2.5)."""
    message = "You have run out of credits. Please upgrade your plan or buy more credits."
    return failed(turn, "HTTP_EXCEPTION", message)


def counts(turn: Turn, text: str) -> dict[str, int]:
    tokens_in = HIDDEN_TOKENS + tokens(turn.prompt)
    tokens_out = tokens(text)
    pictures = 1 + (IMAGE_FACTOR - 1) * turn.image_count
    price_in = round(tokens_in * turn.model.input * pictures)
    price_out = round(tokens_out * turn.model.output)
    return {
        "credit": price_in + price_out,
        "inputToken": tokens_in,
        "outputToken": tokens_out,
        "totalToken": tokens_in + tokens_out,
        "inputCredit": price_in,
        "outputCredit": price_out,
    }


def links(prompt: str) -> list[str]:
    return URL.findall(prompt) if "http" in prompt else []


def sites(turn: Turn) -> list[str]:
    """The pages a web search visits, as many as `numOfSite` asks for."""
    if not turn.web_search:
        return []
    asked = turn.web_search.get("numOfSite", SITES)
    number = asked if isinstance(asked, int) else SITES
    return [f"https://example.com/{page}" for page in range(1, min(number, MOST_SITES) + 1)]


def _echo(turn: Turn) -> dict[str, Any]:
    """The prompt comes back, with fields of 1min.ai's; unknown ones are kept and ignored."""
    crawled = [{"url": url, "title": "Example", "content": "…"} for url in links(turn.prompt)]
    searched = [{"url": url, "title": "Example"} for url in sites(turn)]
    return {
        **turn.prompt_object,
        "linkContentList": crawled,
        "searchContentList": searched,
    }


def _team_user(turn: Turn, used_credit: int) -> dict[str, Any]:
    return {
        "teamId": turn.account.team_id,
        "userId": turn.account.user_id,
        "userName": "Ann",
        "userAvatar": "https://asset.1min.ai/avatars/ann.png",
        "status": "ACTIVE",
        "role": "ADMIN",
        "creditLimit": turn.account.credit_limit,
        "usedCredit": used_credit,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "createdBy": "SYSTEM",
        "updatedAt": "2026-01-02T00:00:00.000Z",
        "updatedBy": "SYSTEM",
    }


def tokens(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
