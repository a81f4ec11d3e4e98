"""Formats that say in one place how long they are."""

from __future__ import annotations

import struct
from collections.abc import Iterator

MOST_BOXES = 4096


def flac(data: bytes) -> float | None:
    """Its first part tells the rate and the number of samples among the rest."""
    info = int.from_bytes(data[18:26].ljust(8, b"\0"), "big")
    rate, samples = info >> 44, info & 0xF_FFFF_FFFF
    return samples / rate if rate and samples else None


def ogg(data: bytes) -> float | None:
    """The last page says how many samples there are up to its end."""
    last, head = data.rfind(b"OggS"), data[:512]
    if last < 0 or last + 14 > len(data):
        return None
    (samples,) = struct.unpack_from("<q", data, last + 6)
    opus, vorbis = head.find(b"OpusHead"), head.find(b"\x01vorbis")
    if opus >= 0 and opus + 12 <= len(head):
        (skipped,) = struct.unpack_from("<H", head, opus + 10)
        return float((samples - skipped) / 48_000)
    if vorbis >= 0 and vorbis + 16 <= len(head):
        (rate,) = struct.unpack_from("<I", head, vorbis + 12)
        return float(samples / rate) if rate else None
    return None


def mp4(data: bytes) -> float | None:
    """None where the sound comes in fragments, from a recorder that did not know its end."""
    for name, at, end in _boxes(data, 0, len(data)):
        if name != b"moov":
            continue
        for inner, place, stop in _boxes(data, at, end):
            if inner == b"mvhd" and stop - place >= 32:
                return _told(data, place)
    return None


def _told(data: bytes, at: int) -> float | None:
    """The second version has wider numbers."""
    if data[at] == 1:
        scale, length = struct.unpack_from(">IQ", data, at + 20)
    else:
        scale, length = struct.unpack_from(">II", data, at + 12)
    return float(length / scale) if scale and length else None


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of what is in each."""
    for _ in range(MOST_BOXES):
        if at + 16 > end:
            return
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        size = size or end - at  # 0 is the rest of the file
        if size < head:
            return
        yield name, at + head, min(at + size, end)
        at += size
