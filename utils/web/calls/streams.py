"""A stream whose status has left: a failure is the last thing it tells."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from utils.errors import RelayError, let_go
from utils.web.calls.calls import Call

log = logging.getLogger(__name__)


def mistake() -> RelayError:
    """What a client hears of one of ours, whose words could quote somebody's."""
    return RelayError("The relay failed to finish this answer.", code="internal_error")


def unbroken(
    frames: Iterator[bytes], failed: Callable[[RelayError], bytes], made: Call
) -> Iterator[bytes]:
    """The frames, and what ended them early, which the ledger is told as well."""
    try:
        yield from frames
    except RelayError as error:
        log.warning("a stream broke off: %s", error.code)
        let_go(error)
        made.fail(error)
        yield failed(error)
    except Exception:
        log.exception("an answer broke off")
        told = mistake()
        made.fail(told)
        yield failed(told)
