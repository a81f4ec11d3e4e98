"""What carries calls, the server's loop or a thread for each, does not show."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from simulator.replies import Hang, Pause, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.memcached import Memcached
from tests.raw import chat_request, connected, read_until
from tests.serving import KEY, ThreadedRelay, process
from utils.web.serving.serving import IMPATIENT_SECONDS

CARRIERS = ("loop", "threads")
COUNTING = [part for word in range(50) for part in (f" {word}", Pause(0.01))]


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def carried(carrier: str, relay_with: RelayFactory) -> ThreadedRelay:
    return relay_with(carrier=carrier)


@pytest.fixture
def client(carried: ThreadedRelay) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{carried.url}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def asked(**fields: Any) -> Any:
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}], **fields}


def test_whole_answers_and_streams_come_side_by_side(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(*[says(*COUNTING)] * 8)

    def streamed() -> str:
        chunks = client.chat.completions.create(**asked(stream=True))
        return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)

    def whole() -> str:
        return str(client.chat.completions.create(**asked()).choices[0].message.content)

    with ThreadPoolExecutor(8) as pool:
        told = [pool.submit(one) for _ in range(4) for one in (streamed, whole)]
        texts = {reply.result().strip() for reply in told}
    assert texts == {" ".join(map(str, range(50)))}


def test_words_leave_as_they_come(carried: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(carried.port) as client:
        client.sendall(chat_request(stream=True))
        assert b"Hel" in read_until(client, b"Hel")


def test_choices_are_made_at_the_same_time(client: OpenAI, onemin: Simulator) -> None:
    chunks = client.chat.completions.create(**asked(stream=True, n=3))
    told = {choice.index for chunk in chunks for choice in chunk.choices}
    assert told == {0, 1, 2}
    assert len(client.chat.completions.create(**asked(n=3)).choices) == 3


def test_an_answer_in_the_background_is_made_although_its_client_left(
    carried: ThreadedRelay, client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says(Pause(0.3), "made"))
    begun = client.responses.create(
        model="gpt-4o-mini", input="hi", background=True, stream=True
    )
    first = next(iter(begun))
    begun.close()
    id = first.response.id  # type: ignore[union-attr]
    while (response := client.responses.retrieve(id)).status != "completed":
        assert response.status in ("queued", "in_progress")
    assert response.output_text == "made"


@pytest.mark.fault(47)
def test_pipelined_requests_are_answered_in_their_order(carried: ThreadedRelay) -> None:
    with connected(carried.port) as client:
        client.sendall(chat_request() + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        told = read_until(client, b'"status":"ok"')
    assert told.index(b"chat.completion") < told.index(b'"status":"ok"')


@pytest.mark.fault(41)
def test_who_reads_nothing_holds_nobody_up(carried: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(*[says("x" * 4_000_000)] * 3)
    with connected(carried.port) as slow, connected(carried.port) as slower:
        slow.sendall(chat_request(stream=True))
        slower.sendall(chat_request())
        onemin.wait_for_chats(2)
        assert len(carried.chat().json()["choices"][0]["message"]["content"]) == 4_000_000
        assert read_until(slow, b"[DONE]").count(b"x") >= 4_000_000


def test_a_memcached_that_hangs_holds_up_no_other_call(
    carrier: str,
    relay_with: RelayFactory,
    memcached: Memcached,
    onemin: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("utils.store.memcached.PATIENCE", 2)
    relay = relay_with(
        carrier=carrier, memcached_host="127.0.0.1", memcached_port=memcached.port
    )
    onemin.script(says("Hel", *COUNTING, Hang()), says("other"))
    with connected(relay.port) as client, ThreadPoolExecutor(1) as pool:
        client.sendall(chat_request(stream=True))
        read_until(client, b"Hel")
        memcached.pause()
        other = pool.submit(relay.chat)
        read_until(client, b'"content":" 9"')
        assert len(onemin.chats) == 1  # the other waits for Memcached all the while
        assert other.result().status_code == 200


@pytest.mark.long
def test_who_reads_nothing_is_in_the_ledger_when_the_relay_has_stopped(
    onemin: Simulator, tmp_path: Path
) -> None:
    onemin.script(says("word " * 2_000_000, Hang()))
    with process(onemin.url, tmp_path) as relay, connected(relay.port) as slow:
        slow.sendall(chat_request(stream=True))
        read_until(slow, b"word")
        relay.process.send_signal(signal.SIGTERM)
        time.sleep(IMPATIENT_SECONDS + 0.2)
        relay.process.send_signal(signal.SIGTERM)  # it shall not wait for half a minute
        assert relay.process.wait(15) == 0
    with closing(sqlite3.connect(tmp_path / "data" / "relay.db")) as database:
        [(status,)] = database.execute("SELECT status FROM calls").fetchall()
    assert status in (499, 503)
