"""The files of the pages, as they are served."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import requests

from simulator.server import Simulator
from tests.raw import connected
from tests.serving import ROOT, ProcessRelay, ThreadedRelay, process

FOLDER = ROOT / "routes" / "static"
JSON = "application/json"
ZIPPED = {"Accept-Encoding": "gzip"}
TOGETHER = 150_000  # bytes of all pages but Swagger UI's


def files() -> list[str]:
    """What pages load."""
    found = (path for path in FOLDER.rglob("*") if path.suffix in (".js", ".css", ".svg"))
    return [f"/static/{path.relative_to(FOLDER)}" for path in found]


def is_swaggers(place: str) -> bool:
    return Path(place).name.startswith(("swagger-ui", "docs"))


def test_a_file_is_packed_and_asked_for_anew_only_when_it_changes(relay: ThreadedRelay) -> None:
    first = relay.get("/static/vendor/preact.js")
    assert first.headers["Content-Encoding"] == "gzip"
    assert b"createElement" in first.content
    plain = relay.get("/static/vendor/preact.js", headers={"Accept-Encoding": "identity"})
    assert (plain.content, "Content-Encoding" in plain.headers) == (first.content, False)
    kept = {"If-None-Match": first.headers["ETag"]}
    assert relay.get("/static/vendor/preact.js", headers=kept).status_code == 304


def test_the_pages_weigh_little(relay: ThreadedRelay) -> None:
    paths = ["/", "/playground", "/dashboard", "/static/clients.md", *files()]
    sizes = {
        path: int(relay.get(path, headers={"Accept": "text/html"}).headers["Content-Length"])
        for path in paths
        if not is_swaggers(path)
    }
    assert sum(sizes.values()) < TOGETHER, sizes


def test_a_browser_keeps_its_connection_where_nothing_has_changed(relay: ThreadedRelay) -> None:
    tag = relay.get("/static/pages.css").headers["ETag"]
    with closing(HTTPConnection("127.0.0.1", relay.port, timeout=10)) as kept:
        kept.connect()
        place = kept.sock
        for _ in range(3):
            kept.request("GET", "/static/pages.css", headers={"If-None-Match": tag, **ZIPPED})
            assert kept.getresponse().read() == b""
            assert kept.sock is place


def test_a_header_of_a_thousand_wishes_is_none(relay: ThreadedRelay) -> None:
    """To weigh them would hold up everybody else."""
    wishes = ",".join(f"text/html;level={number}" for number in range(2000))
    assert relay.get("/", headers={"Accept": wishes}).headers["Content-Type"] == JSON
    zipped = relay.get("/static/pages.css", headers={"Accept-Encoding": f"gzip,{wishes}"})
    assert "Content-Encoding" not in zipped.headers


def test_who_takes_nothing_of_a_large_file_holds_none_of_it(
    onemin: Simulator, tmp_path: Path
) -> None:
    clients = 30
    ask = b"GET /static/vendor/swagger-ui.js HTTP/1.1\r\nHost: a\r\n\r\n"
    with process(onemin.url, tmp_path) as relay, ExitStack() as held:
        assert relay.get("/static/vendor/swagger-ui.js").status_code == 200
        before = memory(relay)
        for _ in range(clients):
            held.enter_context(connected(relay.port)).sendall(ask)
        assert relay.get("/healthz").status_code == 200
        assert memory(relay) - before < clients * 2**20 / 4
        assert not [name for name in opened(relay) if "deleted" in name]


def memory(relay: ProcessRelay) -> int:
    """Bytes."""
    return int(Path(f"/proc/{relay.process.pid}/statm").read_text().split()[1]) * 4096


def opened(relay: ProcessRelay) -> list[str]:
    return [os.readlink(place) for place in Path(f"/proc/{relay.process.pid}/fd").iterdir()]


def test_nothing_in_a_page_runs_that_is_not_a_file_of_its_own(relay: ThreadedRelay) -> None:
    for path in ("/", "/playground", "/dashboard", "/docs"):
        page = relay.get(path, headers={"Accept": "text/html"})
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';"), path
        assert "script-src" not in policy, path
        assert "https:" not in policy, path


def test_no_file_but_the_pages_own_can_be_had(relay: ThreadedRelay) -> None:
    for place in ("../pages.py", "..%2fpages.py", "%2e%2e/pages.py", "vendor", "no.js", "/etc"):
        asked = requests.Request("GET", f"{relay.url}/static/x").prepare()
        asked.url = f"{relay.url}/static/{place}"
        assert relay.session.send(asked, timeout=5).status_code == 404, place
