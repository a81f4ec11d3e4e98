"""Checks: one after the other, none for ever."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from threading import get_ident
from typing import Literal

from utils import hubs
from utils.errors import RelayError
from utils.web.operator.doctor.course import Course, Look
from utils.web.operator.doctor.findings import Finding, Skipped, failure, presentable
from utils.web.operator.doctor.mending import MORE_TIME

Price = Literal["nothing", "little", "more"]  # of a check, in credits

_UNPAID = {"little": "it costs credits (--free)", "more": "it costs more: --media asks for it"}


@dataclass(frozen=True, slots=True)
class Check:
    """`look` raises Skipped, and RelayError for what failed. `stands_on` names the settings
    without which it would look at something else.
    """

    name: str
    look: Look
    price: Price = "nothing"
    stands_on: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """`course` is what is known after it."""

    name: str
    finding: Finding
    seconds: float
    course: Course


@dataclass(frozen=True, slots=True)
class Terms:
    """What a check may cost, how many seconds it may take, and what no result may show."""

    prices: Collection[Price]
    patience: float
    secrets: Collection[str] = field(default=(), repr=False)


class Overheard(logging.Handler):
    """What the relay's parts log on a check's thread is part of what is seen: some tell only
    there why they fail. It is free of secrets.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: dict[str, None] = {}
        self._thread = 0

    def listen(self) -> None:
        """To the thread that calls this, and no longer to the one before."""
        self._lines, self._thread = {}, get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._lines[record.getMessage()] = None

    def lines(self) -> list[str]:
        return [*self._lines]


def found(
    checks: Iterable[Check], terms: Terms, course: Course, overheard: Overheard
) -> Iterator[Result]:
    """What each check finds, of those that may cost what they do. What one that is late still
    notes is lost.
    """
    for check in checks:
        began, own = time.monotonic(), course.copy()
        if check.price in terms.prices:
            finding = _finding(check, own, terms.patience, overheard)
        else:
            finding = Finding(_UNPAID[check.price], "skipped")
        if finding.status == "failed" and (lines := overheard.lines()):
            finding = replace(finding, seen=f"{finding.seen} ({'; '.join(lines)})")
        course = own.copy()
        told = presentable(finding, terms.secrets)
        yield Result(check.name, told, time.monotonic() - began, course)


def _finding(check: Check, course: Course, patience: float, overheard: Overheard) -> Finding:
    def look() -> Finding:
        overheard.listen()
        return check.look(course)

    try:
        course.check_settings(*check.stands_on)
        return hubs.at_most(patience, look, lambda: None)
    except Skipped as reason:
        return Finding(str(reason), "skipped")
    except RelayError as error:
        return failure(error)
    except TimeoutError:
        if check.price != "nothing":
            course.spent.book([None])
        return Finding(f"it was not over after {patience:g} seconds", "failed", MORE_TIME)
    except Exception as error:  # noqa: BLE001  # the other checks may still tell something
        seen = f"the check itself failed: {type(error).__name__}"
        return Finding(seen, "failed", "This is a mistake of the relay's: please report it.")
