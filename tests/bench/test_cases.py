"""What the benchmark measures, of whom, and when."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from bench.bars import Bar, least
from bench.cases import Case, cases
from bench.dialects import OpenAI
from bench.errors import Failed
from bench.gateways import GATEWAYS
from bench.others import BUILDS
from bench.streams import paced
from bench.surroundings import installed
from bench.targets import Speed, Target

RELAY, OTHER = (
    Target(name, ("127.0.0.1", 1), os.getpid(), OpenAI()) for name in ("relay", "litellm")
)
CASE = Case(
    "memory", "memory", lambda targets: {}, names=("relay", "litellm"), once=("litellm",)
)


def test_no_two_cases_have_one_title() -> None:
    assert max(Counter(case.title for case in cases()).values()) == 1


def test_what_takes_long_is_measured_in_the_first_round_only() -> None:
    assert CASE.of([RELAY, OTHER], 0) == [RELAY, OTHER]
    assert CASE.of([RELAY, OTHER], 1) == [RELAY]


def test_a_bar_is_a_most_or_a_least() -> None:
    assert [Bar(10).met(value) for value in (9, 10, 11)] == [True, True, False]
    assert [least(10).met(value) for value in (9, 10, 11)] == [False, True, True]
    assert (str(Bar(1000)), str(least(2.5))) == ("≤ 1,000", "≥ 2.5")


def test_another_gateways_failure_does_not_end_the_run_but_the_relays_does() -> None:
    paced_case, *_ = [case for case in cases() if case.name == "paced"]
    assert isinstance(paced_case.measure([OTHER])["litellm"], Failed)
    with pytest.raises(Failed):
        paced_case.measure([RELAY])


def test_a_gateway_is_spared_what_would_bring_it_down() -> None:
    slow = Target("litellm", ("127.0.0.1", 1), 0, OpenAI(), speed=Speed(event=0.001))
    assert paced(slow, streams=1000) == {}


def test_a_gateway_that_is_not_installed_is_known_by_name(tmp_path: Path) -> None:
    found = installed(tmp_path)
    assert found.keys() == BUILDS.keys()
    assert [found[gateway.name] for gateway in GATEWAYS] == [None] * len(GATEWAYS)
