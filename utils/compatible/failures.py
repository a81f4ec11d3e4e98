"""What the refusals of such a server mean, in OpenAI's shape or in 1min.ai's two
(onemin-api.md 12). Any of them may come with HTTP 200, in the midst of a stream.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils import payload
from utils.errors import (
    ContextTooLong,
    Forbidden,
    InvalidRequest,
    ModelNotFound,
    NotFound,
    OutOfCredit,
    RateLimited,
    RelayError,
    TooLarge,
    Unauthorized,
    UpstreamFailed,
    UpstreamTimeout,
)
from utils.letters import joined
from utils.retry_after import retry_after

LONGEST = 500  # characters of a complaint that a client is shown
READ = 4000  # characters of it that are looked at

# By `code`, else by `type`.
CODES: dict[str, type[RelayError]] = {
    "insufficient_quota": OutOfCredit,
    "insufficient_credits": OutOfCredit,
    "billing_hard_limit_reached": OutOfCredit,
    "context_length_exceeded": ContextTooLong,
    "exceed_context_size_error": ContextTooLong,
    "model_not_found": ModelNotFound,
    "unsupported_model": ModelNotFound,
    "invalid_api_key": Unauthorized,
    "unauthorized": Unauthorized,
    "authentication_error": Unauthorized,
    "permission_error": Forbidden,
    "rate_limit_exceeded": RateLimited,
    "rate_limited": RateLimited,
    "rate_limit_error": RateLimited,
    "invalid_request": InvalidRequest,
    "invalid_request_error": InvalidRequest,
}
VAGUE = (InvalidRequest, RateLimited)  # the text may tell more than such a code

STATUSES: dict[int, type[RelayError]] = {
    400: InvalidRequest,
    401: Unauthorized,
    402: OutOfCredit,
    403: Forbidden,
    404: NotFound,
    413: TooLarge,
    422: InvalidRequest,
    429: RateLimited,
    504: UpstreamTimeout,
}
PAGES = (401, 404, 413, 429, 504)  # statuses that a page may mean; a proxy sends the others too

# What the relay says itself: the original would name accounts, or nothing of use.
PLAIN: dict[type[RelayError], str] = {
    Unauthorized: "The model's server refused this API key.",
    Forbidden: "The model's server does not let this API key do that.",
    OutOfCredit: "The account behind this API key has no credits left.",
    NotFound: "The model's server has nothing at this address.",
    UpstreamTimeout: "The model's server took too long to answer.",
}

_NO_CREDIT = re.compile(
    r"\b(?:insufficient|not enough|out of|no)\b.{0,20}"
    r"\b(?:credits?\b(?! card)|balance|funds|quota)"
    r"|\bcredits?\b(?! card).{0,40}\b(?:insufficient|exhausted|exceeded|used up|too low)",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|maximum context|(?:prompt|input) is too long"
    r"|maximum number of tokens|too many tokens",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"\b(?:unknown|invalid|unsupported|no such) model\b(?! \w+:)"
    r"|\bmodel(?: id| name)?\b:? ?[`'\"]?[\w.:/@-]{0,100}[`'\"]? "
    r"(?:(?:does|is|was) )?not (?:exist|found|available|supported)\b"
    r"(?! (?:with|by|in|when|without|together))",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a reply complains of, in whichever shape."""

    code: str = ""
    type: str = ""
    message: str = ""
    param: str | None = None


def of_response(status: int, headers: Mapping[str, str], body: bytes) -> RelayError:
    """The error behind an answer whose status is not 2xx. NotFound itself says that there is
    no such endpoint.
    """
    wait = retry_after(headers.get("retry-after"))
    reply = payload.value(body)
    if isinstance(reply, dict):
        return of_reply(reply, status, wait)
    return _error(status if status in PAGES else 502, Refusal(), wait, seen=status)


def of_reply(
    reply: dict[str, Any], status: int = 200, retry_after: int | None = None
) -> RelayError:
    """In a stream, a number as `code` is the status that the answer would have had."""
    inner = reply.get("error")
    code = inner.get("code") if isinstance(inner, dict) else reply.get("code")
    if status == 200 and isinstance(code, int) and 400 <= code < 600:
        status = code
    return _error(status, _refusal(reply), retry_after, seen=status)


def is_refusal(reply: dict[str, Any]) -> bool:
    told = reply.get("error") or reply.get("errorCode") or reply.get("object") == "error"
    return bool(told) or reply.get("success") is False


def _error(status: int, refusal: Refusal, wait: int | None, *, seen: int) -> RelayError:
    kind = _kind(status, refusal)
    said = refusal.message if status < 500 else ""
    message = PLAIN.get(kind) or said or f"The model's server failed to answer (HTTP {seen})."
    param = "model" if kind is ModelNotFound else refusal.param
    return kind(message, param=param, retry_after=wait)


def _kind(status: int, refusal: Refusal) -> type[RelayError]:
    if status >= 500:
        return STATUSES.get(status, UpstreamFailed)
    by_status = STATUSES.get(status, UpstreamFailed)
    coded = CODES.get(refusal.code.lower()) or CODES.get(refusal.type.lower())
    if coded and coded not in VAGUE:
        return coded
    if status != 401 and (meant := _meant(refusal.message)):
        return meant
    return coded if coded and by_status is UpstreamFailed else by_status


def _meant(message: str) -> type[RelayError] | None:
    """What the words say where no code does."""
    if _NO_CREDIT.search(message):
        return OutOfCredit
    if _TOO_LONG.search(message):
        return ContextTooLong
    return ModelNotFound if _NO_MODEL.search(message) else None


def _refusal(reply: dict[str, Any]) -> Refusal:
    match reply.get("error"):
        case dict(told):
            pass
        case str(message):
            told = {**reply, "message": message}
        case _:
            told = reply
    param = told.get("param")
    said = (told.get(name) for name in ("message", "errorMessage", "detail"))
    return Refusal(
        code=_word(told.get("errorCode") or told.get("code")),
        type=_word(told.get("type")),
        message=_line(next((text for text in said if isinstance(text, str)), "")),
        param=param[:100] if isinstance(param, str) and param else None,
    )


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _line(text: str) -> str:
    text = joined(_CONTROL.sub(" ", text[:READ])).strip()
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
