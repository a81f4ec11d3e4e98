"""What is remembered of a call, and never a word of what was said in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from utils.domain.catalog import Model
from utils.domain.chat import Usage

ONE_MIN = "1min.ai"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One row of the ledger. `status` is how it ended, which a stream cannot tell its client:
    499 where that left. `backend` is empty for 1min.ai; `usage` is None where nothing was used,
    or nobody knows. Times are in seconds, `at` a Unix time. `reservations` end with the call;
    one that is `paid` came to something, whether or not its client was still there.
    """

    request_id: str
    owner: str
    key_id: str
    endpoint: str
    dialect: str
    model: str
    backend: str
    usage: Usage | None
    status: int
    error: str
    at: float
    seconds: float
    first_byte: float | None
    reservations: tuple[str, ...] = ()
    paid: bool = False

    @property
    def answered_by(self) -> str:
        """Empty where no model was asked."""
        return self.backend or (ONE_MIN if self.model else "")


def priced(usage: Usage, model: Model | None) -> Usage:
    """With what the tokens cost by the model's prices, where nobody told."""
    if model is None or usage.credits is not None:
        return usage
    cost = model.credits(usage.input_tokens, usage.output_tokens)
    return replace(usage, credits=cost, approximate=True) if cost else usage


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a call will cost: the tokens it reads, and writes at the most, for each of as many
    answers; `model` is None where nobody knows what it takes.
    """

    read: int
    written: int
    model: Model | None
    answers: int = 1

    @property
    def tokens(self) -> int:
        return (self.read + self.written) * self.answers
