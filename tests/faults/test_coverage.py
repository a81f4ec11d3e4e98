"""Every fault of the catalogue has a test, or a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.catalogue import FAULTS, UNTESTED
from tests.faults.coverage import FILES, SHOWN

TESTS = Path(__file__).parent.parent


def test_every_fault_has_a_test_or_a_reason(pytestconfig: pytest.Config) -> None:
    collected = pytestconfig.stash[FILES]
    if not collected >= {*TESTS.rglob("test_*.py")}:
        pytest.skip("only some of the tests were collected")
    shown = pytestconfig.stash[SHOWN]
    assert FAULTS.keys() - shown == UNTESTED
