"""What never leaves in the text of an error, and how long one may be."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.onemin.failures import of_event, of_response
from utils.onemin.redaction import READ, account, redacted, shown


@pytest.mark.fault(81)
@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Incorrect API key provided: sk-proj-abc123.", "Incorrect API key provided: ***"),
        ("key sk-ant-api03-AbC_1-2 is bad", "key *** is bad"),
        ("key sk-abc***wxyz is bad", "key *** is bad"),
        ("pk_live_1234567890", "***"),
        ("xai-1234567890abc", "***"),
        ("key=AIzaSyA-1234567890_abc", "key=***"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_123", "Bearer ***"),
        ("write to ann.b+c@mail.example.com, please", "write to ***, please"),
        ("id AKIAIOSFODNN7EXAMPLE", "id ***"),
        ("Bearer whatever-it-is, twice", "Bearer *** twice"),
        ("token abcDEF123456ghiJKL", "token ***"),
        ('Odd: {"teamUser":{"userName":"Ann"}} more', "Odd***"),
        ("teamUser: Ann", "***"),
        # No secrets:
        (
            "InternalServerErrorOccurred 1234567890123456",
            "InternalServerErrorOccurred 1234567890123456",
        ),
        ("use sk- or key_a", "use sk- or key_a"),
        ("the task-oriented monkey-business", "the task-oriented monkey-business"),
        ("a @ b, @ann, a@b", "a @ b, @ann, a@b"),
        ("gpt-4o-mini is not supported", "gpt-4o-mini is not supported"),
        ("größe 東京 😀", "größe 東京 😀"),
    ],
)
def test_keys_and_addresses_are_taken_out(text: str, rest: str) -> None:
    assert redacted(text) == rest


def test_given_secrets_are_taken_out_longest_first() -> None:
    assert redacted("abcd abc ab", ("abc", "abcd")) == "*** *** ab"


OWNER = {"userName": "Ann", "role": "MEMBER", "by": ["SYSTEM", "Bob"], "a": "ab", "used": 1000}


@pytest.mark.parametrize(
    ("reply", "secrets"),
    [
        ({"teamUser": OWNER}, {"Ann", "Bob", "1000"}),
        ({"teamUser": OWNER | {"limit": 999, "left": None}}, {"Ann", "Bob", "1000"}),
        ({"userId": "user-0815", "teamId": 4711, "uuid": "b0c6"}, {"user-0815", "4711"}),
        ({"aiRecord": {"userId": "user-0815", "teamUser": OWNER}, "userId": "x"},
         {"user-0815", "Ann", "Bob", "1000"}),
        ({"aiRecord": None, "userId": "user-0815"}, {"user-0815"}),
        ({"message": "Ann"}, set()),
        ({"teamUser": None}, set()),
        (["Ann"], set()),
        (None, set()),
    ],
)  # fmt: skip
def test_an_account_is_its_names_ids_and_credits(reply: Any, secrets: set[str]) -> None:
    assert {*account(reply)} == secrets


def test_a_text_is_one_line_of_bounded_length() -> None:
    assert redacted(" a\r\n\tb\0\x7fc ") == "a b c"
    assert shown("é" * 500, "key") == "é" * 500
    assert shown("the long-key is bad", "long-key") == "the *** is bad"
    assert shown("the key is bad", "key") == "the key is bad"
    assert shown("é" * 501, "key") == "é" * 500 + "…"


def test_a_secret_at_the_bound_is_not_cut_in_two() -> None:
    assert "secret" not in shown("é " * 247 + "sk-secret-123 and more text", "key")
    assert "secret" not in shown("é " * 247 + "this-is-my-secret", "this-is-my-secret")


@pytest.mark.parametrize(
    "text", ["a", "a@", "a@a.", "a.", "a-", "sk-", "eyJ", "é ", "no ", "credit", "\0"]
)
def test_no_text_costs_more_than_its_length(text: str) -> None:
    start = time.thread_time()
    assert len(of_event((text * 40_000)[:40_000].encode()).message) <= READ
    assert time.thread_time() - start < 0.5


# Whatever was sent, the client can be told


DEEP_LISTS = "[" * 100_000
DEEP_ERRORS = b'{"code":1,"error":' * 1000 + b"1" + b"}" * 1000


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"message": "a", "details": DEEP_LISTS}).encode(),
        json.dumps({"message": "a", "details": "[" * 5000 + "]" * 5000}).encode(),
        json.dumps({"message": "a", "details": "9" * 5000}).encode(),
        DEEP_ERRORS,
        DEEP_LISTS.encode(),
        b"\xff",
        b'{"message":"\\ud83d"}',
        b'{"message":"a","details":"[\\"\\\\ud83d\\"]"}',
    ],
    ids=["deep details", "deep lists in details", "a huge number", "deep errors", "deep lists",
         "no UTF-8", "half a letter", "half a letter in details"],
)  # fmt: skip
def test_an_odd_body_breaks_nothing(body: bytes) -> None:
    for error in (of_response(400, {}, body), of_event(body)):
        assert 0 < len(error.message.encode()) < READ + 100


NAMES = st.sampled_from(["error", "message", "code", "details", "errorCode", "field", "detail"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "\ud83d", '["\\ud83d"]']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.fault(81)
@settings(derandomize=True, deadline=None, max_examples=300)
@given(reply=JSON, nested=st.booleans(), status=st.sampled_from([200, 400, 401, 429, 500]))
def test_any_refusal_can_be_sent_on(reply: Any, nested: bool, status: int) -> None:
    if nested:
        reply = {"message": "a", "details": json.dumps(reply)}
    body = json.dumps(reply).encode()
    for error in (of_response(status, {}, body), of_event(body)):
        assert error.message.encode()
