"""What a key may use up in a calendar month."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from random import getrandbits

from sqlalchemy import ColumnElement, Connection, func, insert, select

from utils.domain.callers import Caller
from utils.domain.calls import Estimate
from utils.errors import OutOfBudget, Unavailable
from utils.store.calls import calls, correct, month_of, reservations, spent
from utils.store.database import Database

log = logging.getLogger(__name__)

DAY = 86400
LATELY, SAMPLE = 30 * DAY, 20  # calls that tell a model's price where nobody else does
UNKNOWN = 42_000.0  # credits: what gpt-image-1 takes for a square picture of medium quality
BACK_OFF = 5  # seconds for which a database that failed is left alone


class Budgets:
    """Shared by all threads, and with all processes through the database."""

    def __init__(
        self, database: Database, seconds: float, *, clock: Callable[[], float] = time.time
    ) -> None:
        """A call that is not over after as many `seconds` has died with its process."""
        self._database = database
        self._seconds = seconds
        self._clock = clock
        self._away_until = 0.0

    def reserve(self, who: Caller, estimate: Estimate, held: Sequence[str] = ()) -> str:
        """Raises OutOfBudget. What it returns ends when the call's record is written. Of what
        the same call has `held` so far it sets apart only what is missing; "" if nothing is.

        While the database is away nobody is refused, and nothing set apart: "".
        """
        if time.monotonic() < self._away_until:
            return ""
        try:
            with self._database.begin() as connection:
                return self._reserved(connection, who, estimate, held)
        except Unavailable as error:
            log.error("a budget could not be looked at: %s", error.code)
            self._away_until = time.monotonic() + BACK_OFF
            return ""

    def correct(self, owner: str, request_id: str, model: str, credits: float) -> None:
        """What a call took in the end, which its record could not tell. Never raises: while the
        database is away it stays at what was set apart.
        """
        try:
            with self._database.begin() as connection:
                correct(connection, owner, request_id, model, credits)
        except Unavailable as error:
            log.error("what a call took could not be kept: %s", error.code)

    def _reserved(
        self, connection: Connection, who: Caller, estimate: Estimate, held: Sequence[str]
    ) -> str:
        now, grant = self._clock(), who.grant
        used = spent(connection, month_of(now), who.owner)  # first: it makes others wait
        most = estimate.tokens, estimate.answers * _credits(connection, estimate, now)
        apart = _apart(connection, reservations.c.id.in_(held)) if held else (0, 0.0)
        more = max(0, most[0] - apart[0]), max(0.0, most[1] - apart[1])
        if held and not any(more):
            return ""
        counted = zip(used, _held(connection, who.owner, now), more, strict=True)
        budgets = ("tokens", grant.monthly_tokens), ("credits", grant.monthly_credits)
        for (name, budget), parts in zip(budgets, counted, strict=True):
            if budget is not None and sum(parts) > budget:
                raise _over(name, budget, parts, now)
        id, until = f"{getrandbits(128):032x}", int((now + self._seconds) * 1000)
        row = {"id": id, "owner": who.owner, "until": until}
        connection.execute(insert(reservations), row | {"tokens": more[0], "credits": more[1]})
        return id


def _held(connection: Connection, owner: str, now: float) -> tuple[int, float]:
    return _apart(connection, reservations.c.owner == owner, reservations.c.until > now * 1000)


def _apart(connection: Connection, *which: ColumnElement[bool]) -> tuple[int, float]:
    """Tokens and credits."""
    sums = select(func.sum(reservations.c.tokens), func.sum(reservations.c.credits))
    tokens, credits = connection.execute(sums.where(*which)).one()
    return int(tokens or 0), float(credits or 0)


def _credits(connection: Connection, estimate: Estimate, now: float) -> float:
    """Of one answer: by the model's prices, else as its calls were lately, as far as 1min.ai
    told it.
    """
    if estimate.model is None:
        return UNKNOWN
    known = estimate.model.credits(estimate.read, estimate.written)
    if known is not None:
        return known
    lately = (
        select(calls.c.credits)
        .where(calls.c.model == estimate.model.id, calls.c.at > (now - LATELY) * 1000)
        .where(calls.c.credits.is_not(None), calls.c.source == "upstream")
        .order_by(calls.c.at.desc())
        .limit(SAMPLE)
        .subquery()
    )
    mean = connection.scalar(select(func.avg(lately.c.credits)))
    return UNKNOWN if mean is None else float(mean)


def _over(name: str, most: float, counted: Iterable[float], now: float) -> OutOfBudget:
    used, apart, more = counted
    under_way = f", {apart:.15g} of them set apart for calls under way" if apart else ""
    return OutOfBudget(
        f"This API key has {max(0, most - used):.15g} of its {most:.15g} {name} left this month"
        f"{under_way}, and this call may take up to {more:.15g}. A chat takes less with a "
        f"smaller max_tokens. The budget renews on {_next_month(now):%Y-%m-%d} at 00:00 UTC."
    )


def _next_month(now: float) -> datetime:
    today = datetime.fromtimestamp(now, UTC)
    year, month = divmod(today.year * 12 + today.month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)
