"""What was heard in a recording, and when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from utils.domain.chat import Inline, Link, Usage
from utils.domain.media import Recording
from utils.domain.sound_files.duration import Duration

# Between two sentences; the space belongs to the second.
_BETWEEN = re.compile(r"(?<=[.!?\u2026])(?=\s)|(?<=[\u3002\uff01\uff1f\n])")
_PIECE = re.compile(r".{1,200}(?=\s|$)|.{1,200}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Listening:
    """What to hear, where the client named it, and how: all of `recording` but its address."""

    source: Inline | Link
    place: str
    recording: Recording


@dataclass(frozen=True, slots=True)
class Segment:
    """`start` and `end` are in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """`segments` is None where nobody told when what was said. `ignored` names what the model
    has no use for. `language` is a code, empty where nobody told.
    """

    text: str
    duration: Duration
    usage: Usage
    segments: Sequence[Segment] | None = None
    language: str = ""
    ignored: tuple[str, ...] = ()


def sentences(text: str) -> list[str]:
    """Which together are the text. One that is very long is cut."""
    return [piece for part in _BETWEEN.split(text) for piece in _PIECE.findall(part)]


def spread(text: str, seconds: float) -> list[Segment]:
    """The sentences, each as long as its share of the letters: an estimate."""
    parts = [part for part in sentences(text) if part.strip()]
    total, said, segments = sum(map(len, parts)), 0, []
    for part in parts:
        start, said = said, said + len(part)
        begin, end = (round(seconds * letters / total, 3) for letters in (start, said))
        segments.append(Segment(begin, end, part.strip()))
    return segments
