"""`flask doctor` as it is typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.serving import ROOT


def typed(
    folder: Path, settings: dict[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *words],
        cwd=folder,
        env={**settings, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_with_a_bad_setting_the_doctor_still_comes(
    settings: dict[str, str], tmp_path: Path
) -> None:
    done = typed(tmp_path, {**settings, "THREADS": "none"}, "doctor", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert document["status"] == "failed"
    assert [check["name"] for check in document["checks"] if check["status"] == "failed"] == [
        "settings"
    ]
    assert document["credits"]["told"] > 0


@pytest.mark.long
def test_with_a_bad_setting_other_commands_say_so(
    settings: dict[str, str], tmp_path: Path
) -> None:
    broken = {**settings, "THREADS": "none"}
    for words in (["keys", "list"], ["usage"], ["run"], ["routes"]):
        done = typed(tmp_path, broken, *words)
        assert done.returncode == 2
        assert "The relay cannot start. THREADS='none'" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.long
def test_people_get_a_line_for_each_check(
    settings: dict[str, str], tmp_path: Path, onemin: Simulator
) -> None:
    done = typed(tmp_path, {**settings, "WORKERS": "2"}, "doctor")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    [at] = [at for at, line in enumerate(lines) if line.startswith("warning")]
    assert lines[at].split()[1] == "processes"
    assert lines[at + 1].strip().startswith("-> Set MEMCACHED_HOST")
    assert lines[-1].endswith("answers that did not tell theirs: 1.")
    cost, first = (
        lines.index(next(line for line in lines if line[9:].startswith(name)))
        for name in ("cost ", "credits ")
    )
    assert cost < first


@pytest.mark.long
def test_a_key_that_nobody_gives_is_no_verdict(
    settings: dict[str, str], tmp_path: Path
) -> None:
    done = typed(tmp_path, settings, "doctor", "--key")
    assert (done.returncode, done.stdout) == (2, "")
    assert "ONE_MIN_API_KEY" in done.stderr
