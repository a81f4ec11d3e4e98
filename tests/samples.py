"""Small files of every kind that a chat can have."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO


def png(red: int = 0) -> bytes:
    """One pixel."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(bytes((0, red, 0, 0))))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    )


JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\x10\7\x10\x11\x11\x88\x88\xfe\7\0"
PDF = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
MP3 = b"\xff\xfb\x90\0" + bytes(413)
ID3 = b"ID3\4\0\0\0\0\0\0" + MP3
M4A = b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42"
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
OGG = b"OggS\0\2" + bytes(20) + b"\1\x13OpusHead"
FLAC = b"fLaC\0\0\0\x22" + bytes(34)
WEBM = (
    b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webmB\x87\x81\4"
)


def wav(says: str = "") -> bytes:
    """Silence, in which the simulator hears what it is told to."""
    told = f"say:{says};".encode() if says else b""
    data = told + bytes(100 + len(told) % 2)
    head = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    body = b"WAVE" + head + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def archive(*names: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, "<xml/>" * 9)
    return file.getvalue()


DOCX = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX = archive(
    "[Content_Types].xml", "_rels/.rels", "xl/worksheets/sheet1.xml", "xl/workbook.xml"
)
PPTX = archive("docProps/app.xml", "ppt/presentation.xml", "[Content_Types].xml")
