"""What checks find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from utils.errors import RelayError, masked
from utils.web.operator.doctor.mending import mend

Status = Literal["ok", "warning", "failed", "skipped"]

MOST = 2000  # characters that are told of anything


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


def presentable(finding: Finding, secrets: Iterable[str]) -> Finding:
    """What others have said may repeat a key, steer a terminal, look like another check's line,
    and have no end.
    """
    seen, mended = _plain(finding.seen, secrets), _plain(finding.mend, secrets)
    return replace(finding, seen=seen, mend=mended)


def _plain(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):  # one may begin with another
        text = masked(text, secret)
    cut = text if len(text) <= MOST else f"{text[:MOST]}…"
    return "".join(letter if letter.isprintable() else " " for letter in cut)
