"""The demonstration, as somebody runs it who has no account."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def demo(command: Sequence[str], folder: Path) -> Iterator[str]:
    """What it has told once it serves. It is ended as by Ctrl-C, which all of it hears: even
    where a shell runs the tests in its background, and has them ignore that.
    """
    heeding = ["env", "--default-signal=INT", *command]
    with subprocess.Popen(
        heeding, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        assert running.stdout
        try:
            yield "".join(_until(running.stdout, "Ctrl-C ends it."))
        finally:
            os.killpg(running.pid, signal.SIGINT)
            status = running.wait(40)
    assert status in (0, -signal.SIGINT)


def _until(lines: Iterable[str], last: str) -> Iterator[str]:
    for line in lines:
        yield line
        if last in line:
            return
