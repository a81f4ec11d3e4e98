from __future__ import annotations

import json
from typing import Any

import pytest

from utils.domain.chat import Attachment, FileId, Inline, Link, Usage
from utils.domain.drawings import Drawn, Edges
from utils.domain.media import Picture
from utils.errors import InvalidRequest
from utils.wire import image_answers
from utils.wire.image_answers import Shown
from utils.wire.images import Asked, ImageEdit, ImageGeneration, ImageVariation

URL = "https://asset.1min.ai/images/a.png"
CAT = Attachment("image", Inline(data=b"cat"), "image")
MASK = Attachment("image", Inline(data=b"mask"), "mask")


def asked(**fields: Any) -> ImageGeneration:
    return ImageGeneration.parse(json.dumps({"prompt": "a cat", **fields}).encode())


def edit(**fields: str) -> ImageEdit:
    return ImageEdit.read({name: [value] for name, value in fields.items()})


@pytest.mark.parametrize(
    ("fields", "picture"),
    [
        ({}, {}),
        ({"n": None, "size": None, "quality": None, "stream": None, "style": None}, {}),
        ({"size": "auto", "quality": "auto", "background": "auto"}, {}),
        ({"n": 10}, {"n": 10}),
        ({"size": "1024x1536"}, {"size": (1024, 1536)}),
        ({"quality": "hd", "style": "natural"}, {"quality": "hd", "style": "natural"}),
        ({"background": "transparent"}, {"background": "transparent"}),
        ({"output_format": "webp"}, {"output_format": "webp"}),
        ({"output_compression": 0}, {"output_compression": 0}),
        ({"prompt": "a cat --ar 16:9 --relax"}, {"aspect": (16, 9), "mode": "relax"}),
        ({"prompt": "a cat —no dogs"}, {"negative": "dogs"}),
        ({"unknown": [1], "user": "me"}, {}),
    ],
)
def test_what_is_asked_is_what_is_drawn(
    fields: dict[str, Any], picture: dict[str, Any]
) -> None:
    drawn = asked(**fields).to_picture("m")
    assert drawn == Picture(**{"prompt": "a cat", "model": "m", **picture})


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": None}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n"}, "prompt"),
        ({"prompt": "--relax"}, "prompt"),
        ({"prompt": "a cat --ar 9"}, "prompt"),
        ({"prompt": ["a cat"]}, "prompt"),
        ({"prompt": "x" * 32_001}, "prompt"),
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"n": "2"}, "n"),
        ({"size": "large"}, "size"),
        ({"size": "1024x0"}, "size"),
        ({"size": "1024x90000"}, "size"),
        ({"size": 1024}, "size"),
        ({"background": "blue"}, "background"),
        ({"output_format": "gif"}, "output_format"),
        ({"output_compression": 101}, "output_compression"),
        ({"response_format": "png"}, "response_format"),
        ({"partial_images": 4}, "partial_images"),
        ({"moderation": "none"}, "moderation"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        asked(**fields).to_picture("m")
    assert raised.value.param == param


@pytest.mark.parametrize(
    ("model", "fields", "inline"),
    [
        ("dall-e-3", {}, False),
        ("dall-e-3", {"response_format": "b64_json"}, True),
        ("gpt-image-1", {}, True),
        ("gpt-image-1", {"response_format": "url"}, False),
        ("dall-e-3", {"stream": True, "response_format": "url"}, True),
    ],
)
def test_pictures_come_as_they_are_wanted(
    model: str, fields: dict[str, Any], *, inline: bool
) -> None:
    assert asked(**fields).inline(model) is inline


def test_what_changes_nothing_is_named() -> None:
    fields = {"partial_images": 2, "moderation": "low", "user": "me"}
    assert asked(**fields).ignored == ["moderation", "partial_images"]
    assert asked(partial_images=0).ignored == []
    assert edit(input_fidelity="high").ignored == ["input_fidelity"]


def test_a_form_tells_numbers_as_text() -> None:
    given = edit(prompt="a cat", n="3", output_compression="50", stream="true", left="7")
    made = given.to_edit("m", "", [CAT], None)
    assert (made.picture.n, made.picture.output_compression) == (3, 50)
    assert (given.streams, made.edges) == (True, Edges(left=7))
    assert edit(prompt="a cat", n="").to_edit("m", "", [CAT], None).picture.n == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [("n", "three"), ("n", "0"), ("n", "1.5"), ("stream", "maybe"), ("left", "2001")],
)
def test_a_form_is_checked_like_a_body(name: str, text: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        edit(prompt="a cat", **{name: text})
    assert raised.value.param == name


def test_a_mask_makes_an_edit_one_of_a_part() -> None:
    assert edit(prompt="x").to_edit("m", "", [CAT], None).way == "edit"
    assert edit(prompt="x").to_edit("m", "", [CAT], MASK).way == "inpaint"
    assert edit().to_edit("m", "remove-object", [CAT], MASK).way == "remove-object"


def test_a_body_tells_where_pictures_are() -> None:
    images = [{"image_url": URL}, {"file_id": "file-1"}]
    body = {
        "prompt": "x",
        "images": images,
        "mask": {"image_url": "data:image/png;base64,bWU="},
    }
    given = ImageEdit.parse(json.dumps(body).encode())
    assert [image.source for image in given.attached] == [Link(URL), FileId("file-1")]
    assert [image.place for image in given.attached] == [
        "images[0].image_url",
        "images[1].file_id",
    ]
    assert given.masking
    assert given.masking.source == Inline(data=b"me")


@pytest.mark.parametrize(
    ("image", "param"),
    [({}, "images[0]"), ({"image_url": "ftp://a"}, "images[0].image_url")],
)
def test_a_picture_that_is_nowhere_is_refused(image: dict[str, str], param: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        _ = ImageEdit.parse(json.dumps({"images": [image]}).encode()).attached
    assert raised.value.param == param


def test_an_edit_has_one_to_sixteen_pictures() -> None:
    given = edit(prompt="x")
    assert len(given.to_edit("m", "", [CAT] * 16, None).images) == 16
    for many in ([], [CAT] * 17):
        with pytest.raises(InvalidRequest) as raised:
            given.to_edit("m", "", many, None)
        assert raised.value.param == "image"


def test_a_picture_to_be_varied_is_sent_or_named() -> None:
    def likeness(image: Attachment | None, **fields: str) -> Any:
        given = ImageVariation.read({name: [value] for name, value in fields.items()})
        return given.to_likeness("m", image).image.source

    assert likeness(CAT) == CAT.source
    assert likeness(None, image_path=URL) == Link(URL)
    assert likeness(None, image_path="images/a.png") == Link("images/a.png")
    for fields, param in (({}, "image"), ({"image_path": "/etc/passwd"}, "image_path")):
        with pytest.raises(InvalidRequest) as raised:
            likeness(None, **fields)
        assert raised.value.param == param


# Answers


def test_an_answer_says_what_is_known_and_no_more() -> None:
    told = image_answers.encode(Shown(Drawn([URL], Usage(2, 0, "estimated"))), 7)
    assert told == {"created": 7, "data": [{"url": URL}], "output_format": "png"}
    drawn = Drawn([f"{URL}?a=b"], Usage(2, 3), "1024x1024", "hd", "auto")
    told = image_answers.encode(Shown(drawn, revised="a cat"), 7)
    assert told["data"] == [{"url": f"{URL}?a=b", "revised_prompt": "a cat"}]
    assert told["usage"]["total_tokens"] == 5
    assert {"quality", "background"}.isdisjoint(told)
    assert told["size"] == "1024x1024"


def test_a_pictures_format_is_what_its_bytes_say() -> None:
    shown = Shown(Drawn([URL], Usage(0, 0)), [b"\xff\xd8\xff\xe0\0\x10JFIF\0"])
    told = image_answers.encode(shown, 7)
    assert told["output_format"] == "jpeg"
    assert told["data"] == [{"b64_json": "/9j/4AAQSkZJRgA="}]


def test_no_two_events_tell_of_the_same_tokens() -> None:
    shown = Shown(Drawn([URL, URL], Usage(5, 2)), [b"one", b"two"])
    frames = list(image_answers.frames(shown, "image_edit.completed", 7))
    events = [json.loads(frame.partition(b"data: ")[2]) for frame in frames]
    assert all(frame.startswith(b"event: image_edit.completed\n") for frame in frames)
    assert [event["b64_json"] for event in events] == ["b25l", "dHdv"]
    assert [event["usage"]["total_tokens"] for event in events] == [0, 7]


def test_asking_for_nothing_is_asking_for_one() -> None:
    assert Asked.parse(b"{}").to_picture("m") == Picture(prompt="", model="m")
