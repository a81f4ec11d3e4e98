"""`python -m simulator`: a 1min.ai on this machine."""

from __future__ import annotations

import argparse
import resource
import signal

from simulator.server import Simulator

STOP = {signal.SIGINT, signal.SIGTERM}


def main() -> None:
    options = _options()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # one for each stream under load
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)  # for every thread: sigwait collects them
    with Simulator(
        host=options.host,
        port=options.port,
        pace=options.pace,
        rate_limit=options.rate_limit,
        native_usage=options.native_usage,
        remember_calls=0,
    ) as simulator:
        print(f"1min.ai simulator listening on {simulator.url}", flush=True)
        print(f"its files are at {simulator.asset_url}", flush=True)
        signal.sigwait(STOP)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--pace", type=float, default=0, metavar="MS", help="between events")
    parser.add_argument("--rate-limit", type=int, metavar="N", help="requests a minute per key")
    parser.add_argument("--native-usage", action="store_true", help="count on /openai/v1")
    return parser.parse_args()


if __name__ == "__main__":
    main()
