"""Letters outside the basic plane, which a server in JavaScript can cut in two."""

from __future__ import annotations


class Letters:
    """Text in pieces. Half a letter at a piece's end waits for its other half."""

    def __init__(self) -> None:
        self._half = ""

    def add(self, text: str) -> str:
        """What is whole by now."""
        text = self._half + text
        self._half = open_half(text)
        return joined(text.removesuffix(self._half))

    def rest(self) -> str:
        half, self._half = self._half, ""
        return joined(half)


def joined(text: str) -> str:
    """Halves that meet become their letter, others U+FFFD: UTF-8 has no half letters."""
    if text.isascii() or text.isprintable():  # then there are none
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def open_half(text: str) -> str:
    """The first half of a letter that `text` ends with, or nothing."""
    return text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
