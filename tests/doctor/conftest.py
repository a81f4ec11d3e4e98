from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from simulator.server import Simulator
from utils.assembly.examination import examine
from utils.web.operator.doctor import command

KEY = "the-operators-own-1min-key"


class Told:
    """What the doctor has said, as one document."""

    def __init__(self, status: int, text: str) -> None:
        self.exit = status
        self.text = text
        self.document = json.loads(text)
        self.checks = {check["name"]: check for check in self.document["checks"]}

    def status(self, name: str) -> str:
        return str(self.checks[name]["status"])

    def said(self, name: str) -> str:
        check = self.checks[name]
        return f"{check['seen']} {check['mend']}"

    def not_well(self) -> set[str]:
        wrong = ("warning", "failed")
        return {name for name in self.checks if self.status(name) in wrong}


Doctor = Callable[..., Told]


@pytest.fixture
def onemin() -> Iterator[Simulator]:
    with Simulator(pace=2) as simulator:
        yield simulator


@pytest.fixture
def settings(onemin: Simulator) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return {
        "PATH": os.environ["PATH"],
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "THREADS": "16",
        "ONE_MIN_BASE_URL": onemin.url,
        "ONE_MIN_ASSET_URL": onemin.asset_url,
        "ONE_MIN_API_KEYS": KEY,
    }


@pytest.fixture
def doctor(settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """The command in this process, in an environment and a folder of its own."""
    monkeypatch.chdir(tmp_path)
    app = Flask("doctor")
    command.init_app(app, examine)

    def asked(*words: str, **more: Any) -> Told:
        with monkeypatch.context() as patch:
            for name in [*os.environ]:
                patch.delenv(name)
            for name, value in {**settings, **more}.items():
                patch.setenv(name, value)
            done = FlaskCliRunner(app).invoke(args=["doctor", "--json", *words])
        return Told(done.exit_code, done.stdout)

    return asked
