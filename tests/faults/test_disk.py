"""A disk that is full. No file can grow, also not the log, nor what a large body waits in."""

from __future__ import annotations

import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import requests

from simulator.server import Simulator
from tests.eventual import eventually
from tests.faults.limited import limited
from tests.serving import ProcessRelay, process

pytestmark = [pytest.mark.fault(93), pytest.mark.long]


def uploaded(relay: ProcessRelay, size: int) -> requests.Response:
    files = {"file": ("a.txt", b"x" * size)}
    return relay.post("/v1/files", files=files, data={"purpose": "user_data"})


def calls(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "data" / "relay.db")) as connection:
        return {id for (id,) in connection.execute("SELECT request_id FROM calls")}


@pytest.mark.fault(92)
def test_chats_go_on_uploads_are_refused_and_no_call_is_lost(
    onemin: Simulator, tmp_path: Path
) -> None:
    """A 503, for it may be tried again; 507 is one that no client of OpenAI's knows."""
    with process(onemin.url, tmp_path, PYTHONDEVMODE="") as relay:
        sent = [relay.chat().headers["x-request-id"]]
        assert uploaded(relay, 1000).status_code == 200
        assert eventually(lambda: calls(tmp_path) == set(sent))
        with limited(relay, resource.RLIMIT_FSIZE, 1):
            for _ in range(20):
                reply = relay.chat()
                assert reply.status_code == 200
                sent.append(reply.headers["x-request-id"])
            for size in (1000, 2**20):
                refused = uploaded(relay, size)
                assert refused.status_code == 503
                assert refused.json()["error"]["code"].endswith("_unavailable")
            assert eventually(lambda: relay.get("/readyz").json()["status"] == "degraded")
            assert relay.process.poll() is None
        assert eventually(lambda: calls(tmp_path) == set(sent))
        assert uploaded(relay, 1000).status_code == 200
        assert len(relay.get("/v1/files").json()["data"]) == 2
