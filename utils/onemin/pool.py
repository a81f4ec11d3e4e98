"""The server's own 1min.ai keys: which of them pays, and which have to rest."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar
from weakref import WeakValueDictionary

from utils.domain.owner import owner as name_of
from utils.domain.payers import AccountState, Payer
from utils.errors import (
    Forbidden,
    OutOfCredit,
    RateLimited,
    RelayError,
    Unauthorized,
    Unavailable,
)
from utils.onemin import failures, redaction
from utils.onemin.bills import Bill, Paying, Purse

log = logging.getLogger(__name__)

Y = TypeVar("Y")
R = TypeVar("R")

# How long an account rests, in seconds. When 1min.ai renews credits is not known, and to be
# refused for want of them, or of a good key, costs nothing: so it is soon asked again.
REFUSED = 300
EMPTY, LONGEST_EMPTY = 20, 900  # twice as long each time: a cheaper call may still be paid
LONGEST_LIMITED = 120  # whatever a Retry-After says

FORBIDDEN = "1min.ai does not let this relay's account do that."

_CODE = "upstream_credentials"
_SHOWN = 8  # letters of a fingerprint


@dataclass(slots=True)
class _Account:
    name: str
    key: str = field(repr=False)
    purse: Purse
    until: float = float("-inf")
    cause: type[RelayError] | None = None  # of its last rest
    empty: int = 0  # seconds of its last rest for want of credits, until a call succeeds

    @property
    def fingerprint(self) -> str:
        return self.name[:_SHOWN]

    def rest(self, error: RelayError, now: float) -> int:
        """For so many seconds."""
        wait = _rest(error)
        if isinstance(error, OutOfCredit):
            if self.until <= now or not self.empty:  # not once more for each call at once
                self.empty = min(2 * self.empty or EMPTY, LONGEST_EMPTY)
            wait = self.empty
        if now + wait > max(now, self.until):
            self.until, self.cause = now + wait, type(error)
        return wait


class Pool:
    """Shared by all threads."""

    def __init__(
        self,
        keys: Iterable[str],
        *,
        alone: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`alone` says whether no other process uses the same keys."""
        prices: dict[str, float] = {}
        self._accounts = {
            name_of(key): _Account(name_of(key), key, Purse(prices)) for key in keys
        }
        self._callers: WeakValueDictionary[str, Purse] = WeakValueDictionary()
        self._alone = alone
        self._clock = clock
        self._lock = Lock()

    @property
    def names(self) -> Collection[str]:
        return self._accounts.keys()

    def state(self) -> list[AccountState]:
        with self._lock:
            now = self._clock()
            return [
                AccountState(
                    fingerprint=each.fingerprint,
                    in_flight=len(each.purse.bills),
                    resting=math.ceil(each.until - now) if each.until > now else 0,
                    error=(each.cause and each.cause.code) or "",
                    used_credits=told.used if (told := each.purse.balance) else None,
                    credit_limit=told.limit if told else None,
                )
                for each in self._accounts.values()
            ]

    def paid(
        self,
        payer: Payer,
        ask: Callable[[Paying], Generator[Y, None, R]],
        first: Paying | None = None,
    ) -> Generator[Y, None, R]:
        """What `ask` comes to, paid by one account; by `first`, if that is given. Where its key
        is to blame, nothing was said and nothing can have been paid, the next account is asked.

        Raises RelayError, without a key, and never for the server's own as if for the caller's.
        """
        refused: set[str] = set()
        if first:
            first.bill.open()
        paying = first or self._taken(payer, refused)
        while True:
            begun = False
            try:
                with closing(ask(paying)) as answer:
                    while True:
                        said = next(answer)
                        begun = begun or bool(said)
                        yield said
            except StopIteration as end:
                self._succeeded(paying)
                value: R = end.value
                return value
            except RelayError as error:
                told = self.blamed(error, paying)
                paid = begun or error.paid or error.spent or paying.bill.perhaps_paid
                if paid or payer.key or payer.account or not _rest(error):
                    raise told from error.__cause__
                refused.add(paying.account)
            finally:
                paying.bill.close()
            paying = self._taken(payer, refused)

    def blamed(self, error: RelayError, paying: Paying) -> RelayError:
        """What the client is told of it: another error where the server's own key is to blame,
        whose account rests then.
        """
        error.message = redaction.shown(error.message, paying.key)
        account = self._accounts.get(paying.account)
        if account is None:
            return error
        with self._lock:
            now = self._clock()
            awake = account.until <= now
            wait = account.rest(error, now)
        if awake and wait:
            what = "the 1min.ai key %s rests for %d s: %s"
            log.warning(what, account.fingerprint, wait, error.code)
        return _of_the_server(error, wait)

    def _succeeded(self, paying: Paying) -> None:
        if account := self._accounts.get(paying.account):
            with self._lock:
                account.empty = 0

    def _taken(self, payer: Payer, refused: Collection[str]) -> Paying:
        """Raises Unavailable, RateLimited, OutOfCredit."""
        with self._lock:
            if payer.key:
                purse = self._callers.setdefault(payer.owner, Purse())
                bill = Bill(purse, shared=True)  # with whatever else its owner does
                paying = Paying(payer.owner, payer.key, bill=bill)
            else:
                account = self._chosen(payer, refused)
                bill = Bill(account.purse, shared=not self._alone)
                paying = Paying(payer.owner, account.key, account.name, bill)
            bill.open()
        return paying

    def _chosen(self, payer: Payer, refused: Collection[str]) -> _Account:
        """The least busy that does not rest. Of several, always the same for one caller."""
        if payer.account:
            if payer.account in self._accounts:
                return self._accounts[payer.account]
            message = "The relay no longer has the 1min.ai key that this was begun with."
            raise Unavailable(f"{message} (ONE_MIN_API_KEYS)", code=_CODE)
        if not self._accounts:
            message = "This relay has no 1min.ai key of its own. Its operator can set"
            raise Unavailable(f"{message} ONE_MIN_API_KEYS.", code=_CODE)
        now = self._clock()
        ready = [
            each
            for each in self._accounts.values()
            if each.until <= now and each.name not in refused
        ]
        if not ready:
            soonest = min(self._accounts.values(), key=lambda each: each.until)
            raise _told(soonest.cause, soonest.until - now)
        least = min(len(each.purse.bills) for each in ready)
        idle = [each for each in ready if len(each.purse.bills) == least]
        return min(idle, key=lambda each: _place(each, payer)) if len(idle) > 1 else idle[0]


def _place(account: _Account, payer: Payer) -> bytes:
    """In an order of the accounts that is each caller's own, and stays when others leave."""
    return hashlib.sha256(f"{payer.owner} {account.name}".encode()).digest()


def _rest(error: RelayError) -> int:
    """Seconds. Nothing but what a key causes lets its account rest: a refused request or a
    failure of 1min.ai's says nothing of it.
    """
    match error:
        case Unauthorized():
            return REFUSED
        case OutOfCredit():
            return EMPTY
        case RateLimited():
            return min(max(1, error.wait or 0), LONGEST_LIMITED)
    return 0


def _of_the_server(error: RelayError, wait: int) -> RelayError:
    """The same, said of an account that the client knows nothing of."""
    said = failures.PLAIN.get(type(error), error.message)
    match error:
        case Unauthorized() | OutOfCredit():
            told = _told(type(error), wait)
        case RateLimited():
            error.retry_after = wait
            return error
        case Forbidden():
            error.message = error.message.replace(said, FORBIDDEN)
            return error
        case _:
            return error
    told.message = error.message.replace(said, told.message)  # what is paid for stands behind
    told.spent, told.paid = error.spent, error.paid
    if error.paid:
        told.retryable = False
    return told


def _told(cause: type[RelayError] | None, seconds: float) -> RelayError:
    wait = max(1, math.ceil(seconds))
    if cause is RateLimited:
        return RateLimited("1min.ai has had too many requests of this relay.", retry_after=wait)
    if cause is OutOfCredit:
        return OutOfCredit("This relay's 1min.ai credits are used up.", retry_after=wait)
    message = "1min.ai refuses this relay's own key. Its operator has been told."
    return Unavailable(message, code=_CODE, retry_after=wait)
