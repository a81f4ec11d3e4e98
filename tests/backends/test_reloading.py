"""relay.yaml while the relay runs."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from simulator.replies import Pause
from simulator.server import Simulator
from tests.backends.server import ModelServer, chunk, streaming
from tests.conftest import RelayFactory
from tests.serving import HEADERS, ProcessRelay, Relay, process
from utils.config import ConfigError
from utils.relay_file import RelayFile
from utils.web.serving.reloading import Reloading

SOON = 15  # seconds: a bound on a hang, for the file is looked at every two


def file(server: ModelServer, *models: str, alias: str = "gpt-4o-mini") -> str:
    named = "".join(f"\n      {name}:" for name in models)
    backends = f"\nbackends:\n  house:\n    base_url: {server.url}\n    models:{named}\n"
    return f"aliases:\n  fast: {alias}\n" + (backends if models else "")


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def serves(relay: Relay, model: str) -> bool:
    return relay.chat(model=model).status_code == 200


@pytest.mark.fault(100)
def test_a_new_file_counts_for_the_requests_that_begin_then(
    relay_with: RelayFactory, server: ModelServer
) -> None:
    before, after = (
        RelayFile.model_validate(
            {
                "aliases": {"fast": name},
                "backends": {"house": {"base_url": server.url, "models": {name: {}}}},
            }
        )
        for name in ("one", "two")
    )
    relay = relay_with(file=before)
    assert serves(relay, "fast")
    assert not serves(relay, "two")
    server.script(streaming(chunk("Hel"), Pause(0.5), chunk("lo")))
    body = {"model": "fast", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    url = f"{relay.url}/v1/chat/completions"
    with relay.session.post(url, json=body, headers=HEADERS, stream=True) as under_way:
        relay.services.following(after).attach(relay.server.application)
        assert serves(Relay(relay.port), "fast")
        assert server.last.json["model"] == "two"
        assert not serves(Relay(relay.port), "one")
        assert b"lo" in under_way.content


def test_a_server_of_which_the_same_is_said_keeps_what_is_known_of_it(
    relay_with: RelayFactory, server: ModelServer
) -> None:
    def file(**more: Any) -> RelayFile:
        house = {"base_url": server.url, "models": {"one": {}}}
        return RelayFile.model_validate({"backends": {"house": house, **more}})

    relay = relay_with(file=file())
    assert serves(relay, "one")
    other = {"base_url": server.url, "models": {"two": {}}}
    relay.services.following(file(other=other)).attach(relay.server.application)
    assert serves(relay, "two")
    assert serves(relay, "one")
    assert server.calls[0].connection == server.last.connection


@pytest.mark.fault(96, 100)
@pytest.mark.long
def test_every_process_reads_a_new_file(
    onemin: Simulator, server: ModelServer, tmp_path: Path
) -> None:
    path = tmp_path / "relay.yaml"
    path.write_text(file(server, "one"))
    settings = {"WORKERS": "2", "CONFIG_FILE": str(path)}
    with process(onemin.url, tmp_path, **settings) as relay:
        until(lambda: serves(relay, "one"))
        assert not serves(relay, "two")
        path.write_text(file(server, "two", alias="two"))
        relay.process.send_signal(signal.SIGHUP)
        alike(relay, "fast", 200)
        alike(relay, "one", 404)
        path.write_text(file(server) + "nonsense: {}")
        relay.process.send_signal(signal.SIGHUP)
        until(lambda: relay.log.read_text().count("nonsense: is not known here") == 2)
        assert serves(relay, "two")
        assert relay.process.poll() is None


def alike(relay: ProcessRelay, model: str, status: int) -> None:
    """Each connection is another process's, perhaps."""

    def all_alike() -> bool:
        return all(Relay(relay.port).chat(model=model).status_code == status for _ in range(8))

    until(all_alike)


class Used:
    """What was read of a file, and what was used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: list[RelayFile] = []
        path.write_text("")
        self.reloading = Reloading(path, RelayFile(), self._load, self.files.append)

    def written(self, text: str) -> list[dict[str, str]]:
        self.path.write_text(text)
        self.reloading.look()
        return [file.aliases for file in self.files]

    def _load(self) -> RelayFile:
        return RelayFile.load(self.path, {})


@pytest.fixture
def used(tmp_path: Path) -> Used:
    return Used(tmp_path / "relay.yaml")


def test_a_file_is_used_once_each_time_it_says_something_else(used: Used) -> None:
    assert used.written("") == []
    assert used.written("aliases: {a: b}") == [{"a": "b"}]
    assert used.written("aliases: {a: b}") == [{"a": "b"}]
    assert used.written("aliases:\n  a: b  # the same") == [{"a": "b"}]
    assert used.written("") == [{"a": "b"}, {}]


@pytest.mark.fault(96)
def test_a_bad_file_changes_nothing_and_every_mistake_is_told(
    used: Used, caplog: pytest.LogCaptureFixture
) -> None:
    used.written("aliases: {a: b}")
    assert used.written("aliases: {a: [b]}\nodd: 1") == [{"a": "b"}]
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 1
    assert "relay.yaml: aliases.a: must be" in told[0]
    assert "relay.yaml: odd: is not known" in told[0]
    assert used.written("aliases: {a: c}") == [{"a": "b"}, {"a": "c"}]


@pytest.mark.fault(96)
def test_a_file_that_is_gone_for_a_while_changes_nothing(used: Used) -> None:
    used.written("aliases: {a: b}")
    used.path.unlink()
    used.reloading.look()
    assert used.written("aliases: {a: b}") == [{"a": "b"}]


@pytest.mark.fault(96)
def test_half_of_a_file_is_never_used(used: Used) -> None:
    used.written("aliases: {a: b}")
    writing = Timer(0.03, used.path.write_text, ("aliases: {a: c}",))
    used.path.write_text("")
    writing.start()
    used.reloading.look()
    writing.join()
    used.reloading.look()
    assert [file.aliases for file in used.files] == [{"a": "b"}, {"a": "c"}]


def test_what_a_process_began_with_may_be_old(tmp_path: Path) -> None:
    """It took the place of one that had read the file since."""
    path = tmp_path / "relay.yaml"
    path.write_text("aliases: {a: new}")
    files: list[RelayFile] = []
    old = RelayFile(aliases={"a": "old"})
    Reloading(path, old, lambda: RelayFile.load(path, {}), files.append).look()
    assert [file.aliases for file in files] == [{"a": "new"}]


@pytest.mark.fault(96)
def test_a_file_that_cannot_be_used_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "relay.yaml"
    path.write_text("x")

    def load() -> RelayFile:
        raise ConfigError("no")

    files: list[RelayFile] = []
    Reloading(path, RelayFile(), load, files.append).look()
    assert not files
