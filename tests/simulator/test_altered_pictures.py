"""The features that make a picture of another (onemin-api.md 9.3)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.features.pictures import size
from simulator.server import Simulator
from tests.samples import png
from tests.simulator.peer import downloaded, feature, upload


@pytest.mark.parametrize(
    ("kind", "given", "large"),
    [
        ("BACKGROUND_REMOVER", {}, (1, 1)),
        ("IMAGE_UPSCALER", {}, (4, 4)),
        ("IMAGE_EXTENDER", {"left": 3, "up": 1}, (4, 2)),
    ],
)
def test_an_altered_picture_is_as_large_as_it_should_be(
    sim: Simulator, kind: str, given: dict[str, Any], large: tuple[int, int]
) -> None:
    image = upload(sim, "a.png", png()).json["asset"]["key"]
    [key] = feature(sim, kind, "stable-image", imageUrl=image, **given).record[
        "aiRecordDetail"
    ]["resultObject"]
    assert size(downloaded(sim, key).body) == large


def test_an_edge_has_its_limit(sim: Simulator) -> None:
    image = upload(sim, "a.png", png()).json["asset"]["key"]
    assert feature(sim, "IMAGE_EXTENDER", "stable-image", imageUrl=image, up=2001).status == 400


def test_further_pictures_have_to_be_there_too(sim: Simulator) -> None:
    image = upload(sim, "a.png", png()).json["asset"]["key"]
    given: dict[str, Any] = {
        "imageUrl": image,
        "referenceImage1": "images/none.png",
        "prompt": "x",
    }
    assert feature(sim, "IMAGE_EDITOR", "gemini-2.5-flash-image", **given).status == 400
