"""One case: a program is run in a folder of its own, and everything around it looked at."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulator.server import Simulator
from tests.programs import installing
from tests.programs.case import BEFORE, Case, Turn
from tests.programs.outside import Outside
from tests.programs.program import Call, Program
from tests.samples import png
from tests.serving import ProcessRelay

PATIENCE = 120  # seconds for one turn
SET = ["sh", "-ec", '. "$HOME/settings.sh" >&2; exec "$@"', "sh"]  # what the guide says first
TAIL = 800  # characters of a program's output that are shown
MOST_LINES = 3  # of the relay's log
UNKNOWN_TOOL = "unsupported call"  # how Codex tells of it
TROUBLE = re.compile(r" (?:WARNING|ERROR|CRITICAL) |Traceback|ResourceWarning")
FAILED = re.compile(r" relay\.calls .*: (?:POST|GET) \S+ [45]\d\d ")


@dataclass(frozen=True, slots=True)
class Bench:
    """What a case is tried with. `home` is its own; `installed` holds the programs."""

    onemin: Simulator
    outside: Outside
    relay: ProcessRelay
    installed: Path
    home: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """`answers` is how often the model was asked."""

    program: Program
    case: Case
    faults: tuple[str, ...]
    answers: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended; `status` is None when it took too long. Its answer is what it wrote
    to standard output, where the prompt does not stand.
    """

    status: int | None
    answer: str
    rest: str

    @property
    def told(self) -> str:
        return f"{self.rest}\n{self.answer}"


def tried(case: Case, program: Program, bench: Bench) -> Outcome:
    file = bench.home / "work" / "greeting.txt"
    file.parent.mkdir(parents=True)
    file.write_text(BEFORE)
    file.with_name("greeting.txt.png").write_bytes(png())
    program.prepare(bench.home, bench.relay.url)
    file.with_name("node_modules").symlink_to(bench.installed / "npm" / "node_modules")
    asked, logged = len(bench.onemin.chats), bench.relay.log.stat().st_size
    outside, began = len(bench.outside.asked), time.monotonic()
    faults = list(_run(case, program, bench, file))
    seconds = time.monotonic() - began
    answers = len(bench.onemin.chats) - asked
    if (content := file.read_text()) != case.content:
        faults.append(f"the file holds {content!r}, not {case.content!r}")
    if not case.told and answers != case.answers:
        faults.append(f"the model was asked {answers} times, not {case.answers}")
    elsewhere = (place for place in bench.outside.asked[outside:] if place not in program.asks)
    faults += [f"it asked for {place}" for place in elsewhere]
    faults += _logged(bench.relay.log.read_bytes()[logged:].decode(), refused=bool(case.told))
    return Outcome(program, case, tuple(faults), answers, seconds)


def _run(case: Case, program: Program, bench: Bench, file: Path) -> Iterator[str]:
    """What went wrong, turn by turn."""
    environ = {
        "PATH": installing.path(bench.installed, program),
        "HOME": str(bench.home),
        "ONE_MIN_API_KEY": case.key,
        **bench.outside.environ(),
        **program.environ,
    }
    for number, turn in enumerate(case.turns):
        call = Call(case.model, turn.prompt(str(file)), again=number > 0)
        ended = _ended([*SET, *program.command(call)], file.parent, environ)
        (bench.home / f"output-{number}.txt").write_text(ended.told)
        failing = bool(case.told) and not program.ends_well
        yield from _judged(case, turn, ended, failing=failing)


def _judged(case: Case, turn: Turn, ended: Ended, *, failing: bool) -> Iterator[str]:
    shown = f"\n{ended.told[-TAIL:]}"
    if ended.status is None:
        yield f"it did not end in {PATIENCE} seconds{shown}"
    elif bool(ended.status) != failing:
        yield f"its exit status is {ended.status}{shown}"
    elif UNKNOWN_TOOL in ended.told:
        yield f"a call reached no tool{shown}"
    elif case.told not in ended.told:
        yield f"it does not say {case.told!r}{shown}"
    elif not case.told and turn.says not in ended.answer:
        yield f"its answer is not {turn.says!r}{shown}"


def _ended(command: list[str], folder: Path, environ: dict[str, str]) -> Ended:
    running = subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
        errors="replace",
    )
    try:
        answer, rest = running.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)  # with what it started itself
        answer, rest = running.communicate()
        return Ended(None, answer, rest)
    return Ended(running.returncode, answer, rest)


def _logged(log: str, *, refused: bool) -> list[str]:
    """The first trouble in the relay's log. A refused key is none of its own."""
    answers = (line for line in log.splitlines() if not refused and FAILED.search(line))
    troubles = (line for line in log.splitlines() if TROUBLE.search(line))
    return [f"the relay logged: {line}" for line in (*troubles, *answers)][:MOST_LINES]
