"""What is refused, in the order of onemin-api.md 15.2, and in which form (12)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.server import Simulator
from tests.simulator.peer import PATH, Answer, asked, chat, request, streamed


def posted(sim: Simulator, body: object, key: str = "key") -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return request(sim, "POST", PATH, data, {"API-KEY": key})


def test_without_a_key_nothing_else_is_looked_at(sim: Simulator) -> None:
    answer = request(sim, "POST", PATH, b"{", {"Authorization": "Bearer key"})
    assert answer.status == 401
    assert answer.json["errorCode"] == "HTTP_EXCEPTION"


def test_a_bad_key_is_refused_as_json_also_for_a_stream(sim: Simulator) -> None:
    answer = streamed(sim, "Hi", key="bad-key")
    assert answer.status == 401
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json == {"errorCode": "HTTP_EXCEPTION", "message": "API key has been deleted"}


@pytest.mark.parametrize("body", [b"{", b"", [], None, {}, {"type": []}, {"model": "x"}])
def test_a_wrong_top_level_is_refused_before_the_model(sim: Simulator, body: object) -> None:
    answer = posted(sim, body)
    assert answer.status == 400
    assert answer.json["errorCode"] == "REQUEST_BODY_VALIDATION_FAILED"
    assert json.loads(answer.json["details"])[0].keys() == {"field", "message"}


def test_an_unknown_model_is_refused_before_the_prompt_object(sim: Simulator) -> None:
    answer = posted(sim, {"type": "UNIFY_CHAT_WITH_AI", "model": "nobody"})
    assert answer.status == 400
    assert answer.json["errorCode"] == "UNSUPPORTED_MODEL"
    assert answer.json["message"] == "Model nobody is not supported"


def test_a_picture_model_cannot_chat(sim: Simulator) -> None:
    assert chat(sim, "Hi", model="dall-e-3").json["errorCode"] == "UNSUPPORTED_MODEL"


@pytest.mark.parametrize(
    "prompt_object",
    [
        None,
        {},
        {"prompt": 1},
        {"prompt": "Hi", "attachments": {"images": [1]}},
        {"prompt": "Hi", "attachments": {"files": "one"}},
        {"prompt": "Hi", "settings": {"webSearchSettings": True}},
    ],
)
def test_a_bad_prompt_object_is_refused(sim: Simulator, prompt_object: Any) -> None:
    body = {"type": "UNIFY_CHAT_WITH_AI", "model": "gpt-4o", "promptObject": prompt_object}
    answer = posted(sim, body)
    assert answer.status == 422
    assert answer.json["errorCode"] == "PROMPT_OBJECT_VALIDATION_FAILED"


def test_messages_instead_of_a_prompt_object_are_refused(sim: Simulator) -> None:
    body = {"type": "UNIFY_CHAT_WITH_AI", "model": "gpt-4o", "messages": []}
    assert posted(sim, body).json["errorCode"] == "PROMPT_OBJECT_VALIDATION_FAILED"


def test_exhausted_credits_are_a_failure_inside_a_200(sim: Simulator) -> None:
    answer = chat(sim, "Hi", key="broke-key")
    assert answer.status == 200
    assert answer.record["status"] == "FAILURE"
    assert "credit" in answer.record["aiRecordDetail"]["resultObject"]["message"]


def test_exhausted_credits_in_a_stream_are_its_result(sim: Simulator) -> None:
    answer = streamed(sim, "Hi", key="broke-key")
    assert answer.names == ["result", "done"]
    assert answer.last("result")["aiRecord"]["status"] == "FAILURE"


def test_credits_are_looked_at_last(sim: Simulator) -> None:
    assert chat(sim, "Hi", key="broke-key", model="nobody").status == 400


def test_a_limited_key_is_told_when_to_come_back(sim: Simulator) -> None:
    answer = chat(sim, "Hi", key="limited-key")
    assert answer.status == 429
    assert answer.headers["retry-after"] == "7"


@pytest.fixture
def limited() -> Iterator[Simulator]:
    with Simulator(rate_limit=2) as simulator:
        yield simulator


def test_the_rate_limit_counts_each_key(limited: Simulator) -> None:
    assert [chat(limited, "Hi").status for _ in range(3)] == [200, 200, 429]
    assert chat(limited, "Hi", key="other").status == 200
    assert 50 <= int(chat(limited, "Hi").headers["retry-after"]) <= 60


def test_older_types_are_answered_too(sim: Simulator) -> None:
    body = json.loads(asked("Hi")) | {"type": "CHAT_WITH_IMAGE"}
    assert posted(sim, body).status == 200
