"""A video: an MP4 by its boxes. Nothing is filmed, so no player shows any of it."""

from __future__ import annotations

import hashlib
import struct

SIZE = 100_000  # bytes: more than one piece


def mp4(seed: str) -> bytes:
    """Another seed is another film."""
    frame = hashlib.sha256(seed.encode(errors="replace")).digest()
    boxes = ((b"ftyp", b"isom\0\0\2\0isommp41"), (b"mdat", frame * (SIZE // len(frame))))
    return b"".join(struct.pack(">I", len(data) + 8) + name + data for name, data in boxes)
