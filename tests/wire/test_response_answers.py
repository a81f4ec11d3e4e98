"""An answer as a response: whole, and as a stream that adds up to the same."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, get_args

import openai.types.responses as kinds
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from tests.wire.responses.asking import STAMP, Item, assembled, event_of, frames, turn, whole
from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Citation,
    Event,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    Usage,
)
from utils.errors import (
    InvalidRequest,
    OutOfCredit,
    RateLimited,
    RelayError,
    UpstreamFailed,
)
from utils.wire.responses.dialect import Turn
from utils.wire.responses.stream import replayed

TOOLS: list[Item] = [
    {"type": "function", "name": "add", "parameters": {"type": "object"}},
    {"type": "custom", "name": "patch"},
    {"type": "namespace", "name": "crew", "description": "Crew.", "tools": [
        {"type": "function", "name": "hire"}, {"type": "custom", "name": "note"}]},
]  # fmt: skip
SEARCH = [{"type": "web_search"}]
USAGE = Usage(7, 5)
PAGES = (Citation("https://a.example", "A"), Citation("https://b.example"))
PATCH = '*** Begin "Patch"\n+\\n é😀\n'


def call(id: str, name: str, *pieces: str) -> list[Event]:
    return [CallBegun(id, name), *map(ArgumentsDelta, pieces)]


def cut(text: str) -> list[str]:
    return [text[at : at + 3] for at in range(0, len(text), 3)]


TEXT: list[Event] = [TextDelta("Hel"), TextDelta("lo")]
CUSTOM = call("c2", "patch", *cut(json.dumps({"input": PATCH})))
ANSWERS: list[tuple[dict[str, Any], list[Event], Finish]] = [
    ({}, TEXT, Finish(usage=USAGE)),
    ({}, TEXT, Finish()),
    ({}, TEXT, Finish("length", USAGE)),
    ({}, TEXT, Finish("content_filter", USAGE)),
    ({}, [], Finish("length", USAGE)),
    ({}, [ReasoningDelta("Hm"), ReasoningDelta("."), *TEXT], Finish(usage=USAGE)),
    ({}, [ReasoningDelta("Hm")], Finish("length", USAGE)),
    ({"reasoning": {"summary": "auto"}, "include": ["reasoning.encrypted_content"]},
     [ReasoningDelta("Hm"), ReasoningDelta("."), *TEXT], Finish(usage=USAGE)),
    ({}, [TextDelta("So: "), RefusalDelta("No"), RefusalDelta(".")], Finish(usage=USAGE)),
    ({"tools": TOOLS}, [*TEXT, *call("c1", "add", '{"a":', "1}"), *CUSTOM],
     Finish("tool_calls", USAGE)),
    ({"tools": TOOLS}, [*call("c1", "crew__hire", "{}"), *TEXT,
     *call("c2", "crew__note", '{"input":"x"}')], Finish("tool_calls", USAGE)),
    ({"tools": TOOLS}, call("c1", "add", '{"a":'), Finish("length", USAGE)),
    ({"tools": TOOLS}, CUSTOM[:5], Finish("length", USAGE)),
    ({"tools": TOOLS}, call("c1", "patch", "free", " text"), Finish("tool_calls", USAGE)),
    ({"tools": SEARCH}, [], Finish("length", USAGE)),
    ({"tools": SEARCH}, TEXT, Finish(usage=USAGE, citations=PAGES)),
    ({"tools": SEARCH}, [TextDelta("a"), ReasoningDelta("b"), TextDelta("c")],
     Finish(usage=USAGE, citations=PAGES)),
]  # fmt: skip
EVENTS = {
    kind.model_fields["type"].annotation.__args__[0]: kind
    for kind in get_args(get_args(ResponseStreamEvent)[0])
}


adapter = cache(TypeAdapter)  # each takes long to build


def strictly(kind: Any, value: Item) -> None:
    adapter(kind).validate_json(json.dumps(value), strict=True)


def streamed(asked: Turn, events: list[Event], finish: Finish) -> list[Item]:
    return frames(asked, [*([event] for event in events[:-1]), [*events[-1:], finish]])


@pytest.mark.parametrize(("fields", "events", "finish"), ANSWERS)
def test_a_stream_adds_up_to_the_whole_answer(
    fields: dict[str, Any], events: list[Event], finish: Finish
) -> None:
    asked = turn(**fields)
    response = whole(asked, events, [finish])
    one_by_one = [[event] for event in (*events, finish)]
    for batches in ([[*events, finish]], one_by_one):
        told = frames(asked, batches)
        assert told[-1]["response"] == response
        assert assembled(told) == response["output"]
        done = [e["item"] for e in told if e["type"] == "response.output_item.done"]
        assert done == response["output"]


PIECE = st.text(max_size=4)
SAYING = st.one_of(
    st.builds(TextDelta, PIECE).map(lambda said: [said]),
    st.builds(ReasoningDelta, PIECE).map(lambda said: [said]),
    st.builds(RefusalDelta, PIECE).map(lambda said: [said]),
    st.builds(
        call,
        st.just("c"),
        st.sampled_from(["add", "patch", "crew__hire", "crew__note", "undeclared"]),
        st.sampled_from(['{"input":"', "{", ""]),
        st.text('"\\\\uD83de0n', max_size=9),
        PIECE,
    ),
)


@pytest.mark.fault(105)
@given(
    st.lists(SAYING, max_size=5),
    st.sampled_from(["stop", "length"]),
    st.integers(1, 9),
    st.booleans(),
)
def test_any_stream_adds_up(
    said: list[list[Event]], reason: Any, size: int, summarised: bool
) -> None:
    fields: Item = {"reasoning": {"summary": "auto"}} if summarised else {}
    asked = turn(tools=TOOLS, **fields)
    events: list[Event] = [
        *(event for run in said for event in run),
        Finish(reason, USAGE, PAGES),
    ]
    told = frames(asked, [events[at : at + size] for at in range(0, len(events), size)])
    assert told[-1]["response"] == whole(asked, events)
    assert assembled(told) == told[-1]["response"]["output"]
    assert [event["sequence_number"] for event in told] == list(range(len(told)))


@pytest.mark.parametrize(("fields", "events", "finish"), ANSWERS)
def test_every_event_is_one_that_the_sdk_knows(
    fields: dict[str, Any], events: list[Event], finish: Finish
) -> None:
    told = streamed(turn(**fields), events, finish)
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    for event in told:
        strictly(EVENTS[event["type"]], event)
    strictly(kinds.Response, told[-1]["response"])


@pytest.mark.parametrize(("fields", "events", "finish"), ANSWERS)
def test_a_kept_response_is_told_again(
    fields: dict[str, Any], events: list[Event], finish: Finish
) -> None:
    """As a stream whose batches are whole runs."""
    asked = turn(**fields)
    response = whole(asked, events, [finish])
    told = [event_of(frame.decode().removesuffix("\n\n")) for frame in replayed(response)]
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    joined, last = list[Item](), ""
    for event in streamed(asked, events, finish):
        if event["type"].endswith(".delta") and event["type"] == last:
            joined[-1]["delta"] += event["delta"]
        else:
            joined.append(event)
        last = event["type"]
    assert told == [event | {"sequence_number": n} for n, event in enumerate(joined)]


# The object

BOLD = ["error", "incomplete_details", "instructions", "metadata", "temperature", "top_p"]


def test_a_response_has_what_the_specification_demands_beyond_the_sdk() -> None:
    response = whole(turn(), TEXT, [Finish(usage=USAGE)])
    assert {name: response[name] for name in BOLD} == {
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "temperature": None,
        "top_p": None,
    }
    assert response["output"][0]["content"] == [
        {"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}
    ]


def test_a_response_repeats_its_request() -> None:
    schema = {"type": "object"}
    fields: dict[str, Any] = {
        "instructions": "Be brief.",
        "previous_response_id": "resp_1",
        "metadata": {"a": "b"},
        "temperature": 0.5,
        "top_p": 1.0,
        "max_output_tokens": 9,
        "parallel_tool_calls": False,
        "store": False,
        "truncation": "auto",
        "user": "u",
        "safety_identifier": "s",
        "prompt_cache_key": "p",
        "tool_choice": {"type": "function", "name": "add"},
        "max_tool_calls": 3,
    }
    text = {"format": {"type": "json_schema", "name": "s", "schema": schema}}
    asked = turn([{"id": "msg_1", "role": "user", "content": "x"}], **fields,
                 reasoning_effort="low", tools=TOOLS, text=text)  # fmt: skip
    response = whole(asked, TEXT, [Finish(usage=USAGE)])
    strictly(kinds.Response, response)
    assert {name: response[name] for name in fields} == fields
    assert response["id"] == asked.id(STAMP) == "resp_0123"
    assert (response["model"], response["created_at"]) == ("gpt-4o-mini", 1_700_000_000)
    assert response["reasoning"] == {"effort": "low", "summary": None}
    assert response["text"] == {**text, "verbosity": None}
    assert response["tools"] == [TOOLS[0] | {"strict": None}, *TOOLS[1:]]


@pytest.mark.parametrize("conversation", ["conv_1", {"id": "conv_1"}])
def test_a_response_names_its_conversation(conversation: Any) -> None:
    asked = turn(conversation=conversation)
    assert asked.asked.conversation_id == "conv_1"
    assert asked.begun(STAMP, "queued")["conversation"] == {"id": "conv_1"}


def test_usage_tells_the_tokens_of_thoughts_within_those_of_the_answer() -> None:
    thought: list[Event] = [ReasoningDelta("one two three four"), TextDelta("a")]
    for spent, expected in ((50, 4), (3, 3)):
        response = whole(turn(), thought, [Finish(usage=Usage(7, spent))])
        assert response["usage"] == {
            "input_tokens": 7,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": spent,
            "output_tokens_details": {"reasoning_tokens": expected},
            "total_tokens": 7 + spent,
        }


@pytest.mark.parametrize(
    ("reason", "status", "details"),
    [
        ("stop", "completed", None),
        ("tool_calls", "completed", None),
        ("length", "incomplete", {"reason": "max_output_tokens"}),
        ("content_filter", "incomplete", {"reason": "content_filter"}),
    ],
)
def test_an_answer_that_was_cut_off_is_incomplete(
    reason: Any, status: str, details: Any
) -> None:
    response = whole(turn(), [ReasoningDelta("Hm")], TEXT, [Finish(reason)])
    assert (response["status"], response["incomplete_details"]) == (status, details)
    assert [item["status"] for item in response["output"]] == ["completed", status]


@pytest.mark.parametrize("status", ["in_progress", "queued"])
def test_a_response_under_way_has_no_output_yet(status: str) -> None:
    begun = turn(background=True).begun(STAMP, status)
    strictly(kinds.Response, begun)
    assert (begun["status"], begun["background"], begun["output"]) == (status, True, [])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RateLimited("slow"), "rate_limit_exceeded"),
        (InvalidRequest("bad", param="input"), "invalid_prompt"),
        (UpstreamFailed("broke"), "server_error"),
    ],
)
def test_a_failure_bears_one_of_openais_codes(error: RelayError, code: str) -> None:
    failed = turn().failed(error, STAMP)
    strictly(kinds.Response, failed)
    assert (failed["status"], failed["output"]) == ("failed", [])
    assert (failed["error"]["code"], failed["error"]["message"]) == (code, error.message)


def test_exhausted_credits_are_told_as_codex_knows_them() -> None:
    assert turn().failed(OutOfCredit("empty"), STAMP)["error"]["code"] == "insufficient_quota"
