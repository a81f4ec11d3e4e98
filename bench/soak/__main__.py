"""`python -m bench.soak`: half an hour of everything at half of what the relay can."""

from __future__ import annotations

import argparse
import signal
import sys

from bench.errors import Failed
from bench.gateways import default_folder
from bench.soak import report
from bench.soak.run import soak
from bench.surroundings import surroundings

SHORTEST = 5.0  # minutes: what is shorter is a try, and its results are not kept


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _stop)
    try:
        about = surroundings(options.python, default_folder(), measured=())
        run = soak(options.minutes, options.python)
    except Failed as failed:
        told = "\n".join([str(failed), *getattr(failed, "__notes__", ())])
        print(f"The soak failed. {told}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(report.text(about, run))
    if options.minutes >= SHORTEST:
        report.write(about, run)
    return 0 if run.met else 1


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=_minutes, default=30.0)
    parser.add_argument("--python", default=sys.executable, help="what runs the relay")
    return parser.parse_args()


def _minutes(word: str) -> float:
    minutes = float(word)
    if minutes < 1:
        raise argparse.ArgumentTypeError("less than one tells nothing")
    return minutes


if __name__ == "__main__":
    sys.exit(main())
