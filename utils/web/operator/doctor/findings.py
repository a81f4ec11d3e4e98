"""What checks find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from utils.errors import RelayError
from utils.web.operator.doctor.mending import mend

Status = Literal["ok", "warning", "failed", "skipped"]


class Skipped(Exception):
    """What a check stands on is not there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen and, of what is wrong, how to mend it."""

    seen: str
    status: Status = "ok"
    mend: str = ""


def failure(error: RelayError) -> Finding:
    return Finding(error.message, "failed", mend(error))
