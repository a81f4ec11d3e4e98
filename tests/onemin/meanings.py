"""What a failure of 1min.ai means to a client (product.md 7), and how it is put."""

from __future__ import annotations

from utils.errors import (
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

MEANING = {
    InvalidRequest: (400, "invalid_request_error", None),
    ContextTooLong: (400, "invalid_request_error", "context_length_exceeded"),
    UnsupportedFile: (400, "invalid_request_error", "unsupported_file"),
    Unauthorized: (401, "authentication_error", "invalid_api_key"),
    Forbidden: (403, "permission_error", "permission_denied"),
    ModelNotFound: (404, "invalid_request_error", "model_not_found"),
    RateLimited: (429, "rate_limit_error", "rate_limit_exceeded"),
    OutOfCredit: (429, "insufficient_quota", "insufficient_quota"),
    UpstreamFailed: (502, "api_error", "upstream_error"),
    UpstreamTimeout: (504, "api_error", "upstream_timeout"),
}
REFUSED_KEY = "1min.ai refused this API key. Yours is in its settings, under API keys."
REFUSED_ACT = "1min.ai does not let this API key do that."
NO_CREDIT = "The 1min.ai account behind this key has no credits left."
TOO_LATE = "1min.ai took too long to answer."
SILENT = "1min.ai failed to answer (HTTP {})."


def is_told(error: RelayError, kind: type[RelayError], message: str) -> None:
    assert (type(error), error.message) == (kind, message)
    assert (error.status, error.kind, error.code) == MEANING[kind]
    assert error.param == ("model" if kind is ModelNotFound else None)
