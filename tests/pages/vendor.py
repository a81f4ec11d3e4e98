"""Copies the pages' libraries from their npm packages to routes/static/vendor.

    python -m tests.pages.vendor [--accept]

npm checks each package against its registry's sum; what is copied has to have the sums of
`sha256sums`, which `--accept` writes anew after a version was changed here.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parents[2] / "routes" / "static" / "vendor"
SUMS = "sha256sums"
_MAP = re.compile(rb"^(//|/\*)# sourceMappingURL=.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Package:
    """`files` are places in the package, by the names that they have here."""

    name: str
    version: str
    files: Mapping[str, str]


PACKAGES = (
    Package(
        "preact",
        "11.2.0",
        {
            "preact.js": "dist/preact.mjs",
            "preact-hooks.js": "hooks/dist/hooks.mjs",
            "preact.LICENSE": "LICENSE",
        },
    ),
    Package("htm", "3.1.1", {"htm.js": "dist/htm.mjs", "htm.LICENSE": "LICENSE"}),
    Package(
        "uplot",
        "1.6.32",
        {
            "uplot.js": "dist/uPlot.iife.min.js",
            "uplot.css": "dist/uPlot.min.css",
            "uplot.LICENSE": "LICENSE",
        },
    ),
    Package(
        "@picocss/pico",
        "2.1.1",
        {"pico.css": "css/pico.min.css", "pico.LICENSE": "LICENSE.md"},
    ),
    Package(
        "marked", "18.2.1", {"marked.js": "lib/marked.esm.js", "marked.LICENSE": "LICENSE"}
    ),
    Package(
        "dompurify",
        "3.4.18",
        {"purify.js": "dist/purify.min.js", "purify.LICENSE": "LICENSE"},
    ),
    Package(
        "swagger-ui-dist",
        "5.35.0",
        {
            "swagger-ui.js": "swagger-ui-bundle.js",
            "swagger-ui.css": "swagger-ui.css",
            "swagger-ui.LICENSE": "LICENSE",
            "swagger-ui.NOTICE": "NOTICE",
            "swagger-ui.parts.LICENSE": "swagger-ui-bundle.js.LICENSE.txt",
        },
    ),
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--accept", action="store_true", help="write the sums anew")
    accept = options.parse_args().accept
    copied = {name: data for package in PACKAGES for name, data in _fetched(package).items()}
    sums = "".join(f"{_sum(copied[name])}  {name}\n" for name in sorted(copied))
    if accept:
        (FOLDER / SUMS).write_text(sums)
    elif sums != (FOLDER / SUMS).read_text():
        sys.stderr.write(f"What npm gave has not the sums of {SUMS}; nothing was copied.\n")
        return 1
    for name, data in copied.items():
        (FOLDER / name).write_bytes(data)
    return 0


def _fetched(package: Package) -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        named = f"{package.name}@{package.version}"
        subprocess.run(["npm", "pack", "--silent", named], cwd=folder, check=True, timeout=120)
        (archive,) = Path(folder).iterdir()
        with tarfile.open(archive) as packed:
            return {
                name: _here(_read(packed, f"package/{place}"))
                for name, place in package.files.items()
            }


def _read(packed: tarfile.TarFile, place: str) -> bytes:
    member = packed.extractfile(place)
    assert member, f"{place} is no file"
    return member.read()


def _here(data: bytes) -> bytes:
    """Modules name each other by their files, and nobody is told of maps that are not there."""
    named = data.replace(b'from"preact"', b'from"./preact.js"')
    return _MAP.sub(b"", named)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
