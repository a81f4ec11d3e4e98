"""What the calls for one answer take, as far as 1min.ai's records tell (onemin-api.md 2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from threading import Lock
from typing import Any

from utils import payload
from utils.domain.chat import Usage
from utils.domain.payers import Balance, Payer
from utils.errors import RelayError
from utils.onemin import records
from utils.onemin.records import is_file

_FAILED = ("FAILURE", "FAILED")


class Purse:
    """An account's credits, and the bills of the calls under way. What calls at once have taken
    is divided: together they are never told more than the account has lost. Shared by all
    threads.
    """

    def __init__(self, prices: dict[str, float] | None = None) -> None:
        """`prices` are what a call of each kind last took, of whichever account."""
        self.bills: set[Bill] = set()
        self.balance: Balance | None = None
        self._prices = {} if prices is None else prices
        self._lock = Lock()
        self._least, self._most = inf, -inf  # used since a call was the only one
        self._booked = 0.0  # of what is between them

    def opened(self, bill: Bill) -> None:
        with self._lock:
            if not self.bills and not bill.calls:  # else it is there again
                self._least, self._most, self._booked = inf, -inf, 0
            if len(self.bills) == 1:  # of more than one, each has met another already
                next(iter(self.bills)).shared = True
            bill.shared = bill.shared or bool(self.bills)
            self.bills.add(bill)

    def closed(self, bill: Bill) -> None:
        with self._lock:
            self.bills.discard(bill)

    def hear(self, told: Balance) -> None:
        with self._lock:
            self.balance = told
            self._least, self._most = min(self._least, told.used), max(self._most, told.used)

    def book(self, credits: float) -> None:
        """What needs no share, known from a record or taken by nobody else."""
        with self._lock:
            self._booked += credits

    def learn(self, kind: str, price: float) -> None:
        self._prices[kind] = price

    def share(self, bill: Bill, kind: str, taken: float) -> float:
        """Of what the account has used meanwhile, `taken`: the price of these calls where it is
        known, else as much as others get. Whoever is the last takes the rest.
        """
        with self._lock:
            left = max(0.0, self._most - self._least - self._booked)
            share, calls = min(left, taken), bill.calls
            if others := sum(each.calls for each in self.bills if each is not bill):
                price = self._prices.get(kind, left / (calls + others))
                share = min(share, price * calls)
            self._booked += share if others else left
            bill.settled = True
            return share


class Bill:
    """Of all that one account is asked for one answer. `shared` says whether other calls may
    have used the same account meanwhile. Shared by the threads of the answer.

    A record tells what its account had used before the request that it answers (onemin-api.md
    13). So what a call took shows in a later poll; of one answered at once, it does not.
    """

    def __init__(self, purse: Purse | None = None, *, shared: bool = False) -> None:
        """`purse` is told of every balance."""
        self.shared = shared
        self.settled = False  # nothing more is told of it
        self.files: list[str] = []  # where 1min.ai has put what it made
        self._purse = purse or Purse()
        self._kind = ""
        self._lock = Lock()
        self._unanswered = 0
        self._accepted: set[str] = set()
        self._told: set[str] = set()  # of these, whose credits 1min.ai has told itself
        self._before, self._after = inf, -inf  # untold

    @property
    def perhaps_paid(self) -> bool:
        """Whether anything that was asked may have run."""
        with self._lock:
            return bool(self._unanswered or self._accepted)

    def open(self) -> None:
        """Until it is closed, others are shared with it."""
        self._purse.opened(self)

    def close(self) -> None:
        self._purse.closed(self)

    @property
    def calls(self) -> int:
        """How many have been asked whose price is still open."""
        with self._lock:
            if self.settled:
                return 0
            return self._unanswered + len(self._accepted - self._told)

    @contextmanager
    def asking(self, kind: str = "") -> Iterator[None]:
        """Around a call that costs: calls of one `kind` cost about the same. One that is left,
        or answered by nobody, may yet run.
        """
        with self._lock:
            self._unanswered += 1
            self._kind = kind
        try:
            yield
        except RelayError as error:
            if error.status >= 500:
                raise
            self._answered()
            raise
        self._answered()

    def asked(self, reply: Any) -> None:
        """What a call that costs was answered."""
        told = self._noted(reply)
        with self._lock:
            self._before = min([self._before, *told])  # calls at once are answered in any order
            self._after = -inf

    def polled(self, reply: Any) -> None:
        """What a question was answered, which costs nothing."""
        told = self._noted(reply)
        with self._lock:
            self._after = max([self._after, *told])

    def priced(self, usage: Usage) -> Usage:
        """With what the balances tell, where the records do not."""
        with self._lock:
            taken = self._after - self._before
        if usage.credits is None and taken > 0 and (share := self._share(taken)):
            usage = replace(usage, credits=share, approximate=self.shared)
        self.settled = True
        return usage

    def _share(self, taken: float) -> float:
        if self.shared:
            return self._purse.share(self, self._kind, taken)
        if calls := self.calls:
            self._purse.learn(self._kind, taken / calls)
        self._purse.book(taken)
        return taken

    def _answered(self) -> None:
        with self._lock:
            self._unanswered -= 1

    def _noted(self, reply: Any) -> tuple[float, ...]:
        """The credits that its account had used, if it tells."""
        match reply:
            case {"aiRecord": dict(made)}:
                self._keep(made)
        told = balance(reply)
        if told is None:
            return ()
        self._purse.hear(told)
        return (told.used,)

    def _keep(self, made: records.Record) -> None:
        status, uuid = made.get("status"), str(made.get("uuid"))
        with self._lock:
            if status in _FAILED:
                self._accepted.discard(uuid)
                return
            self._accepted.add(uuid)
            credits = records.credits(made)
            news = credits is not None and uuid not in self._told
            if news:
                self._told.add(uuid)
            if status == "SUCCESS":
                self.files += (place for place in records.results(made) if is_file(place))
        if credits is not None and news:
            self._purse.book(credits)


@dataclass(frozen=True, slots=True)
class Paying(Payer):
    """Who pays for one answer. The key is there."""

    bill: Bill = field(default_factory=Bill, repr=False, compare=False)


def bill_of(payer: Payer) -> Bill:
    return payer.bill if isinstance(payer, Paying) else Bill()


def balance(reply: Any) -> Balance | None:
    match reply:
        case {"aiRecord": {"teamUser": dict(told)}}:
            used = payload.credits(told.get("usedCredit"))
            limit = payload.credits(told.get("creditLimit"))
            return None if used is None else Balance(used, limit)
    return None
