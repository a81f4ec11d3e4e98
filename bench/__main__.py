"""`python -m bench`: what the relay costs beside the direct call, in the same run."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import report
from bench.cases import Case, cases
from bench.errors import Failed
from bench.measures import Figures, settled
from bench.targets import Target, direct, relay

CASES = sorted({case.name for case in cases(full=False)})


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _stop)
    try:
        about = report.surroundings(options.python, options.workers, options.rounds)
        table = report.rows(_measured(options))
    except Failed as failed:
        told = "\n".join([str(failed), *getattr(failed, "__notes__", ())])
        print(f"The benchmark failed. {told}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(report.text(about, table))
    if not options.only:
        report.write(about, table)
    missed = any(row.met is False for row in table)
    return 1 if options.check and missed else 0


def _measured(options: argparse.Namespace) -> Iterator[tuple[Case, dict[str, Figures]]]:
    chosen = [case for case in cases(options.full) if options.only in (None, case.name)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        simulator = stack.enter_context(direct(folder))
        through = stack.enter_context(
            relay(folder, simulator.url, options.python, options.workers, {})
        )
        targets = [settled(simulator), settled(through)]
        for number in range(options.rounds):
            for case in chosen:
                _progress(f"round {number + 1} of {options.rounds}: {case.title}")
                yield case, case.measure(_turned(targets, number))


def _turned(targets: Sequence[Target], number: int) -> list[Target]:
    """Each goes first in turn."""
    first = number % len(targets)
    return [*targets[first:], *targets[:first]]


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="at least 3 tell the spread")
    parser.add_argument("--only", choices=CASES, help="one case; the results are not kept")
    parser.add_argument("--full", action="store_true", help="JSON also with 1 and 32 at once")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a bar is missed")
    parser.add_argument("--workers", type=int, default=1, help="processes of the relay")
    parser.add_argument("--python", default=sys.executable, help="what runs the relay")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
