from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.server import Simulator
from tests.routes.heard import refusal
from tests.routes.painting import CAT, drawn, edited, hole, running, varied
from tests.samples import JPEG, PDF, png
from tests.serving import HEADERS, ThreadedRelay

UNSUPPORTED = "model_not_supported"


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    """Nothing that is refused here is ever asked of 1min.ai."""
    with running(tmp_path_factory.mktemp("relay"), onemin, max_file_mb=1) as relay:
        yield relay
    assert not onemin.features
    assert not onemin.uploads


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"model": "gpt-4o-mini"}, (400, UNSUPPORTED, "model")),
        ({"model": "tts-1"}, (400, UNSUPPORTED, "model")),
        ({"model": "qwen-image-edit-plus"}, (400, UNSUPPORTED, "model")),
        ({"model": "stable-image:upscale"}, (404, "model_not_found", "model")),
        ({"model": "dall-e-9"}, (404, "model_not_found", "model")),
        ({"model": 7}, (400, None, "model")),
        ({"prompt": ""}, (400, None, "prompt")),
        ({"n": 11}, (400, None, "n")),
        ({"size": "huge"}, (400, None, "size")),
        ({"quality": "best"}, (400, None, "quality")),
        ({"style": "odd"}, (400, None, "style")),
        ({"background": "transparent"}, (400, None, "background")),
        ({"response_format": "svg"}, (400, None, "response_format")),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(
    relay: ThreadedRelay, fields: dict[str, Any], told: object
) -> None:
    assert refusal(drawn(relay, **fields)) == told
    assert refusal(drawn(relay, **fields, stream=True)) == told


IMAGE = ("image", CAT)


@pytest.mark.parametrize(
    ("files", "fields", "told"),
    [
        ([("other", CAT)], {}, (400, None, "image")),
        ([("image", ("a.png", b""))], {}, (400, "unsupported_file", "image")),
        ([("image", ("a.png", PDF))], {}, (400, "unsupported_file", "image")),
        ([("image", ("a.png", b"<svg/>"))], {}, (400, "unsupported_file", "image")),
        ([("image", ("a.jpg", JPEG + bytes(2**20)))], {}, (413, "file_too_large", "image")),
        ([("image[]", CAT)] * 2, {}, (400, UNSUPPORTED, "image[]")),
        ([("image[]", CAT)] * 17, {}, (400, None, "image[]")),
        ([IMAGE, ("mask", ("m.png", png()))], {}, (400, None, "mask")),
        ([IMAGE, ("mask", ("m.png", b"no"))], {}, (400, "unsupported_file", "mask")),
        ([("image", ("a.jpg", JPEG)), ("mask", hole())], {}, (400, None, "image")),
        ([IMAGE], {"prompt": ""}, (400, None, "prompt")),
        ([IMAGE], {"n": "many"}, (400, None, "n")),
        ([IMAGE], {"size": "huge"}, (400, None, "size")),
        ([IMAGE], {"model": "gpt-4o-mini"}, (400, UNSUPPORTED, "model")),
        ([IMAGE], {"model": "dall-e-3"}, (400, UNSUPPORTED, "model")),
        ([IMAGE], {"model": "stable-image"}, (400, UNSUPPORTED, "model")),
        ([IMAGE], {"model": "gpt-image-1:upscale"}, (400, UNSUPPORTED, "model")),
        ([IMAGE], {"model": "stable-image:dance"}, (404, "model_not_found", "model")),
        ([IMAGE, ("mask", hole())], {"model": "dall-e-2"}, (400, UNSUPPORTED, "model")),
        ([IMAGE], {"model": "stable-image:remove-object"}, (400, None, "mask")),
        ([IMAGE], {"model": "stable-image:search-and-replace"}, (400, None, "search_prompt")),
        ([IMAGE], {"model": "stable-image:extend"}, (400, None, "left")),
    ],
)
def test_what_cannot_be_edited_is_refused_by_name(
    relay: ThreadedRelay, files: Any, fields: dict[str, Any], told: object
) -> None:
    assert refusal(edited(relay, files, **fields)) == told


@pytest.mark.parametrize(
    ("files", "fields", "told"),
    [
        ([("other", CAT)], {}, (400, None, "image")),
        ([("image", ("a.png", PDF))], {}, (400, "unsupported_file", "image")),
        ([IMAGE], {"model": "gpt-4o-mini"}, (400, UNSUPPORTED, "model")),
        ([IMAGE], {"model": "dall-e-9"}, (404, "model_not_found", "model")),
        ([IMAGE], {"n": "0"}, (400, None, "n")),
        ([IMAGE], {"size": "huge"}, (400, None, "size")),
        ([IMAGE], {"model": "dzine", "prompt": "a cat"}, (400, UNSUPPORTED, "style")),
    ],
)
def test_what_cannot_be_varied_is_refused_by_name(
    relay: ThreadedRelay, files: Any, fields: dict[str, Any], told: object
) -> None:
    assert refusal(varied(relay, files, **fields)) == told


@pytest.mark.parametrize("image", [{"file_id": "file-1"}, {"image_url": "http://127.0.0.1/a"}])
def test_a_picture_that_is_not_there_is_refused_where_it_is_named(
    relay: ThreadedRelay, image: dict[str, str]
) -> None:
    body = {"model": "gpt-image-1", "prompt": "x", "images": [image]}
    status, code, param = refusal(relay.post("/v1/images/edits", body))
    [name] = image
    assert param == f"images[0].{name}"
    assert (status, code) in ((404, "not_found"), (400, "url_not_fetched"))


@pytest.mark.parametrize("path", ["generations", "edits", "variations"])
def test_a_key_is_needed_and_a_body(relay: ThreadedRelay, path: str) -> None:
    assert relay.post(f"/v1/images/{path}", {}, headers={}).status_code == 401
    assert relay.post(f"/v1/images/{path}", None).status_code == 400
    headers = {**HEADERS, "Content-Type": "multipart/form-data; boundary=x"}
    reply = relay.post(f"/v1/images/{path}", None, data=b"--x", headers=headers)
    assert reply.status_code == 400
