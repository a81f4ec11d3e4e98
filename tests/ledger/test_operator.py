"""/admin/calls, and what a spreadsheet gets, as the operator's page asks for them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
import requests
from flask.testing import FlaskCliRunner

from app import create_app
from simulator.server import Simulator
from tests.access.calling import OPERATOR, TOKEN
from tests.ledger.relays import key, row_of
from tests.serving import ASKED, ThreadedRelay, config_for
from utils.assembly.services import connect
from utils.domain.callers import Grant
from utils.relay_file import RelayFile

CHAT = "/v1/chat/completions"
SECRET = "what only its caller may know"
FORMULA = '=HYPERLINK("http://evil.example";"kitchen")'


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    folder = tmp_path_factory.mktemp("relay")
    config = config_for(
        onemin.url, folder, admin_token=TOKEN, one_min_api_keys=("the-relays-own-key",)
    )
    relay = ThreadedRelay(config)
    relay.get("/v1/models")  # so that its catalog is live
    yield relay
    relay.stop()


def chat(relay: ThreadedRelay, headers: dict[str, str], **fields: Any) -> dict[str, Any]:
    return row_of(relay, relay.post(CHAT, ASKED | fields, headers=headers))


def asked(relay: ThreadedRelay, url: str, **headers: str) -> requests.Response:
    return relay.get(url, headers=OPERATOR | headers)


def test_a_call_is_listed_as_it_is_in_the_ledger(relay: ThreadedRelay) -> None:
    made, secret = relay.services.keys.create("kitchen", Grant())
    headers = {"Authorization": f"Bearer {secret}"}
    row = chat(relay, headers, messages=[{"role": "user", "content": SECRET}])
    reply = asked(relay, "/admin/calls?limit=1")
    [told] = reply.json()["data"]
    at = datetime.fromisoformat(told.pop("at"))
    assert at == datetime.fromtimestamp(row["at"] / 1000, UTC)
    assert told == {
        "number": row["number"],
        "id": row["request_id"],
        "key": made.id,
        "name": "kitchen",
        "owner": made.owner[:8],
        "endpoint": CHAT,
        "dialect": "openai",
        "model": "gpt-4o-mini",
        "backend": "1min.ai",
        "status": 200,
        "error": "",
        "total_tokens": row["input_tokens"] + row["output_tokens"],
        "credits_approximate": bool(row["approximate"]),
        **{name: row[name] for name in ("input_tokens", "output_tokens", "source", "credits")},
        **{name: row[name] for name in ("seconds", "first_byte")},
    }
    for hidden in (SECRET, secret, made.owner):
        assert hidden not in reply.text


def test_a_page_that_asks_again_is_told_what_is_new(relay: ThreadedRelay) -> None:
    mine = key(relay)
    chat(relay, mine)
    first = asked(relay, "/admin/calls").json()
    row = chat(relay, mine, n=0)
    newer = asked(relay, f"/admin/calls?after={first['after']}").json()
    assert [one["id"] for one in newer["data"]] == [row["request_id"]]
    assert (newer["has_more"], newer["data"][0]["status"]) == (False, 400)
    again = asked(relay, f"/admin/calls?after={newer['after']}").json()
    assert (again["data"], again["after"]) == ([], newer["after"])
    older = asked(relay, f"/admin/calls?before={newer['before']}&limit=1").json()
    assert older["data"] == first["data"][:1]


def test_only_what_is_asked_for_is_listed(relay: ThreadedRelay) -> None:
    made, secret = relay.services.keys.create("kitchen", Grant())
    headers = {"Authorization": f"Bearer {secret}"}
    for fields in ({}, {"model": "gpt-4o"}, {"n": 0}):
        chat(relay, headers, **fields)
    for query, calls in (
        ("", 3),
        ("&model=gpt-4o", 1),
        ("&status=2xx", 2),
        ("&status=400", 1),
        (f"&endpoint={CHAT}&status=5xx", 0),
    ):
        told = asked(relay, f"/admin/calls?key={made.id}{query}").json()
        assert len(told["data"]) == calls, query
    usage = asked(relay, f"/admin/usage?key={made.id}&group_by=hour&model=gpt-4o").json()
    assert usage["total"]["calls"] == sum(group["calls"] for group in usage["data"]) == 1
    [group] = usage["data"]
    assert f"{datetime.now(UTC):%Y-%m-%d}" in group["hour"]
    latency = usage["total"]["latency"]
    assert 0 < latency["first_byte"]["p50"] <= latency["seconds"]["max"]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("calls?limit=0", "limit"),
        ("calls?limit=1001", "limit"),
        ("calls?after=-1", "after"),
        ("calls?after=99999999999999999999", "after"),
        ("calls?before=yesterday", "before"),
        ("calls?before=0", "before"),
        ("calls?after=1&before=2", "before"),
        ("calls?status=teapot", "status"),
        ("calls?status=4xx%0A", "status"),
        ("calls?key=%00", "key"),
        ("calls?format=xml", "format"),
        ("usage?format=xml", "format"),
        ("usage?group_by=week", "group_by"),
        (f"usage?model={'m' * 201}", "model"),
    ],
)
def test_what_means_nothing_is_refused_by_name(
    relay: ThreadedRelay, query: str, param: str
) -> None:
    refused = asked(relay, f"/admin/{query}")
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == param


def table(reply: requests.Response) -> list[dict[str, str]]:
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="')
    return [*csv.DictReader(StringIO(reply.text))]


def test_a_spreadsheet_gets_the_same_from_the_page_and_the_command(
    relay: ThreadedRelay,
) -> None:
    chat(relay, key(relay))
    config = relay.services.config
    app = create_app(config, connect(config, RelayFile.of(config, {})))
    words = ["usage", "--csv", "--group-by", "model", "--model", "gpt-4o-mini"]
    typed = FlaskCliRunner(app).invoke(args=words)
    url = "/admin/usage?group_by=model&model=gpt-4o-mini"
    by_format = asked(relay, f"{url}&format=csv")
    by_header = asked(relay, url, Accept="text/csv")
    assert typed.stdout == by_format.text == by_header.text
    [line] = table(by_format)
    told = asked(relay, url).json()["data"][0]
    assert line["calls"] == str(told["calls"])
    assert line["failures_refused"] == str(told["failures"]["refused"])
    assert line["latency_seconds_p95"] == str(told["latency"]["seconds"]["p95"])
    assert by_format.headers["x-relay-has-more"] == "false"
    browser = asked(relay, url, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert browser.headers["Content-Type"] == "application/json"


def test_without_calls_a_spreadsheet_still_has_its_head(relay: ThreadedRelay) -> None:
    for url in ("usage?format=csv&model=none&group_by=key", "calls?format=csv&model=none"):
        head, *rows = asked(relay, f"/admin/{url}").text.splitlines()
        assert {"key", "name", "owner", "credits"} < set(head.split(","))
        assert rows == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "  ="])
def test_no_cell_of_a_spreadsheet_is_a_formula(relay: ThreadedRelay, start: str) -> None:
    name = start + FORMULA[1:]
    made, secret = relay.services.keys.create(name, Grant())
    chat(relay, {"Authorization": f"Bearer {secret}"})
    for url in (f"usage?group_by=key&key={made.id}", f"calls?key={made.id}"):
        [line] = table(asked(relay, f"/admin/{url}&format=csv"))
        assert line["name"] == "'" + name
        assert asked(relay, f"/admin/{url}").json()["data"][0]["name"] == name


def test_nor_is_one_behind_what_may_end_a_cell_elsewhere(relay: ThreadedRelay) -> None:
    made, secret = relay.services.keys.create("x;=1+1|@a", Grant())
    chat(relay, {"Authorization": f"Bearer {secret}"})
    [line] = table(asked(relay, f"/admin/calls?key={made.id}&format=csv"))
    assert line["name"] == "x;'=1+1|'@a"
