from __future__ import annotations

import random

import pytest

from tests import samples
from utils.domain.files import file_type, text


@pytest.mark.parametrize(
    ("data", "family", "media_type", "extension"),
    [
        (samples.png(), "image", "image/png", "png"),
        (samples.JPEG, "image", "image/jpeg", "jpg"),
        (samples.WEBP, "image", "image/webp", "webp"),
        (samples.GIF, "image", "image/gif", "gif"),
        (samples.PDF, "document", "application/pdf", "pdf"),
        (samples.wav(), "audio", "audio/wav", "wav"),
        (samples.MP3, "audio", "audio/mpeg", "mp3"),
        (samples.ID3, "audio", "audio/mpeg", "mp3"),
        (samples.M4A, "audio", "audio/mp4", "m4a"),
        (samples.MP4, "audio", "audio/mp4", "mp4"),
        (samples.OGG, "audio", "audio/ogg", "ogg"),
        (samples.FLAC, "audio", "audio/flac", "flac"),
        (samples.WEBM, "audio", "audio/webm", "webm"),
        (b"hello", "text", "text/plain", "txt"),
        ("größe 東京 😀\r\n\t".encode(), "text", "text/plain", "txt"),
        (b"\xef\xbb\xbfa,b\n1,2\n", "text", "text/plain", "txt"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "text", "text/plain", "txt"),
    ],
)
def test_a_file_is_what_its_bytes_say(
    data: bytes, family: str, media_type: str, extension: str
) -> None:
    found = file_type(data)
    assert found
    assert (found.family, found.media_type, found.extension) == (family, media_type, extension)


@pytest.mark.parametrize(
    ("data", "extension"),
    [
        (samples.DOCX, "docx"),
        (samples.XLSX, "xlsx"),
        (samples.PPTX, "pptx"),
        (samples.archive("customXml/item1.xml", "word/document2.xml"), "docx"),
        (samples.archive(*(f"media/{number}.png" for number in range(900)), "xl/workbook.xml"),
         "xlsx"),
    ],
)  # fmt: skip
def test_an_office_document_is_told_by_its_main_part_wherever_it_is(
    data: bytes, extension: str
) -> None:
    found = file_type(data)
    assert found
    assert found.family == "document"
    assert found.extension == extension


@pytest.mark.parametrize(
    "data",
    [
        samples.archive("a.txt"),
        samples.archive("notes/word/document.xml.bak", "a/xl/workbook.xml"),
        b"PK\3\4word/document.xml\0",
        b"hello\0world",
        b"caf\xe9",
        "hello".encode("utf-16"),
        b"MZ\x90\0\3\0",
        b"\x1f\x8b\x08\0",
        b"BM\x9a\0\0\0\0\0\0\0",
        b"\x1aE\xdf\xa3B\x82\x88matroska\0",
        b"RIFF\x1a\0\0\0AVI LIST",
        b"\xed\xa0\x80",
    ],
)
def test_anything_else_is_nothing(data: bytes) -> None:
    assert file_type(data) is None


@pytest.mark.parametrize(
    "data",
    [b"ID3 tags explained", b"BMW", b"MZ", b"GIF89a", b"OggS", b"fLaC", b"PK\3\4", b"%!PS"],
)
def test_a_text_may_begin_like_another_kind(data: bytes) -> None:
    found = file_type(data)
    assert found
    assert found.family == "text"


def test_a_text_is_unaltered_but_for_its_byte_order_mark() -> None:
    assert text(b"\xef\xbb\xbf \xef\xbb\xbfa\r\n\t") == " \ufeffa\r\n\t"
    assert text(b"") == ""


def test_no_bytes_break_it() -> None:
    chance = random.Random(1)
    heads = [
        samples.png(),
        samples.MP4,
        samples.WEBM,
        samples.DOCX,
        samples.PDF,
        samples.OGG,
        b"",
    ]
    for _ in range(2000):
        head = chance.choice(heads)
        file_type(
            head[: chance.randint(0, len(head))] + chance.randbytes(chance.randint(0, 99))
        )
