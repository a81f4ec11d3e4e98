from __future__ import annotations

import json

from utils.onemin.feature import Feature


def test_a_feature_is_a_call_to_the_features_endpoint() -> None:
    feature = Feature(type="IMAGE_GENERATOR", model="dall-e-3", prompt={"prompt": "é\0"})
    assert feature.target == "/api/features"
    assert json.loads(feature.body()) == {
        "type": "IMAGE_GENERATOR",
        "model": "dall-e-3",
        "promptObject": {"prompt": "é\0"},
    }


def test_a_streamed_feature_says_so_in_its_url() -> None:
    assert (
        Feature(type="X", model="m", streaming=True).target == "/api/features?isStreaming=true"
    )
