"""deploy/relay.service: the relay at home, where systemd minds it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import ROOT
from utils.config import Config
from utils.web.serving.serving import DRAIN_SECONDS

TEXT = (ROOT / "deploy" / "relay.service").read_text()
FIELDS = dict(re.findall(r"(?m)^(\w+)=(.*)$", TEXT))


def test_it_starts_the_relay_as_nobody_in_particular_and_lets_it_write_to_one_folder() -> None:
    assert FIELDS["ExecStart"] == f"{FIELDS['WorkingDirectory']}/.venv/bin/python app.py"
    assert FIELDS["User"] not in ("", "root")
    assert FIELDS["ProtectSystem"] == "strict"
    name, folder = FIELDS["Environment"].split("=")
    assert name.lower() in Config.model_fields
    assert folder == f"/var/lib/{FIELDS['StateDirectory']}"


def test_it_gives_streams_their_time_to_end() -> None:
    assert int(FIELDS["TimeoutStopSec"]) > DRAIN_SECONDS
    assert FIELDS["KillMode"] == "mixed"


@pytest.mark.long
def test_systemd_understands_all_of_it(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    unit = tmp_path / "relay.service"
    there = TEXT.replace("/opt/relay/.venv/bin/python", sys.executable)
    unit.write_text(there.replace("/opt/relay", str(ROOT)))
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=50
    )
    assert (done.returncode, done.stderr) == (0, "")
