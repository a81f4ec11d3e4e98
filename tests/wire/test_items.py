from __future__ import annotations

from typing import Any

import pytest

from utils.wire.items import item_id, normalised


def text(kind: str) -> dict[str, Any]:
    return {"type": kind, "text": "Hi"}


def output(**fields: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": "Hi", "annotations": [], "logprobs": []} | fields


@pytest.mark.parametrize(
    ("role", "content", "parts"),
    [
        ("user", "Hi", [text("input_text")]),
        ("system", [text("text")], [text("input_text")]),
        ("assistant", "Hi", [output()]),
        ("assistant", [text("text")], [output()]),
        ("assistant", [text("input_text")], [text("input_text")]),
        ("assistant", [output(annotations=[1])], [output(annotations=[1])]),
        ("assistant", [text("output_text") | {"logprobs": None}], [output()]),
        ("user", None, []),
        ("user", "", []),
        ("user", [], []),
        (
            "user",
            [{"type": "image_url", "image_url": {"url": "u", "detail": "low"}}],
            [{"type": "input_image", "image_url": "u", "detail": "low"}],
        ),
        (
            "user",
            [{"type": "image_url", "image_url": "u"}],
            [{"type": "input_image", "image_url": "u", "detail": "auto"}],
        ),
        (
            "user",
            [{"type": "input_image", "file_id": "file-1", "detail": None}],
            [{"type": "input_image", "file_id": "file-1", "detail": "auto"}],
        ),
        (
            "user",
            [{"type": "input_file", "file_id": "f"}],
            [{"type": "input_file", "file_id": "f"}],
        ),
    ],
)
def test_content_becomes_parts(role: str, content: Any, parts: list[Any]) -> None:
    assert normalised({"role": role, "content": content}, "msg_1") == {
        "id": "msg_1",
        "type": "message",
        "status": "completed",
        "role": role,
        "content": parts,
    }


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ({"type": "function_call", "id": "fc_0"}, {"id": "fc_0", "status": "completed"}),
        ({"type": "function_call", "id": "", "status": "incomplete"}, {"status": "incomplete"}),
        ({"type": "function_call_output", "output": "x"}, {"status": "completed"}),
        (
            {"type": "custom_tool_call_output", "output": [text("text")]},
            {"status": "completed", "output": [text("input_text")]},
        ),
        ({"type": "reasoning"}, {"status": "completed", "summary": []}),
        ({"type": "compaction"}, {}),
        ({"type": "compaction_summary"}, {"type": "compaction"}),
        ({"type": "function_call", "more": {"kept": 1}}, {"status": "completed"}),
    ],
)
def test_what_is_missing_is_filled_in(item: dict[str, Any], shown: dict[str, Any]) -> None:
    assert normalised(item, "new_1") == {**item, "id": "new_1"} | shown


def test_what_was_sent_is_not_changed() -> None:
    item = {"role": "user", "content": [text("text")]}
    normalised(item, "msg_1")
    assert item == {"role": "user", "content": [text("text")]}


@pytest.mark.parametrize(
    ("item", "id"),
    [
        ({"role": "user"}, "msg_t"),
        ({"type": "function_call"}, "fc_t"),
        ({"type": "compaction_summary"}, "cmp_t"),
        ({"type": "something_new"}, "item_t"),
    ],
)
def test_an_id_says_of_what_it_is(item: dict[str, Any], id: str) -> None:
    assert item_id(item, "t") == id
