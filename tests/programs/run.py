"""Codex CLI and Claude Code edit a file through the relay, and a table says how it went.

    python -m tests.programs.run --codex 0.169.0 --claude 2.1.330

Installs them with npm, then lets them reach nothing but the relay, with a simulated 1min.ai
behind it. No account is used.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.server import Simulator
from tests.programs import installing
from tests.programs.cases import CASES, Case
from tests.programs.outside import closed
from tests.programs.program import ClaudeCode, Codex, Program
from tests.programs.trial import Bench, Outcome, tried
from tests.serving import process

VERSIONS = {"codex": "0.169.0", "claude": "2.1.330"}
PROGRAMS: tuple[Program, ...] = (Codex(), ClaudeCode())
ROW = "{:<8} {:<30} {:<18} {:>6} {:>8}  {}\n"


def main() -> int:
    options = _options()
    versions = {name: getattr(options, name) for name in VERSIONS}
    cases = [case for case in CASES if options.only in (None, case.program, case.name)]
    with _folder(options.folder) as folder:
        installing.install(folder / "npm", versions)
        _tell_versions(folder)
        outcomes = list(_outcomes(cases, folder))
    for outcome in outcomes:
        for fault in outcome.faults:
            sys.stdout.write(f"\n{outcome.case.program}, {outcome.case.name}: {fault}\n")
    return int(any(outcome.faults for outcome in outcomes))


def _outcomes(cases: list[Case], folder: Path) -> Iterator[Outcome]:
    """A row of the table is written as soon as it is known."""
    programs = {program.name: program for program in PROGRAMS}
    runs = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
    with (
        Simulator() as onemin,
        closed() as outside,
        process(onemin.url, runs) as relay,
    ):
        sys.stdout.write(ROW.format("program", "model", "case", "calls", "seconds", "result"))
        for number, case in enumerate(cases):
            home = runs / f"{number:02d}-{case.program}"
            bench = Bench(onemin, outside, relay, folder / "npm", home)
            outcome = tried(case, programs[case.program], bench)
            _tell(outcome)
            yield outcome
        relay.session.close()


def _tell(outcome: Outcome) -> None:
    case, seconds = outcome.case, f"{outcome.seconds:.1f}"
    result = "failed" if outcome.faults else "ok"
    row = (case.program, case.model, case.name, outcome.answers, seconds, result)
    sys.stdout.write(ROW.format(*row))
    sys.stdout.flush()


def _tell_versions(folder: Path) -> None:
    for program in PROGRAMS:
        path = installing.binary(folder / "npm", program.name)
        sys.stdout.write(f"{program.name} {installing.version(path, folder)}\n")


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    """One that is kept, so that the next run need not install, or one that is not."""
    if named:
        named.mkdir(parents=True, exist_ok=True)
        yield named.resolve()
    else:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.programs.run", description=__doc__)
    for name, version in VERSIONS.items():
        parser.add_argument(f"--{name}", default=version, metavar="VERSION")
    parser.add_argument("--folder", type=Path, help="keep everything here")
    parser.add_argument("--only", metavar="NAME", help="one program, or one case")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
