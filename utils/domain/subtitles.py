"""SubRip and WebVTT: texts with the times at which they are said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from utils.domain.transcripts import Segment

_TIME = r"(?:(\d{1,3}):)?(\d{2}):(\d{2})[.,](\d{3})"
# A number or a name may stand above the times, settings after them.
_CUE = re.compile(rf"(?:[^\n]+\n)?{_TIME}[ \t]+-->[ \t]+{_TIME}[^\n]*(?:\n(.*))?", re.DOTALL)
_BLANK = re.compile(r"\n[ \t]*\n+")
_HEADS = ("WEBVTT", "NOTE", "STYLE", "REGION")


def srt(segments: Sequence[Segment]) -> str:
    return "".join(
        f"{number}\n{_time(segment.start, ',')} --> {_time(segment.end, ',')}\n"
        f"{_lines(segment.text)}\n\n"
        for number, segment in enumerate(segments, 1)
    )


def vtt(segments: Sequence[Segment]) -> str:
    cues = (
        f"{_time(segment.start, '.')} --> {_time(segment.end, '.')}\n"
        f"{_escaped(_lines(segment.text))}\n\n"
        for segment in segments
    )
    return "".join(("WEBVTT\n\n", *cues))


def read(text: str) -> list[Segment] | None:
    """Of either form. None for what is neither, to the last line of it."""
    text = text.replace("\r\n", "\n").removeprefix("\ufeff").strip()
    segments, escaped = [], text.startswith("WEBVTT")
    for block in _BLANK.split(text):
        found = _CUE.fullmatch(block)
        if found:
            start, end = _seconds(*found.groups()[:4]), _seconds(*found.groups()[4:8])
            said = unescape(found[9] or "") if escaped else found[9] or ""
            segments.append(Segment(start, max(start, end), said.strip()))
        elif not block.startswith(_HEADS):
            return None
    return segments or None


def _seconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return round(whole + int(thousandths) / 1000, 3)


def _time(seconds: float, point: str) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _lines(text: str) -> str:
    """A blank line would end the cue, and an arrow make a time of it."""
    return _BLANK.sub("\n", text.strip()).replace("-->", "->")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
