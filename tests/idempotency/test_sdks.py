"""The official packages send the header where it is asked of them, and with every try."""

from __future__ import annotations

import anthropic
import openai
import pytest

from simulator.replies import Reply
from simulator.server import Simulator
from tests.idempotency.asking import new_key
from tests.messages.sdk import client_of as anthropic_client_of
from tests.sdk import client_of, text_of
from tests.serving import ASKED, ThreadedRelay

OVERLOADED = Reply(503, body=(b"oops",))


def test_openais(relay: ThreadedRelay, onemin: Simulator) -> None:
    before, header = len(onemin.chats), {"Idempotency-Key": new_key()}
    with client_of(relay) as client:
        whole = [
            client.chat.completions.create(**ASKED, extra_headers=header) for _ in range(2)
        ]
        assert whole[0] == whole[1]
        with pytest.raises(openai.UnprocessableEntityError, match="Idempotency-Key"):
            client.chat.completions.create(**ASKED, seed=1, extra_headers=header)
    assert len(onemin.chats) == before + 1


@pytest.mark.long
def test_openais_streams(relay: ThreadedRelay, onemin: Simulator) -> None:
    before, header = len(onemin.chats), {"Idempotency-Key": new_key()}
    with client_of(relay) as client:
        streams = [
            [*client.chat.completions.create(**ASKED, stream=True, extra_headers=header)]
            for _ in range(2)
        ]
    assert streams[0] == streams[1]
    assert text_of(streams[0])
    assert len(onemin.chats) == before + 1


@pytest.mark.long
def test_openais_tries_again_after_a_failure(relay: ThreadedRelay, onemin: Simulator) -> None:
    before, header = len(onemin.chats), {"Idempotency-Key": new_key()}
    onemin.script(OVERLOADED)
    with client_of(relay, max_retries=1) as client:
        first, second = (
            client.chat.completions.create(**ASKED, extra_headers=header) for _ in range(2)
        )
    assert first == second
    assert len(onemin.chats) == before + 2


def test_anthropics(relay: ThreadedRelay, onemin: Simulator) -> None:
    before, header = len(onemin.chats), {"Idempotency-Key": new_key()}
    asked = ASKED | {"max_tokens": 50}
    with anthropic_client_of(relay) as client:
        whole = [client.messages.create(**asked, extra_headers=header) for _ in range(2)]
        assert whole[0] == whole[1]
        with pytest.raises(anthropic.UnprocessableEntityError, match="Idempotency-Key"):
            client.messages.create(**asked, system="x", extra_headers=header)
    assert len(onemin.chats) == before + 1


@pytest.mark.long
def test_anthropics_streams(relay: ThreadedRelay, onemin: Simulator) -> None:
    before, header = len(onemin.chats), {"Idempotency-Key": new_key()}
    asked = ASKED | {"max_tokens": 50}
    told = []
    with anthropic_client_of(relay) as client:
        for _ in range(2):
            with client.messages.stream(**asked, extra_headers=header) as stream:
                told.append([*stream])
    assert told[0] == told[1]
    assert len(onemin.chats) == before + 1
