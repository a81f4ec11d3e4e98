from __future__ import annotations

import time

import pytest

from utils.domain.chat import Message
from utils.domain.variation_commands import VariationAsked, asked_variation, mark
from utils.errors import InvalidRequest


def url(number: int | str) -> str:
    return f"https://asset.1min.ai/images/{number}.png"


def shown(*numbers: int, title: str = "Image") -> Message:
    lines = [f"![{title} {number}]({url(number)}) {mark(number)}" for number in numbers]
    return Message(role="assistant", text="\n".join(lines))


FOUR = [Message(role="user", text="a cat"), shown(1, 2, 3, 4)]


def test_a_mark_is_what_is_written_under_a_picture() -> None:
    assert mark(2) == "`[_V2_]`"


@pytest.mark.parametrize(
    ("text", "image", "rest"),
    [
        ("[_V1_]", url(1), ""),
        ("`[_V4_]`", url(4), ""),
        ("[_v3_]", url(3), ""),
        ("please `[_V2_]` --relax", url(2), "please  --relax"),
        (f"/v1 {url('x')}", url("x"), ""),
        (f"/V4   {url('x')}?a=b --ar 3:2", f"{url('x')}?a=b", "--ar 3:2"),
        (f"like this: /v2 {url('x')})", url("x"), "like this: )"),
        ("/v1 http://127.0.0.1:1/a.png", "http://127.0.0.1:1/a.png", ""),
    ],
)
def test_a_variation_is_asked_for(text: str, image: str, rest: str) -> None:
    assert asked_variation(text, FOUR) == VariationAsked(image, rest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a cat",
        "[_V5_]",
        "[_V0_]",
        "[V1]",
        "/v1",
        "/v1 a cat",
        f"/v5 {url('x')}",
        "/v1 ftp://host/a.png",
        "/v1 file:///etc/passwd",
        "https://host/v1 https://host/a.png",
    ],
)
def test_what_is_no_command_asks_for_no_variation(text: str) -> None:
    assert asked_variation(text, FOUR) is None


def test_the_latest_answer_with_pictures_counts() -> None:
    before = [
        shown(7, 8),
        Message(role="user", text="`[_V1_]`"),
        shown(1, 2, title="Variation"),
        Message(role="user", text=f"![Image 1]({url('a user said this')})"),
        Message(role="assistant", text="No picture here."),
    ]
    assert asked_variation("[_V2_]", before) == VariationAsked(url(2), "")


@pytest.mark.parametrize("title", ["Image", "Variation"])
def test_a_picture_goes_by_its_number(title: str) -> None:
    before = [shown(3, 1, title=title)]
    assert asked_variation("[_V1_]", before) == VariationAsked(url(1), "")
    assert asked_variation("[_V3_]", before) == VariationAsked(url(3), "")


def test_or_by_its_place_where_it_has_none() -> None:
    before = [
        Message(role="assistant", text=f"![]({url('a')}) ![my Image 2]({url('b')})"),
    ]
    assert asked_variation("[_V2_]", before) == VariationAsked(url("b"), "")


def test_with_too_few_pictures_the_first_is_meant() -> None:
    assert asked_variation("[_V4_]", [shown(1, 2)]) == VariationAsked(url(1), "")


@pytest.mark.parametrize(
    "before",
    [
        [],
        [Message(role="assistant", text="Hello! ![](relative.png) ![x](file:///etc/passwd)")],
        [Message(role="user", text=f"![Image 1]({url(1)})")],
    ],
)
def test_a_mark_without_any_picture_is_refused(before: list[Message]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        asked_variation("[_V1_]", before)
    assert refused.value.param == "messages"
    assert refused.value.message == "No answer in this chat has a picture to vary."


@pytest.mark.parametrize("piece", ["![", "![a](http", "![](https://x ", "`[_V", "/v1 "])
def test_a_long_chat_is_searched_in_no_time(piece: str) -> None:
    text = piece * 50_000
    start = time.monotonic()
    assert asked_variation(text, []) is None
    with pytest.raises(InvalidRequest):
        asked_variation("[_V1_]", [Message(role="assistant", text=text)])
    assert time.monotonic() - start < 5
