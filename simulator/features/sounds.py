"""Sound in every format that speech comes in: silence, and whole files of it."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Callable, Mapping

RATE = 24_000
BYTES_PER_SECOND = RATE * 2
MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "flac": "audio/flac",
    "aac": "audio/aac",
    "opus": "audio/ogg",
}
# MPEG 1 layer III, 128 kbit/s, 44100 Hz, one channel: a frame whose side information is all 0.
MP3_FRAME = b"\xff\xfb\x90\xc4" + bytes(413)
MP3_FRAME_TIME = 1152 / 44_100
# ADTS, AAC LC, 44100 Hz, one channel, then the usual frame of silence.
AAC_FRAME = b"\xff\xf1\x50\x40\x01\xbf\xfc" + b"\x00\xc8\x00\x80\x23\x80"
AAC_FRAME_TIME = 1024 / 44_100
OPUS_FRAME = b"\xf8\xff\xfe"  # CELT, 20 ms, silent
OPUS_FRAME_TIME, OPUS_FRAME_SAMPLES = 0.02, 960
OGG_POLYNOMIAL = 0x04C11DB7
OGG_SERIAL = 1


def sound(form: str, seconds: float) -> bytes:
    return FORMS[form](seconds)


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(_pcm(seconds))
    return file.getvalue()


def streamed_wav(seconds: float) -> bytes:
    """The wav of qwen3-tts-flash: its header was written before its length was known."""
    data = bytearray(wav(seconds))
    data[4:8] = data[40:44] = b"\xff\xff\xff\x7f"
    return bytes(data)


def _pcm(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


def _mp3(seconds: float) -> bytes:
    return MP3_FRAME * max(1, round(seconds / MP3_FRAME_TIME))


def _aac(seconds: float) -> bytes:
    return AAC_FRAME * max(1, round(seconds / AAC_FRAME_TIME))


def _flac(seconds: float) -> bytes:
    """A stream that announces no frames and has none: 16 bit, one channel, of length 0."""
    info = struct.pack(">HH", 4096, 4096) + bytes(6)
    info += ((RATE << 44) | (15 << 36)).to_bytes(8, "big") + bytes(16)
    return b"fLaC" + bytes([0x80, 0, 0, len(info)]) + info


def _opus(seconds: float) -> bytes:
    """Ogg pages: the head, the comments, then one of at most 255 frames."""
    frames = min(max(1, round(seconds / OPUS_FRAME_TIME)), 255)
    head = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 0, RATE, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 3) + b"sim" + struct.pack("<I", 0)
    end = _page(2, 4, frames * OPUS_FRAME_SAMPLES, [OPUS_FRAME] * frames)
    return _page(0, 2, 0, [head]) + _page(1, 0, 0, [tags]) + end


def _page(number: int, flags: int, granule: int, packets: list[bytes]) -> bytes:
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, OGG_SERIAL, number, 0)
    page = head + bytes([len(packets), *map(len, packets)]) + b"".join(packets)
    return page[:22] + struct.pack("<I", _ogg_sum(page)) + page[26:]


def _ogg_sum(data: bytes) -> int:
    total = 0
    for byte in data:
        total ^= byte << 24
        for _ in range(8):
            total = (total << 1) ^ (OGG_POLYNOMIAL if total & 0x80000000 else 0)
        total &= 0xFFFFFFFF
    return total


FORMS: Mapping[str, Callable[[float], bytes]] = {
    "mp3": _mp3,
    "wav": wav,
    "pcm": _pcm,
    "flac": _flac,
    "aac": _aac,
    "opus": _opus,
}
