"""The files of the pages, as they are served."""

from __future__ import annotations

from pathlib import Path

import requests

from tests.serving import ROOT, ThreadedRelay

FOLDER = ROOT / "routes" / "static"
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
