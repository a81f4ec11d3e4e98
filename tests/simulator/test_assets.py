"""Uploads and the asset host, onemin-api.md 6 and 8."""

from __future__ import annotations

import json
import re

import pytest

from simulator.assets.endpoint import CORRUPT
from simulator.assets.storage import Storage
from simulator.replies import html
from simulator.server import Simulator
from tests.simulator.peer import Answer, downloaded, feature, request, upload

KEY = re.compile(r"images/\d{4}(_\d\d){5}_\d{3}_cat\.png")


def key_of(answer: Answer) -> str:
    assert answer.status == 200
    return str(answer.json["asset"]["key"])


def test_an_upload_is_told_where_it_lies(sim: Simulator) -> None:
    answer = upload(sim, "cat.png", b"\x89PNG", "image/png").json
    asset, content = answer["asset"], answer["fileContent"]
    assert KEY.fullmatch(asset["key"])
    assert content["path"] == asset["key"]
    assert content["name"] == asset["key"].removeprefix("images/")
    assert (content["type"], content["status"]) == ("png", "ACTIVE")
    assert (asset["originalname"], asset["mimetype"], asset["size"]) == (
        "cat.png",
        "image/png",
        4,
    )
    assert asset["contentType"] == "application/octet-stream"
    assert len(content["uuid"]) == 36


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("a.PNG", "images"),
        ("a.pdf", "documents"),
        ("a.txt", "documents"),
        ("a.wav", "audios"),
        ("a.webm", "videos"),
    ],
)
def test_each_kind_has_a_folder(sim: Simulator, name: str, folder: str) -> None:
    assert key_of(upload(sim, name)).startswith(f"{folder}/")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("cat", "image/png"),
        (".png", "image/png"),
        ("cat.", "image/png"),
        ("virus.exe", "application/octet-stream"),
        ("notes.md", "text/markdown"),
        ("notes.md", "text/plain"),
        ("notes.txt", "text/markdown"),
        ("main.py", "text/plain"),
        ("main.ts", "application/octet-stream"),
        ("cat.png", "audio/mpeg"),
    ],
)
def test_other_files_are_refused(sim: Simulator, name: str, media_type: str) -> None:
    answer = upload(sim, name, b"data", media_type)
    assert answer.status == 400
    assert answer.json["errorCode"] == "UNSUPPORTED_FILE_TYPE"


def test_the_key_is_looked_at_first(sim: Simulator) -> None:
    assert upload(sim, "main.py", key="bad-key").status == 401
    assert upload(sim, "a.png", key="limited-key").status == 429
    assert request(sim, "POST", "/api/assets", b"").status == 401


def test_more_than_50_mb_are_too_many(sim: Simulator) -> None:
    assert upload(sim, "a.txt", bytes(50 * 1024 * 1024)).status == 200
    assert upload(sim, "a.txt", bytes(50 * 1024 * 1024 + 1)).status == 413


def test_only_one_file_named_asset_is_taken(sim: Simulator) -> None:
    for answer in (upload(sim, "a.png", field="file"), upload(sim, None)):
        assert answer.status == 400
        assert answer.json["errorCode"] == "REQUEST_BODY_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a'),
        ("multipart/form-data; boundary=x", b"--x\r\nno head\r\n--x--\r\n"),
    ],
)
def test_what_is_no_form_is_refused(sim: Simulator, content_type: str, body: bytes) -> None:
    headers = {"API-KEY": "key", "Content-Type": content_type}
    answer = request(sim, "POST", "/api/assets", body, headers)
    assert answer.json["errorCode"] == "REQUEST_BODY_VALIDATION_FAILED"
    assert sim.uploads == []


def test_the_bytes_come_back_without_credentials(sim: Simulator) -> None:
    data = b"\r\n--y\r\n\x00\xff" + bytes(range(256))
    key = key_of(upload(sim, "a b é.png", data, "image/png"))
    answer = downloaded(sim, key)
    assert answer.body == data
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_folder_in_a_name_is_dropped(sim: Simulator) -> None:
    assert key_of(upload(sim, "../../etc/cat.png")).count("/") == 1


def test_the_same_name_twice_makes_two_keys(sim: Simulator) -> None:
    assert len({key_of(upload(sim, "a.png")) for _ in range(5)}) == 5


def test_an_unknown_key_is_not_there(sim: Simulator) -> None:
    answer = downloaded(sim, "images/none.png")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/xml"


def test_a_link_with_a_spoilt_signature_opens_nothing(sim: Simulator) -> None:
    record = feature(sim, "TEXT_TO_SPEECH", "tts-1", text="Hi", voice="alloy").record
    link = record["temporaryUrl"]
    assert "X-Amz-Expires=604800" in link
    assert downloaded(sim, link).status == 200
    spoilt = re.sub("(X-Amz-Signature=).", r"\1x", link)
    assert downloaded(sim, spoilt).status == 403


def test_an_upload_can_fail_once(sim: Simulator) -> None:
    sim.script_assets(CORRUPT)
    refused = upload(sim, "a.wav")
    assert refused.status == 400
    assert "corrupt" in refused.json["message"]
    assert upload(sim, "a.wav").status == 200


def test_downloads_have_scripts_of_their_own(sim: Simulator) -> None:
    key = key_of(upload(sim, "a.png"))
    sim.script_downloads(html(522))
    assert downloaded(sim, key).status == 522
    assert downloaded(sim, key).body == b"data"


def test_uploads_are_remembered_refused_ones_too(sim: Simulator) -> None:
    upload(sim, "a.png", b"one", "image/png")
    upload(sim, "b.md", b"two", "text/markdown", key="other")
    told = [(up.name, up.content_type, up.data, up.api_key) for up in sim.uploads]
    assert told == [
        ("a.png", "image/png", b"one", "key"),
        ("b.md", "text/markdown", b"two", "other"),
    ]


def test_a_refusal_says_which_type_it_was(sim: Simulator) -> None:
    message = upload(sim, "b.md", b"", "text/markdown").json["message"]
    assert message == "Unsupported file type: text/markdown"


def test_a_full_storage_forgets_the_oldest() -> None:
    storage = Storage(most_bytes=10)
    first, second = (
        storage.keep("me", "images", name, bytes(6), "image/png") for name in ("a.png", "b.png")
    )
    assert storage.at(first.key) is None
    assert storage.document("me", first.uuid) is None
    assert storage.document("me", second.uuid) == second


def test_details_are_json_text(sim: Simulator) -> None:
    details = upload(sim, "a.png", field="file").json["details"]
    assert json.loads(details)[0]["field"] == "asset"
