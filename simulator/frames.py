"""Server-sent events as 1min.ai writes them (onemin-api.md 2.4), and how they are cut."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

LETTER = re.compile(rb"[\xc0-\xff]")  # the first byte of several
PIECE = re.compile(r"\s*\S{1,4}|\s+")


# Like JSON.stringify: UTF-8, except that half a surrogate pair stays an escape.
UTF8 = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
ASCII = json.JSONEncoder(separators=(",", ":"))


def encoded(value: object) -> bytes:
    try:
        return UTF8.encode(value).encode()
    except UnicodeEncodeError:
        return ASCII.encode(value).encode()


def frame(name: str, line_end: str = "\n", /, **data: Any) -> bytes:
    return f"event: {name}{line_end}data: ".encode() + encoded(data) + 2 * line_end.encode()


def done_frame(line_end: str = "\n") -> bytes:
    """The end of every whole stream; there is no [DONE]."""
    return frame("done", line_end, message="Stream completed")


def pieces(text: str) -> list[str]:
    """Cut inside words and before spaces, as a provider's tokens are."""
    return PIECE.findall(text)


def torn(frames: Iterable[bytes]) -> Iterator[bytes]:
    """Some frames in two, inside a letter where there is one of several bytes."""
    for index, data in enumerate(frames):
        cut = LETTER.search(data)
        if cut is not None or index % 3 == 1:
            at = len(data) // 2 if cut is None else cut.end()
            yield data[:at]
            yield data[at:]
        else:
            yield data
