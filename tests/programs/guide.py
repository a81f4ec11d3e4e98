"""What docs/clients.md says of a client: which versions were tried, and its settings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.serving import ROOT

ADDRESS = "http://127.0.0.1:5001"  # where the guides suppose the relay
GUIDES = (ROOT / "docs" / "clients.md").read_text()

SECTION = re.compile(r"^## (.+)\n((?:(?!## ).*\n)*)", re.M)
TRIED = re.compile(r"((?:`[^`]+` \d[\w.]*,?\s+(?:and\s+)?)+)from\s+(npm|PyPI)")
PACKAGE = re.compile(r"`([^`]+)` (\d[\w.]*)")
FENCE = re.compile(r"(?:In\s+`(~/[^`]+)`[^\n]*\n\n)?```(\w+)\n(.*?)```", re.S)


@dataclass(frozen=True, slots=True)
class Fence:
    """Code of a guide. `file` is where it belongs, if it says so."""

    file: str
    language: str
    code: str

    def at(self, relay: str) -> str:
        return self.code.replace(ADDRESS, relay)


@dataclass(frozen=True, slots=True)
class Guide:
    name: str
    text: str

    def packages(self, registry: str) -> dict[str, str]:
        """The version that each was tried with."""
        tried = (packages for packages, whose in TRIED.findall(self.text) if whose == registry)
        return dict(PACKAGE.findall(" ".join(tried)))

    @property
    def fences(self) -> list[Fence]:
        return [Fence(*found) for found in FENCE.findall(self.text)]

    def code(self, language: str, relay: str) -> str:
        """What belongs in no file."""
        found = (fence for fence in self.fences if fence.language == language)
        return "\n".join(fence.at(relay) for fence in found if not fence.file)


def guides() -> dict[str, Guide]:
    return {name: Guide(name, text) for name, text in SECTION.findall(GUIDES)}
