"""The word pieces that BERT's uncased models read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

LONGEST_WORD = 100  # letters; a longer one is unknown
_UNKNOWN, _BEGIN, _END = "[UNK]", "[CLS]", "[SEP]"

# Scripts written without spaces: each sign is a word.
_SIGNS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


_UNSEEN = ("Cc", "Cf", "Co", "Cs")  # controls, and signs that only some agree on


class WordPieces:
    """`vocabulary` is all of them, in the order of their numbers."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {piece: id for id, piece in enumerate(vocabulary)}
        self._unknown, self._begin, self._end = map(
            self._ids.__getitem__, (_UNKNOWN, _BEGIN, _END)
        )

    def ids(self, text: str, most: int) -> list[int]:
        """The text as numbers, and one more than `most` of them where it has more than that. A
        mark such as [SEP] in it is text like any other.
        """
        inner = (id for word in _words(text) for id in self._pieces(word))
        return [self._begin, *islice(inner, most - 1), self._end]

    def _pieces(self, word: str) -> list[int]:
        """The longest that the word begins with, and so on; what has none is unknown whole."""
        if len(word) > LONGEST_WORD:
            return [self._unknown]
        ids, start, mark = [], 0, ""
        while start < len(word):
            for end in range(len(word), start, -1):
                if (id := self._ids.get(mark + word[start:end])) is not None:
                    break
            else:
                return [self._unknown]
            ids.append(id)
            start, mark = end, "##"
        return ids


def _words(text: str) -> Iterator[str]:
    for spaced in _plain(text).split():
        if spaced.isalnum():
            yield spaced
        else:
            yield from _parted(spaced)


def _parted(spaced: str) -> Iterator[str]:
    """At its punctuation, of which each sign is a word."""
    start = 0
    for place, letter in enumerate(spaced):
        if _is_punctuation(letter):
            if place > start:
                yield spaced[start:place]
            yield letter
            start = place + 1
    if start < len(spaced):
        yield spaced[start:]


def _plain(text: str) -> str:
    """Without accents, capitals and what cannot be seen."""
    if text.isascii() and text.isprintable():
        return text.lower()
    seen = "".join(map(_seen, text))
    letters = unicodedata.normalize("NFD", seen)
    # Each for itself: Python knows that a sigma looks different at the end of a word.
    return "".join(each.lower() for each in letters if unicodedata.category(each) != "Mn")


def _seen(letter: str) -> str:
    if letter in "\t\n\r":
        return " "
    if letter == "\N{REPLACEMENT CHARACTER}" or unicodedata.category(letter) in _UNSEEN:
        return ""
    if letter.isspace():
        return " "
    code = ord(letter)
    if code >= 0x3400 and any(first <= code <= last for first, last in _SIGNS):
        return f" {letter} "
    return letter


def _is_punctuation(letter: str) -> bool:
    if letter.isascii():
        return not letter.isalnum()
    return unicodedata.category(letter)[0] == "P"
