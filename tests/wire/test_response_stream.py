"""A response as a stream: which events, in which order, in which writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.responses.asking import STAMP, Batches, Item, event_of, frames, turn
from utils.domain.chat import (
    Answering,
    ArgumentsDelta,
    CallBegun,
    Citation,
    Corrected,
    Event,
    Failed,
    Finish,
    Heartbeat,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
)
from utils.errors import RateLimited, RelayError
from utils.wire.responses.stream import replayed

SEARCH = [{"type": "web_search"}]
CUSTOM = [{"type": "custom", "name": "patch"}]
HELLO: list[Event] = [TextDelta("Hel"), TextDelta("lo")]
PAGE = Citation("https://a.example")


def types(batches: Batches, **fields: Any) -> str:
    """The names of the events between the opening and the end, a line for each item."""
    told = [e["type"].removeprefix("response.") for e in frames(turn(**fields), batches)]
    assert told[:2] == ["created", "in_progress"]
    return " ".join(told[2:])


PART = "content_part.added {0}.delta {0}.done content_part.done"


@pytest.mark.parametrize(
    ("fields", "events", "expected"),
    [
        ({}, [TextDelta("a")], PART.format("output_text")),
        ({}, [RefusalDelta("a")], PART.format("refusal")),
        ({}, [ReasoningDelta("a")], PART.format("reasoning_text")),
        ({"reasoning": {"summary": "auto"}}, [ReasoningDelta("a")],
         "reasoning_summary_part.added reasoning_summary_text.delta "
         "reasoning_summary_text.done reasoning_summary_part.done"),
        ({}, [CallBegun("c", "f"), ArgumentsDelta("{}")],
         "function_call_arguments.delta function_call_arguments.done"),
        ({"tools": CUSTOM}, [CallBegun("c", "patch"), ArgumentsDelta('{"input":"a"}')],
         "custom_tool_call_input.delta custom_tool_call_input.done"),
        ({"tools": CUSTOM}, [CallBegun("c", "patch"), ArgumentsDelta('{"input":""}')],
         "custom_tool_call_input.done"),
    ],
)  # fmt: skip
def test_every_item_is_told_from_its_beginning_to_its_end(
    fields: dict[str, Any], events: list[Event], expected: str
) -> None:
    item = f"output_item.added {expected} output_item.done"
    assert types([[*events, Finish()]], **fields) == f"{item} completed"
    if not fields:
        twice = types([[*events], [TextDelta("b") if "output_text" not in item else
                                   RefusalDelta("b")], [Finish("length")]])  # fmt: skip
        assert twice.startswith(f"{item} output_item.added")
        assert twice.endswith("output_item.done incomplete")


def test_a_search_is_under_way_until_something_is_said() -> None:
    batches: Batches = [[Heartbeat()], [TextDelta("a")], [Finish(citations=(PAGE,))]]
    asked = turn(tools=SEARCH)
    first, second, third = (write.decode() for write in asked.frames(iter(batches), STAMP))
    assert "web_search_call.searching" in first
    assert "web_search_call.completed" not in first
    assert 0 < second.index("web_search_call.completed") < second.index("content_part.added")
    assert 0 < third.index("annotation.added") < third.index("output_text.done")
    assert types(batches, tools=SEARCH) == (
        "output_item.added web_search_call.in_progress web_search_call.searching "
        "web_search_call.completed output_item.done "
        "output_item.added content_part.added output_text.delta "
        "output_text.annotation.added output_text.done content_part.done output_item.done "
        "completed"
    )


def test_a_call_has_its_name_and_its_id_before_its_arguments() -> None:
    batch: list[Event] = [CallBegun("c1", "f"), ArgumentsDelta('{"a":'), ArgumentsDelta("1}")]
    told = frames(turn(), [[*batch, Finish()]])
    [added] = [event["item"] for event in told if event["type"].endswith("item.added")]
    assert added == {
        "id": "fc_0123_0",
        "type": "function_call",
        "call_id": "c1",
        "name": "f",
        "arguments": "",
        "status": "in_progress",
    }
    [done] = [event for event in told if event["type"].endswith("arguments.done")]
    assert (done["name"], done["arguments"]) == ("f", '{"a":1}')


def test_a_text_is_told_in_full() -> None:
    where = {"item_id": "msg_0123_0", "output_index": 0}
    place = {**where, "content_index": 0}
    item = {"id": "msg_0123_0", "type": "message", "role": "assistant"}
    part = {"type": "output_text", "text": "a", "annotations": [], "logprobs": []}
    told = frames(turn(), [[TextDelta("a"), Finish()]])[2:-1]
    for number, event in enumerate(told, 2):
        assert event.pop("sequence_number") == number
    assert told == [
        {"type": "response.output_item.added", "output_index": 0,
         "item": {**item, "status": "in_progress", "content": []}},
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
        {"type": "response.output_text.delta", **place, "logprobs": [], "delta": "a"},
        {"type": "response.output_text.done", **place, "logprobs": [], "text": "a"},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0,
         "item": {**item, "status": "completed", "content": [part]}},
    ]  # fmt: skip


def test_a_delta_is_the_event_that_it_says() -> None:
    told = frames(turn(), [[TextDelta('"\u2028\n😀')], [Finish()]])
    assert [event for event in told if "delta" in event] == [
        {
            "type": "response.output_text.delta",
            "item_id": "msg_0123_0",
            "output_index": 0,
            "content_index": 0,
            "logprobs": [],
            "delta": '"\u2028\n😀',
            "sequence_number": 4,
        }
    ]


def test_a_batch_is_one_write() -> None:
    batches: Batches = [HELLO, [Heartbeat()], [Corrected("tool_calls")], [], [Finish()]]
    writes = list(turn().frames(iter(batches), STAMP))
    assert writes[0].count(b"event: ") == 6
    assert writes[1:4] == [
        b": still working\n\n",
        b": x-relay-corrected: tool_calls\n\n",
        b": still working\n\n",
    ]
    assert writes[4].count(b"event: ") == 4


def test_a_stand_in_is_a_comment() -> None:
    batches: Batches = [[Heartbeat()], [Answering("other", "m")], [*HELLO, Finish()]]
    assert b": x-relay-fallback: other\n\n" in list(turn().frames(iter(batches), STAMP))


@pytest.mark.parametrize("said", [[], HELLO, [CallBegun("c", "f"), ArgumentsDelta("{")]])
def test_a_failure_is_the_last_event(said: list[Event]) -> None:
    asked, error = turn(), RateLimited("slow down", retry_after=3)
    told = frames(asked, [[*said], [Failed(error)]])
    last = told[-1]
    assert last == {
        "type": "response.failed",
        "response": asked.failed(error, STAMP),
        "sequence_number": len(told) - 1,
    }
    assert not any("done" in event["type"] for event in told)


def test_a_mistake_of_ours_is_an_error_event() -> None:
    frame = turn().error_frame(RelayError("The relay failed.", code="internal_error"))
    assert event_of(frame.decode().removesuffix("\n\n")) == {
        "type": "error",
        "code": "internal_error",
        "message": "The relay failed.",
        "param": None,
        "sequence_number": 0,
    }


# Told again


def again(response: Item) -> list[Item]:
    return [event_of(frame.decode().removesuffix("\n\n")) for frame in replayed(response)]


@pytest.mark.parametrize(
    ("status", "last"),
    [
        ("completed", "response.completed"),
        ("incomplete", "response.incomplete"),
        ("failed", "response.failed"),
        ("cancelled", "response.incomplete"),
    ],
)
def test_a_kept_response_ends_as_it_did(status: str, last: str) -> None:
    begun = turn().begun(STAMP, "in_progress")
    told = again(begun | {"status": status})
    assert [event["type"] for event in told] == [
        "response.created",
        "response.in_progress",
        last,
    ]
    assert told[0]["response"] == json.loads(json.dumps(begun))
    assert told[2]["response"]["status"] == status


@pytest.mark.parametrize("status", ["in_progress", "queued"])
def test_a_response_under_way_has_no_end_to_tell(status: str) -> None:
    told = again(turn().begun(STAMP, status))
    assert [event["type"] for event in told] == ["response.created", f"response.{status}"]
