"""What a call takes of its caller's limits and budgets before it is made."""

from __future__ import annotations

from utils import hubs
from utils.domain.callers import Caller
from utils.domain.calls import Estimate
from utils.domain.chat import Usage
from utils.domain.windows import Window
from utils.errors import ClientLeft, LimitReached, OutOfBudget
from utils.web.services.services import Services

WRITTEN = 1  # seconds within which the ledger has what is over


class Charges:
    """Shared by the threads of a call's choices: the first of them charges for all."""

    def __init__(self, who: Caller, relay: Services, ahead: Window | None) -> None:
        """`ahead` was taken before the request was read."""
        self._who = who
        self._relay = relay
        self._windows = [ahead] if ahead and ahead.granted and ahead.use.amount else []
        self._flat = 0
        self._made: list[Estimate] = []
        self._reservations: list[str] = []  # until the call is in the ledger
        self._refusal: LimitReached | OutOfBudget | None = None
        self._over = False
        self._lock = hubs.Lock()  # held while Memcached and the database are asked

    @property
    def matter(self) -> bool:
        """Whether its tokens have to be counted at all."""
        return self._who.grant.has_budget or self._relay.limits.counts_tokens(self._who)

    @property
    def tokens(self) -> Window | None:
        """What its caller has left of them, as of its last charge."""
        return self._windows[-1] if self._windows else None

    def make(self, estimate: Estimate) -> None:
        """For a model that stands in for another, only what it may take beyond that. Raises
        LimitReached, OutOfBudget, and ClientLeft once the call is over.
        """
        with self._lock:
            if self._over:
                raise ClientLeft("The call is over.")
            if self._refusal:
                raise self._refusal
            if estimate not in self._made:
                try:
                    self._make(estimate)
                except (LimitReached, OutOfBudget) as error:
                    self._refusal = error
                    raise

    def make_flat(self, estimate: Estimate) -> None:
        """For a call that counts as so many tokens at least, whatever it uses."""
        self.make(estimate)
        self._flat = max(self._flat, estimate.tokens)

    def end(self) -> tuple[str, ...]:
        """What is set apart for the call; from now on nothing more."""
        with self._lock:
            self._over = True
            return tuple(self._reservations)

    def settle(self, usage: Usage | None, *, failed: bool) -> None:
        """A call that failed gets its charges back, if it used nothing as far as anybody knows.
        The budgets are settled by the ledger.
        """
        if usage:
            used = max(usage.input_tokens + usage.output_tokens, self._flat)
            self._relay.limits.settle(self._windows, used)
        elif failed:
            self._relay.limits.settle(self._windows, 0)

    def _make(self, estimate: Estimate) -> None:
        if not self._made:
            self._take_tokens(estimate.read * estimate.answers)
        self._made.append(estimate)
        if self._who.grant.has_budget and (
            reserved := hubs.elsewhere(self._reserved, estimate)
        ):
            self._reservations.append(reserved)

    def _reserved(self, estimate: Estimate) -> str:
        """What was set apart for a call that is over stays so until the ledger has it."""
        budgets, held = self._relay.budgets, self._reservations
        try:
            return budgets.reserve(self._who, estimate, held)
        except OutOfBudget:
            self._relay.ledger.flush(WRITTEN)
            return budgets.reserve(self._who, estimate, held)

    def _take_tokens(self, number: int) -> None:
        ahead = sum(window.use.amount for window in self._windows)
        try:
            window = self._relay.limits.charge(self._who, number, ahead)
        except LimitReached:
            self._relay.limits.give_back_request(self._who)
            raise
        if window:
            self._windows.append(window)
