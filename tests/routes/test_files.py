"""The official openai package judges."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from sqlalchemy import text

from tests.routes.heard import refusal
from tests.routes.keeping import NOTES, kept, running, sent
from tests.samples import DOCX, PDF, png
from tests.sdk import client_of
from tests.serving import HEADERS, ThreadedRelay

OTHER = {"Authorization": "Bearer another-callers-1min-key"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[ThreadedRelay]:
    with running(folder) as relay:
        yield relay


@pytest.fixture
def client(relay: ThreadedRelay) -> Iterator[OpenAI]:
    """All files are deleted afterwards."""
    with client_of(relay) as client:
        yield client
        for file in client.files.list():
            client.files.delete(file.id)


@pytest.mark.parametrize("purpose", ["assistants", "batch", "fine-tune", "vision", "user_data"])
def test_a_file_is_kept_told_and_deleted(client: OpenAI, purpose: Any) -> None:
    file = client.files.create(file=NOTES, purpose=purpose)
    assert (file.bytes, file.filename, file.purpose) == (17, "notes.txt", purpose)
    assert file.status == "processed"
    assert client.files.retrieve(file.id) == file
    assert [*client.files.list()] == [file]
    assert client.files.content(file.id).read() == NOTES[1]
    deleted = client.files.delete(file.id)
    assert (deleted.id, deleted.deleted) == (file.id, True)
    for ask in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            ask(file.id)


def test_evals_are_a_purpose_too(relay: ThreadedRelay, client: OpenAI) -> None:
    """Which the package sends, but does not expect to hear."""
    file = sent(relay, fields={"purpose": "evals"}).json()
    assert file["purpose"] == "evals"
    assert relay.get("/v1/files?purpose=evals").json()["data"] == [file]
    client.files.delete(file["id"])


def test_a_file_is_told_with_every_key_that_openai_has(relay: ThreadedRelay) -> None:
    file = sent(relay).json()
    assert isinstance(file.pop("created_at"), int)
    assert file == {
        "id": file["id"],
        "object": "file",
        "bytes": 17,
        "filename": "notes.txt",
        "purpose": "user_data",
        "status": "processed",
        "status_details": None,
    }
    listed = relay.get("/v1/files").json()
    assert {name: listed[name] for name in ("object", "has_more", "first_id", "last_id")} == {
        "object": "list",
        "has_more": False,
        "first_id": file["id"],
        "last_id": file["id"],
    }
    relay.session.delete(f"{relay.url}/v1/files/{file['id']}", headers=HEADERS, timeout=30)
    assert relay.get("/v1/files").json() == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_a_list_comes_in_pages_and_in_either_order(client: OpenAI) -> None:
    files = [client.files.create(file=NOTES, purpose="user_data") for _ in range(5)]
    client.files.create(file=("a.png", png()), purpose="vision")
    ids = [file.id for file in files]
    asked: dict[str, Any] = {"purpose": "user_data", "limit": 2}
    assert [file.id for file in client.files.list(**asked)] == ids[::-1]
    assert [file.id for file in client.files.list(**asked, order="asc")] == ids
    rest = client.files.list(**asked, after=ids[1], order="asc")
    assert [file.id for file in rest] == ids[2:]
    page = client.files.list(**asked)
    assert (page.has_more, len(page.data)) == (True, 2)


@pytest.mark.parametrize(
    ("purpose", "asked", "lasts"),
    [
        ("user_data", {}, None),
        ("batch", {}, 30 * 86400),
        ("batch", {"expires_after": {"anchor": "created_at", "seconds": 3600}}, 3600),
        ("vision", {"expires_after": {"anchor": "created_at", "seconds": 2592000}}, 2592000),
    ],
)
def test_a_file_lasts_as_long_as_its_client_says(
    client: OpenAI, purpose: Any, asked: dict[str, Any], lasts: int | None
) -> None:
    file = client.files.create(file=NOTES, purpose=purpose, **asked)
    assert file.expires_at == (lasts and file.created_at + lasts)


def test_an_expired_file_is_gone(relay: ThreadedRelay, client: OpenAI, folder: Path) -> None:
    file = client.files.create(file=NOTES, purpose="batch")
    with relay.services.database.begin() as connection:
        connection.execute(text("UPDATE files SET expires = 1795000000 - 90000000"))
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file.id)
    assert client.files.list().data == []
    other = client.files.create(file=NOTES, purpose="batch")
    assert kept(folder) == {other.id}


@pytest.mark.fault(74)
@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"<script>alert(1)</script>", "a.html", "text/plain; charset=utf-8"),
        (png(), "a.html", "image/png"),
        (PDF, "a.html", "application/pdf"),
        (DOCX, "a", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (bytes(range(256)) * 3000, "a.html", "application/octet-stream"),
    ],
    ids=["html", "png", "pdf", "docx", "bytes"],
)
def test_content_comes_as_what_it_is_and_never_as_a_page(
    relay: ThreadedRelay, client: OpenAI, data: bytes, name: str, told: str
) -> None:
    """Whatever the client called it."""
    id = sent(relay, (name, data, "text/html")).json()["id"]
    reply = relay.get(f"/v1/files/{id}/content")
    assert reply.content == data
    assert reply.headers["Content-Type"] == told
    assert reply.headers["Content-Length"] == str(len(data))
    assert reply.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("größe 東京.txt", "größe 東京.txt"),
        ("../../etc/passwd", "passwd"),
        ('a"b;c.txt', 'a"b;c.txt'),
        ("x" * 999 + ".txt", "x" * 251 + ".txt"),
    ],
)
def test_names_come_back_on_one_line_without_folders(
    client: OpenAI, name: str, shown: str
) -> None:
    file = client.files.create(file=(name, b"words"), purpose="user_data")
    assert file.filename == shown
    assert client.files.content(file.id).read() == b"words"


def test_control_characters_in_a_name_are_spaces(relay: ThreadedRelay, client: OpenAI) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
    parts = [(b"purpose", b"", b"vision"), (b"file", b'; filename="a\0\x01\x7f.txt"', b"words")]
    reply = relay.post(
        "/v1/files",
        None,
        data=b"".join(head % part for part in parts) + b"--x--\r\n",
        headers={**HEADERS, "Content-Type": "multipart/form-data; boundary=x"},
    )
    assert reply.json()["filename"] == "a .txt"


def test_many_upload_at_once(client: OpenAI, folder: Path) -> None:
    contents = [bytes([number]) * 300_000 for number in range(12)]

    def round_trip(data: bytes) -> bytes:
        file = client.files.create(file=("a.bin", data), purpose="user_data")
        return client.files.content(file.id).read()

    with ThreadPoolExecutor(6) as pool:
        assert [*pool.map(round_trip, contents)] == contents
    assert len(kept(folder)) == 12


@pytest.mark.fault(72)
def test_a_file_is_its_owners_alone(relay: ThreadedRelay, client: OpenAI, folder: Path) -> None:
    id = sent(relay).json()["id"]
    unknown = relay.get(f"/v1/files/file-{'0' * 32}").json()
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        url = f"{relay.url}/v1/files/{id}{path}"
        reply = relay.session.request(method, url, headers=OTHER, timeout=30)
        assert reply.json() == unknown
    assert relay.get("/v1/files", headers=OTHER).json()["data"] == []
    assert relay.get("/v1/files", headers={}).status_code == 401
    assert sent(relay, headers={}).status_code == 401
    assert kept(folder) == {id}


# What lasts


def test_files_outlive_the_relay(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        file = sent(first).json()
    with running(tmp_path) as second:
        assert second.get(f"/v1/files/{file['id']}").json() == file
        assert second.get(f"/v1/files/{file['id']}/content").content == NOTES[1]


def test_a_file_without_its_bytes_says_so(
    relay: ThreadedRelay, client: OpenAI, folder: Path
) -> None:
    id = sent(relay).json()["id"]
    (folder / "files" / id).unlink()
    reply = relay.get(f"/v1/files/{id}/content")
    assert refusal(reply) == (404, "content_missing", "id")
