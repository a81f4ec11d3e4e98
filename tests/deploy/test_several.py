"""State and limits that hold whoever of several answers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bench.answers import Answer
from bench.load import Load
from simulator.server import Simulator
from tests.deploy.several import (
    AGAIN,
    Places,
    Several,
    bearing,
    machines,
    request,
    workers,
)
from tests.eventual import eventually
from tests.limits.calling import in_one_minute
from tests.memcached import Memcached
from tests.postgresql import PostgreSQL
from tests.responses.sdk import asked, client_with

pytestmark = pytest.mark.long

FORGETTING = 3  # seconds in which a revoked key is out everywhere
TWO_SECONDS = "[[events=100 pace=20]]"


@pytest.fixture(scope="module", params=["machines", "workers"])
def several(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgresql: PostgreSQL,
) -> Iterator[Several]:
    with ExitStack() as stack:
        onemin = stack.enter_context(Simulator())
        memcached = Memcached()
        stack.callback(memcached.stop)
        folder = tmp_path_factory.mktemp("several")
        places = Places(folder, onemin.url, postgresql.create(), memcached)
        if request.param == "machines":
            nginx, relays = stack.enter_context(machines(places))
            yield Several(nginx, [nginx, *relays], places)
        else:
            relay = stack.enter_context(workers(places))
            yield Several(relay, [relay] * AGAIN, places)


def test_a_key_made_on_one_is_good_on_all_until_it_is_revoked_on_one(several: Several) -> None:
    key = several.made()
    headers = bearing(key["secret"])

    def statuses() -> set[int]:
        return {reply.status_code for reply in several.everywhere("/v1/models", headers)}

    assert statuses() == {200}
    several.revoke(key["id"])
    until = time.monotonic() + FORGETTING
    while time.monotonic() < until:
        assert statuses() <= {200, 401}
    assert statuses() == {401}


def test_a_file_sent_to_one_is_read_and_listed_by_all(several: Several) -> None:
    headers = bearing(several.made()["secret"])
    sent = several.front.post(
        "/v1/files",
        files={"file": ("a.txt", b"some text")},
        data={"purpose": "user_data"},
        headers=headers,
    ).json()
    contents = several.everywhere(f"/v1/files/{sent['id']}/content", headers)
    assert {reply.content for reply in contents} == {b"some text"}
    for listed in several.everywhere("/v1/files", headers):
        assert [file["id"] for file in listed.json()["data"]] == [sent["id"]]


def test_what_one_was_told_is_known_to_all(several: Several) -> None:
    secret = several.made()["secret"]
    with client_with(secret, several.front) as client:
        response = asked(client, "I like figs.")
    told = several.everywhere(f"/v1/responses/{response.id}", bearing(secret))
    assert {reply.json()["output"][0]["id"] for reply in told} == {response.output[0].id}
    for door in several.doors:
        with client_with(secret, door) as client:
            text = "say exactly: Still figs."
            later = asked(client, text, previous_response_id=response.id)
        assert later.output_text == "Still figs."


def test_together_they_let_through_as_many_as_one_would(several: Several) -> None:
    secret = several.made(requests=100)["secret"]
    in_one_minute(20)
    ask = f"GET /v1/models HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {secret}\r\n\r\n"
    with Load(("127.0.0.1", several.front.port)) as load:
        answers = map(Answer, load.keep_asking([ask.encode()] * 500, 100))
    assert Counter(answer.status for answer in answers) == {200: 100, 429: 400}


def test_nor_are_there_more_at_once_than_one_would_bear(several: Several) -> None:
    secret = several.made(concurrency=5)["secret"]
    with Load(("127.0.0.1", several.front.port)) as load:
        asking = [request(secret, said=TWO_SECONDS, stream=True)] * 40
        answers = map(Answer, load.keep_asking(asking, 40))
    assert Counter(answer.status for answer in answers) == {200: 5, 429: 35}


def test_each_call_is_in_the_ledger_once(several: Several) -> None:
    secret = several.made()["secret"]
    ids = [f"ledger-{number}" for number in range(500)]
    with Load(("127.0.0.1", several.front.port)) as load:
        load.keep_asking([request(secret, id) for id in ids], 32)

    def written() -> list[str]:
        return sorted(id for id, _ in several.places.calls() if id.startswith("ledger-"))

    assert eventually(lambda: len(written()) >= len(ids), 30)
    assert written() == sorted(ids)
    usage = several.everywhere("/v1/usage", bearing(secret))
    assert {reply.json()["month"]["calls"] for reply in usage} == {500}
