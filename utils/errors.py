"""Everything that can go wrong, as one tree.

RelayError
  InvalidRequest         400  the client sent something we cannot use
    ContextTooLong       400  more than the model can read
    UnsupportedFile      400  a file of a kind that cannot be used
  Unauthorized           401  no key, or one that 1min.ai refuses
  Forbidden              403  a key that may not do this
  KeyReused              422  an Idempotency-Key that another request had before
  NotFound               404  no such thing
    ModelNotFound        404  no such model, or none the operator permits
  Conflict               409  not while things are as they are
  TooLarge               413  a body over the limit
  RateLimited            429  slow down
    LimitReached         429  this relay says so, not who answers
  OutOfCredit            429  the account behind the key is empty
  OutOfBudget            429  the key has used up its month
  ClientLeft             499  nobody is left to answer
  UpstreamFailed         502  1min.ai answered, but not with an answer
    UnusableAnswer       502  the model did not keep to what was asked, nor when asked again
  Unavailable            503  this relay cannot serve now: busy or stopping
    UpstreamUnreachable  503  1min.ai could not be reached
  UpstreamTimeout        504  1min.ai took too long
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from traceback import clear_frames
from typing import Any

UNTOLD = 10  # seconds after which to come back where a limit does not tell
SHORTEST_KEY = 8  # characters; a shorter one is no key, and its letters stand in every sentence


def masked(text: str, key: str) -> str:
    """A message without the caller's key."""
    return text.replace(key, "***") if len(key) >= SHORTEST_KEY else text


def let_go(error: BaseException) -> None:
    """Of all that was under way when it was raised, half an answer of 64 MB among it. Whoever
    has caught an error to raise it later is in its traceback, and so keeps that alive for as
    long as nobody looks for what refers to itself.
    """
    earlier: BaseException | None = error
    seen: set[int] = set()  # one that is raised again may come before itself
    while earlier and id(earlier) not in seen:
        seen.add(id(earlier))
        clear_frames(earlier.__traceback__)
        earlier = earlier.__cause__ or earlier.__context__


class RelayError(Exception):
    """An error the client is meant to see, in OpenAI's own terms.

    `retry_after` is in seconds. `message` reaches the client: no key, no account data. `spent`
    is what calls cost that were made before it; `paid` is whether it came after one was
    accepted, so that nobody but the user may try again.
    """

    status = 500
    kind = "api_error"
    code: str | None = None
    # None leaves it to the client's own rule for the status. Claude Code's is to try anything
    # again, for minutes, before it tells its user.
    retryable: bool | None = None

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after = retry_after
        self.spent: Sequence[Any] = ()
        self.paid = False
        self.code = code or type(self).code

    @property
    def wait(self) -> int | None:
        """Seconds after which its client may try again, if it says so."""
        return self.retry_after


@contextmanager
def after_payment() -> Iterator[None]:
    """What fails in it was paid for."""
    try:
        yield
    except RelayError as error:
        error.paid, error.retryable = True, False
        raise


class InvalidRequest(RelayError):
    status = 400
    kind = "invalid_request_error"
    retryable = False


class ContextTooLong(InvalidRequest):
    code = "context_length_exceeded"


class UnsupportedFile(InvalidRequest):
    code = "unsupported_file"


class KeyReused(RelayError):
    status = 422  # as the IETF's draft has it; of a 409 the SDKs think that it may pass
    kind = "invalid_request_error"
    code = "idempotency_key_reused"
    retryable = False


class Unauthorized(RelayError):
    status = 401
    kind = "authentication_error"
    code = "invalid_api_key"
    retryable = False


class Forbidden(RelayError):
    status = 403
    kind = "permission_error"
    code = "permission_denied"
    retryable = False


class NotFound(RelayError):
    status = 404
    kind = "invalid_request_error"
    code = "not_found"
    retryable = False


class ModelNotFound(NotFound):
    code = "model_not_found"


class Conflict(RelayError):
    status = 409
    kind = "invalid_request_error"
    code = "conflict"


class TooLarge(RelayError):
    status = 413
    kind = "invalid_request_error"
    code = "request_too_large"
    retryable = False


class RateLimited(RelayError):
    status = 429
    kind = "rate_limit_error"
    code = "rate_limit_exceeded"

    @property
    def wait(self) -> int | None:
        return UNTOLD if self.retry_after is None else self.retry_after


class LimitReached(RateLimited):
    @property
    def wait(self) -> int | None:
        return self.retry_after  # None where to come back is no use


class OutOfCredit(RelayError):
    status = 429
    kind = "insufficient_quota"
    code = "insufficient_quota"
    retryable = False


class OutOfBudget(RelayError):
    status = 429
    kind = "insufficient_quota"
    code = "insufficient_quota"
    retryable = False


class ClientLeft(RelayError):
    status = 499
    code = "client_left"


class UpstreamFailed(RelayError):
    status = 502
    code = "upstream_error"


class UnusableAnswer(UpstreamFailed):
    code = "unusable_answer"
    retryable = False  # two calls are paid for


class Unavailable(RelayError):
    status = 503
    code = "unavailable"


class UpstreamUnreachable(Unavailable):
    code = "upstream_unreachable"


class UpstreamTimeout(RelayError):
    status = 504
    code = "upstream_timeout"
