"""`python -m bench.killing`: is anything lost by a relay that is killed at any moment?"""

from __future__ import annotations

import argparse
import signal
import sys

from bench.errors import Failed
from bench.gateways import default_folder
from bench.killing import report
from bench.killing.run import FIRST, kills
from bench.surroundings import surroundings

FEWEST = 100  # moments: of fewer the results are not kept


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _stop)
    try:
        about = surroundings(options.python, default_folder(), measured=())
        run = kills(options.moments, options.python)
    except Failed as failed:
        told = "\n".join([str(failed), *getattr(failed, "__notes__", ())])
        print(f"The run failed. {told}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    text = report.text(about, run)
    print(text)
    if options.moments >= FEWEST:
        report.write(text)
    return 1 if run.wrong else 0


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.killing", description=__doc__)
    parser.add_argument("--moments", type=_moments, default=200)
    parser.add_argument("--python", default=sys.executable, help="what runs the relay")
    return parser.parse_args()


def _moments(word: str) -> int:
    moments = int(word)
    if moments <= FIRST:
        raise argparse.ArgumentTypeError(f"the first {FIRST} are starts of a new database")
    return moments


if __name__ == "__main__":
    sys.exit(main())
