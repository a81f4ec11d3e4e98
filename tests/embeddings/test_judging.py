"""/v1/moderations and /v1/rerank."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import OpenAI

from tests.embeddings.server import EmbeddingServer
from tests.serving import HEADERS, ThreadedRelay

MODERATION = {"id": "m", "model": "judge", "results": [{"flagged": False}], "odd": 1.5}
RANKING = {"results": [{"index": 1, "relevance_score": 0.9}], "usage": {"total_tokens": 9}}


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("/v1/moderations", {"model": "judge", "input": ["a", "b"]}, MODERATION),
        ("/v1/moderations", {"input": [{"type": "text", "text": "a"}]}, MODERATION),
        ("/v1/rerank", {"model": "ranker", "query": "q", "documents": ["a", "b"]}, RANKING),
        ("/v1/rerank", {"query": "q", "documents": [{"text": "a"}], "odd": 1}, RANKING),
    ],
)
def test_texts_are_judged_and_ranked_by_their_server(
    relay: ThreadedRelay, server: EmbeddingServer, path: str, body: Any, answer: Any
) -> None:
    data = json.dumps(answer, indent=1).encode()
    server.answer = lambda call: data
    sent = json.dumps(body, indent=2).encode()
    reply = relay.post(path, None, data=sent, headers=HEADERS)
    assert (reply.status_code, reply.content) == (200, data)
    [call] = server.calls
    assert call.path == path
    assert call.json == {"model": call.json["model"], **body}
    if "model" in body:
        assert call.body == sent


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/moderations", {"model": "judge", "input": [1]}, "input[0]"),
        ("/v1/moderations", {"model": "plain", "input": "x"}, "model"),
        ("/v1/rerank", {"model": "ranker", "query": "q", "documents": []}, "documents"),
        ("/v1/rerank", {"model": "judge", "query": "q", "documents": ["a"]}, "model"),
    ],
)
def test_what_cannot_be_judged_or_ranked_never_leaves(
    relay: ThreadedRelay, server: EmbeddingServer, path: str, body: Any, param: str
) -> None:
    reply = relay.post(path, body)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)
    assert not server.calls


def test_the_moderation_of_the_openai_package_works(
    client: OpenAI, server: EmbeddingServer
) -> None:
    server.answer = lambda call: MODERATION
    answer = client.moderations.create(model="judge", input="x")
    assert not answer.results[0].flagged
