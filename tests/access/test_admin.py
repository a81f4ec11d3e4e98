from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from simulator.server import Simulator
from tests.access.calling import OPERATOR, TOKEN, House, house
from utils.config import Config, ConfigError
from utils.domain.callers import SCOPES

KEYS = "/admin/keys"


@pytest.fixture(scope="module")
def admin(onemin: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(onemin.url, tmp_path_factory.mktemp("a"), admin_token=TOKEN) as opened:
        yield opened


def ask(admin: House, method: str, path: str = "", body: Any = None) -> TestResponse:
    return admin.client.open(KEYS + path, method=method, json=body, headers=OPERATOR)


def made(admin: House, **fields: Any) -> dict[str, Any]:
    reply = ask(admin, "POST", body={"name": "laptop"} | fields)
    assert reply.status_code == 200, reply.get_data()
    told: dict[str, Any] = reply.get_json()
    return told


def test_a_key_is_made_shown_and_listed_and_its_secret_told_once(admin: House) -> None:
    limits = {"requests": 5, "tokens": 0, "concurrency": 2, "monthly_tokens": 10**9}
    expires = int(time.time()) + 60
    asked = {
        "scopes": ["models:read", "chat:base"],
        "models": ["gpt-4o*"],
        "expires_at": expires,
        "monthly_credits": 1.5,
    }
    key = made(admin, **asked, **limits)
    secret = key.pop("secret")
    assert secret.startswith("sk-relay-")
    assert (key["name"], key["state"], key["object"]) == ("laptop", "active", "key")
    told = {name: key[name] for name in asked | limits}
    assert told == asked | limits | {"scopes": ["chat:base", "models:read"]}
    assert ask(admin, "GET", f"/{key['id']}").get_json() == key
    assert ask(admin, "GET").get_json()["data"][0] == key
    assert admin.chat(secret).status_code != 401


def test_a_key_is_for_everything_unless_told(admin: House) -> None:
    key = made(admin)
    assert key["scopes"] == sorted(SCOPES)
    nothing = ("models", "expires_at", "revoked_at", "requests", "tokens", "concurrency")
    assert not any(key[name] for name in (*nothing, "monthly_tokens", "monthly_credits"))


def test_a_secret_is_kept_by_no_cache_on_the_way(admin: House) -> None:
    reply = ask(admin, "POST", body={"name": "a"})
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\nb"),
        ("name", 5),
        ("scopes", ["chat:bass"]),
        ("scopes", []),
        ("scopes", "chat:base"),
        ("models", [""]),
        ("expires_at", 1),
        ("expires_at", 10**12),
        ("requests", -1),
        ("tokens", 1.5),
        ("monthly_credits", -1),
        ("concurrency", True),
        ("scope", ["chat:base"]),
    ],
)
def test_a_bad_field_is_named(admin: House, field: str, value: Any) -> None:
    reply = ask(admin, "POST", body={"name": "a", field: value})
    assert reply.status_code == 400
    assert reply.get_json()["error"]["param"].startswith(field)


def test_a_change_is_of_what_it_names(admin: House) -> None:
    key = made(admin, models=["gpt-*"], requests=5, tokens=7)
    changes = {"name": "desk", "scopes": ["chat:base"], "requests": None, "models": None}
    changed = ask(admin, "PATCH", f"/{key['id']}", changes).get_json()
    del key["secret"]
    assert changed == key | changes | {"models": []}
    assert ask(admin, "PATCH", f"/{key['id']}", {"scopes": None}).get_json()["scopes"] == (
        sorted(SCOPES)
    )
    assert ask(admin, "PATCH", f"/{key['id']}", {"scopes": ["none"]}).status_code == 400


def test_rotation_ends_a_secret_and_revocation_the_key(admin: House) -> None:
    key = made(admin)
    rotated = ask(admin, "POST", f"/{key['id']}/rotate").get_json()
    assert admin.chat(key["secret"]).status_code == 401
    assert admin.get("/v1/models", rotated["secret"]).status_code == 200
    assert rotated | {"secret": key["secret"]} == key
    revoked = ask(admin, "DELETE", f"/{key['id']}").get_json()
    assert revoked["state"] == "revoked"
    assert ask(admin, "DELETE", f"/{key['id']}").get_json() == revoked
    assert ask(admin, "POST", f"/{key['id']}/rotate").status_code == 409


def test_what_is_kept_stays_with_a_key_that_was_rotated(admin: House) -> None:
    key = made(admin)
    thread = admin.post("/v1/threads", key["secret"]).get_json()["id"]
    rotated = ask(admin, "POST", f"/{key['id']}/rotate").get_json()
    assert admin.get(f"/v1/threads/{thread}", rotated["secret"]).status_code == 200
    assert admin.get(f"/v1/threads/{thread}", made(admin)["secret"]).status_code == 404


def test_keys_are_listed_in_pages(admin: House) -> None:
    ids = [made(admin)["id"] for _ in range(3)]
    first = ask(admin, "GET", "?limit=2").get_json()
    assert [key["id"] for key in first["data"]] == [ids[2], ids[1]]
    rest = ask(admin, "GET", f"?limit=1&after={first['last_id']}").get_json()
    assert (rest["first_id"], rest["has_more"]) == (ids[0], True)
    assert ask(admin, "GET", "?limit=1000").status_code == 400


def test_nobodys_key_is_a_404(admin: House) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("PATCH", ""), ("POST", "/rotate")):
        assert ask(admin, method, f"/key_nobodys{path}", {}).status_code == 404


@pytest.mark.fault(89)
def test_pages_in_a_browser_cannot_reach_it(admin: House) -> None:
    origin = {"Origin": "https://page.example", "Access-Control-Request-Method": "GET"}
    for path in (KEYS, f"{KEYS}/some", "/admin//keys", "/admin/keys/"):
        for method in ("GET", "OPTIONS"):
            reply = admin.client.open(path, method=method, headers=OPERATOR | origin)
            assert "Access-Control-Allow-Origin" not in reply.headers, path
    assert "Access-Control-Allow-Origin" in admin.client.get("/", headers=origin).headers


def test_wrong_tokens_are_counted_for_their_address(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("c")
    with house(onemin.url, folder, admin_token=TOKEN, rate_limit_requests=2) as limited:
        wrong = [limited.get(KEYS, "wrong").status_code for _ in range(3)]
        assert wrong == [401, 401, 429]
        assert limited.get(KEYS, TOKEN).status_code == 200


@pytest.mark.fault(80)
def test_no_secret_is_logged(admin: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = made(admin)
    admin.chat(key["secret"])
    ask(admin, "DELETE", f"/{key['id']}")
    assert caplog.text
    assert not any(secret in caplog.text for secret in (key["secret"][9:], TOKEN))


@pytest.mark.fault(83)
@pytest.mark.parametrize(
    "token",
    ["short", "k7Qx2mVt9LpR4wZ", "changeme-changeme", "adminadminadminadmin", "a" * 40,
     "1234567890123456", "your-secret-admin-token", "0123456789abcdef", "k7Qx2mVt9LpR4wZb8Y ä",
     " " * 20],
)  # fmt: skip
def test_a_token_that_can_be_guessed_stops_the_start_and_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("ADMIN_TOKEN", token)
    with pytest.raises(ConfigError) as refused:
        Config.load()
    assert str(refused.value).startswith("ADMIN_TOKEN=…: must ")
    assert token not in str(refused.value)


@pytest.mark.parametrize(
    "token", [TOKEN, "0f" * 3 + "8c1d2e3b4a596877", "correct horse".replace(" ", "-") * 2]
)
def test_a_good_token_is_taken_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("ADMIN_TOKEN", token)
    assert Config.load().admin_token.get_secret_value() == token
    assert token not in repr(Config.load())


@pytest.mark.fault(83)
def test_an_empty_token_opens_nothing(
    onemin: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops no start: without a token there is nothing to open."""
    monkeypatch.setenv("ADMIN_TOKEN", "")
    token = Config.load().admin_token
    assert not token.get_secret_value()
    with house(onemin.url, tmp_path, admin_token=token) as opened:
        for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "}):
            assert opened.client.get(KEYS, headers=headers).status_code == 404
