"""The other gateways, installed where they disturb nobody: `python -m bench.gateways`.

Each has an environment of its own in a folder outside this tree. Together they take 1.7 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ASK_VERSION = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Pypi:
    name: str
    package: str
    requirement: str

    def version(self, folder: Path) -> str | None:
        """Of what is installed."""
        python = folder / self.name / "bin" / "python"
        if not python.exists():
            return None
        asked = (str(python), "-c", ASK_VERSION, self.package)
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
        return told.stdout.strip() or None

    def install(self, folder: Path) -> None:
        """Raises CalledProcessError or OSError."""
        place = folder / self.name
        subprocess.run((sys.executable, "-m", "venv", str(place)), check=True)
        pip = (str(place / "bin" / "python"), "-m", "pip", "install", "--quiet")
        subprocess.run((*pip, self.requirement), check=True)


@dataclass(frozen=True, slots=True)
class Npm:
    """`overrides` is what its dependencies are held to."""

    name: str
    package: str
    pin: str
    overrides: Mapping[str, str]

    def version(self, folder: Path) -> str | None:
        """Of what is installed."""
        place = folder / self.name / "node_modules" / self.package
        try:
            return str(json.loads((place / "package.json").read_text())["version"])
        except FileNotFoundError:
            return None

    def install(self, folder: Path) -> None:
        """Raises CalledProcessError or OSError. No package may run a script of its own."""
        place = folder / self.name
        place.mkdir(parents=True, exist_ok=True)
        wanted = {"dependencies": {self.package: self.pin}, "overrides": self.overrides}
        (place / "package.json").write_text(json.dumps(wanted))
        npm = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
        subprocess.run((*npm, "--prefix", str(place)), check=True)


GATEWAYS: tuple[Pypi | Npm, ...] = (
    Pypi("litellm", "litellm", "litellm[proxy]==1.106.2"),
    # With a newer server it answers every stream with a 500: its issue 1389.
    Npm("portkey", "@portkey-ai/gateway", "1.15.2", {"@hono/node-server": "1.14.1"}),
    Pypi("mlflow", "mlflow", "mlflow[gateway]==3.17.2"),
)


def default_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "1min-relay-bench"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.gateways", description=__doc__)
    parser.add_argument("--into", type=Path, default=default_folder())
    options = parser.parse_args()
    failed = []
    for gateway in GATEWAYS:
        try:
            gateway.install(options.into)
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"{gateway.name} was not installed: {error}", file=sys.stderr)
            failed.append(gateway.name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
