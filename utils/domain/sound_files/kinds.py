"""Which kind of sound a file is, as speech comes in it."""

from __future__ import annotations

MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
HEAD = 16  # bytes that tell

_MARKS = {"opus": b"OggS", "flac": b"fLaC"}
_NO_SAMPLES = (b"RIFF", b"OggS", b"fLaC", b"ID3", b"<?xml", b"<html", b"<!DOC", b'{"')


def is_sound(head: bytes, form: str) -> bool:
    """Whether a file that begins like this can be what its name says. Raw samples have no
    mark, so all that can be told is what they are not.
    """
    match form:
        case "mp3":
            return head.startswith(b"ID3") or _is_frame(head, layered=True)
        case "aac":
            return _is_frame(head, layered=False)
        case "wav":
            return head.startswith(b"RIFF") and head[8:12] == b"WAVE"
        case "pcm":
            return bool(head) and not head.startswith(_NO_SAMPLES)
    return head.startswith(_MARKS[form])


def _is_frame(head: bytes, *, layered: bool) -> bool:
    """MPEG's mark. AAC has no layer."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    return bool(head[1] & 0x06) is layered
