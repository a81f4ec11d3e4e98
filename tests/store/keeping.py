"""What stores of files are tried with."""

from __future__ import annotations

import time
from pathlib import Path

HOUR = 3600


class Clock:
    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> float:
        return time.time() + self.ahead


def names(folder: Path) -> set[str]:
    """Of all files, wherever they are in the folder."""
    return {path.name for path in folder.rglob("*") if path.is_file()}
