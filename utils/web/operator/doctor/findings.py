"""Checks, and what they find: one after the other, none for ever."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from utils import hubs
from utils.errors import RelayError
from utils.web.operator.doctor.mending import mend

Status = Literal["ok", "warning", "failed", "skipped"]
Price = Literal["nothing", "little", "more"]  # of a check, in credits

_UNPAID = {"little": "it costs credits (--free)", "more": "it costs more: --media asks for it"}


class Skipped(Exception):
    """What a check stands on is not there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen and, of what is wrong, how to mend it."""

    seen: str
    status: Status = "ok"
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """`look` raises Skipped, and RelayError for what failed."""

    name: str
    look: Callable[[], Finding]
    price: Price = "nothing"


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    finding: Finding
    seconds: float


class Overheard(logging.Handler):
    """What the relay's own parts log is part of what is seen: some tell only there why they
    fail. It is free of secrets.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self._lines[record.getMessage()] = None

    def lines(self) -> list[str]:
        """Since this was asked last."""
        told, self._lines = [*self._lines], {}
        return told


def found(
    checks: Iterable[Check], prices: Collection[Price], patience: float, overheard: Overheard
) -> Iterator[Result]:
    """What each check finds, of those that may cost what they do."""
    for check in checks:
        overheard.lines()
        began = time.monotonic()
        if check.price in prices:
            finding = _finding(check, patience)
        else:
            finding = Finding(_UNPAID[check.price], "skipped")
        if finding.status == "failed" and (lines := overheard.lines()):
            finding = replace(finding, seen=f"{finding.seen} ({'; '.join(lines)})")
        yield Result(check.name, finding, time.monotonic() - began)


def failure(error: RelayError) -> Finding:
    return Finding(error.message, "failed", mend(error))


def _finding(check: Check, patience: float) -> Finding:
    try:
        return hubs.at_most(patience, check.look, lambda: None)
    except Skipped as reason:
        return Finding(str(reason), "skipped")
    except RelayError as error:
        return failure(error)
    except TimeoutError:
        seen = f"it was not over after {patience:g} seconds"
        return Finding(seen, "failed", "Try a longer --timeout.")
    except Exception as error:  # noqa: BLE001  # the other checks may still tell something
        seen = f"the check itself failed: {type(error).__name__}"
        return Finding(seen, "failed", "This is a mistake of the relay's: please report it.")
