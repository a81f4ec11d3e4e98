"""How long a recording lasts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from utils.domain.files import File
from utils.domain.sound_files import heads, mp3, wav, webm

# Bytes a second. Sound that is packed tighter than the first there is not: a file that says so
# was begun before its end was known. The second is what packed speech usually takes.
_FEWEST = 50
_USUAL = 4000

_READERS: Mapping[str, Callable[[bytes], float | None]] = {
    "wav": wav.seconds,
    "flac": heads.flac,
    "ogg": heads.ogg,
    "m4a": heads.mp4,
    "mp4": heads.mp4,
    "mp3": mp3.seconds,
    "webm": webm.seconds,
}


@dataclass(frozen=True, slots=True)
class Duration:
    """`measured` unless the file does not tell, and its size had to."""

    seconds: float
    measured: bool


def duration(file: File) -> Duration:
    """It never raises, whatever the bytes are."""
    read = _READERS.get(file.type.extension)
    told = read(file.data) if read else None
    if told is not None and math.isfinite(told) and 0 < told <= len(file.data) / _FEWEST:
        return Duration(round(told, 3), measured=True)
    return Duration(round(len(file.data) / _USUAL, 3), measured=False)
