"""How good a page says that the relay is, beside what the relay itself says."""

from __future__ import annotations

import re
from typing import get_args

from tests.serving import ROOT
from utils.domain import breaker
from utils.web.operator import readiness

SCRIPT = (ROOT / "routes" / "static" / "states.js").read_text()


def judged(name: str) -> set[str]:
    listed = re.search(rf"const {name} = \[(.*)\]", SCRIPT)
    assert listed
    return set(re.findall(r'"(.*?)"', listed[1]))


def test_the_pages_judge_each_state_that_the_relay_tells() -> None:
    constants = [told for name, told in vars(readiness).items() if name.isupper()]
    named = {told for told in constants if isinstance(told, str)}
    meant = {state for _, state in readiness.MEANINGS}
    states = {*named, *meant, *readiness.GOOD, *get_args(breaker.State)}
    assert judged("GOOD") == {*readiness.GOOD, "closed"}
    assert judged("FAIR") | judged("BAD") == states - judged("GOOD")
