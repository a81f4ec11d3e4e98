"""/v1/embeddings: from a configured server, and from the relay itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from tests.embeddings.server import Call, EmbeddingServer, embedded, vector
from tests.ledger.relays import row_of, used
from tests.limits.calling import bearing, granted
from tests.sdk import client_of
from tests.serving import ThreadedRelay
from utils.domain.callers import Scope
from utils.tokens.vocabularies import CL100K, encoding

LOCAL = "all-minilm-l6-v2"
TEXTS = ["A man is eating food.", "Someone eats a meal.", "The stock market fell."]
TOKENS = [encoding(CL100K).encode(text) for text in TEXTS]


def float32(numbers: list[float]) -> list[float]:
    return [float(number) for number in np.asarray(numbers, np.float32)]


@pytest.mark.parametrize("texts", ["Hi", ["Hi"], ["Hi", "Ho"], [72, 105], [[72, 105], [1]]])
@pytest.mark.parametrize(
    "model", ["plain", "renamed", "few", "floats", "text-embedding-3-small"]
)
def test_the_openai_package_gets_each_texts_vector(
    client: OpenAI, texts: Any, model: str
) -> None:
    answer = client.embeddings.create(model=model, input=texts)
    several = isinstance(texts, list) and not isinstance(texts[0], int)
    inputs = texts if several else [texts]
    assert [each.embedding for each in answer.data] == [float32(vector(one)) for one in inputs]
    assert [each.index for each in answer.data] == [*range(len(inputs))]
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == len(inputs)


def test_the_package_gets_floats_where_it_asks_for_them(client: OpenAI) -> None:
    answer = client.embeddings.create(model="plain", input="Hi", encoding_format="float")
    assert answer.data[0].embedding == vector("Hi")
    assert (answer.object, answer.model) == ("list", "plain")


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"plain","input":"Hi"}',
        b'{ "input": ["a", "b"],\n"odd": 1e400, "model": "plain"}'.replace(b"1e400", b"1.50"),
        b'{"model":"plain","input":[1,2],"encoding_format":"base64","user":"\\u00e9"}',
    ],
)
def test_a_request_and_its_answer_go_on_as_they_came(
    relay: ThreadedRelay, server: EmbeddingServer, body: bytes
) -> None:
    answer = b' {"data" : [%s], "usage":{"prompt_tokens":5}, "extra": 1.50}'
    one = b'{"index":0,"embedding":%s}' % (b'"AACAPw=="' if b"base64" in body else b"[1.50]")
    two = one + b"," + one.replace(b":0", b":1")
    data = answer % (two if b'"b"' in body else one)
    server.answer = lambda call: data
    reply = relay.post("/v1/embeddings", None, data=body)
    assert (reply.status_code, reply.content) == (200, data)
    assert [call.body for call in server.calls] == [body]
    assert server.calls[0].path == "/v1/embeddings"
    assert server.calls[0].key == "Bearer the-servers-own-key"
    assert reply.headers["x-usage-source"] == "upstream"


def test_more_texts_than_the_server_takes_come_back_in_order(
    client: OpenAI, server: EmbeddingServer
) -> None:
    texts = [chr(65 + number) * (number + 1) for number in range(25)]
    answer = client.embeddings.create(model="few", input=texts)
    assert [each.embedding for each in answer.data] == [float32(vector(one)) for one in texts]
    assert answer.usage.total_tokens == 25
    assert len(server.calls) == 13


def test_a_part_that_fails_fails_the_whole(
    relay: ThreadedRelay, server: EmbeddingServer
) -> None:
    def answer(call: Call) -> Any:
        return 400 if "bad" in call.json["input"] else embedded(call)

    server.answer = answer
    reply = relay.post("/v1/embeddings", {"model": "few", "input": ["a", "b", "bad"]})
    assert reply.status_code == 400


def test_tokens_become_letters_for_a_server_that_reads_none(
    client: OpenAI, server: EmbeddingServer
) -> None:
    client.embeddings.create(model="letters", input=TOKENS)
    assert server.calls[0].json["input"] == TEXTS


def test_a_vector_is_cut_only_where_its_model_was_trained_for_that(
    client: OpenAI,
) -> None:
    [cut] = client.embeddings.create(model="cut", input="Hi", dimensions=2).data
    assert len(cut.embedding) == 2
    assert float(np.linalg.norm(cut.embedding)) == pytest.approx(1)
    with pytest.raises(BadRequestError, match="have 3") as caught:
        client.embeddings.create(model="plain", input="Hi", dimensions=2)
    assert caught.value.param == "dimensions"


def test_usage_that_no_server_tells_is_estimated(
    relay: ThreadedRelay, server: EmbeddingServer
) -> None:
    server.answer = lambda call: b'{"data": [{"embedding": [1.0]}]}'
    reply = relay.post("/v1/embeddings", {"model": "plain", "input": "Hello there, world"})
    assert reply.headers["x-usage-source"] == "estimated"
    server.answer = lambda call: b'{"data": [{"embedding": [1.0]}], "model": "x"}'
    wants = {"model": "plain", "input": "Hello there, world", "encoding_format": "base64"}
    assert relay.post("/v1/embeddings", wants).json()["usage"]["total_tokens"] > 2


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"model": "nowhere", "input": "x"}, 404, "model"),
        ({"model": "gpt-4o-mini", "input": "x"}, 400, "model"),
        ({"model": "judge", "input": "x"}, 400, "model"),
        ({"model": LOCAL, "input": "x", "dimensions": 100}, 400, "dimensions"),
        ({"model": LOCAL, "input": ["x", "word " * 300]}, 400, "input[1]"),
        ({"model": LOCAL, "input": [10**6]}, 400, "input"),
        ({"model": "plain", "input": ["x", ""]}, 400, "input[1]"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    relay: ThreadedRelay, server: EmbeddingServer, fields: Any, status: int, param: str
) -> None:
    reply = relay.post("/v1/embeddings", fields)
    assert (reply.status_code, reply.json()["error"]["param"]) == (status, param)
    assert not server.calls


def test_without_a_name_the_first_model_is_meant(
    relay: ThreadedRelay, server: EmbeddingServer
) -> None:
    reply = relay.post("/v1/embeddings", {"input": "Hi"})
    assert reply.json()["model"] in ("plain", LOCAL)


@pytest.mark.parametrize(
    ("path", "body", "settings"),
    [
        ("embeddings", {"input": "x"}, ["`backends`", "LOCAL_EMBEDDINGS"]),
        ("embeddings", {"input": "x", "model": "text-embedding-3-small"}, ["`backends`"]),
        ("moderations", {"input": "x"}, ["`backends`"]),
        ("rerank", {"query": "x", "documents": ["y"]}, ["`backends`"]),
    ],
)
def test_without_any_such_model_the_setting_is_named(
    bare: ThreadedRelay, path: str, body: Any, settings: list[str]
) -> None:
    reply = bare.post(f"/v1/{path}", body)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (404, "model_not_found")
    assert all(setting in error["message"] for setting in settings)


def test_the_package_raises_where_there_is_no_model(bare: ThreadedRelay) -> None:
    with client_of(bare) as client, pytest.raises(NotFoundError):
        client.embeddings.create(model="text-embedding-3-small", input="x")


def test_a_key_that_1min_ai_refuses_reaches_no_server(
    relay: ThreadedRelay, server: EmbeddingServer
) -> None:
    headers = {"Authorization": "Bearer bad-key-of-nobody"}
    reply = relay.post("/v1/embeddings", {"model": "plain", "input": "x"}, headers=headers)
    assert reply.status_code == 401
    assert not server.calls


@pytest.mark.parametrize("inputs", ["word " * 100, [1] * 100])
def test_what_is_read_counts_before_it_is_read(
    relay: ThreadedRelay, server: EmbeddingServer, inputs: Any
) -> None:
    headers = bearing(granted(relay, tokens=50))
    reply = relay.post("/v1/embeddings", {"model": "plain", "input": inputs}, headers=headers)
    assert reply.status_code == 429
    assert not server.calls


@pytest.mark.parametrize(
    ("scope", "statuses"),
    [("embeddings:base", (200, 403)), ("moderations:base", (403, 200))],
)
def test_each_kind_has_a_scope(
    relay: ThreadedRelay, scope: Scope, statuses: tuple[int, int]
) -> None:
    headers = bearing(granted(relay, scopes=frozenset([scope])))
    embedding = relay.post("/v1/embeddings", {"model": "plain", "input": "x"}, headers=headers)
    judging = relay.post("/v1/moderations", {"model": "judge", "input": "x"}, headers=headers)
    assert (embedding.status_code, judging.status_code) == statuses


def test_a_call_is_in_the_ledger_with_what_it_read(
    relay: ThreadedRelay, server: EmbeddingServer
) -> None:
    reply = relay.post("/v1/embeddings", {"model": "few", "input": ["a", "b", "c"]})
    row = row_of(relay, reply)
    assert (row["model"], row["backend"], *used(row)) == ("few", "box", 3, 0, "upstream")
    server.answer = lambda call: 400 if call.json["input"] == ["c"] else embedded(call)
    reply = relay.post("/v1/embeddings", {"model": "few", "input": ["a", "b", "c"]})
    row = row_of(relay, reply)
    assert (row["status"], row["input_tokens"]) == (400, 2)
