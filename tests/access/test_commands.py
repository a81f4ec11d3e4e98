"""`flask keys …`, as an operator types it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskCliRunner

from app import create_app
from simulator.server import Simulator
from tests.access.calling import INCORRECT, House, bearing
from tests.postgresql import PostgreSQL
from tests.serving import ROOT, Relay, config_for, process
from utils.assembly.services import connect
from utils.domain.callers import Grant
from utils.domain.paging import Paging
from utils.relay_file import RelayFile
from utils.store.database import Database
from utils.store.keys import KeyStore

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def flask(tmp_path: Path) -> Typed:
    """Exit status, standard output and standard error of a command."""

    def typed(*words: str) -> tuple[int, str, str]:
        config = config_for("http://127.0.0.1:9", tmp_path)
        app = create_app(config, connect(config, RelayFile.of(config, {})))
        done = FlaskCliRunner(app).invoke(args=words)
        return done.exit_code, done.stdout, done.stderr

    return typed


def test_a_key_is_made_listed_shown_rotated_and_revoked(flask: Typed, tmp_path: Path) -> None:
    words = (
        *("--name", "my laptop", "--scope", "chat:base", "--scope", "models:read"),
        *("--model", "gpt-*", "--expires", "30", "--requests", "5", "--monthly-credits", "1.5"),
    )
    status, secret, told = flask("keys", "create", *words)
    assert (status, secret.count("\n")) == (0, 1)
    id = told.split()[0]
    house = House("http://127.0.0.1:9", tmp_path)
    key = house.relay.keyring.key(secret.strip())
    assert key
    assert (key.id, key.name, key.grant.models) == (id, "my laptop", ("gpt-*",))
    assert key.grant.scopes == {"chat:base", "models:read"}
    assert (key.grant.requests, key.grant.monthly_credits) == (5, 1.5)
    assert key.expires == key.created + 30 * 86400
    head, line = flask("keys", "list")[1].splitlines()
    assert head.split()[:4] == ["ID", "NAME", "CALLER", "STATE"]
    assert [line.index(word) for word in (id, "active")] == [0, head.index("STATE")]
    assert "requests         5\n" in flask("keys", "show", id)[1]
    status, other, _ = flask("keys", "rotate", id)
    assert other != secret
    assert "revoked" in flask("keys", "revoke", id)[1]
    assert " revoked " in flask("keys", "list")[1]
    house.relay.close()


def test_more_keys_than_a_page_are_all_listed(
    flask: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.web.operator.commands.PAGE", 2)
    names = [f"number-{number}" for number in range(5)]
    with closing(Database(f"sqlite:///{tmp_path}/relay.db")) as database:
        for name in names:
            KeyStore(database).create(name, Grant())
    listed = flask("keys", "list")[1].splitlines()[1:]
    assert [line.split()[1] for line in listed] == names[::-1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["create"], "--name"),
        (["create", "--name", "a", "--scope", "chat:bass"], "chat:base"),
        (["create", "--name", "a", "--expires", "soon"], "a number of days, or a date"),
        (["create", "--name", "a", "--expires", "2020-01-31"], "in the past"),
        (["create", "--name", "a", "--requests", "-1"], "--requests"),
        (["create", "--name", "a\nb"], "name"),
        (["show", "key_nobodys"], "key_nobodys"),
        (["revoke", "key_nobodys"], "key_nobodys"),
        (["rotate", "key_nobodys"], "key_nobodys"),
    ],
)
def test_a_mistake_is_told_in_a_line(flask: Typed, words: list[str], complaint: str) -> None:
    status, out, told = flask("keys", *words)
    assert (status, out) == (2, "")
    assert told.splitlines()[-1].startswith("Error: ")
    assert complaint in told


def test_without_its_database_a_command_says_so(flask: Typed, tmp_path: Path) -> None:
    (tmp_path / "relay.db").mkdir()
    status, _, told = flask("keys", "list")
    assert (status, told) == (2, "Error: The relay's database cannot be reached.\n")


def in_a_shell(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "FLASK_APP": "app"},
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.long
def test_a_key_from_a_shell_is_good_for_a_relay_until_it_is_revoked(
    onemin: Simulator, tmp_path: Path
) -> None:
    """They find the same database by the same settings."""
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///here/keys.db\n")
    secret = in_a_shell(tmp_path, "keys", "create", "--name", "a")
    assert secret.startswith("sk-relay-")
    with (
        process(onemin.url, tmp_path) as relay,
        closing(Database(f"sqlite:///{tmp_path}/here/keys.db")) as database,
    ):
        used = {"headers": bearing(secret)}
        assert relay.get("/v1/models", **used).status_code == 200
        keys = KeyStore(database)
        keys.revoke(keys.page(Paging())[0][0].id)
        refused = refused_in_time(relay, secret)
    assert refused.json()["error"]["message"] == INCORRECT


@pytest.mark.long
def test_every_process_hears_of_a_revocation(
    onemin: Simulator, tmp_path: Path, postgresql: PostgreSQL
) -> None:
    url = postgresql.create()
    with closing(Database(url)) as database, ExitStack() as running:
        keys = KeyStore(database)
        key, secret = keys.create("a", Grant())
        relays = []
        for name in "ab":
            (tmp_path / name).mkdir()
            settings = {"DATABASE_URL": url, "WORKERS": "2"}
            relays.append(
                running.enter_context(process(onemin.url, tmp_path / name, **settings))
            )
        for relay in relays * 9:
            reply = requests.get(f"{relay.url}/v1/models", headers=bearing(secret), timeout=9)
            assert reply.status_code == 200
        keys.revoke(key.id)
        time.sleep(5)
        for relay in relays * 9:
            reply = requests.get(f"{relay.url}/v1/models", headers=bearing(secret), timeout=9)
            assert reply.status_code == 401


def refused_in_time(relay: Relay, secret: str) -> requests.Response:
    deadline = time.monotonic() + 5
    while (reply := relay.get("/v1/models", headers=bearing(secret))).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return reply


@pytest.mark.fault(83)
def test_a_bad_setting_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ADMIN_TOKEN", "short")
    with pytest.raises(SystemExit) as ended:
        create_app()
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert told == ("The relay cannot start. ADMIN_TOKEN=…: must have 16 characters or more\n")
