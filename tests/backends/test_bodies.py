"""Bodies whose every byte stays, but for a few values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.errors import InvalidRequest
from utils.wire.passing import FormBody, JsonBody

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    members=st.dictionaries(st.sampled_from(["model", "a", "}", "é"]), VALUES),
    arguments=st.dictionaries(st.sampled_from(["a", "b", "ü"]), st.integers()),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
def test_any_body_says_the_same_but_for_what_is_changed(
    members: dict[str, Any], arguments: dict[str, int], indent: int | None, *, ascii_only: bool
) -> None:
    raw = json.dumps(members, indent=indent, ensure_ascii=ascii_only)
    try:
        body = JsonBody.read(raw.encode())
    except UnicodeEncodeError:  # half a letter
        return
    assert body
    [sent] = body.with_("new", arguments)
    said = json.loads(bytes(sent))
    wanted = {**arguments, **members, "model": "new"}
    assert {name: repr(value) for name, value in said.items()} == {
        name: repr(value) for name, value in wanted.items()
    }


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"{}}", b'{"a"}', b'{"a":}', b'{"a":1,}', b"{,}", b'{"a":1 "b":2}', b"[]"),
        *(b"5", b"{1:2}", b'{"a":"\xed\xa0\xbd"}', b"\xef\xbb\xbf{}", b"[" * 99_999),
        b'{"a":' * 99_999,
    ],
)  # fmt: skip
def test_what_is_no_object_is_none(raw: bytes) -> None:
    assert JsonBody.read(raw) is None


@pytest.mark.fault(52)
def test_a_name_that_is_there_twice_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        JsonBody.read(b'{"model":"a","mo\\u0064el":"b"}')
    assert refused.value.param == "model"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"messages": [{"role": "user", "content": "one"}, {"content": [{"text": "two"}]}]},
         "user\none\ntwo"),
        ({"messages": [{"content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]},
         "image_url\n"),
        ({"messages": [{"content": [{"type": "input_audio", "input_audio": "x"}]}]}, ""),
        ({"prompt": "one", "suffix": "two", "user": "nobody"}, "one\ntwo"),
        ({"input": [1, 2, 3]}, " a a a"),
        ({"input": [[1], ["x"]]}, " a\nx"),
        ({"query": "one", "documents": ["two", {"text": "three"}]}, "one\ntwo\nthree"),
    ],
)  # fmt: skip
def test_what_a_model_reads(body: dict[str, Any], words: str) -> None:
    read = JsonBody.read(json.dumps(body).encode())
    assert read
    assert read.words() == words


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({}, 100),
        ({"max_tokens": 5}, 5),
        ({"max_tokens": 5, "max_completion_tokens": None}, 5),
        ({"max_tokens": 5, "max_completion_tokens": 7}, 7),
        ({"max_tokens": 7, "max_completion_tokens": 5}, 7),
        ({"max_tokens": 5, "n_predict": 9}, 9),
        ({"max_tokens": 10**400}, 10**9),
        ({"max_tokens": 5, "n": 3}, 15),
        ({"max_tokens": 5, "n": -3}, 5),
        ({"max_tokens": 5, "n": "3"}, 15),
        ({"max_tokens": 5, "n": 2, "best_of": 3}, 15),
        ({"max_tokens": 5, "n": 2, "prompt": ["one", "two"]}, 20),
        ({"max_tokens": 5, "prompt": [[1, 2], [3], [4]]}, 15),
        ({"max_tokens": 5, "prompt": [1, 2, 3]}, 5),
        ({"max_tokens": 5, "prompt": []}, 5),
        ({"n": 3}, 300),
        ({"max_tokens": -1}, 100),
        ({"max_tokens": -(10**400)}, 100),
        ({"max_tokens": True}, 100),
        ({"max_tokens": [5]}, 100),
        ({"max_tokens": "5"}, 100),
        ({"max_tokens": "500"}, 500),
        ({"max_tokens": 500.0}, 500),
        ({"max_tokens": float("inf")}, 10**9),
        ({"max_tokens": float("nan")}, 100),
    ],
)
def test_how_much_a_model_may_write(body: dict[str, Any], limit: int) -> None:
    read = JsonBody.read(json.dumps(body).encode())
    assert read
    assert read.limit(100) == limit


def parts(boundary: str, *heads: str) -> bytes:
    told = "".join(f"--{boundary}\r\n{head}\r\n\r\nold\r\n" for head in heads)
    return f"{told}--{boundary}--\r\n".encode()


@pytest.mark.parametrize(
    "head",
    [
        'Content-Disposition: form-data; name="model"',
        "content-disposition: form-data; name=model",
        'Content-Type: text/plain\r\nContent-Disposition: form-data; name="model"',
        'Content-Disposition: form-data; name="model"\r\nContent-Type: text/plain',
    ],
)
def test_a_forms_model_is_found_however_it_is_written(head: str) -> None:
    other = 'Content-Disposition: form-data; name="mode"'
    raw = parts("a+b", other, head, other)
    body = FormBody({"model": ["old"]}, "a+b", lambda: raw)
    sent = b"".join(body.with_("new", {}))
    assert sent == raw.replace(f"{head}\r\n\r\nold".encode(), f"{head}\r\n\r\nnew".encode())


def test_two_models_in_a_form_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        FormBody({"model": ["a", "b"]}, "x", bytes).model()
