"""The files an operator starts from: pins, Makefile, image, CI."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from utils.config import Config

ROOT = Path(__file__).parent.parent
CLEAN = {"PATH": os.environ["PATH"]}  # without MAKEFLAGS, or settings of this machine
PINNED = re.compile(r"([a-z0-9-]+==[^ ]+)(?: ; .+?)?(?: --hash=sha256:[0-9a-f]{64})+")


def text(name: str) -> str:
    return (ROOT / name).read_text()


def statements(name: str) -> list[str]:
    """The lines of a file, continued ones joined, comments and blanks left out."""
    lines = re.sub(r"^\s*#.*\n", "", text(name), flags=re.MULTILINE)
    joined = re.sub(r"\s*\\\n\s*", " ", lines)
    return [line.strip() for line in joined.splitlines() if line.strip()]


def pins(name: str) -> set[str]:
    return {line.split(" ", 1)[0] for line in statements(name)}


def dockerfile(instruction: str) -> list[str]:
    """What follows each of the Dockerfile's instructions of that name."""
    words = (line.split(" ", 1) for line in statements("Dockerfile"))
    return [rest for name, rest in words if name == instruction]


def copied() -> list[str]:
    return [source for line in dockerfile("COPY") for source in line.split()[:-1]]


def healthcheck(port: int) -> int:
    """The exit status of the image's health check, asked of this machine's `port`."""
    (line,) = dockerfile("HEALTHCHECK")
    python, *arguments = json.loads(line.split("CMD ", 1)[1])
    assert python == "python"
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env={"PORT": str(port)}, stderr=subprocess.DEVNULL
    ).returncode


def make(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["make", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=CLEAN, capture_output=True, text=True)


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


# Pins


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_to_a_version_and_its_hashes(name: str) -> None:
    loose = [line for line in statements(name) if not PINNED.fullmatch(line)]
    assert not loose
    assert pins(name)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_what_is_asked_for_is_what_is_pinned(name: str) -> None:
    asked = {line.lower() for line in statements(f"{name}.in") if not line.startswith("-")}
    assert asked <= pins(f"{name}.txt")


def test_the_tests_run_on_the_versions_that_are_served() -> None:
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_pins_name_no_registry_and_no_path(name: str) -> None:
    assert not re.search(r"://|index-url|find-links|(?<!\w)/", text(name))


# Makefile


def test_make_alone_lists_every_target() -> None:
    listed = [line.split(maxsplit=1) for line in make().stdout.splitlines()]
    (phony,) = re.findall(r"^\.PHONY: (.+)$", text("Makefile"), re.MULTILINE)
    assert [name for name, _ in listed] == phony.split()
    promised = {"run", "test", "test-long", "demo", "lint", "bench", "pins", "clean"}
    assert promised < set(phony.split())


@pytest.mark.parametrize("changed", [False, True])
def test_packages_are_installed_only_when_the_pins_changed(
    tmp_path: Path, changed: bool
) -> None:
    os.utime(program(tmp_path / "bin" / "python", ""), (0, 0))
    stamp = tmp_path / ".runtime-installed"
    stamp.touch()
    if changed:
        os.utime(stamp, (1, 1))
    planned = make("-n", "run", f"VENV={tmp_path}").stdout
    assert ("pip install" in planned) is changed
    assert planned.rstrip().endswith("app.py")


@pytest.mark.parametrize(
    ("lacking", "advice"), [("version_info", "Python 3.11"), ("ensurepip", "python3-venv")]
)
def test_a_python_that_will_not_do_is_named_as_the_cause(
    tmp_path: Path, lacking: str, advice: str
) -> None:
    python = program(tmp_path / "python", f'case "$2" in *{lacking}*) exit 1;; esac')
    asked = make("run", f"VENV={tmp_path / 'none'}", f"PYTHON={python}")
    assert asked.returncode != 0
    assert advice in asked.stderr


# Image


def test_the_image_copies_only_what_exists_and_nothing_else_reaches_the_builder() -> None:
    assert [name for name in copied() if not (ROOT / name).exists()] == []
    everything, *rules = statements(".dockerignore")
    assert everything == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == set(copied())
    assert "**/.env" in rules


def test_the_image_installs_what_serving_needs_and_no_more() -> None:
    installs = [line for line in dockerfile("RUN") if "install -" in line and "pip" in line]
    always, wanted = installs
    assert always.endswith(" -r requirements.txt")
    assert wanted.startswith('if [ "$LOCAL_EMBEDDINGS" = true ]')
    assert wanted.endswith(" -r requirements-embeddings.txt; fi")
    for install in installs:
        assert "--require-hashes" in install
        assert "--no-cache-dir" in install


def test_the_image_runs_as_a_user_without_rights() -> None:
    (user,) = dockerfile("USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    order = [line.split(" ", 1)[0] for line in statements("Dockerfile")]
    assert "CMD" in order[order.index("USER") :]


def test_the_image_starts_the_relay_itself_so_that_signals_reach_it() -> None:
    (command,) = dockerfile("CMD")
    assert json.loads(command) == ["python", "app.py"]
    assert dockerfile("STOPSIGNAL") == ["SIGTERM"]


def test_the_image_exposes_the_port_the_relay_listens_on() -> None:
    assert dockerfile("EXPOSE") == [str(Config.model_fields["port"].default)]


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server whose /healthz has that status; its port."""

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing to say."""

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


@pytest.mark.parametrize(("status", "verdict"), [(200, 0), (503, 1), (404, 1)])
def test_the_health_check_believes_only_a_200(status: int, verdict: int) -> None:
    with answering(status) as port:
        assert healthcheck(port) == verdict


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def test_the_health_check_fails_where_nobody_listens() -> None:
    assert healthcheck(free_port()) == 1


def test_the_files_of_the_image_alone_serve_and_stop_when_told(tmp_path: Path) -> None:
    for name in copied():
        duplicate = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tmp_path / name).parent.mkdir(exist_ok=True)
        duplicate(ROOT / name, tmp_path / name)
    port = free_port()
    # Nothing listens on port 9: the relay starts without 1min.ai.
    settings = {"PORT": str(port), "ONE_MIN_BASE_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "app.py"]
    with subprocess.Popen(command, cwd=tmp_path, env=CLEAN | settings) as relay:
        try:
            deadline = time.monotonic() + 30
            while healthcheck(port) and relay.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            assert healthcheck(port) == 0
            relay.send_signal(signal.SIGTERM)
            assert relay.wait(20) == 0
        finally:
            relay.kill()


# CI


@pytest.mark.parametrize(
    ("says", "status"),
    [("3 passed in 0.1s", 0), ("SKIPPED [1] tests/test_x.py:1: no memcached", 1)],
    ids=["passed", "skipped"],
)
def test_ci_accepts_no_skipped_test_and_ends_with_pytests_own_line(
    tmp_path: Path, says: str, status: int
) -> None:
    for tool in ("memcached", "nginx", "python3"):
        program(tmp_path / tool, "")
    program(tmp_path / "apt-get", "echo nothing is missing >&2; exit 1")
    program(tmp_path / "make", f'echo "{says}"')
    path = {"PATH": f"{tmp_path}:{CLEAN['PATH']}"}
    command = ["bash", str(ROOT / ".ci/run")]
    ci = subprocess.run(command, env=path, capture_output=True, text=True)
    assert ci.returncode == status
    assert ci.stdout.splitlines()[-1] == says
