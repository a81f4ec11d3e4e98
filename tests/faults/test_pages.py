"""What a browser makes of what the relay says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Response

from simulator.replies import Reply
from simulator.server import Simulator
from tests.access.calling import OPERATOR, TOKEN, house
from tests.conftest import RelayFactory
from tests.serving import HEADERS, ThreadedRelay, config_for

SCRIPT = "<script>alert(1)</script>"
ONLOAD = "\"'><img src=x onerror=alert(1)>"
BROWSER = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "User-Agent": f"Mozilla/5.0 {SCRIPT}",
    "Referer": f"https://evil.example/{SCRIPT}",
}


@pytest.mark.fault(86)
@pytest.mark.parametrize("kind", ["text/html", "Text/HTML; charset=utf-8"])
def test_every_page_is_guarded_whatever_it_says_itself(
    onemin: Simulator, tmp_path: Path, kind: str
) -> None:
    """One that names no policy of its own gets the strictest."""
    loose = {"Content-Security-Policy": "default-src *", "X-Frame-Options": "ALLOWALL"}

    def page() -> Response:
        return Response(f"<p>{SCRIPT}</p>", headers={**loose, "Content-Type": kind})

    with house(onemin.url, tmp_path) as opened:
        opened.app.add_url_rule("/page", "health.page", page)
        reply = opened.client.get("/page")
    assert reply.headers.getlist("Content-Security-Policy") == [
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ]
    assert reply.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert reply.headers.getlist("X-Frame-Options") == ["DENY"]
    assert reply.headers.getlist("Referrer-Policy") == ["no-referrer"]


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadedRelay]:
    with Simulator() as onemin:
        folder = tmp_path_factory.mktemp("relay")
        relay = ThreadedRelay(config_for(onemin.url, folder, admin_token=TOKEN))
        yield relay
        relay.stop()


@pytest.mark.fault(86)
def test_hostile_strings_come_back_in_nothing_that_a_browser_runs(relay: ThreadedRelay) -> None:
    """Wherever they are kept: names of keys and models, prompts, programs."""
    sent = HEADERS | BROWSER
    for text in (SCRIPT, ONLOAD):
        made = relay.post("/admin/keys", {"name": text}, headers=OPERATOR | BROWSER)
        assert made.json()["name"] == text
        assert relay.chat(messages=[{"role": "user", "content": text}]).status_code == 200
        refused = relay.post("/v1/chat/completions", {"model": text}, headers=sent)
        assert refused.status_code in (400, 404)
        relay.get(f"/v1/{text}?{text}", headers=sent)
    for path in ("/admin/keys", "/admin/usage", "/admin/usage?group_by=key", "/metrics"):
        reply = relay.get(path, headers=OPERATOR | BROWSER)
        assert reply.status_code == 200
        assert is_inert(reply.headers["Content-Type"]), path
    for path in (
        "/",
        "/healthz",
        "/nowhere",
        f"/{SCRIPT}",
        f"/v1/models/{ONLOAD}",
        "/v1/usage",
    ):
        reply = relay.get(path, headers=sent)
        assert is_inert(reply.headers["Content-Type"]) or is_ours(reply), path
    assert SCRIPT not in relay.get("/metrics", headers=OPERATOR).text


def is_inert(kind: str) -> bool:
    """Whether a browser shows it as text, or not at all."""
    return kind.startswith(("application/json", "text/plain"))


def is_ours(page: requests.Response) -> bool:
    """Whether a page holds nothing that was sent, and would run none of it."""
    policy = page.headers["Content-Security-Policy"]
    return "default-src 'self'" in policy and not any(
        text in page.text for text in (SCRIPT, ONLOAD)
    )


@pytest.mark.fault(86)
@pytest.mark.parametrize("kind", ["text/html", "TEXT/HTML; charset=utf-8", "Text/Html"])
def test_a_page_of_1min_ais_is_not_passed_on(
    relay_with: RelayFactory, onemin: Simulator, kind: str
) -> None:
    onemin.script(Reply(200, {"Content-Type": kind}, (SCRIPT.encode(),)))
    reply = relay_with().chat()
    assert (reply.status_code, reply.json()["error"]["code"]) == (502, "upstream_error")
    assert SCRIPT not in reply.text
