from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from tests import samples
from utils.domain.files import TEXT, File, file_type
from utils.errors import InvalidRequest, RelayError, UnsupportedFile, UpstreamFailed
from utils.onemin.files.assets import TEXTS, Asset, build, read, text_type


def sent(data: bytes, name: str = "") -> Message:
    """The one part of the form, as Python's own parser reads it."""
    kind = file_type(data)
    assert kind
    form = build(File(data, kind, name))
    head = f"Content-Type: {form.content_type}\r\n\r\n".encode()
    parts = message_from_bytes(head + b"".join(form.pieces)).get_payload()
    assert isinstance(parts, list)
    [part] = parts
    assert isinstance(part, Message)
    return part


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    ("data", "media_type", "name"),
    [
        (samples.png(), "image/png", "image.png"),
        (samples.JPEG, "image/jpeg", "image.jpg"),
        (samples.PDF, "application/pdf", "document.pdf"),
        (samples.wav(), "audio/wav", "audio.wav"),
        (b"hello", "text/plain", "text.txt"),
    ],
)
def test_a_file_is_the_one_part_named_asset(data: bytes, media_type: str, name: str) -> None:
    part = sent(data)
    assert part.get_param("name", header="content-disposition") == "asset"
    assert part.get_filename() == name
    assert part.get_content_type() == media_type
    form = build(File(data, file_type(data) or TEXT))
    assert b"".join(form.pieces).count(data) == 1


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("report.pdf", "report.png"),
        ("report.final.pdf", "report-final.png"),
        ("README", "README.png"),
        ("évil \"na/m\\e\"\r\nX: y;.exe", "vil-na-m-e-X-y.png"),
        ("../../etc/passwd", "image.png"),
        ("東京.png", "image.png"),
        (".png", "png.png"),
        ("..", "image.png"),
        ("a" * 500 + "b.png", "a" * 59 + "b.png"),
    ],
)  # fmt: skip
def test_its_name_is_plain_ascii_and_ends_as_its_bytes_say(given: str, made: str) -> None:
    assert sent(samples.png(), given).get_filename() == made


def test_no_content_can_end_the_form_early() -> None:
    boundary = build(File(b"hello", TEXT)).content_type.partition("boundary=")[2]
    hostile = f"\r\n--{boundary}--\r\n".encode()
    assert sent(hostile).get_payload(decode=True) == hostile
    assert len(boundary) <= 70  # RFC 2046


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.txt", "txt"), ("A.CSV", "csv"), ("a.b.json", "json"), ("a.md", None), ("a.py", None),
     ("a", None), ("", None), ("txt.", None)],
)  # fmt: skip
def test_of_texts_only_some_are_taken(name: str, extension: str | None) -> None:
    assert text_type(name) == TEXTS.get(extension or "")


FILE = {"uuid": "b0c6", "path": "images/1_cat.png", "type": "png", "status": "ACTIVE"}


def test_an_asset_has_a_path_and_a_uuid() -> None:
    reply = {"asset": {"key": "images/1_cat.png"}, "fileContent": FILE}
    assert read(reply) == Asset("images/1_cat.png", "b0c6")


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (None, UpstreamFailed, "did not say"),
        ([], UpstreamFailed, "did not say"),
        ({}, UpstreamFailed, "did not say"),
        ({"fileContent": None}, UpstreamFailed, "did not say"),
        ({"fileContent": FILE | {"path": ""}}, UpstreamFailed, "did not say"),
        ({"fileContent": FILE | {"uuid": ""}}, UpstreamFailed, "did not say"),
        ({"fileContent": FILE | {"uuid": None}}, UpstreamFailed, "did not say"),
        ({"errorCode": "UNSUPPORTED_FILE_TYPE", "message": "no md"}, UnsupportedFile, "no md"),
        ({"success": False, "error": {"code": "UNSUPPORTED_FILE_TYPE", "message": "no md"}},
         UnsupportedFile, "no md"),
        ({"errorCode": "INVALID_REQUEST", "message": "odd"}, InvalidRequest, "odd"),
    ],
)  # fmt: skip
def test_a_reply_without_an_asset_is_an_error(
    reply: Any, kind: type[RelayError], told: str
) -> None:
    with pytest.raises(kind, match=told) as raised:
        read(reply)
    assert type(raised.value) is kind
