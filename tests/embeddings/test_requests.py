"""Which requests are refused, and by which name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from utils.errors import InvalidRequest
from utils.wire.body import Body
from utils.wire.embeddings import EmbeddingsRequest
from utils.wire.moderations import ModerationRequest
from utils.wire.rerank import RerankRequest


@pytest.mark.parametrize(
    ("given", "inputs"),
    [
        ("Hi", ["Hi"]),
        (["Hi", "Ho"], ["Hi", "Ho"]),
        ([1, 2], [[1, 2]]),
        ([[1, 2], [3]], [[1, 2], [3]]),
        (["x"] * 2048, ["x"] * 2048),
    ],
)
def test_an_input_has_four_forms(given: Any, inputs: Any) -> None:
    asked = EmbeddingsRequest.parse(json.dumps({"input": given}).encode())
    assert asked.to_embedding("m", b"").inputs == inputs


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "input"),
        ({"input": None}, "input"),
        ({"input": 1}, "input"),
        ({"input": {}}, "input"),
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["x"] * 2049}, "input"),
        ({"input": [[1]] * 2049}, "input"),
        ({"input": ["x", ""]}, "input[1]"),
        ({"input": ["x", 1]}, "input[1]"),
        ({"input": ["x", [1]]}, "input[1]"),
        ({"input": [1, "x"]}, "input[1]"),
        ({"input": [[1], "x"]}, "input[1]"),
        ({"input": [[1], []]}, "input[1]"),
        ({"input": [[1], [2, "x"]]}, "input[1][1]"),
        ({"input": [1.5]}, "input[0]"),
        ({"input": [True]}, "input[0]"),
        ({"input": [-1]}, "input[0]"),
        ({"input": "x", "encoding_format": "int8"}, "encoding_format"),
        ({"input": "x", "dimensions": 0}, "dimensions"),
        ({"input": "x", "dimensions": "3"}, "dimensions"),
        ({"input": "x", "model": 1}, "model"),
        ({"input": "x", "user": 1}, "user"),
    ],
)
def test_what_is_wrong_with_texts_to_embed_is_named(fields: Any, param: str) -> None:
    assert refused(EmbeddingsRequest, fields) == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": ["x", 1]}, "input[1]"),
        ({"input": [{"type": "sound"}]}, "input[0].type"),
        ({"input": [{"type": "text"}]}, "input[0].text"),
        ({"input": [{"type": "image_url", "image_url": {}}]}, "input[0].image_url.url"),
    ],
)
def test_what_is_wrong_with_texts_to_judge_is_named(fields: Any, param: str) -> None:
    assert refused(ModerationRequest, fields) == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"documents": ["a"]}, "query"),
        ({"query": "", "documents": ["a"]}, "query"),
        ({"query": "q"}, "documents"),
        ({"query": "q", "documents": []}, "documents"),
        ({"query": "q", "documents": ["a", 1]}, "documents[1]"),
        ({"query": "q", "documents": ["a"], "top_n": 0}, "top_n"),
        ({"query": "q", "documents": ["a"], "return_documents": 1}, "return_documents"),
    ],
)
def test_what_is_wrong_with_documents_to_rank_is_named(fields: Any, param: str) -> None:
    assert refused(RerankRequest, fields) == param


def refused(kind: type[Body], fields: Any) -> str | None:
    with pytest.raises(InvalidRequest) as caught:
        kind.parse(json.dumps(fields).encode())
    assert not caught.value.param or caught.value.message.startswith(caught.value.param)
    return caught.value.param
