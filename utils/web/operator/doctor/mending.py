"""What to do about a failure, in one sentence."""

from __future__ import annotations

from utils.errors import (
    Forbidden,
    InvalidRequest,
    ModelNotFound,
    OutOfCredit,
    RateLimited,
    RelayError,
    Unauthorized,
    UnusableAnswer,
    UpstreamFailed,
    UpstreamTimeout,
)

CHANGED = "1min.ai has changed its answer: update the relay, or report this line."
NEW_KEY = "Make a new key on app.1min.ai, Settings, API keys, and put it into ONE_MIN_API_KEYS."
MORE_CREDITS = "Add credits: app.1min.ai/members shows what this account has."
OTHER_MODEL = "Try another --model: how well one keeps to tools and schemas is up to it."
MORE_TIME = "Try a longer --timeout, or later."
LATER = "Try again later: 1min.ai answers, but not as it should at the moment."

# By `code`; what differs only in how a connection failed.
_CODES = {
    "upstream_dns_failed": "Check ONE_MIN_BASE_URL and ONE_MIN_ASSET_URL, and whether this "
    "machine can look up names.",
    "upstream_certificate_invalid": "Check this machine's clock; where a proxy opens TLS, name "
    "its certificate in SSL_CERT_FILE.",
    "upstream_tls_failed": "Check ONE_MIN_BASE_URL, and whether a proxy stands in between.",
    "upstream_unreachable": "Check ONE_MIN_BASE_URL, and whether a firewall lets this machine "
    "out: the relay uses no proxy.",
    "database_unavailable": "Check DATABASE_URL, or DATA_DIR where that is empty, and whether "
    "its server runs.",
    "unavailable": "Check MEMCACHED_HOST and MEMCACHED_PORT, and whether Memcached runs.",
}
_KINDS: tuple[tuple[type[RelayError], str], ...] = (
    (Unauthorized, NEW_KEY),
    (OutOfCredit, MORE_CREDITS),
    (
        Forbidden,
        "Look at app.1min.ai, whether the account behind this key may use its API.",
    ),
    (RateLimited, "Wait a minute: 1min.ai takes 180 requests a minute."),
    (ModelNotFound, "Name another model: --model, or DEFAULT_CHAT_MODEL."),
    (UnusableAnswer, OTHER_MODEL),
    (UpstreamTimeout, MORE_TIME),
    (UpstreamFailed, LATER),
    (InvalidRequest, CHANGED),
)


def mend(error: RelayError) -> str:
    if (error.code or "") in _CODES:
        return _CODES[error.code or ""]
    return next((told for kind, told in _KINDS if isinstance(error, kind)), LATER)
