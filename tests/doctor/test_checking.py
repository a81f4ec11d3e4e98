"""Checks, one after the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from threading import Event

import pytest

from utils.domain.chat import Usage
from utils.errors import OutOfCredit
from utils.web.operator.doctor.asking import Spent
from utils.web.operator.doctor.checking import Check, Overheard, Terms, found
from utils.web.operator.doctor.course import Account, Course
from utils.web.operator.doctor.findings import Finding, Skipped


@pytest.fixture
def overheard() -> Iterator[Overheard]:
    handler = Overheard()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def fails(_: Course) -> Finding:
    raise OutOfCredit("none are left")


def is_skipped(_: Course) -> Finding:
    raise Skipped("nothing to stand on")


def is_mistaken(_: Course) -> Finding:
    raise KeyError("a secret")


def never_ends(_: Course) -> Finding:
    time.sleep(5)
    return Finding("late")


def speaks_of_it(_: Course) -> Finding:
    logging.getLogger("utils.store").warning("the reason")
    return Finding("it is away", "failed")


def test_no_check_keeps_the_others_from_their_turn() -> None:
    looks = [fails, is_skipped, is_mistaken, never_ends, lambda _: Finding("well")]
    checks = [Check(str(number), look) for number, look in enumerate(looks)]
    told = [
        result.finding
        for result in found(checks, Terms({"nothing"}, 0.1), Course(), Overheard())
    ]
    assert [each.status for each in told] == ["failed", "skipped", "failed", "failed", "ok"]
    assert told[2].seen == "the check itself failed: KeyError"
    assert "--timeout" in told[3].mend
    assert "app.1min.ai" in told[0].mend


def test_what_a_late_check_notes_or_logs_is_lost(overheard: Overheard) -> None:
    late, noted = Event(), Event()

    def is_late(course: Course) -> Finding:
        late.wait(5)
        course.accepted += (Account("the-late-key"),)
        course.spent.book([Usage(1, 1, credits=7)])
        logging.getLogger("utils.store").warning("too late")
        noted.set()
        return Finding("late")

    def comes_next(course: Course) -> Finding:
        late.set()
        noted.wait(5)
        return Finding(str(course.accepted), "failed")

    checks = [Check("late", is_late, "little"), Check("next", comes_next)]
    _, told = found(checks, Terms({"nothing", "little"}, 0.1), Course(), overheard)
    assert told.finding.seen == "()"
    assert not told.course.accepted
    assert told.course.spent == Spent(credits=0, untold=1)  # it may have paid for something


def test_what_others_have_said_is_one_plain_line_without_a_key() -> None:
    said = (
        f"\x1b]0;title\x07 the-long-key-2\nok       key \u202e\u2028the-long-key {'x' * 9999}"
    )
    terms = Terms({"nothing"}, 5, ["", "the-long-key", "the-long-key-2"])
    [result] = found(
        [Check("a", lambda _: Finding(said, mend=said))], terms, Course(), Overheard()
    )
    for told in (result.finding.seen, result.finding.mend):
        assert told.startswith(" ]0;title  *** ok       key   *** xxx")
        assert told.isprintable()
        assert len(told) == 2001
        assert "-2" not in told


def test_what_is_logged_of_a_failure_is_told_with_it(overheard: Overheard) -> None:
    [result] = found([Check("a", speaks_of_it)], Terms({"nothing"}, 5), Course(), overheard)
    assert result.finding.seen == "it is away (the reason)"
