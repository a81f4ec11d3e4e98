"""What a server is sent, and what its answer means."""

from __future__ import annotations

import json
import math
import struct
from base64 import b64encode
from collections.abc import Callable, Generator, Sequence
from typing import Any

import pytest

from utils.compatible.embeddings import Served, build, embed, read
from utils.domain.chat import Usage
from utils.domain.embeddings import Embedded, Embedding, packed, unpacked
from utils.errors import InvalidRequest, RateLimited, RelayError, UpstreamFailed
from utils.tokens.vocabularies import CL100K, encoding
from utils.waiting import Waiting
from utils.wire.embeddings import EmbeddingsRequest

NUMBERS = [0.1, -1e-30, 3.4028234e38, 1 / 3]
AS_FLOAT32 = [struct.unpack("<f", struct.pack("<f", number))[0] for number in NUMBERS]


def asked(**fields: Any) -> Embedding:
    raw = json.dumps({"model": "m", "input": "Hi", **fields}, indent=1).encode()
    return EmbeddingsRequest.parse(raw).to_embedding("m", raw)


def served(**fields: Any) -> Served:
    return Served(**{"name": "m", **fields})


def reply(*vectors: Any, **fields: Any) -> bytes:
    data = [{"index": place, "embedding": each} for place, each in enumerate(vectors)]
    return json.dumps({"data": data, **fields}).encode()


def bodies(question: Embedding, **fields: Any) -> list[bytes]:
    return [body for _, body in build(question, served(**fields))]


@pytest.mark.parametrize(
    "question",
    [
        asked(),
        asked(input=["a", "b"], user="u", something={"of": 10**30}),
        asked(input=[1, 2], encoding_format="base64", dimensions=2),
    ],
)
def test_what_the_server_can_take_is_sent_as_it_came(question: Embedding) -> None:
    assert bodies(question) == [question.raw]


TOKENS = encoding(CL100K).encode("Hé, <|endoftext|>!", disallowed_special=())
CUT = encoding(CL100K).encode("Hi 🧿")[:-1]  # within its last letter


@pytest.mark.parametrize(
    ("fields", "settings", "changed"),
    [
        ({}, {"name": "other"}, {"model": "other"}),
        ({}, {"arguments": {"truncate": True, "user": "us"}}, {"truncate": True, "user": "us"}),
        ({"user": "me"}, {"arguments": {"user": "us"}}, {}),
        ({"encoding_format": "base64"}, {"base64": False}, {"encoding_format": "float"}),
        ({"input": TOKENS}, {"tokens": False}, {"input": ["Hé, <|endoftext|>!"]}),
        (
            {"input": [TOKENS, TOKENS[:1]]},
            {"tokens": False},
            {"input": ["Hé, <|endoftext|>!", "H"]},
        ),
        ({"input": CUT}, {"tokens": False}, {"input": ["Hi "]}),
        ({"odd": 10**30}, {"name": "other"}, {"model": "other"}),
    ],
)
def test_only_what_the_server_cannot_take_is_changed(
    fields: Any, settings: Any, changed: Any
) -> None:
    question = asked(**fields)
    [body] = bodies(question, **settings)
    assert json.loads(body) == json.loads(question.raw) | changed


def test_a_name_that_is_there_twice_is_refused() -> None:
    raw = b'{"model": "forbidden", "input": "Hi", "model": "m"}'
    question = EmbeddingsRequest.parse(raw).to_embedding("m", raw)
    with pytest.raises(InvalidRequest) as caught:
        bodies(question)
    assert caught.value.param == "model"


def test_dimensions_that_the_relay_makes_are_not_asked_for() -> None:
    [body] = bodies(asked(dimensions=2), shortens=True)
    assert "dimensions" not in json.loads(body)


def test_a_request_for_a_default_names_the_model() -> None:
    question = EmbeddingsRequest.parse(raw := b'{"input": "Hi"}').to_embedding("m", raw)
    assert [json.loads(body)["model"] for body in bodies(question)] == ["m"]


def test_more_than_the_server_takes_is_sent_in_parts() -> None:
    question = asked(input=[[1], [2], [3], [4], [5]], user="u")
    sent = [json.loads(body) for body in bodies(question, batch=2)]
    assert [body["input"] for body in sent] == [[[1], [2]], [[3], [4]], [[5]]]
    assert {body["user"] for body in sent} == {"u"}


def test_an_answer_as_it_was_asked_for_goes_on_as_it_came() -> None:
    floats = reply(NUMBERS)
    in_base64 = reply(packed(NUMBERS))
    assert read(floats, asked(), served()).raw == floats
    question = asked(encoding_format="base64")
    assert read(in_base64, question, served()).raw == in_base64
    assert not read(floats, question, served()).raw
    assert not read(in_base64, asked(), served()).raw


def test_numbers_are_exact_in_either_form() -> None:
    text = b64encode(struct.pack("<4f", *NUMBERS)).decode()
    [vector] = read(reply(text), asked(), served()).vectors
    assert [*vector] == AS_FLOAT32
    [vector] = read(reply(NUMBERS), asked(encoding_format="base64"), served()).vectors
    assert packed(vector) == text
    assert [*unpacked(text)] == AS_FLOAT32


def test_vectors_come_in_the_order_of_their_texts() -> None:
    entries = [{"index": index, "embedding": [index + 0.5]} for index in (2, 0, 1)]
    data = json.dumps({"data": entries}).encode()
    answer = read(data, asked(input=["a", "b", "c"]), served())
    assert answer.vectors == [[0.5], [1.5], [2.5]]


def test_a_model_trained_for_it_has_its_vectors_cut_to_length_1() -> None:
    answer = read(reply([3.0, 4.0, 12.0]), asked(dimensions=2), served(shortens=True))
    assert answer.vectors == [[0.6, 0.8]]
    assert not answer.raw


@pytest.mark.parametrize(("dimensions", "shortens"), [(2, False), (4, False), (4, True)])
def test_dimensions_that_nobody_makes_are_refused(dimensions: int, *, shortens: bool) -> None:
    answer = reply([3.0, 4.0, 12.0], usage={"prompt_tokens": 7})
    with pytest.raises(InvalidRequest, match="have 3") as caught:
        read(answer, asked(dimensions=dimensions), served(shortens=shortens))
    assert caught.value.param == "dimensions"
    assert caught.value.spent == [Usage(7, 0)]


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        ({"prompt_tokens": 3, "total_tokens": 4}, Usage(3, 0)),
        ({"total_tokens": 4}, Usage(4, 0)),
        ({"prompt_tokens": 0, "total_tokens": 0}, None),
        ({"prompt_tokens": "3"}, None),
        (None, None),
        ([], None),
    ],
)
def test_usage_is_what_the_server_says_it_is(told: Any, usage: Usage | None) -> None:
    assert read(reply([1.0], usage=told), asked(), served()).usage == usage


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        reply(),
        reply([1.0], [2.0]),
        reply([]),
        reply(None),
        reply(["1"]),
        reply("not base64"),
        reply("AAA="),
        reply(packed([math.inf])),
        b'{"data": [{"embedding": [NaN]}]}',
        b'{"data": [{"embedding": [1.0], "index": 1}]}',
        b'{"data": [{"embedding": [1.0], "index": [0]}]}',
        b'{"data": [{"embedding": {"a": 1}}]}',
        b'{"data": [1]}',
    ],
)
def test_nonsense_is_no_answer(data: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        read(data, asked(), served())


def test_a_refusal_in_an_answer_is_one() -> None:
    refusal = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}
    with pytest.raises(RateLimited):
        read(json.dumps(refusal).encode(), asked(), served())


def answering(
    answers: Callable[[Sequence[int]], bytes],
) -> tuple[list[Any], Callable[[bytes], Waiting[bytes]]]:
    """A server, and what it was asked for."""
    calls: list[Any] = []

    def send(body: bytes) -> Generator[None, None, bytes]:
        calls.append(json.loads(body)["input"])
        yield
        return answers(calls[-1])

    return calls, send


def doubled(inputs: Sequence[Any]) -> bytes:
    return reply(*([2.0 * int(one)] for one in inputs), usage={"prompt_tokens": len(inputs)})


def finished(work: Waiting[Embedded]) -> Embedded:
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: Embedded = end.value
            return value


def test_parts_are_one_answer_in_order() -> None:
    question = asked(input=[str(number) for number in range(1, 100)])
    _, send = answering(doubled)
    answer = finished(embed(question, served(batch=10), send))
    assert answer.vectors == [[2.0 * number] for number in range(1, 100)]
    assert answer.usage == Usage(99, 0)


def test_a_part_that_fails_fails_the_call_which_tells_what_others_cost() -> None:
    def answers(inputs: Sequence[Any]) -> bytes:
        return doubled(inputs) if "1" in inputs else b"nonsense"

    calls, send = answering(answers)
    question = asked(input=[str(number) for number in range(1, 1000)])
    with pytest.raises(RelayError) as caught:
        finished(embed(question, served(batch=10), send))
    assert caught.value.spent == [Usage(10, 0)]
    assert len(calls) < 100
