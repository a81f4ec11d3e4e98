"""The commands of docs/deployment.md: a backup is taken, all is destroyed and brought back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.access.calling import OPERATOR, TOKEN, bearing
from tests.eventual import eventually
from tests.postgresql import PASSWORD, PostgreSQL
from tests.responses.sdk import asked, client_with
from tests.serving import ROOT, ProcessRelay, Relay, process

pytestmark = pytest.mark.long

DOCUMENT = (ROOT / "docs" / "deployment.md").read_text()
CONTENT = b"some text"

Starting = Callable[[], AbstractContextManager[ProcessRelay]]


def documented(title: str) -> str:
    [found] = re.findall(rf"<!-- {title} -->\n```sh\n(.*?)```", DOCUMENT, re.S)
    return str(found)


def typed(commands: str, folder: Path, **environ: str) -> None:
    for program in {line.split()[0] for line in commands.splitlines()}:
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    told = {"PATH": os.environ["PATH"]} | environ
    subprocess.run(["sh", "-ec", commands], cwd=folder, env=told, check=True, timeout=60)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a caller made, and what the operator."""

    key: str
    revoked: str
    file: str
    response: str


def made(relay: Relay) -> Kept:
    keys = [relay.post("/admin/keys", {"name": "a"}, headers=OPERATOR).json() for _ in range(2)]
    headers = bearing(keys[0]["secret"])
    sent = relay.post(
        "/v1/files",
        files={"file": ("a.txt", CONTENT)},
        data={"purpose": "user_data"},
        headers=headers,
    )
    with client_with(keys[0]["secret"], relay) as client:
        response = asked(client, "I like figs.")
    return Kept(keys[0]["secret"], keys[1]["secret"], sent.json()["id"], response.id)


def revoked(relay: Relay) -> None:
    """All keys, as an operator does where one is out."""
    for key in relay.get("/admin/keys", headers=OPERATOR).json()["data"]:
        url = f"{relay.url}/admin/keys/{key['id']}"
        assert relay.session.delete(url, headers=OPERATOR, timeout=30).status_code == 200


def calls(relay: Relay, key: str) -> int:
    """Of this month, in the ledger."""
    told = relay.get("/v1/usage", headers=bearing(key)).json()
    return int(told["month"]["calls"])


def is_all_there(relay: Relay, kept: Kept) -> bool:
    content = relay.get(f"/v1/files/{kept.file}/content", headers=bearing(kept.key))
    in_ledger = calls(relay, kept.key)
    with client_with(kept.key, relay) as client:
        said = asked(client, "say exactly: Still figs.", previous_response_id=kept.response)
    told = (content.content, in_ledger, said.output_text)
    return told == (CONTENT, 1, "Still figs.")


def walked(starting: Starting, backup: Callable[[], None], destroy: Callable[[], None]) -> None:
    """`destroy` also restores."""
    with starting() as relay:
        kept = made(relay)
        assert eventually(lambda: calls(relay, kept.key) == 1)
        backup()  # while it runs
        revoked(relay)
        assert relay.end() == 0
    destroy()
    with starting() as relay:
        assert is_all_there(relay, kept)
        assert relay.get("/v1/models", headers=bearing(kept.revoked)).status_code == 200
        assert relay.get("/readyz").json()["status"] == "ok"


@contextmanager
def relay_in(onemin: Simulator, folder: Path, **settings: str) -> Iterator[ProcessRelay]:
    own = {"ONE_MIN_API_KEYS": "the-relays-own-key", "ADMIN_TOKEN": TOKEN, "PYTHONDEVMODE": ""}
    with process(onemin.url, folder, **own, **settings) as relay:
        yield relay


def test_sqlite_comes_back_with_files_and_with_keys_that_were_revoked_since(
    onemin: Simulator, tmp_path: Path
) -> None:
    def destroy() -> None:
        shutil.rmtree(tmp_path / "data")
        typed(documented("restoring of sqlite"), tmp_path)

    backup = partial(typed, documented("backup of sqlite"), tmp_path)
    walked(partial(relay_in, onemin, tmp_path), backup, destroy)


def test_so_does_postgresql(onemin: Simulator, tmp_path: Path, postgresql: PostgreSQL) -> None:
    """Its password stands beside the URL, as docker-compose.yml has it."""
    url = postgresql.create()
    place = {
        "DATABASE_URL": re.sub(rf"\+psycopg|:{PASSWORD}", "", url),
        "PGPASSWORD": PASSWORD,
    }

    def destroy() -> None:
        shutil.rmtree(tmp_path / "data")
        postgresql.drop(url)
        postgresql.create(url.rsplit("/", 1)[1])
        typed(documented("restoring of postgresql"), tmp_path, **place)

    backup = partial(typed, documented("backup of postgresql"), tmp_path, **place)
    walked(partial(relay_in, onemin, tmp_path, **place), backup, destroy)
