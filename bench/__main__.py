"""`python -m bench`: what the relay costs beside nginx, other gateways and the direct call.

The other gateways are measured if `python -m bench.gateways` has installed them.
"""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import plot, report
from bench.cases import Case, cases
from bench.errors import Failed
from bench.figures import Figures
from bench.gateways import default_folder
from bench.others import BUILDS, other
from bench.surroundings import installed, surroundings
from bench.targets import Target, direct, relay
from bench.warming import settled

CASES = list(dict.fromkeys(case.name for case in cases()))


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _stop)
    _raise_file_limit()
    failures: list[str] = []
    settings = {"workers": options.workers, "rounds": options.rounds, "failures": failures}
    try:
        about = surroundings(options.python, options.gateways, options.beside, **settings)
        table = report.rows(_measured(options, failures))
    except Failed as failed:
        told = "\n".join([str(failed), *getattr(failed, "__notes__", ())])
        print(f"The benchmark failed. {told}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(report.text(about, table))
    if not options.only:
        report.write(about, table)
        plot.write(table)
    missed = any(row.met is False for row in table)
    return 1 if options.check and missed else 0


def _measured(
    options: argparse.Namespace, failures: list[str]
) -> Iterator[tuple[Case, Mapping[str, Figures]]]:
    chosen = [case for case in cases() if case.name in (options.only or CASES)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        targets = _started(options, folder, stack)
        for number in range(options.rounds):
            for case in chosen:
                if taking_part := case.of(targets, number):
                    _progress(f"round {number + 1} of {options.rounds}: {case.title}")
                    told = case.measure(_turned(taking_part, number))
                    yield case, dict(_figures(case, told, failures))


def _figures(
    case: Case, told: Mapping[str, Figures | Failed], failures: list[str]
) -> Iterator[tuple[str, Figures]]:
    for name, figures in told.items():
        if isinstance(figures, Failed):
            failures.append(f"{name}, {case.title}: {figures}")
            yield name, {}
        else:
            yield name, figures


def _started(options: argparse.Namespace, folder: Path, stack: ExitStack) -> list[Target]:
    upstream = stack.enter_context(direct(folder))
    ours = relay(folder, upstream.url, options.python, options.workers, {})
    beside = [
        other(name, folder, options.gateways, upstream.url, {}) for name in options.beside
    ]
    targets = [upstream, *(stack.enter_context(one) for one in (ours, *beside))]
    _progress(f"warming {', '.join(target.name for target in targets)}")
    return [settled(target) for target in targets]


def _turned(targets: Sequence[Target], number: int) -> list[Target]:
    """Each goes first in turn."""
    first = number % len(targets)
    return [*targets[first:], *targets[:first]]


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _raise_file_limit() -> None:
    """For all that is started here, too: each stream takes a socket."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="at least 3 tell the spread")
    parser.add_argument(
        "--only", choices=CASES, nargs="+", help="these cases; the results are not kept"
    )
    parser.add_argument(
        "--beside", choices=list(BUILDS), nargs="*", help="default: all that are installed"
    )
    parser.add_argument(
        "--gateways", type=Path, default=default_folder(), help="where they are installed"
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if a bar is missed")
    parser.add_argument("--workers", type=int, default=1, help="processes of the relay")
    parser.add_argument("--python", default=sys.executable, help="what runs the relay")
    options = parser.parse_args()
    if options.beside is None:
        options.beside = [name for name, there in installed(options.gateways).items() if there]
    return options


if __name__ == "__main__":
    sys.exit(main())
