"""Files, uploads and videos on a relay as an operator runs it; the openai package judges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from simulator.features.videos import mp4
from simulator.server import Simulator
from tests.sdk import client_of
from tests.serving import process

# The package has called videos deprecated since OpenAI has.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NOTES = ("notes.txt", b"Remember the milk")
PROMPT = "a cat that yawns"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAI]:
    with (
        Simulator() as onemin,
        process(onemin.url, tmp_path_factory.mktemp("relay")) as relay,
        client_of(relay) as client,
    ):
        yield client


def test_a_file_is_kept_found_and_deleted(client: OpenAI) -> None:
    file = client.files.create(file=NOTES, purpose="user_data")
    other = client.files.create(
        file=("b.txt", b"words"),
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    assert (file.filename, file.bytes, file.status) == ("notes.txt", 17, "processed")
    assert other.expires_at == other.created_at + 3600
    assert client.files.retrieve(file.id) == file
    assert [*client.files.list(limit=1)] == [other, file]
    assert [*client.files.list(purpose="user_data")] == [file]
    assert client.files.wait_for_processing(file.id).id == file.id
    assert client.files.content(file.id).read() == NOTES[1]
    assert client.files.delete(file.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file.id)


def test_a_file_comes_in_parts(client: OpenAI) -> None:
    data = bytes(range(256)) * 5000
    upload = client.uploads.upload_file_chunked(
        file=data,
        filename="large.bin",
        bytes=len(data),
        mime_type="application/octet-stream",
        purpose="user_data",
        part_size=400_000,
        md5=hashlib.md5(data).hexdigest(),
    )
    assert upload.file
    assert (upload.status, upload.file.bytes) == ("completed", len(data))
    assert client.files.content(upload.file.id).read() == data
    begun = client.uploads.create(
        filename="a.txt", purpose="user_data", bytes=9, mime_type="text/plain"
    )
    client.uploads.parts.create(begun.id, data=b"some")
    assert client.uploads.cancel(begun.id).status == "cancelled"


def test_a_video_is_made_watched_and_deleted(client: OpenAI) -> None:
    video = client.videos.create_and_poll(
        prompt=PROMPT, model="sora-2", seconds="8", size="1280x720", poll_interval_ms=400
    )
    assert (video.status, video.seconds, video.size) == ("completed", "8", "1280x720")
    begun = client.videos.create(prompt=f"{PROMPT} [[scenario=stuck]]", model="sora-2")
    assert begun.status in ("queued", "in_progress")
    assert [each.id for each in client.videos.list(limit=1)] == [begun.id, video.id]
    assert client.videos.retrieve(video.id).status == "completed"
    assert client.videos.download_content(video.id).read() == mp4(f"sora-2{PROMPT}")
    for made in (begun, video):
        assert client.videos.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve(video.id)
