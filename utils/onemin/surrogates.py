"""Letters outside the basic plane, which 1min.ai's JavaScript can cut in two."""

from __future__ import annotations


def joined(text: str) -> str:
    """Halves that meet become their letter, others U+FFFD: UTF-8 has no half letters."""
    if text.isascii() or text.isprintable():  # then there are none
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def open_half(text: str) -> str:
    """The first half of a letter that `text` ends with, or nothing."""
    return text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
