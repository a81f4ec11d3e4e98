"""The OpenAI-shaped surface, onemin-api.md 3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.frames import encoded
from simulator.native.frames import Completion
from simulator.native.model import answer
from simulator.replies import JSON, Pause, Reply, events, refusal
from simulator.server import Simulator
from tests.simulator.peer import Answer, native, request

PATH = "/openai/v1/chat/completions"
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {}}}
TIME = {"type": "function", "function": {"name": "time"}}


@pytest.fixture
def counting() -> Iterator[Simulator]:
    with Simulator(native_usage=True) as simulator:
        yield simulator


def chunks(answer: Answer) -> list[Any]:
    *frames, done, end = answer.body.decode().split("\n\n")
    assert (done, end) == ("data: [DONE]", "")
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


def deltas(answer: Answer) -> list[Any]:
    return [chunk["choices"][0]["delta"] for chunk in chunks(answer)]


def choice(answer: Answer) -> Any:
    return answer.json["choices"][0]


def calls(answer: Answer) -> list[tuple[str, str]]:
    made = choice(answer)["message"]["tool_calls"]
    return [(call["function"]["name"], call["function"]["arguments"]) for call in made]


def test_an_answer_is_a_chat_completion(sim: Simulator) -> None:
    answer = native(sim, "say exactly: Hello.")
    assert answer.json["object"] == "chat.completion"
    assert answer.json["model"] == "gpt-4o-mini"
    assert choice(answer) == {
        "index": 0,
        "message": {"role": "assistant", "content": "Hello."},
        "finish_reason": "stop",
    }


def test_usage_is_absent_unless_switched_on(sim: Simulator, counting: Simulator) -> None:
    assert "usage" not in native(sim, "Hi").json
    usage = native(counting, "say exactly: Hello.").json["usage"]
    assert usage == {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


def test_a_stream_is_chunks_and_done(sim: Simulator) -> None:
    options = {"include_usage": True}
    answer = native(sim, "say exactly: Hello, naïve.", stream=True, stream_options=options)
    assert answer.headers["content-type"] == "text/event-stream"
    first, *said, last = deltas(answer)
    assert (first["role"], last) == ("assistant", {})
    assert "".join(delta["content"] for delta in said) == "Hello, naïve."
    assert chunks(answer)[-1]["choices"][0]["finish_reason"] == "stop"
    assert len({chunk["id"] for chunk in chunks(answer)}) == 1


def test_a_measured_stream_pauses_between_its_words_only() -> None:
    user = {"role": "user", "content": "[[events=3]]"}
    wanted = {"model": "gpt-4o-mini", "messages": [user]}
    reply = Completion.of(wanted, answer(wanted), counted=False).streamed(0.5, with_usage=False)
    pauses = [part == Pause(0.5) for part in reply.body]
    role, word, done = [False], [False], [False, False]
    assert pauses == [*role, *word, True, *word, True, *word, *done]


def test_a_stream_counts_at_its_end_when_asked(counting: Simulator) -> None:
    asked = native(counting, "Hi", stream=True, stream_options={"include_usage": True})
    assert chunks(asked)[-1]["choices"] == []
    assert chunks(asked)[-1]["usage"]["prompt_tokens"] == 1
    assert all("usage" not in chunk for chunk in chunks(native(counting, "Hi", stream=True)))


@pytest.mark.parametrize(
    "headers", [{}, {"API-KEY": "key"}, {"Authorization": "key"}, {"Authorization": "Bearer "}]
)
def test_only_a_bearer_is_let_in(sim: Simulator, headers: dict[str, str]) -> None:
    assert request(sim, "POST", PATH, b"{}", headers).status == 401
    assert request(sim, "GET", "/openai/v1/models", None, headers).status == 401


def test_keys_are_as_bad_or_limited_as_elsewhere(sim: Simulator) -> None:
    assert native(sim, "Hi", key="bad-key").status == 401
    assert native(sim, "Hi", key="limited-key").headers["retry-after"] == "7"
    assert native(sim, "Hi", key="broke-key").json["error"]["code"] == "insufficient_quota"


def test_the_models_are_few(sim: Simulator) -> None:
    headers = {"Authorization": "Bearer key"}
    listing = request(sim, "GET", "/openai/v1/models", None, headers).json
    names = [model["id"] for model in listing["data"]]
    assert len(names) == 9
    assert {"deepseek-flash", "gpt-4o-mini", "o3-mini"} <= set(names)
    for name in names:
        assert native(sim, "Hi", model=name).status == 200


def test_another_chat_model_is_unknown_here(sim: Simulator) -> None:
    answer = native(sim, "Hi", model="gpt-5.4")
    assert answer.status == 400
    assert answer.json["error"]["code"] == "model_not_found"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("messages", []),
        ("messages", "Hi"),
        ("messages", [{"role": "nobody", "content": "Hi"}]),
        ("messages", [{"role": "user"}]),
        ("messages", [{"role": "tool", "content": "1"}]),
        ("messages", [{"role": "user", "content": 1}]),
        ("temperature", 3),
        ("temperature", "warm"),
        ("max_tokens", 0),
        ("max_completion_tokens", True),
        ("tools", {}),
        ("tools", [{"type": "retrieval"}]),
    ],
)
def test_a_wrong_field_is_named(sim: Simulator, field: str, value: Any) -> None:
    fields: dict[str, Any] = {field: value}
    answer = native(sim, "Hi", **fields)
    assert answer.status == 400
    assert answer.json["error"]["param"] == field


@pytest.mark.parametrize("body", [b"{", b"[]", b"null"])
def test_a_body_that_is_no_object_is_refused(sim: Simulator, body: bytes) -> None:
    assert request(sim, "POST", PATH, body, {"Authorization": "Bearer key"}).status == 400


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_an_answer_ends_at_its_limit(sim: Simulator, field: str) -> None:
    limit: dict[str, Any] = {field: 1}
    answer = choice(native(sim, "say exactly: Hello there.", **limit))
    assert answer["message"]["content"] == "Hell"
    assert answer["finish_reason"] == "length"


def test_parts_of_text_are_read_together(sim: Simulator) -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "text", "text": "say exactly: Parts."},
    ]
    answer = native(sim, "", messages=[{"role": "user", "content": parts}])
    assert choice(answer)["message"]["content"] == "Parts."


def test_a_tool_is_called_when_the_user_says_so(sim: Simulator) -> None:
    answer = native(sim, 'Please call weather with {"city": "Ulm"} now.', tools=[WEATHER, TIME])
    assert calls(answer) == [("weather", '{"city": "Ulm"}')]
    assert choice(answer)["finish_reason"] == "tool_calls"
    assert choice(answer)["message"]["content"] is None


def test_several_tools_can_be_called_at_once(sim: Simulator) -> None:
    answer = native(
        sim, 'call weather with {"a": {"b": 1}} call time with {}', tools=[WEATHER, TIME]
    )
    assert calls(answer) == [("weather", '{"a": {"b": 1}}'), ("time", "{}")]
    ids = [call["id"] for call in choice(answer)["message"]["tool_calls"]]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("call weather with {}", {}),
        ("call weather with {}", {"tools": [TIME]}),
        ("call weather with {oops", {"tools": [WEATHER]}),
        ("call weather with {}", {"tools": [WEATHER], "tool_choice": "none"}),
    ],
)
def test_no_tool_is_called_otherwise(sim: Simulator, text: str, fields: dict[str, Any]) -> None:
    assert "tool_calls" not in choice(native(sim, text, **fields))["message"]


def test_a_choice_of_tool_is_kept(sim: Simulator) -> None:
    tools = [WEATHER, TIME]
    forced = {"type": "function", "function": {"name": "time"}}
    assert calls(native(sim, "Hi", tools=tools, tool_choice=forced)) == [("time", "{}")]
    assert calls(native(sim, "Hi", tools=tools, tool_choice="required")) == [("weather", "{}")]


def test_a_streamed_call_comes_in_pieces(sim: Simulator) -> None:
    text = 'call time with {} call weather with {"city": "Ulm", "days": 3}'
    answer = native(sim, text, tools=[WEATHER, TIME], stream=True)
    pieces = [call for delta in deltas(answer) for call in delta.get("tool_calls", [])]
    opened = [piece for piece in pieces if "id" in piece]
    assert [piece["function"]["name"] for piece in opened] == ["time", "weather"]
    second = [piece["function"]["arguments"] for piece in pieces if piece["index"] == 1]
    assert len(second) > 3
    assert "".join(second) == '{"city": "Ulm", "days": 3}'
    assert chunks(answer)[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_tools_result_is_told_and_not_asked_for_again(sim: Simulator) -> None:
    user = {"role": "user", "content": "call time with {}"}
    made = choice(native(sim, user["content"], tools=[TIME]))["message"]
    told = {"role": "tool", "tool_call_id": made["tool_calls"][0]["id"], "content": "noon"}
    answer = native(sim, "", messages=[user, made, told], tools=[TIME])
    assert choice(answer)["message"]["content"] == "The tool said: noon"


def test_a_prompt_can_ask_for_a_burst_or_a_fault(sim: Simulator) -> None:
    answer = native(sim, "[[events=30 size=5]]", stream=True)
    assert [len(delta["content"]) for delta in deltas(answer)[1:-1]] == [5] * 30
    assert native(sim, "[[scenario=html-522]]").status == 522
    assert "html-522" in native(sim, "[[scenario=nothing]]").json["error"]["message"]


def test_scripts_are_used_in_turn(sim: Simulator) -> None:
    scripted = Reply(headers=JSON, body=(encoded({"choices": []}),))
    sim.script_native(scripted, events("data: x\n\n"), refusal(500, "X", "y"))
    assert native(sim, "Hi").json == {"choices": []}
    assert native(sim, "Hi").body == b"data: x\n\n"
    assert native(sim, "Hi").status == 500
    assert native(sim, "Hi").status == 200


def test_native_calls_are_remembered_apart(sim: Simulator) -> None:
    native(sim, "Hi")
    [call] = sim.native_calls
    assert call.json["messages"] == [{"role": "user", "content": "Hi"}]
    assert call.headers["authorization"] == "Bearer key"
    assert sim.chats == []
