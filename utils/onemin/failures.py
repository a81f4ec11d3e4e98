"""What 1min.ai's refusals mean (onemin-api.md 2.5, 12).

Two documented shapes, several seen ones, and any of them may come with HTTP 200.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from utils import payload
from utils.errors import (
    Conflict,
    ContextTooLong,
    Forbidden,
    InvalidRequest,
    ModelNotFound,
    OutOfCredit,
    RateLimited,
    RelayError,
    Unauthorized,
    UnsupportedFile,
    UpstreamFailed,
    UpstreamTimeout,
)
from utils.onemin.redaction import READ, account, redacted
from utils.retry_after import retry_after

CODES: dict[str, type[RelayError]] = {
    "UNSUPPORTED_MODEL": ModelNotFound,
    "UNAUTHORIZED": Unauthorized,
    "INVALID_AUTH_TOKEN": Unauthorized,
    "RATE_LIMITED": RateLimited,
    "INVALID_REQUEST": InvalidRequest,
    "UNPROCESSABLE_ENTITY": InvalidRequest,
    "REQUEST_BODY_VALIDATION_FAILED": InvalidRequest,
    "PROMPT_OBJECT_VALIDATION_FAILED": InvalidRequest,
    "MISSING_REQUIRED_FIELDS": InvalidRequest,
    "UNSUPPORTED_FILE_TYPE": UnsupportedFile,
    "EXTERNAL_API_RESPONSE_WITH_ERROR": InvalidRequest,
    "OPEN_AI_UNEXPECTED_ERROR": InvalidRequest,
}

# What they complain of is the caller's, whose own words they may repeat.
_ABOUT_THE_REQUEST = {
    "UNSUPPORTED_MODEL",
    "INVALID_REQUEST",
    "UNPROCESSABLE_ENTITY",
    "REQUEST_BODY_VALIDATION_FAILED",
    "PROMPT_OBJECT_VALIDATION_FAILED",
    "MISSING_REQUIRED_FIELDS",
    "UNSUPPORTED_FILE_TYPE",
}

STATUSES: dict[int, type[RelayError]] = {
    400: InvalidRequest,
    401: Unauthorized,
    402: OutOfCredit,
    403: Forbidden,
    409: Conflict,
    413: InvalidRequest,
    422: InvalidRequest,
    429: RateLimited,
    504: UpstreamTimeout,
}

# What the relay says itself: the original would name accounts, or nothing of use.
PLAIN: dict[type[RelayError], str] = {
    Unauthorized: "1min.ai refused this API key. Yours is in its settings, under API keys.",
    Forbidden: "1min.ai does not let this API key do that.",
    OutOfCredit: "The 1min.ai account behind this key has no credits left.",
    UpstreamTimeout: "1min.ai took too long to answer.",
}

_CREDIT = r"\bcredits?\b(?! card)"
_SPENT = r"insufficient|enough|exhausted|exceed(?:s|ed)|out of|used up|too low|no|reached"
_NO_CREDIT = re.compile(
    rf"\b(?:{_SPENT})\b.{{0,40}}{_CREDIT}|{_CREDIT}.{{0,40}}\b(?:{_SPENT})\b|insufficient_?credit",
    re.IGNORECASE,
)
_ANY_CREDIT = re.compile(rf"{_CREDIT}|_credit|credit_", re.IGNORECASE)
# From the first mark to the last, or to the end: what is quoted may hold marks, or be cut off.
_QUOTED = re.compile(
    r"""(?<!\w)(?:"(?:.*"|.*)|`(?:.*`|.*)|'(?:.*'(?!\w)|.*)"""
    r"|\u201c(?:.*\u201d|.*)|\u2018(?:.*\u2019|.*))",
    re.DOTALL,
)
_TOO_LONG = re.compile(
    r"context[ _](?:length|window)|maximum context|(?:prompt|input) is too long"
    r"|maximum number of tokens|too many tokens",
    re.IGNORECASE,
)
_BUSY = re.compile(r"busy|overload|try again|later", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a reply complains of, in whichever shape."""

    code: str = ""
    message: str = ""
    details: str = ""

    @property
    def text(self) -> str:
        """`message` can be a canned text while `details` holds the cause."""
        told = dict.fromkeys(filter(None, (self.message[:READ], self.details[:READ])))
        return ": ".join(told)[:READ]

    @property
    def of_the_account(self) -> str:
        """What it may say of the account: no word of it is the caller's."""
        if self.code in _ABOUT_THE_REQUEST:
            return ""
        told = (_QUOTED.sub(" ", said)[:READ] for said in (self.message, self.details))
        return " ".join([self.code, *told])


def of_response(status: int, headers: Mapping[str, str], body: bytes) -> RelayError:
    """The error behind an answer whose status is not 2xx."""
    reply = payload.value(body)
    if not isinstance(reply, dict):  # Cloudflare's HTML says nothing to a client
        reply = {}
        status = 502 if status == 403 else status  # a page, not a verdict on the key
    return of_reply(status, reply, retry_after(headers.get("retry-after")))


def of_reply(status: int, reply: dict[str, Any], retry_after: int | None = None) -> RelayError:
    return _error(status, _refusal(reply), account(reply), retry_after)


def of_record(record: dict[str, Any]) -> RelayError:
    """The error behind a record that says FAILURE. Its account data stays here."""
    detail = record.get("aiRecordDetail")
    detail = detail if isinstance(detail, dict) else {}
    result = detail.get("resultObject")
    if isinstance(result, list):
        result = next(iter(result), None)
    refusal = _refusal(result or detail.get("errorMessage"))
    if _ANY_CREDIT.search(refusal.of_the_account):  # the code was never recorded
        return OutOfCredit(PLAIN[OutOfCredit])
    return _error(200, refusal, account(record))


def of_event(data: bytes) -> RelayError:
    """The error behind an `error` event."""
    said = payload.value(data)
    if said is None:
        said = "" if data.startswith((b"{", b"[")) else data.decode(errors="replace")
    return _error(200, _refusal(said), account(said))


def is_refusal(reply: dict[str, Any]) -> bool:
    return "errorCode" in reply or "error" in reply or reply.get("success") is False


def _error(
    status: int,
    refusal: Refusal,
    secrets: Iterable[str],
    retry_after: int | None = None,
) -> RelayError:
    kind = _kind(status, refusal)
    param = "model" if kind is ModelNotFound else None
    said = redacted(refusal.text, secrets) if status < 500 else ""
    message = PLAIN.get(kind) or said or _nothing_said(status)
    return kind(message, param=param, retry_after=retry_after)


def _kind(status: int, refusal: Refusal) -> type[RelayError]:
    if status < 500 and _NO_CREDIT.search(refusal.of_the_account):
        return OutOfCredit
    if status < 500 and _TOO_LONG.search(f"{refusal.code} {refusal.text}"):
        return ContextTooLong
    if refusal.code == "OPEN_AI_UNEXPECTED_ERROR" and _is_busy(refusal):
        return UpstreamFailed
    return CODES.get(refusal.code) or STATUSES.get(status, UpstreamFailed)


def _is_busy(refusal: Refusal) -> bool:
    return not refusal.details and bool(_BUSY.search(refusal.message))


def _nothing_said(status: int) -> str:
    return f"1min.ai failed to answer (HTTP {status})."


def _refusal(reply: Any) -> Refusal:
    try:
        return _complaint(reply)
    except RecursionError:  # nested so deep, it is no complaint of 1min.ai's
        return Refusal()


def _complaint(reply: Any) -> Refusal:
    match reply:
        case str(message):
            return Refusal(message=message)
        case {"error": {"message": _} as inner} | {"error": {"code": _} as inner}:
            return _complaint(inner)
        case {"error": str(message)}:
            return Refusal(_word(reply.get("errorCode")), message, _told(reply.get("details")))
        case dict():
            said = (reply.get(name) for name in ("message", "errorMessage", "detail"))
            return Refusal(
                code=_word(reply.get("errorCode") or reply.get("code")),
                message=next((text for text in said if isinstance(text, str)), ""),
                details=_told(reply.get("details")),
            )
    return Refusal()


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _told(details: Any) -> str:
    """What `details` says: a list of fields, a nested error, either of them as JSON text."""
    match details:
        case str():
            try:
                return _told(json.loads(details))
            except ValueError:
                return details
        case [*items]:
            return "; ".join(filter(None, map(_told, items)))
        case {"field": str(field), "message": str(message)}:
            return f"{field}: {message}"
        case {"error": inner} | {"message": inner} | {"detail": inner}:
            return _told(inner)
    return ""
