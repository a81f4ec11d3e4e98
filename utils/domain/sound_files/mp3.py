"""MP3: a row of frames, each as long as its head says."""

from __future__ import annotations

from dataclasses import dataclass

MOST_FRAMES = 2**18
MOST_STRAYS = 2**14  # bytes that begin no frame, after which the rest is not looked at

# Kilobits and samples a second by the numbers in a frame's head: of MPEG 1, whose number is 3,
# and of the versions after it.
_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_LOW_RATES = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLINGS = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}
_COUNTS = (b"Xing", b"Info")  # in a frame without sound, which some encoders put first


@dataclass(frozen=True, slots=True)
class _Frame:
    length: int
    seconds: float


def seconds(data: bytes) -> float | None:
    at, total, strays = _after_tag(data), 0.0, 0
    for _ in range(MOST_FRAMES):
        if frame := _frame(data[at : at + 4]):
            counts = not total and any(mark in data[at : at + 48] for mark in _COUNTS)
            total += 0 if counts else frame.seconds
            at += frame.length
            continue
        at, strays = data.find(b"\xff", at + 1), strays + 1
        if at < 0 or strays > MOST_STRAYS:
            break
    return total or None


def _after_tag(data: bytes) -> int:
    """Of ID3, whose size has seven bits a byte."""
    if not data.startswith(b"ID3"):
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _frame(head: bytes) -> _Frame | None:
    """Of layer III. None for what only looks like one."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, rate, sampling = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version not in _SAMPLINGS or not 0 < rate < 15 or sampling == 3:
        return None
    samples, rates = (1152, _RATES) if version == 3 else (576, _LOW_RATES)
    hertz, padding = _SAMPLINGS[version][sampling], head[2] >> 1 & 1
    return _Frame(samples // 8 * rates[rate - 1] * 1000 // hertz + padding, samples / hertz)
