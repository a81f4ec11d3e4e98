from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from utils.errors import InvalidRequest
from utils.wire.body import Body
from utils.wire.chat.dialect import ChatCompletions


class Circle(Body):
    shape: Literal["circle"]
    radius: float


class Square(Body):
    shape: Literal["square"]
    side: float


class Drawing(Body):
    title: str
    size: int | None = None
    scale: float | None = None
    public: bool | None = None
    shapes: list[Annotated[Circle | Square, Field(discriminator="shape")]] | None = None
    content: str | list[Circle] | None = None
    weights: dict[str, float] | None = None


def drawing(**fields: Any) -> bytes:
    return json.dumps({"title": "t"} | fields).encode()


def test_fields_are_read_and_strangers_ignored() -> None:
    read = Drawing.parse(drawing(size=7, scale=2, public=True, colour="red", model_config=1))
    assert read == Drawing(title="t", size=7, scale=2.0, public=True)


def test_null_is_the_same_as_absent_where_a_field_may_be_absent() -> None:
    assert Drawing.parse(drawing(size=None, shapes=None)) == Drawing(title="t")


def test_the_last_of_two_equal_names_counts() -> None:
    assert Drawing.parse(b'{"title":"a","title":"b"}').title == "b"


def test_letters_arrive_as_they_were_written() -> None:
    text = ' é東😀\u2028\0\t"\\\r\n\ufeff '
    assert Drawing.parse(drawing(title=text)).title == text
    assert Drawing.parse(f'{{"title":{json.dumps("😀")}}}'.encode()).title == "😀"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"title": None}, "title"),
        ({"title": 5}, "title"),
        ({"title": ["SECRET"]}, "title"),
        ({"size": "7"}, "size"),
        ({"size": True}, "size"),
        ({"size": 7.5}, "size"),
        ({"scale": "SECRET"}, "scale"),
        ({"scale": True}, "scale"),
        ({"scale": float("nan")}, "scale"),
        ({"scale": float("-inf")}, "scale"),
        ({"public": "true"}, "public"),
        ({"public": 1}, "public"),
        ({"shapes": {}}, "shapes"),
        ({"shapes": "SECRET"}, "shapes"),
        ({"shapes": ["SECRET"]}, "shapes[0]"),
        (
            {"shapes": [{"shape": "circle", "radius": 1}, {"shape": "circle"}]},
            "shapes[1].radius",
        ),
        ({"shapes": [{"shape": "square", "side": "SECRET"}]}, "shapes[0].side"),
        ({"content": 5}, "content"),
        ({"content": {"SECRET": 1}}, "content"),
        ({"content": [{"shape": "circle", "radius": None}]}, "content[0].radius"),
        ({"content": [{"radius": 1}]}, "content[0].shape"),
    ],
)
def test_the_bad_field_is_named_and_what_it_held_is_not(
    fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Drawing.parse(drawing(**fields))
    error = refused.value
    assert (error.status, error.kind, error.param) == (400, "invalid_request_error", param)
    assert error.message.startswith(f"{param}: ")
    assert "SECRET" not in error.message


def test_a_missing_field_is_named() -> None:
    with pytest.raises(InvalidRequest, match=r"^title: this field is required$"):
        Drawing.parse(b"{}")


def test_an_unknown_kind_is_refused_without_saying_it_again() -> None:
    with pytest.raises(InvalidRequest) as refused:
        Drawing.parse(drawing(shapes=[{"shape": "SECRET"}]))
    assert (refused.value.param or "").startswith("shapes[0]")
    assert "SECRET" not in refused.value.message


def test_a_name_of_any_length_makes_no_long_message() -> None:
    for fields in ({"weights": {"a" * 10_000: "x"}}, {"shapes": [{"shape": "a" * 10_000}]}):
        with pytest.raises(InvalidRequest) as refused:
            Drawing.parse(drawing(**fields))
        assert len(refused.value.message + str(refused.value.param)) < 1000


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "body", [b"null", b"[1,2]", b"[]", b"42", b'"SECRET"', b"true", b"NaN", b"1e400"]
)
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"^must be an object$") as refused:
        Drawing.parse(body)
    assert refused.value.param is None


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"title":"t"',
        b'{"title":"t",}',
        b"{'title':'t'}",
        b'{title:"t"}',
        b'{"title":"t"} x',
        b'{"title":"t"}{}',
        b'{"title":"a\nb"}',
        b'{"title":"\\x"}',
        b'{"title":"\xff"}',
        b'{"title":"\xed\xa0\xbd"}',
        b'{"title":"\\ud83d"}',
        b'{"title":"\\ude00\\ud83d"}',
        b'{"title":"t","size":07}',
        b'{"title":"t","size":+7}',
        b'{"title":"t","size":0x7}',
        b'{"title":"t","size":' + b"9" * 5000 + b"}",
        b"[" * 10_000,
        b'{"title":' * 10_000,
        b'{"title":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"title":"t","x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        '{"title":"t"}'.encode("utf-16"),
        b"title=t",
        b"\x00",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Drawing.parse(body)
    assert (refused.value.status, refused.value.param) == (400, None)
    assert refused.value.message == "The request body is not valid JSON."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ChatCompletions.model_fields]), inner, max_size=4)
        | st.dictionaries(st.sampled_from(["role", "content", "type", "text"]), inner)
    ),
    max_leaves=10,
)


def refused(kind: type[Body], raw: bytes) -> InvalidRequest | None:
    try:
        kind.parse(raw)
    except InvalidRequest as error:
        return error
    return None


@pytest.mark.fault(105)
@settings(derandomize=True, deadline=None, max_examples=300)
@given(body=JSON)
def test_any_json_is_a_request_or_refused_by_name(body: object) -> None:
    if error := refused(ChatCompletions, json.dumps(body).encode()):
        assert (error.param is not None) == isinstance(body, dict)
        assert error.message.startswith(f"{error.param}: ") or error.param is None


@pytest.mark.fault(105)
@settings(derandomize=True, deadline=None, max_examples=200)
@given(body=st.binary(max_size=40))
def test_any_bytes_are_a_request_or_refused(body: bytes) -> None:
    for raw in (body, b'{"title":' + body + b"}"):
        error = refused(Drawing, raw)
        assert error is None or error.message.encode()
