"""`python -m simulator`, as a process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_when_told(stop: signal.Signals) -> None:
    command = [sys.executable, "-m", "simulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "listening on http://127.0.0.1:" in process.stdout.readline()
        started = time.monotonic()
        process.send_signal(stop)
        assert process.wait(5) == 0
        assert time.monotonic() - started < 1
