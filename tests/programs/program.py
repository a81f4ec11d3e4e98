"""How a program is started. What it is told of the relay stands in its guide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from tests.programs.case import BEFORE, MINI, Case, Turn
from tests.programs.guide import Guide, guides

Registry = Literal["npm", "PyPI"]
SCRIPTS = Path(__file__).with_name("scripts")
LANGUAGES = {".py": ("python", "python"), ".mjs": ("js", "node")}  # of a guide; what runs it


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a program. `again` goes on with the conversation before."""

    model: str
    prompt: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """`environ` is what only a trial needs. `asks` are places outside that it asks whatever it
    is told, which its guide says. A `large` one is only installed when it is named. One
    that `ends_well` has the status of success even when it was refused. What a library does, a
    `script` says, after its guide's code.
    """

    name: str
    told: str  # the name of its guide
    registry: Registry
    command: Callable[[Call], list[str]]
    cases: tuple[Case, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    asks: frozenset[str] = frozenset()
    large: bool = False
    ends_well: bool = False
    script: Path | None = None

    @property
    def guide(self) -> Guide:
        return guides()[self.told]

    def prepare(self, home: Path, relay: str) -> None:
        """Do in this home what the guide says."""
        for fence in self.guide.fences:
            if fence.file:
                file = home / fence.file.removeprefix("~/")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(fence.at(relay))
        (home / "settings.sh").write_text(self.guide.code("sh", relay))
        if self.script:
            suffix = self.script.suffix
            code = self.guide.code(LANGUAGES[suffix][0], relay)
            (home / "work" / f"guide{suffix}").write_text(code)
            (home / "work" / f"check{suffix}").write_text(self.script.read_text())


def library(name: str, told: str, script: str, *, calls: int, large: bool = False) -> Program:
    """What a script of ours uses, with so many calls of the model."""
    case = Case("its uses", MINI, (_run(script),), BEFORE, more=calls - 1)
    return replace(_scripted(name, told, script, case), large=large)


def refused(name: str, told: str, script: str, why: str) -> Program:
    """What a script of ours asks in vain."""
    case = Case("refusal", MINI, (_run(script),), BEFORE, told=why)
    return _scripted(name, told, script, case)


def _run(script: str) -> Turn:
    return Turn((), "", asks=script)


def _scripted(name: str, told: str, script: str, case: Case) -> Program:
    file = SCRIPTS / script
    command = [LANGUAGES[file.suffix][1], f"check{file.suffix}"]
    registry: Registry = "npm" if file.suffix == ".mjs" else "PyPI"
    return Program(name, told, registry, lambda call: command, (case,), script=file)
