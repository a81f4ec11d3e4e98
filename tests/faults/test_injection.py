"""Texts that a database would read as more than texts, wherever a text may stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import event

from simulator.server import Simulator
from tests.access.calling import TOKEN
from tests.limits.calling import bearing, granted
from tests.postgresql import PostgreSQL
from tests.serving import ThreadedRelay, config_for

MARK = "zqx"  # stands in no statement of ours
HOSTILE = [
    f"{MARK}' OR '1'='1' --\"; DROP TABLE keys; %_\\",
    *(
        pytest.param(text, marks=pytest.mark.long)
        for text in (
            "%",
            "_" * 29,
            f"{MARK}' || pg_sleep(20) || '",
            f"{MARK}') UNION SELECT 1 --",
        )
    ),
]
ITEMS = [{"type": "message", "role": "user", "content": "hi"}]


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)]
)
def relay(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    settings: dict[str, Any] = {"admin_token": TOKEN, "one_min_api_keys": ("a-key-of-ours",)}
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        settings["database_url"] = server.create()
    with Simulator() as onemin:
        relay = ThreadedRelay(
            config_for(onemin.url, tmp_path_factory.mktemp("relay"), **settings)
        )
        yield relay
        relay.stop()


def bodied(text: str) -> dict[str, Any]:
    """A body with the text wherever some route takes one."""
    names = (
        *("id", "model", "name", "input", "prompt", "purpose", "filename", "mime_type", "user"),
        *("previous_response_id", "conversation", "assistant_id", "instructions", "query"),
        *("after", "before", "order", "voice", "size", "safety_identifier", "description"),
    )
    lists = ("file_ids", "part_ids", "documents", "scopes", "models", "include")
    said = [{"role": "user", "content": text, "name": text}]
    return {
        **dict.fromkeys(names, text),
        **{name: [text] for name in lists},
        "metadata": {text: text},
        "messages": said,
        "items": ITEMS,
    }


@pytest.mark.fault(79)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_read_as_part_of_a_statement(relay: ThreadedRelay, text: str) -> None:
    key, statements = granted(relay), list[str]()
    mine = bearing(key)
    form = {"purpose": (None, "user_data"), "file": (f"{text}.txt", b"words")}
    file = relay.post("/v1/files", None, files=form, headers=mine).json()["id"]
    thread = relay.post("/v1/threads", {"metadata": {text[:64]: text}}, headers=mine).json()

    def note(*execution: Any) -> None:
        statements.append(execution[2])

    engine = relay.services.database._engine
    event.listen(engine, "before_cursor_execute", note)
    for endpoint in relay.get("/").json()["endpoints"]:
        asked(relay, endpoint, text, mine)
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) > 50
    assert not [statement for statement in statements if MARK in statement]
    assert relay.get(f"/v1/files/{file}", headers=mine).json()["filename"].endswith(".txt")
    kept = relay.get(f"/v1/threads/{thread['id']}", headers=mine).json()
    assert kept["metadata"] == {text[:64]: text}


def asked(relay: ThreadedRelay, endpoint: str, text: str, mine: dict[str, str]) -> None:
    """Whatever it says, it is no mistake of the relay's, and no find."""
    method, _, rule = endpoint.partition(" ")
    path = "/".join(quote(text, safe="") if "<" in part else part for part in rule.split("/"))
    query = dict.fromkeys(("after", "before", "order", "purpose", "group_by", "start"), text)
    for sent in (mine, bearing(text), bearing(f"sk-relay-{text}"), bearing(TOKEN)):
        reply = relay.session.request(
            method,
            relay.url + path,
            params=query if sent == mine or "admin" in path else {},
            json=bodied(text) if method in ("POST", "PATCH") else None,
            headers=sent,
            timeout=30,
        )
        assert reply.status_code < 500, (endpoint, reply.text)
        assert "<" not in rule or reply.status_code >= 400, (endpoint, reply.text)
