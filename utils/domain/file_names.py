"""What a client calls a file: never where it is kept, and nothing to trust."""

from __future__ import annotations

import re

_FOLDERS = re.compile(r".*[/\\]", re.DOTALL)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def shown(name: str, longest: int) -> str:
    """On one line, without folders, and still with its extension. It may be empty."""
    name = _UNPRINTABLE.sub(" ", _FOLDERS.sub("", name)).strip()[-longest:].strip()
    return "" if name in (".", "..") else name
