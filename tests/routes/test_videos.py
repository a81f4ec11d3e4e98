from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from openai import BadRequestError, NotFoundError, OpenAI
from openai.types import Video

from simulator.features.videos import mp4
from simulator.replies import Hang, Pause, Reply, html, refusal, whole
from simulator.server import Simulator
from tests.routes.painting import CAT, running
from tests.sdk import client_of
from tests.serving import HEADERS, ThreadedRelay

# The package has called them deprecated since OpenAI has.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PROMPT = "a cat that yawns"
STUCK = f"{PROMPT} [[scenario=stuck]]"
STRANGER = {"Authorization": "Bearer another-callers-1min-key"}


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    with running(tmp_path_factory.mktemp("relay"), onemin) as relay:
        yield relay


@pytest.fixture(scope="module")
def client(relay: ThreadedRelay) -> Iterator[OpenAI]:
    with client_of(relay) as client:
        yield client


def made(client: OpenAI, prompt: str = PROMPT, **fields: Any) -> Video:
    video: Video = client.videos.create(prompt=prompt, **fields)
    return video


def begun(relay: ThreadedRelay, prompt: str = PROMPT, **fields: Any) -> str:
    reply = relay.post("/v1/videos", {"prompt": prompt, "model": "sora-2", **fields})
    assert reply.status_code == 200, reply.text
    id: str = reply.json()["id"]
    return id


def over(relay: ThreadedRelay, id: str) -> dict[str, Any]:
    """1min.ai is asked again, as if a second had gone by each time."""
    for _ in range(5):
        _make_due(relay)
        reply = relay.get(f"/v1/videos/{id}")
        video: dict[str, Any] = reply.json()
        if video["status"] in ("completed", "failed"):
            return video
    raise AssertionError(reply.text)


def _make_due(relay: ThreadedRelay) -> None:
    with relay.services.database.begin() as connection:
        connection.exec_driver_sql("UPDATE videos SET asked = 0")


def polls(onemin: Simulator) -> int:
    return sum(call.path.startswith("/api/results/") for call in onemin.calls)


def told(onemin: Simulator) -> dict[str, Any]:
    """How 1min.ai was called last."""
    body: dict[str, Any] = onemin.features[-1].json
    assert body["async"] is True
    return body


def test_a_video_is_made_polled_and_downloaded(client: OpenAI, onemin: Simulator) -> None:
    video = client.videos.create_and_poll(
        prompt=PROMPT, model="sora-2", seconds="8", size="1280x720", poll_interval_ms=400
    )
    assert told(onemin)["promptObject"] == {"prompt": PROMPT, "seconds": 8, "size": "1280x720"}
    assert (video.status, video.progress, video.seconds) == ("completed", 100, "8")
    assert (video.model, video.size, video.prompt) == ("sora-2", "1280x720", PROMPT)
    assert video.completed_at
    assert video.completed_at >= video.created_at
    content = client.videos.download_content(video.id, variant="video")
    assert content.read() == mp4(f"sora-2{PROMPT}")
    assert content.response.headers["content-type"] == "video/mp4"
    assert int(content.response.headers["content-length"]) > 100_000


def test_what_is_not_asked_for_is_as_at_openai(client: OpenAI, onemin: Simulator) -> None:
    video = made(client)
    assert (video.model, video.seconds, video.size) == ("sora-2", "4", "720x1280")
    assert (video.status, video.progress, video.error) == ("queued", 0, None)
    assert told(onemin)["promptObject"] == {"prompt": PROMPT, "seconds": 4, "size": "720x1280"}


@pytest.mark.parametrize("name", ["sora-2-2025-10-06", "openai/sora-2"])
def test_a_model_is_found_by_the_names_that_openai_has(client: OpenAI, name: str) -> None:
    assert made(client, model=name).model == "sora-2"


def test_it_tells_what_it_took(relay: ThreadedRelay, onemin: Simulator) -> None:
    id = begun(relay)
    record = {"status": "SUCCESS", "metadata": {"credit": 100_000}}
    record["aiRecordDetail"] = {"resultObject": ["videos/a.mp4"]}
    onemin.script_results(whole({"aiRecord": record}))
    for _ in range(2):
        reply = relay.get(f"/v1/videos/{id}")
        assert reply.json()["status"] == "completed"
        assert reply.headers["x-credits-used"] == "100000"


def test_1minai_is_asked_once_a_second_and_never_again_when_it_is_over(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    id = begun(relay, STUCK)
    before, start = polls(onemin), time.monotonic()
    for _ in range(10):
        assert relay.get(f"/v1/videos/{id}").json()["status"] in ("queued", "in_progress")
    assert 1 <= polls(onemin) - before <= 1 + int(time.monotonic() - start)
    id = begun(relay)
    over(relay, id)
    before = polls(onemin)
    _make_due(relay)
    assert relay.get(f"/v1/videos/{id}").json()["status"] == "completed"
    assert polls(onemin) == before


def test_a_video_that_failed_tells_why(client: OpenAI, relay: ThreadedRelay) -> None:
    video = made(client, f"{PROMPT} [[scenario=failure-200]]")
    over(relay, video.id)
    video = client.videos.retrieve(video.id)
    assert (video.status, video.progress, video.completed_at) == ("failed", 0, None)
    assert video.error
    assert "busy" in video.error.message
    with pytest.raises(NotFoundError) as raised:
        client.videos.download_content(video.id)
    assert raised.value.code == "video_failed"


def test_a_video_that_is_not_ready_has_no_content(client: OpenAI) -> None:
    video = made(client, STUCK)
    with pytest.raises(NotFoundError) as raised:
        client.videos.download_content(video.id)
    assert raised.value.code == "video_not_ready"


def test_only_the_video_itself_can_be_downloaded(client: OpenAI, relay: ThreadedRelay) -> None:
    id = begun(relay)
    over(relay, id)
    with pytest.raises(BadRequestError) as raised:
        client.videos.download_content(id, variant="thumbnail")
    assert raised.value.param == "variant"


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (html(522), 502),
        (refusal(401, "UNAUTHORIZED", "No."), 401),
        (refusal(429, "RATE_LIMITED", "Slow down."), 429),
        (whole({"aiRecord": None}), 502),
    ],
)
def test_a_moment_in_which_1minai_does_not_tell_is_no_verdict_on_the_video(
    relay: ThreadedRelay, onemin: Simulator, reply: Reply, status: int
) -> None:
    id = begun(relay)
    onemin.script_results(reply)
    assert relay.get(f"/v1/videos/{id}").status_code == status
    assert over(relay, id)["status"] == "completed"


def test_videos_are_listed_for_their_owner_alone(
    client: OpenAI, relay: ThreadedRelay, onemin: Simulator
) -> None:
    ids = [begun(relay, f"film {number}") for number in range(3)]
    before = polls(onemin)
    found = [video.id for video in client.videos.list(limit=2)]  # and the pages after it
    assert found[:3] == ids[::-1]
    assert [v.id for v in client.videos.list(after=ids[0], order="asc")] == ids[1:]
    assert polls(onemin) == before
    assert relay.get("/v1/videos", headers=STRANGER).json()["data"] == []
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/content")):
        url = f"{relay.url}/v1/videos/{ids[0]}{path}"
        assert relay.session.request(method, url, headers=STRANGER).status_code == 404
        assert relay.session.request(method, url).status_code == 401
    assert client.videos.retrieve(ids[0]).id == ids[0]


def test_a_deleted_video_is_gone(client: OpenAI, relay: ThreadedRelay) -> None:
    video = made(client)
    gone = client.videos.delete(video.id)
    assert (gone.id, gone.deleted, gone.object) == (video.id, True, "video.deleted")
    for ask in (client.videos.retrieve, client.videos.delete, client.videos.download_content):
        with pytest.raises(NotFoundError):
            ask(video.id)
    assert video.id not in [each.id for each in client.videos.list()]


def test_a_picture_goes_along(client: OpenAI, onemin: Simulator) -> None:
    made(client, input_reference=("cat.png", CAT[1]))
    given = told(onemin)["promptObject"]
    assert given["reference_image_path"].startswith("images/")
    assert given["reference_image_type"] == "image/png"
    assert onemin.uploads[-1].data == CAT[1]


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
def test_a_picture_may_be_a_file_of_the_callers(
    client: OpenAI, relay: ThreadedRelay, onemin: Simulator, form: bool
) -> None:
    data = CAT[1] + bytes([form])
    file = client.files.create(file=("other.png", data), purpose="vision")
    fields = {"prompt": PROMPT, "model": "kling"}
    if form:
        parts = {**fields, "input_reference[file_id]": file.id}
        files = {name: (None, text) for name, text in parts.items()}
        reply = relay.post("/v1/videos", None, files=files)
    else:
        reply = relay.post("/v1/videos", {**fields, "input_reference": {"file_id": file.id}})
    assert reply.status_code == 200, reply.text
    assert told(onemin)["type"] == "IMAGE_TO_VIDEO"
    assert onemin.uploads[-1].data == data


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (refusal(400, "EXTERNAL_API_RESPONSE_WITH_ERROR", "prompt: not this"), 400),
        (html(522), 502),
        (whole({"aiRecord": {"status": "PROCESSING"}}), 502),
    ],
)
def test_a_refused_video_is_not_kept(
    client: OpenAI, relay: ThreadedRelay, onemin: Simulator, reply: Reply, status: int
) -> None:
    before = [video.id for video in client.videos.list()]
    onemin.script_features(reply)
    refused = relay.post("/v1/videos", {"prompt": PROMPT})
    assert refused.status_code == status, refused.text
    assert [video.id for video in client.videos.list()] == before


@pytest.mark.parametrize(
    "reply", [Reply(404, body=(b"<Error/>",)), Reply(body=(b"<?xml version='1.0'?><Error/>",))]
)
def test_a_file_that_is_no_video_is_a_failure_that_tells_where_it_is(
    relay: ThreadedRelay, onemin: Simulator, reply: Reply
) -> None:
    id = begun(relay)
    over(relay, id)
    onemin.script_downloads(reply)
    failed = relay.get(f"/v1/videos/{id}/content")
    assert failed.status_code == 502
    assert f"{onemin.asset_url}/videos/" in failed.json()["error"]["message"]
    assert relay.get(f"/v1/videos/{id}/content").status_code == 200


def test_a_caller_who_leaves_a_download_ends_it(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    id = begun(relay)
    over(relay, id)
    data = mp4("x")
    onemin.script_downloads(Reply(body=(data, Hang()), framing="chunked"))
    reply = relay.get(f"/v1/videos/{id}/content", stream=True)
    assert next(reply.iter_content(100)) == data[:100]
    reply.close()
    [call] = [call for call in onemin.calls if call.path.endswith(".mp4")][-1:]
    assert call.hung_up.wait(5)


def test_a_video_is_kept_for_a_caller_who_leaves(
    client: OpenAI, relay: ThreadedRelay, onemin: Simulator
) -> None:
    uuid = "6f1c3a52-0000-4000-8000-000000000000"
    record = {"status": "PROCESSING", "uuid": uuid}
    onemin.script_features(whole({"aiRecord": record}).after(Pause(0.8)))
    body = {"prompt": "left alone"}
    with pytest.raises(Exception, match="timed out"):
        relay.post("/v1/videos", body, headers=HEADERS, timeout=0.3)
    end = time.monotonic() + 10
    while "left alone" not in [video.prompt for video in client.videos.list()]:
        assert time.monotonic() < end
        time.sleep(0.05)
