"""An error, as each dialect shows it."""

from __future__ import annotations

from typing import Any

from utils.errors import OutOfCredit, RelayError


def openai_error(error: RelayError) -> dict[str, Any]:
    return {
        "error": {
            "message": error.message,
            "type": error.kind,
            "param": error.param,
            "code": error.code,
        }
    }


def anthropic_error(error: RelayError, request_id: str | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"type": _anthropic_kind(error), "message": error.message}
    if error.code:
        told["details"] = {"error_code": error.code}
    shown = {"type": "error", "error": told}
    return shown | ({"request_id": request_id} if request_id else {})


_ANTHROPIC_KINDS = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


def _anthropic_kind(error: RelayError) -> str:
    if isinstance(error, OutOfCredit):
        return "billing_error"
    other = "invalid_request_error" if error.status < 500 else "api_error"
    return _ANTHROPIC_KINDS.get(error.status, other)
