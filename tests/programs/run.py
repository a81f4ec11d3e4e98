"""Published clients use the relay as their guides say, and a table says how it went.

    python -m tests.programs.run --only codex --with @openai/codex=latest

Installs them from npm and PyPI in the versions that docs/clients.md names, then lets them
reach nothing but the relay, with a simulated 1min.ai behind it. No account is used.
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
from tests.programs.aider import AIDER
from tests.programs.case import Case
from tests.programs.claude import CLAUDE_CODE
from tests.programs.cline import CLINE
from tests.programs.codex import CODEX
from tests.programs.continuing import CONTINUE
from tests.programs.libraries import LIBRARIES
from tests.programs.llm import LLM
from tests.programs.outside import closed
from tests.programs.program import Program
from tests.programs.trial import Bench, Outcome, tried
from tests.serving import process

PROGRAMS = (CODEX, CLAUDE_CODE, CLINE, CONTINUE, AIDER, LLM, *LIBRARIES)
ROW = "{:<20} {:<30} {:<18} {:>6} {:>8}  {}\n"


def main() -> int:
    options = _options()
    programs = [program for program in PROGRAMS if _meant(program, options.only)]
    with _folder(options.folder) as folder:
        installing.install(folder, programs, dict(options.versions))
        for program in programs:
            sys.stdout.writelines(f"{told}\n" for told in installing.versions(folder, program))
        outcomes = list(_outcomes(programs, folder))
    for outcome in outcomes:
        for fault in outcome.faults:
            sys.stdout.write(f"\n{outcome.program.name}, {outcome.case.name}: {fault}\n")
    return int(any(outcome.faults for outcome in outcomes))


def _meant(program: Program, only: list[str]) -> bool:
    """A large one has to be named."""
    return program.name in only if only else not program.large


def _outcomes(programs: list[Program], folder: Path) -> Iterator[Outcome]:
    """A row of the table is written as soon as it is known."""
    runs = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
    cases = [(program, case) for program in programs for case in program.cases]
    with (
        Simulator() as onemin,
        closed() as outside,
        process(onemin.url, runs) as relay,
    ):
        sys.stdout.write(ROW.format("program", "model", "case", "calls", "seconds", "result"))
        for number, (program, case) in enumerate(cases):
            home = runs / f"{number:02d}-{program.name}"
            outcome = tried(case, program, Bench(onemin, outside, relay, folder, home))
            _tell(program, case, outcome)
            yield outcome
        relay.session.close()


def _tell(program: Program, case: Case, outcome: Outcome) -> None:
    seconds, result = f"{outcome.seconds:.1f}", "failed" if outcome.faults else "ok"
    row = (program.name, case.model, case.name, outcome.answers, seconds, result)
    sys.stdout.write(ROW.format(*row))
    sys.stdout.flush()


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
    parser.add_argument("--folder", type=Path, help="keep everything here")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these programs")
    parser.add_argument(
        "--with",
        dest="versions",
        nargs="+",
        default=[],
        type=lambda told: told.rsplit("=", 1),
        metavar="PACKAGE=VERSION",
        help="other versions than the guides name",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
