"""WebM: elements in elements, some of which do not say where they end."""

from __future__ import annotations

import struct

MOST_ELEMENTS = 2**18

_SEGMENT, _INFO, _CLUSTER, _GROUP = 0x18538067, 0x1549A966, 0x1F43B675, 0xA0
_ENTERED = (_SEGMENT, _INFO, _CLUSTER, _GROUP)
_SCALE, _DURATION, _TIME = 0x2AD7B1, 0x4489, 0xE7
_BLOCKS = (0xA1, 0xA3)


def seconds(data: bytes) -> float | None:
    """As the file says; else when its last piece begins: browsers record without an end."""
    scale, cluster, last, at = 1_000_000, 0, 0, 0
    for _ in range(MOST_ELEMENTS):
        name, at = _number(data, at, marked=True)
        size, at = _number(data, at)
        if at >= len(data):
            break
        if name in _ENTERED:
            continue
        body = data[at : at + min(size, 8)]
        at += size
        if name == _SCALE:
            scale = int.from_bytes(body, "big")
        elif name == _DURATION and len(body) in (4, 8):
            (ticks,) = struct.unpack(">f" if len(body) == 4 else ">d", body)
            return float(ticks * scale / 1e9)
        elif name == _TIME:
            cluster = int.from_bytes(body, "big")
        elif name in _BLOCKS and len(body) >= 4:
            last = max(last, cluster + int.from_bytes(body[1:3], "big", signed=True))
    return last * scale / 1e9 or None


def _number(data: bytes, at: int, *, marked: bool = False) -> tuple[int, int]:
    """And where it ends. Its first bit that is set says how many bytes it has; a name keeps
    that mark.
    """
    first = data[at] if at < len(data) else 0
    length = 9 - first.bit_length()
    number = int.from_bytes(data[at : at + length], "big")
    return number if marked else number & ~(1 << 7 * length), at + length
