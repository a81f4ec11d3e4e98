"""What of `.env` says nothing, and who else may read it."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import Original, parse_stream

from utils.config import SECRETS, ConfigError, readable
from utils.web.operator.doctor.findings import Finding, Skipped
from utils.web.operator.doctor.settings import FOR_CLIENTS

FILE = Path(".env")
_SECRET = {name.upper() for name in SECRETS} | {*FOR_CLIENTS}


def unread() -> list[str]:
    """Which lines of `.env` say nothing, for they are not NAME=value. Raises ConfigError."""
    if not FILE.is_file():
        return []
    with readable(), FILE.open(encoding="utf-8") as text:
        lines = [_line(binding.original) for binding in parse_stream(text) if binding.error]
    return [f"{FILE} line {line} cannot be read" for line in lines]


def _line(original: Original) -> int:
    """Blank ones before it count as its own."""
    blank = original.string[: -len(original.string.lstrip())]
    return original.line + blank.count("\n")


def env_file(dotenv: Mapping[str, str]) -> Finding:
    """Whether the relay can read all of it, and others the keys in it."""
    if not FILE.exists():
        raise Skipped("there is no .env")
    try:
        seen = unread()
    except ConfigError as error:
        raise Skipped(str(error)) from None
    mends = ["Write NAME=value there, or # before it."] if seen else []
    secret = [name for name, value in dotenv.items() if value and _is_secret(name, value)]
    mode = stat.S_IMODE(FILE.stat().st_mode)
    if secret and mode & (stat.S_IRWXG | stat.S_IRWXO):
        seen.append(f".env holds {', '.join(secret)}, and others may read it (mode {mode:o})")
        mends.append("chmod 600 .env")
    if seen:
        return Finding("; ".join(seen), "warning", " ".join(mends))
    return Finding(".env is read by its owner alone, or holds no secret")


def _is_secret(name: str, value: str) -> bool:
    return name.upper() in _SECRET or "KEY" in name.upper() or ("@" in value and "://" in value)
