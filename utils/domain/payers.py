"""Who pays for a call."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Payer:
    """A 1min.ai account, and the caller on whose behalf it pays. An empty `key` leaves it to
    the relay which of its own accounts that is; `account` names the one it has to be, by the
    name that `owner` gives its key.
    """

    owner: str
    key: str = field(default="", repr=False)
    account: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """The credits of an account. `limit` is None where 1min.ai has not told it."""

    used: float
    limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """One of the relay's own accounts, for its operator. `resting` is in seconds; `error` is
    the code of what let it rest last. Credits are None until 1min.ai has told them.
    """

    fingerprint: str
    in_flight: int
    resting: int
    error: str
    used_credits: float | None
    credit_limit: float | None
