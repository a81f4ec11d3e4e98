"""Which test shows that which fault is survived, and how it went: `pytest --fault-table=FILE`.

A pytest plugin. Tests name the faults they are about: `@pytest.mark.fault(37, 38)`.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from tests.faults.catalogue import EXCUSED, FAULTS

FAULT = "fault"
SHOWN = pytest.StashKey[set[int]]()  # the faults that collected tests are about, long ones too
FILES = pytest.StashKey[set[Path]]()  # that were collected


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-table", type=Path, help="write which test of all shows which fault"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(number, ...): lines of the fault catalogue")
    file = config.getoption("--fault-table")
    is_whole = config.args_source is not config.ArgsSource.ARGS and not config.option.keyword
    if file and is_whole and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FaultTable(file))


@pytest.hookimpl(tryfirst=True)  # before tests are deselected
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What a report tells also reaches whoever started this worker."""
    config.stash[FILES] = {item.path for item in items}
    config.stash[SHOWN] = set[int]().union(*map(faults_of, items))
    for item in items:
        for number in sorted(faults_of(item)):
            item.user_properties.append((FAULT, number))


def faults_of(item: pytest.Item) -> set[int]:
    """Raises UsageError for a number that the catalogue does not know."""
    numbers = {number for mark in item.iter_markers(FAULT) for number in mark.args}
    if unknown := numbers - FAULTS.keys():
        raise pytest.UsageError(f"{item.nodeid} names unknown faults: {unknown}")
    return numbers


class FaultTable:
    """Gathers what the tests of each fault came to."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._came_to: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            test = report.nodeid.partition("[")[0]
            for name, value in report.user_properties:
                if name == FAULT:
                    assert isinstance(value, int)
                    self._came_to[value][test].add(report.outcome)

    def pytest_sessionfinish(self) -> None:
        rows = [self._row(number, title) for number, title in FAULTS.items()]
        head = ["| fault | | shown by | result |", "| ---: | --- | --- | --- |"]
        self._file.write_text("\n".join([*head, *rows]) + "\n")

    def _row(self, number: int, title: str) -> str:
        tests = self._came_to[number]
        shown = [f"`{test.removeprefix('tests/')}`" for test in sorted(tests)]
        if number in EXCUSED:
            shown.append(EXCUSED[number])
        outcomes = {outcome for came_to in tests.values() for outcome in came_to}
        result = ", ".join(sorted(outcomes)) or ("-" if number in EXCUSED else "NOT SHOWN")
        return f"| {number} | {title} | {'<br>'.join(shown)} | {result} |"
