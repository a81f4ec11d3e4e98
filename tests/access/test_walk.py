"""Every route, asked by every kind of caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from simulator.server import Simulator
from tests.access.calling import INCORRECT, OPERATOR, TOKEN, House, Route, bearing, house
from tests.serving import KEY
from utils.domain.callers import SCOPES
from utils.web.admission import admission
from utils.web.admission.access import Access, Admin, Open

PAGES = {"/", "/playground", "/dashboard", "/docs", "/static/some"}
OPEN = PAGES | {"/healthz", "/readyz", "/openapi.json"}
REFUSED = (401, 403)


@pytest.fixture(scope="module")
def walked(onemin: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(onemin.url, tmp_path_factory.mktemp("a"), admin_token=TOKEN) as opened:
        yield opened


@pytest.fixture(scope="module")
def closed(onemin: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("b")
    with house(onemin.url, folder, allow_passthrough=False) as opened:
        yield opened


def scoped(walked: House) -> list[tuple[Route, Access]]:
    return [(r, r.needed) for r in walked.routes if isinstance(r.needed, Access)]


def told(walked: House, route: Route, headers: dict[str, str]) -> tuple[int, str]:
    """Status and words of a refusal."""
    reply = walked.ask(route, headers)
    return reply.status_code, reply.get_json()["error"]["message"]


@pytest.mark.fault(76)
def test_only_these_urls_are_for_everybody(closed: House) -> None:
    routes = [route for route in closed.routes if isinstance(route.needed, Open)]
    assert {route.path for route in routes} <= OPEN
    for route in routes:
        assert closed.ask(route, {}).status_code not in REFUSED, route


def test_most_routes_are_for_a_scope(walked: House) -> None:
    assert len([needed for _, needed in scoped(walked) if needed.scope]) > 50


@pytest.mark.fault(76)
def test_without_a_key_every_route_says_how_to_send_one(walked: House) -> None:
    for route, _ in scoped(walked):
        status, message = told(walked, route, {})
        assert (status, "Authorization: Bearer" in message) == (401, True), route


BAD: dict[str, Callable[[House], str]] = {
    "two words": lambda _: "two words",
    "far too long": lambda _: "k" * 600,
    "malformed": lambda _: "sk-relay-short",
    "unknown": lambda _: "sk-relay-" + "a" * 43,
    "revoked": House.revoked,
    "expired": House.expired,
}


@pytest.mark.fault(76, 77)
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_key_is_the_same_401_everywhere(walked: House, kind: str) -> None:
    headers = bearing(BAD[kind](walked))
    for route, _ in scoped(walked):
        assert told(walked, route, headers) == (401, INCORRECT), route


@pytest.mark.fault(76)
def test_a_key_for_all_but_what_a_route_is_for_is_a_403(walked: House) -> None:
    keys = {scope: walked.key(*SCOPES - {scope}) for scope in SCOPES}
    for route, needed in scoped(walked):
        if needed.scope:
            status, message = told(walked, route, bearing(keys[needed.scope]))
            assert (status, needed.scope in message) == (403, True), route


@pytest.mark.fault(76)
def test_a_key_for_that_alone_is_let_in(walked: House) -> None:
    keys = {scope: walked.key(scope) for scope in SCOPES}
    for route, needed in scoped(walked):
        key = keys[needed.scope or "chat:base"]
        assert walked.ask(route, bearing(key)).status_code not in REFUSED, route


@pytest.mark.fault(76)
def test_a_key_of_1min_ais_own_is_let_in_everywhere(walked: House) -> None:
    for route, _ in scoped(walked):
        assert walked.ask(route, bearing(KEY)).status_code not in REFUSED, route


@pytest.mark.fault(76)
def test_a_key_that_1min_ai_refuses_is_let_in_where_nothing_is_kept(walked: House) -> None:
    for route, needed in scoped(walked):
        refused = walked.ask(route, bearing("bad-key")).status_code in REFUSED
        assert refused is needed.known, route


@pytest.mark.fault(76, 77)
def test_with_pass_through_off_other_keys_are_like_unknown_ones(closed: House) -> None:
    own = closed.key()
    for route, _ in scoped(closed):
        assert told(closed, route, bearing(KEY)) == (401, INCORRECT), route
        assert closed.ask(route, bearing(own)).status_code not in REFUSED, route


@pytest.mark.fault(76)
def test_admin_routes_are_for_the_token_alone(walked: House) -> None:
    routes = [r for r in walked.routes if isinstance(r.needed, Admin)]
    assert len(routes) >= 6
    others: tuple[dict[str, str], ...] = (
        *({}, bearing(KEY), bearing(walked.key()), bearing(TOKEN + "x"), bearing(TOKEN[:-1])),
        *({"x-api-key": TOKEN}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}),
    )
    for route in routes:
        assert walked.ask(route, OPERATOR).status_code not in REFUSED, route
        for headers in others:
            assert walked.ask(route, headers).status_code == 401, (route, headers)


@pytest.mark.fault(76, 83)
def test_without_a_token_there_are_no_admin_routes(walked: House, closed: House) -> None:
    nowhere = closed.client.get("/nowhere").get_data()
    for route in walked.routes:
        if isinstance(route.needed, Admin):
            for method in (route.method, "PUT"):
                asked = closed.client.open(route.path, method=method, headers=OPERATOR)
                assert (asked.status_code, asked.get_data()) == (404, nowhere), route
    assert b"admin" not in closed.client.get("/").get_data()


@pytest.mark.fault(76)
def test_a_route_that_does_not_say_whom_it_is_for_stops_the_start() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/v1/new", "new", view_func=lambda: "")
    with pytest.raises(KeyError, match="new"):
        admission.init_app(app)


# Product.md 2, told a second time: what the walk asks of a route is what the route itself says.
SCOPES_OF = {  # the first that a path begins with
    "/v1/usage": None,
    "/v1/models": "models:read",
    "/v1/embeddings": "embeddings:base",
    "/v1/moderations": "moderations:base",
    "/v1/rerank": "rerank:base",
    "/v1/audio/speech": "audio:speech",
    "/v1/audio/": "audio:transcribe",
    "/v1/images/": "images:generate",
    "/v1/videos": "videos:generate",
    "/v1/files": "files:manage",
    "/v1/uploads": "files:manage",
    "/v1/assistants": "assistants:manage",
    "/v1/threads": "assistants:manage",
    "/v1/": "chat:base",
}
ASKING = {
    *("chat/completions", "completions", "responses", "responses/compact", "messages"),
    *("embeddings", "moderations", "rerank", "videos", "threads/runs", "threads/some/runs"),
    *("images/generations", "images/edits", "images/variations"),
    *("audio/speech", "audio/transcriptions", "audio/translations"),
    "threads/some/runs/some/submit_tool_outputs",
}


@pytest.mark.fault(76)
def test_each_route_is_for_the_scope_that_the_design_names(walked: House) -> None:
    for route, needed in scoped(walked):
        expected = next(s for start, s in SCOPES_OF.items() if route.path.startswith(start))
        assert needed.scope == expected, route


def test_these_routes_and_no_others_are_in_the_ledger(walked: House) -> None:
    posts = [(r.path, needed) for r, needed in scoped(walked) if r.method == "POST"]
    assert {path for path, needed in posts if needed.asks} == {f"/v1/{one}" for one in ASKING}
