from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from simulator.features.videos import mp4
from simulator.replies import Reply, html, whole
from simulator.server import Simulator
from tests.onemin.attaching import KEY, PNG, Kept, Library, Web, returned
from tests.paying import own
from utils.domain.chat import Attachment, Inline, Link
from utils.domain.videos import UNKNOWN, Progress, Shot, Started
from utils.errors import InvalidRequest, NotFound, UpstreamFailed
from utils.onemin import models
from utils.onemin.client import Client
from utils.onemin.files.once import Once
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media.asset_host import AssetHost, AssetUrls
from utils.onemin.media.videos import Videos, read
from utils.origin import Origin, Timeouts

URLS = AssetUrls("https://asset.1min.ai")


@pytest.fixture
def videos(client: Client, onemin: Simulator, web: Web) -> Iterator[Videos]:
    timeouts = Timeouts(connect=2, first_byte=1, idle=1, total=5)
    origin = Origin(onemin.asset_url, name="1min.ai", timeouts=timeouts, size=2)
    with closing(AssetHost(AssetUrls(onemin.asset_url), origin)) as host:
        sources = Sources(web, Library(), 2**20)
        yield Videos(client, host, sources=sources, uploads=Uploads(client, Once(Kept())))


def started(videos: Videos, model: str = "sora-2", **fields: Any) -> Started:
    asked = Shot(**{"prompt": "a cat", "model": model, **fields})
    return returned(videos.start(asked, own(KEY)))


def progress(videos: Videos, call: str) -> Progress:
    return returned(videos.progress(call, own(KEY)))


CAT = Attachment("image", Inline(data=PNG, name="cat.png"), "there")


@pytest.mark.parametrize(
    ("model", "asked", "expected"),
    [
        ("sora-2", {}, {"seconds": 4, "size": "720x1280"}),
        (
            "sora-2-pro",
            {"seconds": "12", "size": "1792x1024"},
            {"seconds": 12, "size": "1792x1024"},
        ),
        ("kling", {}, {"mode": "std", "duration": 5, "aspect_ratio": "16:9"}),
        (
            "kling",
            {"seconds": "10", "size": "1024x1024"},
            {"mode": "std", "duration": 10, "aspect_ratio": "1:1"},
        ),
        (
            "veo3-video",
            {"size": "1080x1920"},
            {
                "task_type": "veo3-video",
                "veo3_duration": "8s",
                "aspect_ratio": "9:16",
                "resolution": "1080p",
            },
        ),
        ("luma", {}, {"length": 5}),
        ("pika", {}, {}),
    ],
)
def test_each_model_is_told_in_its_own_way(
    videos: Videos, onemin: Simulator, model: str, asked: Any, expected: dict[str, Any]
) -> None:
    begun = started(videos, model, **asked)
    [call] = onemin.features
    assert call.json == {
        "type": "TEXT_TO_VIDEO",
        "model": model,
        "promptObject": {"prompt": "a cat", **expected},
        "async": True,
    }
    assert begun.call
    assert begun.progress == Progress()
    assert asked.items() <= {"seconds": begun.seconds, "size": begun.size}.items()


def test_what_nobody_knows_of_a_video_is_not_made_up(videos: Videos) -> None:
    begun = started(videos, "pika")
    assert (begun.seconds, begun.size) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("model", "kind", "field"),
    [
        ("sora-2", "TEXT_TO_VIDEO", "reference_image_path"),
        ("kling", "IMAGE_TO_VIDEO", "imageUrl"),
        ("luma", "IMAGE_TO_VIDEO", "imageUrl"),
        ("veo3-video", "TEXT_TO_VIDEO", "reference_image_urls"),
    ],
)
def test_a_picture_goes_where_the_model_looks_for_it(
    videos: Videos, onemin: Simulator, model: str, kind: str, field: str
) -> None:
    started(videos, model, image=CAT)
    [call] = onemin.features
    told = call.json["promptObject"][field]
    [path] = told if isinstance(told, list) else [told]
    assert path.startswith("images/")
    assert call.json["type"] == kind
    assert onemin.uploads[0].data == PNG


@pytest.mark.parametrize(
    ("model", "fields", "param"),
    [
        ("sora-2", {"seconds": "5"}, "seconds"),
        ("sora-2", {"size": "1792x1024"}, "size"),
        ("luma", {"size": "1280x720"}, "size"),
        ("pika", {"seconds": "5"}, "seconds"),
        ("pika", {"image": CAT}, "there"),
        ("sora-2", {"seconds": "5", "image": CAT}, "seconds"),
        ("sora-2", {"image": Attachment("image", Inline(data=b"no"), "there")}, "there"),
    ],
)
def test_what_a_model_does_not_do_is_refused_before_anything_is_sent(
    videos: Videos, onemin: Simulator, model: str, fields: Any, param: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        started(videos, model, **fields)
    assert raised.value.param == param
    assert not onemin.calls


def test_a_picture_that_is_not_there_is_named(videos: Videos, web: Web) -> None:
    web.pages["https://x.test/a.png"] = NotFound("gone")
    link = Attachment("image", Link("https://x.test/a.png"), "there")
    with pytest.raises(NotFound) as raised:
        started(videos, image=link)
    assert raised.value.param == "there"


def test_a_video_is_there_in_the_end(videos: Videos, onemin: Simulator) -> None:
    call = started(videos).call
    assert progress(videos, call) == Progress()
    done = progress(videos, call)
    assert done.url.startswith(f"{onemin.asset_url}/videos/")
    file = returned(videos.file(done.url))
    assert b"".join(file.pieces) == mp4("sora-2a cat")
    assert (file.media_type, file.size) == ("video/mp4", len(mp4("")))
    file.close()


def record(**fields: Any) -> dict[str, Any]:
    return {"aiRecord": {"status": "SUCCESS", **fields}}


@pytest.mark.parametrize(
    ("reply", "url", "credits"),
    [
        (record(status="PROCESSING"), "", None),
        (record(status="WAITING"), "", None),
        (record(resultObject=["videos/a.mp4"]), "https://asset.1min.ai/videos/a.mp4", None),
        (
            record(resultObject="https://x.test/a.mp4", metadata={"credit": 7}),
            "https://x.test/a.mp4",
            7,
        ),
    ],
)
def test_how_far_a_video_is(reply: Any, url: str, credits: int | None) -> None:
    assert read(reply, URLS) == Progress(url=url, credits=credits)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (record(), r"^1min\.ai made no video\.$"),
        (record(resultObject=[]), r"^1min\.ai made no video\.$"),
        (record(status="FAILURE", aiRecordDetail={"resultObject": "no cats"}), "^no cats$"),
    ],
)
def test_a_video_that_failed(reply: Any, message: str) -> None:
    error = read(reply, URLS).error
    with pytest.raises(UpstreamFailed, match=message):
        raise error or AssertionError("it did not fail")


@pytest.mark.parametrize("reply", [None, [], {"aiRecord": None}, {"aiRecord": "?"}])
def test_what_is_no_record_says_nothing_of_a_video(reply: Any) -> None:
    with pytest.raises(UpstreamFailed):
        read(reply, URLS)


def test_a_video_that_cannot_be_asked_for_is_a_failure(
    videos: Videos, onemin: Simulator
) -> None:
    onemin.script_features(whole(record(status="PROCESSING")))
    with pytest.raises(UpstreamFailed, match="how to ask"):
        started(videos)


@pytest.mark.parametrize(
    "reply", [html(200), Reply(404), Reply(body=(b"",)), Reply(body=(mp4("")[:6],))]
)
def test_what_is_no_video_is_a_failure_that_tells_where_it_is(
    videos: Videos, onemin: Simulator, reply: Reply
) -> None:
    onemin.script_downloads(reply)
    url = f"{onemin.asset_url}/videos/a.mp4"
    with pytest.raises(UpstreamFailed) as raised:
        returned(videos.file(url))
    assert raised.value.message.endswith(f". The video is at: {url}")


def test_the_catalog_knows_who_makes_videos() -> None:
    known = {model.id: model for model in models.snapshot()}
    assert known["sora-2"].video
    assert known["kling"].video
    assert not known["sora-2"].chat
    assert not known["gpt-4o-mini"].video
