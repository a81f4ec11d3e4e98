"""The programs, as npm delivers them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

PACKAGES = {"codex": "@openai/codex", "claude": "@anthropic-ai/claude-code"}
# Claude Code's package is put together by a script of its own; no other script is run.
AFTERWARDS = "node_modules/@anthropic-ai/claude-code/install.cjs"


def install(folder: Path, versions: Mapping[str, str]) -> None:
    """Into a folder that may hold them already. A version may be a tag, like `latest`."""
    if not shutil.which("npm"):
        raise SystemExit("npm is not installed, and the programs come from there.")
    wanted = [f"{PACKAGES[name]}@{version}" for name, version in versions.items()]
    npm = ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit"]
    _run([*npm, "--no-fund", "--loglevel=error", *wanted], folder)
    if "claude" in versions:
        _run(["node", AFTERWARDS], folder)


def binary(folder: Path, name: str) -> Path:
    return folder / "node_modules" / ".bin" / name


def version(program: Path, home: Path) -> str:
    """What it says itself: `codex-cli 0.1.2` and `2.1.2 (Claude Code)`."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(home)}
    asked = [str(program), "--version"]
    told = subprocess.run(asked, env=environ, check=True, capture_output=True, text=True)
    return next(word for word in told.stdout.split() if word[0].isdigit())


def _run(command: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout.decode()}")
