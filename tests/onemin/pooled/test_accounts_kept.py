"""What belongs to one account is asked of that one, however busy it is."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from simulator.server import Simulator
from tests.onemin.attaching import KEY
from tests.onemin.pooled.pooling import GOOD, OTHER, Pooled
from tests.samples import png
from tests.serving import ASKED, ThreadedRelay

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def relay(pooled: Pooled) -> Iterator[ThreadedRelay]:
    with pooled.relay(GOOD, OTHER, "third-key-of-the-server") as relay:
        yield relay


def keys(onemin: Simulator, seen: int, path: str) -> list[str]:
    calls = [call for call in onemin.calls[seen:] if call.path.startswith(path)]
    return [call.headers["api-key"] for call in calls]


def due(relay: ThreadedRelay) -> None:
    with relay.services.database.begin() as connection:
        connection.exec_driver_sql("UPDATE videos SET asked = 0")


def test_calls_are_shared_out(pooled: Pooled, relay: ThreadedRelay) -> None:
    with ExitStack() as held:
        busy = [held.enter_context(pooled.busy(relay)) for _ in range(3)]
        assert [*Counter(busy).values()] == [1, 1, 1]
        assert [account.in_flight for account in relay.services.pool.state()] == [1, 1, 1]


# Videos


def filmed(pooled: Pooled, relay: ThreadedRelay) -> str:
    body = {"model": "sora-2", "prompt": "a cat [[scenario=stuck]]"}
    id: str = pooled.post(relay, "/v1/videos", body).json()["id"]
    return id


def test_a_video_is_asked_for_by_the_account_that_pays_for_it(
    pooled: Pooled, relay: ThreadedRelay, onemin: Simulator
) -> None:
    seen = len(onemin.calls)
    id = filmed(pooled, relay)
    with pooled.busy(relay) as payer:
        due(relay)
        reply = relay.get(f"/v1/videos/{id}", headers=pooled.headers)
        assert reply.json()["status"] == "in_progress"
    assert keys(onemin, seen, "/api/features") == [payer]
    assert keys(onemin, seen, "/api/results/") == [payer]
    assert payer not in reply.text


def test_a_video_of_a_key_that_was_removed_says_so(pooled: Pooled) -> None:
    first = pooled.payer(GOOD, OTHER)
    left = OTHER if first == GOOD else GOOD
    with pooled.relay(GOOD, OTHER) as relay:
        id = filmed(pooled, relay)
    with pooled.relay(left) as relay:
        due(relay)
        reply = relay.get(f"/v1/videos/{id}", headers=pooled.headers)
        assert reply.status_code == 503
        assert "ONE_MIN_API_KEYS" in reply.json()["error"]["message"]
    with pooled.relay(left, first) as relay:
        due(relay)
        reply = relay.get(f"/v1/videos/{id}", headers=pooled.headers)
        assert reply.json()["status"] == "in_progress"


def test_a_callers_own_video_is_asked_for_with_its_own_key(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    seen = len(onemin.calls)
    id = relay.post("/v1/videos", {"model": "sora-2", "prompt": "a cat"}).json()["id"]
    due(relay)
    assert relay.get(f"/v1/videos/{id}").status_code == 200
    assert {*keys(onemin, seen, "/api/")} == {KEY}


# Files


def seeing(data: bytes) -> dict[str, Any]:
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    content = [{"type": "image_url", "image_url": {"url": url}}]
    return ASKED | {"messages": [{"role": "user", "content": content}]}


def test_a_file_goes_up_once_to_each_account(
    pooled: Pooled, relay: ThreadedRelay, onemin: Simulator
) -> None:
    seen = len(onemin.calls)
    for _ in range(2):
        assert pooled.post(relay, CHAT, seeing(png(1))).status_code == 200
    with pooled.busy(relay) as first:
        for _ in range(2):
            assert pooled.post(relay, CHAT, seeing(png(1))).status_code == 200
    sent = keys(onemin, seen, "/api/assets")
    assert (len(sent), sent[0]) == (2, first)
    assert sent[1] != first


def test_what_is_deleted_is_forgotten_for_all_accounts(
    pooled: Pooled, relay: ThreadedRelay, onemin: Simulator
) -> None:
    def shown() -> int:
        seen = len(onemin.uploads)
        assert pooled.post(relay, CHAT, seeing(png(2))).status_code == 200
        return len(onemin.uploads) - seen

    form = {"data": {"purpose": "vision"}, "files": {"file": ("a.png", png(2))}}
    id = pooled.post(relay, "/v1/files", **form).json()["id"]
    assert [shown(), shown()] == [1, 0]
    reply = relay.session.delete(f"{relay.url}/v1/files/{id}", headers=pooled.headers)
    assert reply.status_code == 200
    assert [shown(), shown()] == [1, 0]


# Pictures


def drawn(pooled: Pooled, relay: ThreadedRelay, model: str) -> str:
    """Its address."""
    body = {"model": model, "prompt": "a cat"}
    url: str = pooled.post(relay, "/v1/images/generations", body).json()["data"][0]["url"]
    return url


def test_a_picture_is_edited_by_the_account_that_has_made_it(
    pooled: Pooled, relay: ThreadedRelay, onemin: Simulator
) -> None:
    seen = len(onemin.calls)
    url = drawn(pooled, relay, "dall-e-3")
    asked = {"model": "gpt-image-1-mini", "prompt": "redder", "images": [{"image_url": url}]}
    with pooled.busy(relay) as payer:
        assert pooled.post(relay, "/v1/images/edits", asked).status_code == 200
    assert keys(onemin, seen, "/api/features") == [payer] * 2


def test_a_picture_is_varied_in_a_chat_by_the_account_that_has_made_it(
    pooled: Pooled, relay: ThreadedRelay, onemin: Simulator
) -> None:
    seen = len(onemin.calls)
    said = [{"role": "user", "content": "a cat"}]
    asked = {"model": "midjourney", "messages": said}
    answer = pooled.post(relay, CHAT, asked).json()["choices"][0]["message"]["content"]
    assert re.search(r"!\[Image 1\]\(http", answer)
    said += [{"role": "assistant", "content": answer}, {"role": "user", "content": "[_V1_]"}]
    with pooled.busy(relay) as payer:
        assert pooled.post(relay, CHAT, asked).status_code == 200
    assert keys(onemin, seen, "/api/features") == [payer] * 2
