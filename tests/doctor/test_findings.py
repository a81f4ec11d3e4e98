"""Checks, one after the other."""

from __future__ import annotations

import logging
import time

from utils.errors import OutOfCredit
from utils.web.operator.doctor.findings import Check, Finding, Overheard, Skipped, found


def fails() -> Finding:
    raise OutOfCredit("none are left")


def is_skipped() -> Finding:
    raise Skipped("nothing to stand on")


def is_mistaken() -> Finding:
    raise KeyError("a secret")


def never_ends() -> Finding:
    time.sleep(5)
    return Finding("late")


def speaks_of_it() -> Finding:
    logging.getLogger("utils.store").warning("the reason")
    return Finding("it is away", "failed")


def test_no_check_keeps_the_others_from_their_turn() -> None:
    looks = [fails, is_skipped, is_mistaken, never_ends, lambda: Finding("well")]
    checks = [Check(str(number), look) for number, look in enumerate(looks)]
    told = [result.finding for result in found(checks, {"nothing"}, 0.1, Overheard())]
    assert [each.status for each in told] == ["failed", "skipped", "failed", "failed", "ok"]
    assert told[2].seen == "the check itself failed: KeyError"
    assert "--timeout" in told[3].mend
    assert "app.1min.ai" in told[0].mend


def test_what_is_logged_of_a_failure_is_told_with_it() -> None:
    overheard = Overheard()
    logging.getLogger().addHandler(overheard)
    try:
        [result] = found([Check("a", speaks_of_it)], {"nothing"}, 5, overheard)
    finally:
        logging.getLogger().removeHandler(overheard)
    assert result.finding.seen == "it is away (the reason)"
