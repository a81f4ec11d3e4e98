"""The relay reads what was recorded, and the simulator answers the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.replies import failure, refusal
from simulator.server import Simulator
from tests.cuts import cuts
from tests.domain.replies import replied
from tests.onemin.meanings import NO_CREDIT, is_told
from tests.simulator.peer import chat, streamed
from utils.domain.chat import (
    Finish,
    Usage,
)
from utils.domain.reply import collect
from utils.errors import InvalidRequest, ModelNotFound, OutOfCredit, RelayError
from utils.onemin.chat import read_stream, read_whole
from utils.onemin.failures import of_response

FOLDER = Path(__file__).parent


def recording(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def value(name: str) -> Any:
    return json.loads(recording(name))


# Read by the relay


def test_an_answer_is_read() -> None:
    usage = Usage(300, 18, "upstream", 56)
    reply = replied(text="Hello.", finish=Finish("stop", usage))
    for parts in cuts(recording("2026-08-17-chat.json")):
        assert collect(read_whole(parts)) == collect(read_stream(parts)) == [reply]


def test_a_stream_is_read() -> None:
    for parts in cuts(recording("2026-10-06-chat-stream.txt")):
        assert collect(read_stream(parts)) == [replied(text="Hello.")]


def test_a_failure_inside_http_200_is_read() -> None:
    for read in (read_whole, read_stream):
        with pytest.raises(RelayError) as failed:
            collect(read([recording("2026-08-21-failure.json")]))
        is_told(failed.value, OutOfCredit, NO_CREDIT)


@pytest.mark.parametrize(
    ("status", "name", "kind", "told"),
    [
        (
            422,
            "2026-10-06-refusal-form-a.json",
            InvalidRequest,
            "Invalid prompt object: prompt: prompt must be a string",
        ),
        (
            400,
            "2026-08-17-refusal-form-b.json",
            ModelNotFound,
            "Model xyz is not supported: model: model is not available",
        ),
        (
            400,
            "2026-08-19-unsupported-feature.json",
            InvalidRequest,
            "Unsupported feature type: CHAT_WITH_IMAGE",
        ),
    ],
)
def test_a_refusal_is_read(status: int, name: str, kind: type[RelayError], told: str) -> None:
    is_told(of_response(status, {}, recording(name)), kind, told)


# Made by the simulator


def shape(found: Any) -> Any:
    """Names and types. 1 and 1.0 are numbers alike."""
    match found:
        case dict():
            return {name: shape(held) for name, held in found.items()}
        case list():
            return [shape(held) for held in found]
        case bool() | None | str():
            return type(found).__name__
    return "number"


def reduced(whole: Any, part: Any) -> Any:
    """`whole` with no more names than `part` has: some recordings were cut short."""
    match whole, part:
        case dict(), dict():
            return {name: reduced(whole[name], part[name]) for name in part if name in whole}
        case _:
            return whole


def body(reply: Any) -> Any:
    return json.loads(b"".join(reply.body))


def test_the_simulators_answer_has_the_recorded_shape(onemin: Simulator) -> None:
    answer = chat(onemin, "say exactly: Hello.")
    recorded = value("2026-08-17-chat.json")
    assert shape(answer.json) == shape(recorded)
    assert answer.record["status"] == recorded["aiRecord"]["status"]
    assert answer.record["type"] == recorded["aiRecord"]["type"]


def events(stream: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in stream.split("\n\n") if block]
    return [(name, json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_the_simulators_stream_has_the_recorded_shape(onemin: Simulator) -> None:
    made = events(streamed(onemin, "say exactly: Hello.").body.decode())
    recorded = events(recording("2026-10-06-chat-stream.txt").decode())
    assert [name for name, _ in made] == [name for name, _ in recorded]
    for (_, ours), (_, theirs) in zip(made, recorded, strict=True):
        assert shape(reduced(ours, theirs)) == shape(theirs)
    assert made[-1] == recorded[-1]


def test_the_record_of_a_stream_is_the_record_of_an_answer(onemin: Simulator) -> None:
    made = streamed(onemin, "say exactly: Hello.").last("result")
    assert shape(made) == shape(value("2026-08-17-chat.json"))


def test_the_simulators_failure_has_the_recorded_shape(onemin: Simulator) -> None:
    onemin.script(failure("CREDIT_ERROR", "Not enough credits", "not enough credits"))
    recorded = value("2026-08-21-failure.json")
    made = reduced(chat(onemin, "Hi").json, recorded)
    assert shape(made) == shape(recorded)
    assert made["aiRecord"]["status"] == recorded["aiRecord"]["status"]


def test_the_simulators_refusals_have_the_recorded_shapes(onemin: Simulator) -> None:
    details = [{"field": "prompt", "message": "prompt must be a string"}]
    made = refusal(422, "PROMPT_OBJECT_VALIDATION_FAILED", "Invalid", details, form="A")
    assert shape(body(made)) == shape(value("2026-10-06-refusal-form-a.json"))
    made = refusal(400, "UNSUPPORTED_MODEL", "Model xyz is not supported", details)
    assert shape(body(made)) == shape(value("2026-08-17-refusal-form-b.json"))
    refused = chat(onemin, "Hi", model="xyz")
    assert refused.status == 400
    assert shape(refused.json) == shape(value("2026-08-19-unsupported-feature.json"))
