from __future__ import annotations

import random

import pytest

from tests import samples
from utils.domain.files import FileType, file_type
from utils.domain.sniffing import Sniffer

LONG = "größe 東京 😀 ".encode() * 2000
MEDIA = [f"media/{number}.png" for number in range(300)]
MORE = [f"more/{number}.png" for number in range(300)]
FILES = {
    "png": samples.png(),
    "jpg": samples.JPEG,
    "webp": samples.WEBP,
    "gif": samples.GIF,
    "pdf": samples.PDF,
    "pdf with bytes": samples.PDF + bytes(50),
    "wav": samples.wav(),
    "mp3": samples.ID3,
    "m4a": samples.M4A,
    "webm": samples.WEBM,
    "docx": samples.DOCX,
    "xlsx": samples.archive(*MEDIA, "xl/workbook.xml", *MORE),
    "pptx": samples.PPTX,
    "docx with a text that is not packed": b"PK\x03\x04\0" + LONG * 3 + samples.DOCX,
    "another archive": samples.archive("a.txt", *MEDIA),
    "text": LONG,
    "text like a recording": b"ID3 " + LONG,
    "text like an archive": b"PK\x03\x04" + LONG,
    "text that ends in a letter": LONG + "é".encode()[:1],
    "text until its end": b"a" * 20_000 + b"\0",
    "latin": "größe ".encode("latin-1") * 2000,
    "bytes": bytes(range(256)) * 100,
    "nothing": b"",
}


def sniffed(data: bytes, cuts: random.Random) -> FileType | None:
    sniffer, place = Sniffer(), 0
    while place < len(data):
        size = cuts.choice([1, 7, 500, 5000, 60_000])
        sniffer.feed(data[place : place + size])
        place += size
    return sniffer.type


@pytest.mark.parametrize("name", FILES)
def test_a_file_in_pieces_is_what_it_is_as_a_whole(name: str) -> None:
    data = FILES[name]
    for seed in range(20):
        assert sniffed(data, random.Random(seed)) == file_type(data)


@pytest.mark.parametrize("size", [1, 2, 7, 46, 47, 500])
def test_a_document_is_told_wherever_its_pieces_are_cut(size: int) -> None:
    sniffer = Sniffer()
    for place in range(0, len(samples.DOCX), size):
        sniffer.feed(samples.DOCX[place : place + size])
    assert sniffer.type == file_type(samples.DOCX)


def test_the_samples_are_of_every_kind() -> None:
    found = [file_type(data) for data in FILES.values()]
    assert {kind.family for kind in found if kind} == {"image", "document", "audio", "text"}
    assert None in found
