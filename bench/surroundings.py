"""What the figures depend on, and no name of this machine or its folders."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.errors import Failed
from bench.gateways import GATEWAYS
from bench.others import NGINX, PORTKEY, nginx_program

PACKAGES = (
    "flask",
    "flask-cors",
    "flask-limiter",
    "greenlet",
    "limits",
    "orjson",
    "pydantic",
    "sqlalchemy",
    "tiktoken",
    "urllib3",
    "waitress",
    "werkzeug",
)
ASK_VERSIONS = """
import importlib.metadata, json, platform, sys
print(json.dumps({"Python": platform.python_version()} | {
    name: importlib.metadata.version(name) for name in sys.argv[1:]}))
"""
NUMBER = re.compile(r"\d+(?:\.\d+)+")


def surroundings(
    python: str, gateways: Path, measured: Collection[str], **settings: Any
) -> dict[str, Any]:
    """`measured` is the names of the servers that take part."""
    there = installed(gateways)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        **settings,
        "versions": _relays(python),
        "others": {name: version for name, version in there.items() if name in measured},
        "missing": [name for name, version in there.items() if version is None],
    }


def installed(gateways: Path) -> dict[str, str | None]:
    """The version of each that the relay can be measured beside; None: it is not there."""
    found = {gateway.name: gateway.version(gateways) for gateway in GATEWAYS}
    if found[PORTKEY] and not (node := _version("node", "--version")):
        found[PORTKEY] = None
    elif found[PORTKEY]:
        found[PORTKEY] = f"{found[PORTKEY]} on node {node}"
    return {NGINX: _version(nginx_program() or NGINX, "-v"), **found}


def _version(*words: str) -> str | None:
    try:
        told = subprocess.run(words, capture_output=True, check=False, text=True)
    except FileNotFoundError:
        return None
    number = NUMBER.search(told.stdout + told.stderr)
    return number[0] if number else None


def _relays(python: str) -> dict[str, str]:
    words: Sequence[str] = (python, "-c", ASK_VERSIONS, *PACKAGES)
    try:
        told = subprocess.run(words, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(f"{python} cannot run the relay: {error}") from error
    versions: dict[str, str] = json.loads(told.stdout)
    return versions
