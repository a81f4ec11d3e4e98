"""The official openai package judges, and sends files in parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types import Upload

from tests.routes.heard import refusal
from tests.routes.keeping import kept, running
from tests.samples import PDF
from tests.sdk import client_of
from tests.serving import HEADERS, ThreadedRelay

MB = 2**20
DATA = Random(1).randbytes(2 * MB + 5)
ASKED = {"filename": "a.pdf", "purpose": "user_data", "bytes": 10, "mime_type": "text/plain"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[ThreadedRelay]:
    with running(folder, max_file_mb=3, max_body_mb=1, max_storage_mb=8) as relay:
        yield relay


@pytest.fixture
def client(relay: ThreadedRelay) -> Iterator[OpenAI]:
    """All files are deleted afterwards."""
    with client_of(relay) as client:
        yield client
        for file in client.files.list():
            client.files.delete(file.id)


def begun(client: OpenAI, size: int = 10) -> Upload:
    return client.uploads.create(
        filename="a.pdf", purpose="user_data", bytes=size, mime_type="text/plain"
    )


@pytest.mark.parametrize("part_size", [MB, 700_000])
def test_a_file_larger_than_any_body_comes_in_parts(
    client: OpenAI, folder: Path, part_size: int
) -> None:
    """Parts as large as MAX_BODY_MB included, for that is how the package cuts."""
    upload = client.uploads.upload_file_chunked(
        file=DATA,
        filename="größe.bin",
        bytes=len(DATA),
        mime_type="application/octet-stream",
        purpose="batch",
        part_size=part_size,
        md5=hashlib.md5(DATA).hexdigest(),
    )
    file = upload.file
    assert file
    assert (upload.status, upload.bytes, upload.purpose) == ("completed", len(DATA), "batch")
    assert (upload.filename, file.filename, file.bytes) == ("größe.bin", "größe.bin", len(DATA))
    assert file.expires_at == file.created_at + 30 * 86400
    assert client.files.content(file.id).read() == DATA
    assert [*client.files.list()] == [file]
    assert kept(folder) == {file.id}


def test_parts_may_come_at_once_and_be_put_in_order_afterwards(client: OpenAI) -> None:
    upload, pieces = begun(client, len(PDF)), [PDF[:9], PDF[9:20], PDF[20:]]
    assert upload.status == "pending"
    assert upload.file is None
    assert upload.expires_at == upload.created_at + 3600

    def send(piece: bytes) -> str:
        part = client.uploads.parts.create(upload.id, data=piece)
        assert (part.upload_id, part.object) == (upload.id, "upload.part")
        return part.id

    with ThreadPoolExecutor(3) as pool:
        ids = [*pool.map(send, pieces[::-1])][::-1]
    file = client.uploads.complete(upload.id, part_ids=ids).file
    assert file
    reply = client.files.content(file.id)
    assert reply.read() == PDF
    assert reply.response.headers["Content-Type"] == "application/pdf"


def test_a_file_lasts_as_long_as_its_upload_said(client: OpenAI) -> None:
    upload = client.uploads.create(
        **ASKED,  # type: ignore[arg-type]
        expires_after={"anchor": "created_at", "seconds": 7200},
    )
    part = client.uploads.parts.create(upload.id, data=b"some words")
    file = client.uploads.complete(upload.id, part_ids=[part.id]).file
    assert file
    assert file.expires_at == file.created_at + 7200


def test_a_cancelled_upload_leaves_nothing(client: OpenAI, folder: Path) -> None:
    upload = begun(client)
    part = client.uploads.parts.create(upload.id, data=b"some words")
    assert kept(folder) == {part.id}
    assert client.uploads.cancel(upload.id).status == "cancelled"
    assert kept(folder) == set()
    for ask in (
        lambda: client.uploads.parts.create(upload.id, data=b"x"),
        lambda: client.uploads.complete(upload.id, part_ids=[part.id]),
        lambda: client.uploads.cancel(upload.id),
    ):
        with pytest.raises(openai.BadRequestError) as raised:
            ask()
        assert raised.value.code == "upload_cancelled"
    assert client.files.list().data == []


def test_a_wrong_sum_is_refused_and_the_right_one_taken(client: OpenAI) -> None:
    upload = begun(client)
    ids = [
        client.uploads.parts.create(upload.id, data=data).id for data in (b"some ", b"words")
    ]
    right = hashlib.md5(b"some words").hexdigest()
    with pytest.raises(openai.BadRequestError) as raised:
        client.uploads.complete(upload.id, part_ids=ids[::-1], md5=right)
    assert (raised.value.code, raised.value.param) == ("checksum_mismatch", "md5")
    assert client.uploads.complete(upload.id, part_ids=ids, md5=right).status == "completed"
    with pytest.raises(openai.BadRequestError, match="file-") as raised:
        client.uploads.complete(upload.id, part_ids=ids, md5=right)
    assert raised.value.code == "upload_completed"


@pytest.mark.fault(72)
def test_an_upload_is_its_owners_alone(relay: ThreadedRelay, client: OpenAI) -> None:
    upload = begun(client)
    other = {"Authorization": "Bearer another-callers-1min-key"}
    asked: dict[str, dict[str, Any]] = {
        "parts": {"files": {"data": ("a", b"x")}},
        "complete": {"json": {"part_ids": ["part_1"]}},
        "cancel": {},
    }
    for path, sent in asked.items():
        told = [
            relay.post(f"/v1/uploads/{id}/{path}", headers=other, **sent).json()
            for id in (upload.id, "upload_" + "0" * 32)
        ]
        assert told[0] == told[1]
        assert told[0]["error"]["code"] == "not_found"
        assert relay.post(f"/v1/uploads/{upload.id}/{path}", headers={}).status_code == 401
    client.uploads.cancel(upload.id)


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"bytes": None}, (400, None, "bytes")),
        ({"bytes": 0}, (400, None, "bytes")),
        ({"bytes": "10"}, (400, None, "bytes")),
        ({"bytes": 10**30}, (400, None, "bytes")),
        ({"bytes": 3 * MB + 1}, (413, "file_too_large", "bytes")),
        ({"filename": ""}, (400, None, "filename")),
        ({"filename": 1}, (400, None, "filename")),
        ({"mime_type": None}, (400, None, "mime_type")),
        ({"purpose": "fun"}, (400, None, "purpose")),
        ({"expires_after": {"seconds": 3600}}, (400, None, "expires_after.anchor")),
        (
            {"expires_after": {"anchor": "created_at", "seconds": 60}},
            (400, None, "expires_after.seconds"),
        ),
    ],
)
def test_an_upload_that_cannot_be_is_refused(
    relay: ThreadedRelay, changed: dict[str, Any], refused: Any
) -> None:
    assert refusal(relay.post("/v1/uploads", ASKED | changed)) == refused


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "part_ids"),
        ({"part_ids": []}, "part_ids"),
        ({"part_ids": "part_1"}, "part_ids"),
        ({"part_ids": [1]}, "part_ids[0]"),
        ({"part_ids": ["part_1"] * 1001}, "part_ids"),
        ({"part_ids": ["part_1"], "md5": "abc"}, "md5"),
        ({"part_ids": ["part_1\0"]}, "part_ids[0]"),
    ],
)
def test_a_completion_that_cannot_be_is_refused(
    relay: ThreadedRelay, client: OpenAI, body: Any, param: str
) -> None:
    upload = begun(client)
    assert refusal(relay.post(f"/v1/uploads/{upload.id}/complete", body))[2] == param
    client.uploads.cancel(upload.id)


@pytest.mark.parametrize(
    ("sent", "refused"),
    [
        ({"files": {"data": ("a", b"")}}, (400, "empty_file", "data")),
        ({"files": {"file": ("a", b"x")}}, (400, None, "data")),
        ({"data": {"data": "words"}}, (400, None, "data")),
        ({"files": {"data": ("a", bytes(21))}}, (413, "file_too_large", "data")),
        ({"files": {"data": ("a", bytes(2 * MB))}}, (413, "request_too_large", None)),
    ],
    ids=["empty", "misnamed", "a field", "more than announced", "more than a body"],
)
def test_a_part_that_cannot_be_is_refused_and_leaves_nothing(
    relay: ThreadedRelay, client: OpenAI, folder: Path, sent: dict[str, Any], refused: Any
) -> None:
    upload = begun(client)
    assert refusal(relay.post(f"/v1/uploads/{upload.id}/parts", **sent)) == refused
    assert kept(folder) == set()
    client.uploads.cancel(upload.id)


def test_a_key_has_so_much_room_and_no_more(client: OpenAI, folder: Path) -> None:
    """Which the operator chooses, for anybody can make up a key."""
    files = [
        client.files.create(file=("a", bytes(1_000_000)), purpose="user_data") for _ in range(8)
    ]
    for ask in (
        lambda: client.files.create(file=("a", bytes(1_000_000)), purpose="user_data"),
        lambda: begun(client, 1_000_000),
    ):
        with pytest.raises(openai.APIStatusError, match="MAX_STORAGE_MB") as raised:
            ask()
        assert (raised.value.status_code, raised.value.code) == (413, "storage_full")
    assert kept(folder) == {file.id for file in files}
    client.files.delete(files[0].id)
    client.uploads.cancel(begun(client, 1_000_000).id)


def test_uploads_have_no_list(relay: ThreadedRelay) -> None:
    reply = relay.session.get(f"{relay.url}/v1/uploads", headers=HEADERS, timeout=30)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "OPTIONS, POST")
