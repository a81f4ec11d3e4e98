"""What the runs of an answer are as items."""

from __future__ import annotations

import json
from typing import Any

from tests.wire.responses.asking import Item, turn, whole
from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Citation,
    Event,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
)

TOOLS: list[Item] = [
    {"type": "function", "name": "add"},
    {"type": "custom", "name": "patch"},
    {"type": "namespace", "name": "crew", "description": "Crew.", "tools": [
        {"type": "function", "name": "hire"}, {"type": "custom", "name": "note"}]},
]  # fmt: skip
PAGES = (Citation("https://a.example", "A"), Citation("https://b.example"))
PATCH = '*** Begin "Patch"\n+\\n é😀\n'


def call(id: str, name: str, arguments: str) -> list[Event]:
    return [CallBegun(id, name), ArgumentsDelta(arguments)]


def output(events: list[Event], **fields: Any) -> list[Item]:
    items: list[Item] = whole(turn(**fields), events, [Finish("tool_calls")])["output"]
    return items


def test_a_tool_is_called_by_the_name_the_client_gave_it() -> None:
    events = [*call("c1", "add", "{}"), *call("c2", "patch", json.dumps({"input": PATCH})),
              *call("c3", "crew__hire", "{}"),
              *call("c4", "crew__note", '{"input":""}')]  # fmt: skip
    done = {"status": "completed"}
    function, custom = {"type": "function_call"}, {"type": "custom_tool_call"}
    assert output(events, tools=TOOLS) == [
        {"id": "fc_0123_0", **function, "call_id": "c1", "name": "add", "arguments": "{}",
         **done},
        {"id": "ctc_0123_1", **custom, "call_id": "c2", "name": "patch", "input": PATCH,
         **done},
        {"id": "fc_0123_2", **function, "call_id": "c3", "name": "hire", "namespace": "crew",
         "arguments": "{}", **done},
        {"id": "ctc_0123_3", **custom, "call_id": "c4", "name": "note", "namespace": "crew",
         "input": "", **done},
    ]  # fmt: skip


def test_thoughts_are_content_or_a_summary_as_the_client_likes() -> None:
    head = {"id": "rs_0123_0", "type": "reasoning", "status": "completed"}
    plain = {**head, "summary": [], "content": [{"type": "reasoning_text", "text": "Hm"}]}
    short = {**head, "summary": [{"type": "summary_text", "text": "Hm"}], "content": []}
    events: list[Event] = [ReasoningDelta("Hm")]
    sealed = ["reasoning.encrypted_content"]
    assert output(events) == [plain]
    assert output(events, include=sealed) == [plain | {"encrypted_content": None}]
    for field in ("summary", "generate_summary"):
        assert output(events, reasoning={field: "detailed"}) == [short]


def test_a_search_is_the_first_item_and_its_pages_are_cited_in_the_last_text() -> None:
    asked = turn(tools=[{"type": "web_search"}], input="x" * 2000)
    search, text = whole(asked, [TextDelta("a")], [Finish(citations=PAGES)])["output"]
    assert search == {
        "id": "ws_0123_0",
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": "x" * 1000},
    }
    assert text["id"] == "msg_0123_1"
    assert [(page["url"], page["title"]) for page in text["content"][0]["annotations"]] == [
        ("https://a.example", "A"),
        ("https://b.example", "https://b.example"),
    ]


def test_pages_without_a_text_behind_them_are_not_cited() -> None:
    asked = turn(tools=[{"type": "web_search"}])
    _, refused = whole(asked, [RefusalDelta("No")], [Finish(citations=PAGES)])["output"]
    assert refused["content"] == [{"type": "refusal", "refusal": "No"}]
