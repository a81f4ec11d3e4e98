"""Requests made up by schemathesis from /openapi.json: none of them is a mistake of ours, and
each error is as the document tells.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.access.calling import TOKEN
from tests.serving import KEY, process

CHECKS = "not_a_server_error,response_schema_conformance"
OPTIONS = (
    f"--checks={CHECKS}",
    "--phases=fuzzing",
    "--max-examples=3",  # of each route
    "--request-timeout=30",
    "--suppress-health-check=all",
    "--generation-database=none",
    "--warnings=off",
    "--continue-on-failure",
    "--no-color",
)
ANTHROPIC = "anthropic-version: 2023-06-01"


def schemathesis() -> str:
    """Beside the Python that runs the tests, or anywhere."""
    own = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    program = shutil.which("schemathesis", path=own)
    if not program:
        pytest.skip("schemathesis is not installed")
    return program


@pytest.mark.long
@pytest.mark.fault(105)
@pytest.mark.parametrize(
    ("key", "options"),
    [
        (KEY, ["--exclude-path-regex=^/(admin|metrics)"]),
        (KEY, ["--include-path-regex=^/v1/(models|files|messages)", f"--header={ANTHROPIC}"]),
        (TOKEN, ["--include-path-regex=^/(admin|metrics)"]),
    ],
    ids=["a caller", "one of Anthropic's", "the operator"],
)
def test_no_request_makes_a_mistake_of_ours(
    onemin: Simulator, tmp_path: Path, key: str, options: list[str]
) -> None:
    with process(onemin.url, tmp_path, ADMIN_TOKEN=TOKEN, PYTHONDEVMODE="") as relay:
        assert relay.chat().status_code == 200  # now it knows its caller
        document, bearer = f"{relay.url}/openapi.json", f"--header=Authorization: Bearer {key}"
        command = [schemathesis(), "run", document, bearer, *OPTIONS, *options]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr
        assert "Traceback" not in relay.log.read_text()
