from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.domain.chat import Finish, TextDelta, Usage
from utils.errors import InvalidRequest, RelayError, UpstreamFailed
from utils.onemin import records
from utils.onemin.chat import read_whole


@pytest.mark.parametrize(
    ("detail", "text"),
    [
        ({"resultObject": ["Hello."]}, "Hello."),
        ({"resultObject": [" Hel", "lo.\n"]}, " Hello.\n"),
        ({"resultObject": "Hello."}, "Hello."),
        (
            {"resultObject": [{"type": "web_search", "searchResults": []}, "Hello."]},
            "Hello.",
        ),
        ({"resultObject": [None, 7, "Hello."]}, "Hello."),
        ({"resultObject": []}, ""),
        ({"resultObject": None}, ""),
        ({"resultObject": {"code": "X"}}, ""),
        ({"resultObject": 7}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_text_is_found_in_every_shape(detail: Any, text: str) -> None:
    assert records.text({"aiRecordDetail": detail}) == text


def test_an_older_record_has_no_detail() -> None:
    assert records.text({"resultObject": ["Hello."]}) == "Hello."
    assert records.text({"aiRecordDetail": {}, "resultObject": ["Hello."]}) == "Hello."


COUNTED = {"inputToken": 300, "outputToken": 18}


@pytest.mark.parametrize(
    ("metadata", "usage"),
    [
        (COUNTED | {"credit": 56}, Usage(300, 18, "upstream", 56)),
        (COUNTED | {"credit": 56.5, "totalToken": 318}, Usage(300, 18, "upstream", 56.5)),
        (COUNTED | {"credit": 0}, Usage(300, 18, "upstream", 0)),
        (COUNTED | {"credit": None}, Usage(300, 18, "upstream", None)),
        (COUNTED | {"credit": "56"}, Usage(300, 18, "upstream", None)),
        (COUNTED, Usage(300, 18, "upstream", None)),
        ({"inputToken": 300, "outputToken": 0}, Usage(300, 0)),
        ({"inputToken": 0, "outputToken": 18}, Usage(0, 18)),
        ({"inputToken": 0, "outputToken": 0, "credit": 56}, None),
        ({"inputToken": 300}, None),
        ({"inputToken": "300", "outputToken": "18"}, None),
        ({"inputToken": None, "outputToken": None}, None),
        ({"credit": 56}, None),
        ({}, None),
        (None, None),
        ([], None),
        ("300", None),
    ],
)
def test_a_usage_is_what_was_counted_or_nothing(metadata: Any, usage: Usage | None) -> None:
    assert records.usage({"metadata": metadata}) == usage
    assert records.usage({}) is None


@pytest.mark.parametrize("place", ["metadata", "aiRecordDetail", "additionalData"])
@pytest.mark.parametrize("name", ["finishReason", "finish_reason", "stopReason", "stop_reason"])
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("length", "length"),
        ("MAX_TOKENS", "length"),
        ("max_output_tokens", "length"),
        ("content_filter", "content_filter"),
        ("SAFETY", "content_filter"),
        ("stop", "stop"),
        ("end_turn", "stop"),
        (None, "stop"),
    ],
)
def test_why_the_model_stopped_is_found(
    place: str, name: str, said: object, reason: str
) -> None:
    assert records.reason({place: {name: said}}) == reason


@pytest.mark.parametrize("record", [{}, {"metadata": None}, {"metadata": "length"}])
def test_a_model_that_does_not_say_why_just_stopped(record: dict[str, Any]) -> None:
    assert records.reason(record) == "stop"


RECORD = {"status": "SUCCESS", "aiRecordDetail": {"resultObject": ["Hello."]}}


@pytest.mark.parametrize("extra", [{}, {"error": None}, {"success": True}, {"more": 1}])
def test_a_reply_holds_its_record(extra: dict[str, Any]) -> None:
    assert records.record({"aiRecord": RECORD, **extra}) == RECORD
    assert records.record({"aiRecord": {}, **extra}) == {}


@pytest.mark.parametrize(
    ("reply", "refused", "message"),
    [
        *(
            (reply, UpstreamFailed, "1min.ai sent something that is not an answer")
            for reply in (None, [], [1, 2], 42, "text", {}, {"aiRecord": None})
        ),
        ({"aiRecord": {"status": "PROCESSING"}}, UpstreamFailed, "1min.ai put the answer off"),
        *(
            (
                {"aiRecord": {"status": status, "aiRecordDetail": {}}},
                UpstreamFailed,
                "1min.ai failed to answer (HTTP 200).",
            )
            for status in ("FAILURE", "FAILED")
        ),
        # A refusal, though its HTTP status is 200:
        ({"errorCode": "INVALID_REQUEST", "message": "No."}, InvalidRequest, "No."),
        ({"success": False, "message": "No."}, UpstreamFailed, "No."),
        ({"error": "No."}, UpstreamFailed, "No."),
        (
            {"aiRecord": None, "errorCode": "INVALID_REQUEST", "message": "No."},
            InvalidRequest,
            "No.",
        ),
    ],
)
def test_what_holds_no_record_is_a_failure(
    reply: object, refused: type[RelayError], message: str
) -> None:
    with pytest.raises(RelayError) as error:
        records.record(reply)
    assert (type(error.value), error.value.message) == (refused, message)


# Whatever it sends


def answered(reply: object) -> str:
    """What a client is told: an answer, or a failure in the terms of this relay."""
    try:
        [_, [delta, finish]] = read_whole([json.dumps(reply).encode()])
    except RelayError as error:
        return error.message
    assert isinstance(delta, TextDelta)
    assert isinstance(finish, Finish)
    return delta.text


ODD: list[Any] = ["x", 7, ["x"], True, [[]], [{"code": "X"}], {"code": 7}]


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE", 7])
@pytest.mark.parametrize(
    "field", ["aiRecordDetail", "metadata", "additionalData", "teamUser", "resultObject"]
)
def test_an_odd_field_in_a_record_breaks_nothing(field: str, status: object) -> None:
    for odd in ODD:
        answered({"aiRecord": {"status": status, field: odd}})
        answered({"aiRecord": {"status": status, "aiRecordDetail": {field: odd}}})


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.sampled_from(["FAILURE", "[{}]", "\ud83d"])
)
NAMES = st.sampled_from(
    ["error", "message", "code", "details", "errorCode", "errorMessage", "field", "credit",
     "inputToken", "outputToken", "finishReason"]
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {"status": st.sampled_from(["SUCCESS", "FAILURE", "FAILED", "PROCESSING"]) | JSON},
    optional={
        "aiRecordDetail": JSON | st.fixed_dictionaries({"resultObject": JSON}),
        "metadata": JSON,
        "additionalData": JSON,
        "teamUser": JSON,
    },
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(reply=st.fixed_dictionaries({"aiRecord": RECORDS}) | JSON)
def test_any_reply_is_an_answer_or_a_failure_that_can_be_sent_on(reply: object) -> None:
    answered(reply).encode()
