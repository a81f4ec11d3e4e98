from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from openai import BadRequestError

from simulator.server import Simulator
from tests.routes.heard import refusal
from tests.routes.painting import CAT, running
from tests.samples import PDF
from tests.sdk import client_of
from tests.serving import ThreadedRelay

PROMPT = "a cat that yawns"
UNSUPPORTED = "model_not_supported"


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadedRelay]:
    """Nothing that is refused here is ever asked of 1min.ai."""
    folder = tmp_path_factory.mktemp("relay")
    with Simulator() as onemin, running(folder, onemin, max_file_mb=1) as relay:
        yield relay
        assert not onemin.features
        assert not onemin.uploads


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"model": "gpt-4o-mini"}, (400, UNSUPPORTED, "model")),
        ({"model": "dall-e-3"}, (400, UNSUPPORTED, "model")),
        ({"model": "sora-9"}, (404, "model_not_found", "model")),
        ({"model": 7}, (400, None, "model")),
        ({"prompt": None}, (400, None, "prompt")),
        ({"prompt": " "}, (400, None, "prompt")),
        ({"prompt": "x" * 32_001}, (400, None, "prompt")),
        ({"seconds": "5"}, (400, None, "seconds")),
        ({"seconds": 0}, (400, None, "seconds")),
        ({"size": "1024x1792"}, (400, None, "size")),
        ({"size": "wide"}, (400, None, "size")),
        ({"model": "luma", "size": "1280x720"}, (400, None, "size")),
        ({"model": "pika", "seconds": "5"}, (400, None, "seconds")),
        ({"input_reference": "cat.png"}, (400, None, "input_reference")),
        ({"input_reference": {}}, (400, None, "input_reference")),
        (
            {"input_reference": {"file_id": "file-1"}},
            (404, "not_found", "input_reference.file_id"),
        ),
        (
            {"model": "pika", "input_reference": {"file_id": "file-1"}},
            (400, UNSUPPORTED, "input_reference.file_id"),
        ),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(
    relay: ThreadedRelay, fields: dict[str, Any], expected: object
) -> None:
    body = {"prompt": PROMPT, "model": "sora-2", **fields}
    assert refusal(relay.post("/v1/videos", body)) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", (400, "empty_file", "input_reference")),
        (PDF, (400, "unsupported_file", "input_reference")),
        (CAT[1] + bytes(2**20), (413, "file_too_large", "input_reference")),
    ],
)
def test_a_file_that_is_no_picture_is_refused(
    relay: ThreadedRelay, data: bytes, expected: object
) -> None:
    files = {"input_reference": ("cat.png", io.BytesIO(data))}
    form = {"prompt": PROMPT, "model": "sora-2"}
    reply = relay.post("/v1/videos", None, data=form, files=files)
    assert refusal(reply) == expected


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_1minai_cannot_do_is_refused_by_name(relay: ThreadedRelay) -> None:
    with (
        client_of(relay) as client,
        pytest.raises(BadRequestError, match="cannot remix a video"),
    ):
        client.videos.remix("video_1", prompt="a dog")
    for path in ("edits", "extensions", "characters"):
        reply = relay.post(f"/v1/videos/{path}", {"prompt": "x"})
        assert refusal(reply) == (400, "not_supported", None)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "order=up", "after=video_none"])
def test_a_list_that_cannot_be_is_refused_by_name(relay: ThreadedRelay, query: str) -> None:
    reply = relay.get(f"/v1/videos?{query}")
    assert refusal(reply)[::2] == (400, query.partition("=")[0])


@pytest.mark.parametrize("path", ["", "/video_1/remix"])
def test_a_key_is_needed(relay: ThreadedRelay, path: str) -> None:
    assert relay.post(f"/v1/videos{path}", {"prompt": PROMPT}, headers={}).status_code == 401
