from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.replies import replied
from utils.domain.chat import (
    Event,
    Failed,
    Finish,
    Heartbeat,
    TextDelta,
    Usage,
)
from utils.errors import OutOfCredit, UpstreamFailed
from utils.wire.chat.dialect import ChatCompletions
from utils.wire.stamp import Stamp

STAMP = Stamp("0123", 1_700_000_000, "gpt-4o-mini")
HEAD = {"id": "chatcmpl-0123", "created": 1_700_000_000, "model": "gpt-4o-mini"}
CHUNK = {**HEAD, "object": "chat.completion.chunk"}
USAGE = Usage(7, 2, "upstream", 9.0)
COUNTED = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def request(**fields: Any) -> ChatCompletions:
    body = {"messages": [{"role": "user", "content": "hi"}], **fields}
    return ChatCompletions.parse(json.dumps(body).encode())


def frames(
    *batches: list[Event | Heartbeat | Failed], usage: bool = False, stamp: Stamp = STAMP
) -> list[bytes]:
    asked = request(stream_options={"include_usage": True}) if usage else request()
    return list(asked.frames(iter(batches), stamp))


def written(*batches: list[Event | Heartbeat | Failed], usage: bool = False) -> list[Any]:
    """The frames in one list; what is no JSON as it is."""
    texts = b"".join(frames(*batches, usage=usage)).decode().split("\n\n")
    assert texts.pop() == ""
    return [json.loads(text[6:]) if text.startswith("data: {") else text for text in texts]


def choice(delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


ROLE = {**CHUNK, "choices": [choice({"role": "assistant", "content": ""})]}


def test_a_stream_is_a_role_then_deltas_then_an_end() -> None:
    assert written([TextDelta("Hel"), TextDelta("lo")], [Finish("length", USAGE)]) == [
        ROLE,
        {**CHUNK, "choices": [choice({"content": "Hel"})]},
        {**CHUNK, "choices": [choice({"content": "lo"})]},
        {**CHUNK, "choices": [choice({}, "length")]},
        "data: [DONE]",
    ]


def test_a_usage_comes_last_and_only_when_asked_for() -> None:
    assert written([TextDelta("a"), Finish("stop", USAGE)], usage=True) == [
        {**ROLE, "usage": None},
        {**CHUNK, "choices": [choice({"content": "a"})], "usage": None},
        {**CHUNK, "choices": [choice({}, "stop")], "usage": None},
        {**CHUNK, "choices": [], "usage": COUNTED},
        "data: [DONE]",
    ]


def test_a_usage_that_is_not_wanted_stays_away() -> None:
    for options in (None, {}, {"include_usage": None}, {"include_usage": False}):
        asked = request(stream_options=options)
        [write] = asked.frames(iter([[TextDelta("a"), Finish("stop", USAGE)]]), STAMP)
        assert b"usage" not in write


def test_silence_is_a_comment() -> None:
    assert written([Heartbeat()], [TextDelta("a")], [Heartbeat()])[1:] == [
        ": still working",
        {**CHUNK, "choices": [choice({"content": "a"})]},
        ": still working",
    ]


def test_a_failure_is_an_error_and_no_end() -> None:
    error = UpstreamFailed('it "fell"\nover', param="p")
    assert written([TextDelta("a")], [Failed(error)])[2:] == [
        {
            "error": {
                "message": 'it "fell"\nover',
                "type": "api_error",
                "param": "p",
                "code": "upstream_error",
            }
        }
    ]


def test_a_failure_has_the_terms_of_its_kind() -> None:
    [_, frame] = written([Failed(OutOfCredit("none"))], usage=True)
    assert frame["error"]["type"] == frame["error"]["code"] == "insufficient_quota"


def test_a_batch_is_one_write_and_the_role_goes_with_the_first() -> None:
    first, second, third = frames(
        [TextDelta("a"), TextDelta("b")], [TextDelta("c")], [Finish()]
    )
    assert [write.count(b"data: ") for write in (first, second, third)] == [3, 1, 2]
    assert all(write.endswith(b"\n\n") for write in (first, second, third))


def test_nothing_is_written_before_something_came() -> None:
    assert frames() == []


AWKWARD = [
    '"', "\\", '\\"', "\n", "\r\n", "\t", "\0", '"\0"', "\\u0000", '"\\u0000"', "\x1f", "\x7f",
    "\u2028\u2029\x85", "é", "東京", "😀", "👩\u200d👩\u200d👧", "\ufeff", "\ufffe", "\ufffd",
    "/", "</script>", "data: [DONE]\n\n", "{}", "", " ", "a" * 100_000,
]  # fmt: skip


def content(write: bytes) -> str:
    """What the frames of one write spell. Each is one line."""
    lines = write.split(b"\n\n")[:-1]
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    chunks = [json.loads(line.removeprefix(b"data: ")) for line in lines]
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)


@pytest.mark.parametrize("text", AWKWARD, ids=lambda text: ascii(text[:16]))
def test_every_letter_arrives(text: str) -> None:
    [write] = frames([TextDelta(text), TextDelta(text)])
    assert content(write) == text + text


@pytest.mark.parametrize("model", AWKWARD, ids=lambda model: ascii(model[:16]))
def test_a_models_name_may_hold_any_letter(model: str) -> None:
    [write] = frames([TextDelta("a")], stamp=Stamp("t", 1, model))
    assert content(write) == "a"
    assert json.loads(write.split(b"\n\n")[1][6:])["model"] == model


@settings(derandomize=True, deadline=None, max_examples=200)
@given(texts=st.lists(st.text(max_size=20), max_size=5))
def test_any_text_arrives(texts: list[str]) -> None:
    [write] = frames([TextDelta(text) for text in texts])
    assert content(write) == "".join(texts)


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls"])
def test_a_whole_answer_is_one_completion(reason: Any) -> None:
    reply = replied(text=' a"\n', finish=Finish(reason, USAGE))
    assert request().encode([reply], STAMP) == {
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": ' a"\n', "refusal": None},
                "logprobs": None,
                "finish_reason": reason,
            }
        ],
        "usage": COUNTED,
    }


def test_without_a_count_there_is_no_usage() -> None:
    assert request().encode([replied(text="a")], STAMP)["usage"] is None
    assert written([Finish()], usage=True)[-2]["usage"] is None


def test_each_answer_has_a_stamp_of_its_own() -> None:
    stamps = [Stamp.now("m") for _ in range(100)]
    assert len({stamp.token for stamp in stamps}) == 100
    assert {stamp.model for stamp in stamps} == {"m"}
    assert stamps[0].created > 1_700_000_000
