"""Relays for tests: the real server on a real socket, in this process or in one of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import requests

from app import create_app
from simulator.assets.links import HOST_PATH
from utils.assembly.services import connect
from utils.config import Config
from utils.relay_file import RelayFile
from utils.store.database import Database
from utils.web.serving.carrying import server_of
from utils.web.serving.serving import listener

ROOT = Path(__file__).parent.parent
KEY = "the-callers-own-1min-key"
HEADERS = {"Authorization": f"Bearer {KEY}"}
ASKED: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "hi"}],
}


class Relay:
    """Where a relay listens, and requests to it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, **options: Any) -> requests.Response:
        return self._send("GET", path, options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self._send("POST", path, {"json": body} | options)

    def chat(self, **fields: Any) -> requests.Response:
        """A chat completion, read to its end whatever it is."""
        return self.post("/v1/chat/completions", ASKED | fields)

    def _send(self, method: str, path: str, options: dict[str, Any]) -> requests.Response:
        options = {"headers": HEADERS, "timeout": 30, **options}
        return self.session.request(method, self.url + path, **options)


class ThreadedRelay(Relay):
    """In this process, so that a test can start one in milliseconds."""

    def __init__(self, config: Config, file: RelayFile | None = None) -> None:
        _make_database(config)
        self.place = listener(config)
        super().__init__(self.place.getsockname()[1])
        self.services = connect(config, file or RelayFile.of(config, {}))
        app = create_app(config, self.services)
        self.server = server_of(app, config, self.place, self.services.shutdown)
        self._thread = Thread(target=self.server.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.session.close()  # or it would be waited for
        self.server.stop()
        self._thread.join(2)
        if self._thread.is_alive():  # calls are under way: do not wait for them
            self.server.stop()  # is heard, for the first was a while ago
            self._thread.join(20)
        self.services.close()


def _make_database(config: Config) -> None:
    """Where the relay would: to bring one to today's form takes longer than all the rest."""
    file = Path(config.data_dir) / "relay.db"
    if not config.database_url and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_empty_database())


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "relay.db"
        with closing(Database(f"sqlite:///{file}")) as database:
            database.open()
        return file.read_bytes()


class ProcessRelay(Relay):
    """`python app.py`, as an operator runs it. `log` holds both of its outputs."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        super().__init__(port)
        self.process = process
        self.log = log

    def end(self, number: int = signal.SIGTERM, timeout: float = 40) -> int:
        """Its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout)


def config_for(upstream: str, folder: Path, **settings: Any) -> Config:
    usual: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "threads": 16,
        "one_min_base_url": upstream,
        "one_min_asset_url": upstream + HOST_PATH,
        "data_dir": str(folder),
        "rate_limit_requests": 0,
        "rate_limit_tokens": 0,
    }
    return Config(_env_file=None, **(usual | settings))


@contextmanager
def process(upstream: str, folder: Path, **settings: str) -> Iterator[ProcessRelay]:
    """Settings are environment variables."""
    log = folder / "relay.log"
    environ = {
        "PATH": os.environ["PATH"],
        "HOST": "127.0.0.1",
        "PORT": "0",
        "ONE_MIN_BASE_URL": upstream,
        "ONE_MIN_ASSET_URL": upstream + HOST_PATH,
        "DATA_DIR": str(folder / "data"),
        "RATE_LIMIT_REQUESTS": "0",
        "RATE_LIMIT_TOKENS": "0",
        "PYTHONDEVMODE": "1",
        "CARRIER": os.environ.get("CARRIER", ""),  # of a whole run of the tests
    }
    with log.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")],
            cwd=folder,
            env=environ | settings,
            stdout=output,
            stderr=output,
        )
    try:
        yield ProcessRelay(_port(running, log), running, log)
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()


def _port(running: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and running.poll() is None:
        if "Base URL" in (text := log.read_text()):
            return int(text.split("Base URL")[1].split("/v1")[0].rsplit(":", 1)[1])
        time.sleep(0.02)
    raise AssertionError(f"the relay did not start:\n{log.read_text()}")
