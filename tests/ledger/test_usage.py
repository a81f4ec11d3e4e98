"""/v1/usage, /admin/usage and `flask usage`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from app import create_app
from simulator.server import Simulator
from tests.access.calling import OPERATOR, TOKEN
from tests.ledger.relays import key, month, row_of
from tests.serving import ASKED, ThreadedRelay, config_for
from utils.assembly.services import connect
from utils.domain.callers import Grant, Scope
from utils.relay_file import RelayFile

CHAT = "/v1/chat/completions"
SUMS = {"calls", "failed_calls", "input_tokens", "output_tokens", "total_tokens", "credits"}


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadedRelay]:
    with Simulator() as onemin:
        config = config_for(
            onemin.url,
            tmp_path_factory.mktemp("relay"),
            admin_token=TOKEN,
            one_min_api_keys=("the-relays-own-key",),
            threads=64,
        )
        relay = ThreadedRelay(config)
        relay.get("/v1/models")  # so that its catalog is live
        yield relay
        relay.stop()


def chat(relay: ThreadedRelay, headers: dict[str, str], **fields: Any) -> int:
    reply = relay.post(CHAT, ASKED | fields, headers=headers)
    if reply.status_code != 401:
        row_of(relay, reply)
    return reply.status_code


def test_a_caller_sees_its_own_calls_and_nobody_elses(relay: ThreadedRelay) -> None:
    mine, others = key(relay, monthly_tokens=10**6), key(relay)
    for headers, fields in (
        (mine, {}),
        (mine, {"model": "gpt-4o"}),
        (mine, {"n": 0}),
        (others, {}),
    ):
        chat(relay, headers, **fields)
    told = relay.get("/v1/usage?group_by=model", headers=mine).json()
    total = told["total"]
    assert (total["calls"], total["failed_calls"]) == (3, 1)
    assert total["total_tokens"] == total["input_tokens"] + total["output_tokens"] > 0
    assert {group["model"] for group in told["data"]} == {"gpt-4o-mini", "gpt-4o", ""}
    assert sum(group["credits"] for group in told["data"]) == total["credits"] > 0
    assert set(total) == SUMS | {"credits_approximate", "failures", "latency"}
    assert told["month"].pop("budget") == {"tokens": 10**6, "credits": None}
    assert told["month"].pop("month") == f"{datetime.now(UTC):%Y-%m}"
    assert told["month"].items() < total.items()
    assert relay.get("/v1/usage", headers=others).json()["total"]["calls"] == 1


@pytest.mark.parametrize("scope", ["models:read", "images:generate"])
def test_a_key_of_any_scope_may_ask_what_it_used(relay: ThreadedRelay, scope: Scope) -> None:
    headers = key(relay, scopes=frozenset([scope]))
    assert relay.get("/v1/usage", headers=headers).json()["total"]["calls"] == 0
    assert relay.get("/usage/", headers=headers).status_code == 200


def test_days_are_asked_for_as_dates_or_as_unix_times(relay: ThreadedRelay) -> None:
    mine = key(relay)
    chat(relay, mine)
    today = datetime.now(UTC)
    tomorrow = today + timedelta(days=1)
    for start, end, calls in (
        (f"{today:%Y-%m-%d}", f"{tomorrow:%Y-%m-%d}", 1),
        (int(today.timestamp()) - 60, int(today.timestamp()) + 60, 1),
        (f"{today:%Y-%m-%d}T00:00:00Z", "2099-01-01", 1),
        ("2020-01-01", f"{today:%Y-%m-%d}", 0),
    ):
        told = relay.get(f"/v1/usage?start={start}&end={end}", headers=mine).json()
        assert told["total"]["calls"] == calls
        assert [group["day"] for group in told["data"]] == [f"{today:%Y-%m-%d}"] * calls


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("start=yesterday", "start"),
        ("end=2026-13-01", "end"),
        ("end=99999999999999999999", "end"),
        ("end=9999-12-31T23:59:59-12:00", "end"),
        ("end=1960-01-01", "end"),
        ("start=0001-01-01T00:00:00%2B11:00", "start"),
        ("start=2026-11-02&end=2026-11-02", "start"),
        ("group_by=key", "group_by"),
        ("group_by=month&model=gpt-4o", "model"),
        ("group_by=month&endpoint=/v1/messages", "endpoint"),
        ("model=%00", "model"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
    ],
)
def test_a_query_that_means_nothing_is_refused_by_name(
    relay: ThreadedRelay, query: str, param: str
) -> None:
    refused = relay.get(f"/v1/usage?{query}", headers=key(relay))
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == param


def test_the_operator_sees_everybody_by_key(relay: ThreadedRelay) -> None:
    made, secret = relay.services.keys.create("kitchen", Grant())
    chat(relay, {"Authorization": f"Bearer {secret}"})
    chat(relay, {"Authorization": "Bearer somebodys-own-key"})
    told = relay.get("/admin/usage?group_by=key&limit=1000", headers=OPERATOR).json()
    by_key = {group["key"]: group for group in told["data"] if group["key"]}
    assert by_key[made.id]["name"] == "kitchen"
    assert by_key[made.id]["owner"] == made.owner
    assert by_key[made.id]["calls"] == 1
    assert any(not group["key"] and group["calls"] for group in told["data"])
    assert told["total"]["calls"] == sum(group["calls"] for group in told["data"])
    forecast = told["forecast"]
    assert forecast["credits_of_the_month"] >= forecast["credits"] == told["total"]["credits"]


def test_how_the_calls_of_a_month_went_is_told_as_unknown(relay: ThreadedRelay) -> None:
    chat(relay, key(relay))
    told = relay.get("/admin/usage?group_by=month", headers=OPERATOR).json()
    unknown = dict.fromkeys(("p50", "p95", "max"))
    for each in (told["total"], *told["data"]):
        assert each["failures"] == dict.fromkeys(("refused", "limited", "left", "broken"))
        assert each["latency"] == {"seconds": unknown, "first_byte": unknown}


def test_nobody_else_sees_everybody(relay: ThreadedRelay) -> None:
    for headers in (key(relay), {}):
        assert relay.get("/admin/usage", headers=headers).status_code == 401


def test_a_month_that_is_used_up_is_a_429_that_says_until_when(relay: ThreadedRelay) -> None:
    mine = key(relay, monthly_tokens=500)
    assert chat(relay, mine, max_tokens=50) == 200
    refused = relay.post(CHAT, ASKED | {"max_tokens": 300}, headers=mine)
    error = refused.json()["error"]
    assert (refused.status_code, error["type"]) == (429, "insufficient_quota")
    assert "of its 500 tokens left" in error["message"]
    assert "renews on" in error["message"]
    assert refused.headers["x-should-retry"] == "false"
    found = row_of(relay, refused)
    assert (found["status"], found["error"], found["model"]) == (
        429,
        "insufficient_quota",
        "gpt-4o-mini",
    )


def test_what_a_call_that_is_over_had_set_apart_is_free_for_the_next(
    relay: ThreadedRelay,
) -> None:
    anna = key(relay, monthly_tokens=6000)  # room for one call at a time, of 4,096 at the most
    asked = "/v1/chat/completions", ASKED
    replies = [relay.post(*asked, headers=anna) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200] * 4


@pytest.mark.fault(84)
def test_calls_at_once_cannot_pass_the_budget_of_their_key(relay: ThreadedRelay) -> None:
    mine = key(relay, monthly_tokens=6_000)
    asked = {"max_tokens": 1000, "messages": [{"role": "user", "content": "hi [[delay=200]]"}]}
    with ThreadPoolExecutor(50) as threads:
        statuses = [*threads.map(lambda _: chat(relay, mine, **asked), range(50))]
    assert set(statuses) == {200, 429}
    used = month(relay, mine)
    assert used["calls"] == 50
    assert 5 <= statuses.count(200) == 50 - used["failed_calls"]
    assert used["total_tokens"] <= 6_000
    with relay.services.database.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM reservations").scalar()
    assert left == 0


def test_a_budget_in_credits_holds_for_what_is_not_counted_in_tokens(
    relay: ThreadedRelay,
) -> None:
    mine = key(relay, monthly_credits=50_000)
    image = {"prompt": "a cat", "model": "dall-e-3"}
    drawn = relay.post("/v1/images/generations", image, headers=mine)
    assert drawn.status_code == 200
    assert row_of(relay, drawn)["credits"] == month(relay, mine)["credits"] > 0
    refused = relay.post("/v1/images/generations", image, headers=mine)
    assert refused.status_code == 429
    assert "of its 50000 credits left" in refused.json()["error"]["message"]


def test_a_response_in_the_background_over_its_budget_is_refused_at_once(
    relay: ThreadedRelay,
) -> None:
    body = {"model": "gpt-4o-mini", "input": "hi", "background": True}
    refused = relay.post("/v1/responses", body, headers=key(relay, monthly_tokens=10))
    assert refused.status_code == 429


def typed(relay: ThreadedRelay, *words: str) -> tuple[int, str, str]:
    """Beside the relay, as an operator does."""
    config = relay.services.config
    app = create_app(config, connect(config, RelayFile.of(config, {})))
    done = FlaskCliRunner(app).invoke(args=["usage", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_tells_the_same_as_a_table(relay: ThreadedRelay) -> None:
    chat(relay, key(relay))
    status, table, _ = typed(relay, "--group-by", "model", "--limit", "1000")
    head, *lines, total, forecast = table.splitlines()
    assert status == 0
    assert head.split()[:4] == ["MODEL", "CALLS", "FAILED", "CALLS"]
    told = relay.get("/admin/usage?group_by=model", headers=OPERATOR).json()
    assert len(lines) == len(told["data"])
    assert total.split()[:2] == ["total", str(told["total"]["calls"])]
    assert "if it goes on like the last week" in forecast


def test_the_command_writes_what_a_spreadsheet_reads(relay: ThreadedRelay) -> None:
    for _ in range(2):
        chat(relay, key(relay))
    status, table, told = typed(relay, "--csv", "--group-by", "key", "--limit", "1")
    [line] = csv.DictReader(StringIO(table))
    assert status == 0
    assert {"key", "name", "owner", *SUMS} < set(line)
    assert int(line["calls"]) > 0
    assert "There are more" in told


def test_a_mistake_in_the_command_is_one_line(relay: ThreadedRelay) -> None:
    status, table, told = typed(relay, "--start", "yesterday")
    assert (status, table) == (2, "")
    assert told.count("\n") == 1
    assert "start: must be" in told
