"""The programs, as npm and PyPI deliver them."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution
from pathlib import Path

from tests.programs.program import Program

# Many need a newer Node than distributions have; npm delivers that as well.
NODE_VERSION = "24.21.0"
MACHINE = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
NODE = f"node-{sys.platform}-{MACHINE}"
# Claude Code's package is put together by a script of its own; no other script is run.
CLAUDE = "@anthropic-ai/claude-code"
AFTERWARDS = f"node_modules/{CLAUDE}/install.cjs"


def packages(program: Program, versions: Mapping[str, str]) -> dict[str, str]:
    """As the guide tried them, or in the versions that are wished for, like `latest`."""
    tried = program.guide.packages(program.registry)
    return {name: versions.get(name, version) for name, version in tried.items()}


def install(folder: Path, programs: Iterable[Program], versions: Mapping[str, str]) -> None:
    """Into a folder that may hold them already. npm's share one place, for none minds."""
    wanted: dict[str, str] = {}
    for program in programs:
        if program.registry == "npm":
            wanted |= packages(program, versions)
        else:
            _from_pypi(python(folder, program).parent.parent, packages(program, versions))
    if wanted:
        _from_npm(folder / "npm", wanted | {NODE: NODE_VERSION})


def _from_npm(folder: Path, wanted: Mapping[str, str]) -> None:
    if not shutil.which("npm"):
        raise SystemExit("npm is not installed, and most of the programs come from there.")
    npm = ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit"]
    named = [f"{name}@{version}" for name, version in wanted.items()]
    _run([*npm, "--no-fund", "--loglevel=error", *named], folder)
    if CLAUDE in wanted:
        _run(["node", AFTERWARDS], folder)


def _from_pypi(folder: Path, wanted: Mapping[str, str]) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    if not folder.exists():
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], folder.parent)
    named = [
        name if version == "latest" else f"{name}=={version}"
        for name, version in wanted.items()
    ]
    into = ["--python", str(folder / "bin" / "python")]
    _run([uv, "pip", "install", "--quiet", *into, *named], folder)


def python(folder: Path, program: Program) -> Path:
    """Its own, with others of the same guide."""
    return folder / "pypi" / program.told.replace(" ", "-") / "bin" / "python"


def path(folder: Path, program: Program) -> str:
    """Where its commands are looked for."""
    npm = folder / "npm" / "node_modules"
    own = [python(folder, program).parent, npm / ".bin", npm / NODE / "bin"]
    return os.pathsep.join([*map(str, own), os.environ["PATH"]])


def versions(folder: Path, program: Program) -> Iterator[str]:
    """What is there of it."""
    for name in packages(program, {}):
        if program.registry == "npm":
            told = json.loads((folder / "npm/node_modules" / name / "package.json").read_text())
            yield f"{name} {told['version']}"
        else:
            place = python(folder, program).parent.parent.glob("lib/*/site-packages")
            found = Distribution.discover(name=name, path=list(map(str, place)))
            yield f"{name} {next(iter(found)).version}"


def _run(command: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout.decode()}")
