"""JSON as models write it, read as it arrives and told again as JSON should be.

A reader is a generator: it yields where the text so far does not say enough. Valid JSON comes
out with nothing changed but the white space between its tokens. Of what is not valid, that is
mended which can only have meant one thing: raw line breaks and unescaped quotes in a string,
commas too many or too few, Python's literals, comments, brackets that were never closed. A
value cut off within a string, or because the text had become too long, stays unfinished.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import TypeVar

import regex

T = TypeVar("T")
Reading = Generator[None, None, T]
Write = Callable[[str], object]

DEEPEST = 100  # brackets within brackets
LONGEST_NUMBER = 4000  # letters; Python reads no integer that is much longer


class Unreadable(Exception):
    """This is no JSON, nor anything that can only have meant some."""


class Source:
    """Text that arrives in pieces, and how far it has been read."""

    def __init__(self) -> None:
        self.text = ""
        self.at = 0
        self.ended = False
        self.truncated = False  # it ended because it had become too long
        self.cut = False  # a value was left unfinished
        self.kept: int | None = None  # where text begins that may be read once more

    def feed(self, piece: str) -> None:
        """The letter before what is unread stays, for patterns that look back."""
        start = self.at if self.kept is None else self.kept
        done = max(start - 1, 0)
        self.text = self.text[done:] + piece
        self.at -= done
        self.kept = None if self.kept is None else self.kept - done

    def match(
        self, pattern: regex.Pattern[str], ahead: int = 0
    ) -> Reading[regex.Match[str] | None]:
        """What follows, so many letters ahead, once it is sure whether it matches."""
        while found := pattern.match(self.text, self.at + ahead, partial=not self.ended):
            if not found.partial:
                return found
            yield
        return None

    def breaks_off(self, pattern: regex.Pattern[str]) -> bool:
        """Whether all that is left is the beginning of what would match."""
        found = pattern.match(self.text, self.at, partial=True) if self.ended else None
        return bool(found and found.partial)

    def peek(self) -> Reading[str]:
        """The next letter that is no white space and no comment; "" at the end."""
        while True:
            skipped = _SPACE.match(self.text, self.at)
            self.at = skipped.end() if skipped else self.at
            letter = self.text[self.at : self.at + 1]
            if letter and letter in "/#" and (comment := (yield from self.match(_COMMENT))):
                self.at = comment.end()
            elif letter or self.ended:
                return letter
            else:
                yield


def value(
    source: Source, write: Write, ends: regex.Pattern[str], depth: int = 0
) -> Reading[None]:
    """Tell one value. `ends` is how a string's last quote goes on where the value stands."""
    letter = yield from source.peek()
    if depth > DEEPEST:
        raise Unreadable("it is nested too deeply")
    if letter == "{":
        write("{")
        yield from members(source, partial(_member, source, write, depth))
        if not source.cut:
            write("}")
    elif letter == "[":
        yield from _array(source, write, depth)
    elif not letter:
        source.cut = True
    elif letter in _QUOTES:
        yield from string(source, write, ends)
    else:
        yield from _word(source, write)


def loosely(text: str) -> str:
    """The value that a text begins with, as JSON. Raises Unreadable."""
    source, told = Source(), list[str]()
    source.feed(text)
    source.ended = True
    for _ in value(source, told.append, IN_OBJECT):
        pass
    if source.cut:
        raise Unreadable("it breaks off")
    return "".join(told)


def members(source: Source, member: Callable[[str, bool], Reading[None]]) -> Reading[None]:
    """Call `member` before each value with its name, and whether it is the object's first."""
    source.at += 1
    first = True
    while (letter := (yield from source.peek())) not in ("}", "]", "<"):
        if letter == "," or letter == ";":
            source.at += 1
            continue
        if not letter:
            source.cut = source.cut or source.truncated
            return
        name = yield from _name(source, letter)
        if source.cut:
            return
        yield from member(name, first)
        first = False
    source.at += letter == "}"


def _member(source: Source, write: Write, depth: int, name: str, first: bool) -> Reading[None]:
    write(f"{name}:" if first else f",{name}:")
    yield from value(source, write, IN_OBJECT, depth + 1)


def _array(source: Source, write: Write, depth: int) -> Reading[None]:
    write("[")
    source.at += 1
    first = True
    while (letter := (yield from source.peek())) not in ("]", "}", "<"):
        if letter == ",":
            source.at += 1
            continue
        if not letter:
            source.cut = source.cut or source.truncated
            break
        if not first:
            write(",")
        yield from value(source, write, _IN_ARRAY, depth + 1)
        first = False
    source.at += letter == "]"
    if not source.cut:
        write("]")


def _name(source: Source, letter: str) -> Reading[str]:
    """A member's name, as JSON, and the colon behind it."""
    told: list[str] = []
    if letter not in _QUOTES:
        bare = yield from source.match(_BARE_MEMBER)
        if not bare:
            raise Unreadable("a member without a name")
        source.at = bare.end()
        return f'"{bare["name"]}"'
    yield from string(source, told.append, _BEFORE_COLON)
    if not source.cut and (yield from source.peek()) not in (":", "="):
        raise Unreadable("a name without a value")
    source.at += 1
    return "".join(told)


def string(source: Source, write: Write, ends: regex.Pattern[str]) -> Reading[None]:
    """A string in quotes of any kind. It ends at a quote only if it can go on from there."""
    quote = yield from _opening(source)
    source.at += len(quote)
    quote = _CLOSING.get(quote, quote)
    write('"')
    while True:
        plain = _PLAIN[quote[0]].match(source.text, source.at)
        if plain and plain[0]:
            write(plain[0])
            source.at = plain.end()
        letter = source.text[source.at : source.at + 1]
        if not letter and not source.ended:
            yield
        elif not letter:
            source.cut = True
            return
        elif letter == quote[0] and (yield from _closes(source, quote, ends)):
            source.at += len(quote)
            break
        else:
            yield from _odd_letter(source, letter, write)
    write('"')


def _opening(source: Source) -> Reading[str]:
    """Three quotes open a string in Python; in JSON they never stand together."""
    while not source.ended and _TRIPLE.startswith(source.text[source.at : source.at + 3]):
        if source.text.startswith(_TRIPLE, source.at):
            break
        yield
    return _TRIPLE if source.text.startswith(_TRIPLE, source.at) else source.text[source.at]


def _closes(source: Source, quote: str, ends: regex.Pattern[str]) -> Reading[bool]:
    """Whether the string ends here: what comes behind decides."""
    while not (rest := source.text[source.at + len(quote) :].lstrip()) and not source.ended:
        yield
    if not source.text.startswith(quote, source.at):
        return False
    ahead = len(source.text) - len(rest) - source.at
    if not rest or (yield from source.match(ends, ahead)):
        return True
    cut_off = source.ended and ends.match(source.text, source.at + ahead, partial=True)
    return bool(cut_off)


def _odd_letter(source: Source, letter: str, write: Write) -> Reading[None]:
    """One that cannot stand in a string as it is."""
    if letter != "\\":
        write(_CONTROL.get(letter) or (letter if letter >= " " else f"\\u{ord(letter):04x}"))
        source.at += 1
        return
    escape = yield from source.match(_ESCAPE)
    if escape:
        write(escape[0] if escape[0] != "\\'" else "'")
        source.at = escape.end()
    elif source.breaks_off(_ESCAPE):
        source.at = len(source.text)
    else:
        write("\\\\")  # a backslash that escapes nothing is one
        source.at += 1


def _word(source: Source, write: Write) -> Reading[None]:
    """A number, true, false, null; or a word that lacks its quotes."""
    found = yield from source.match(_WORD)
    if not found and source.ended:
        found = yield from source.match(_LAST_WORD)
    if not found:
        raise Unreadable("a value that is none")
    source.at = found.end()
    word = found[0]
    if source.truncated and source.at == len(source.text):
        source.cut = True  # its end may be missing
        return
    if _NUMBER.fullmatch(word) and len(word) <= LONGEST_NUMBER:
        write(word)
    elif word.lower() in _LITERALS:
        write(_LITERALS[word.lower()])
    elif _BARE_NAME.fullmatch(word):
        write(f'"{word}"')
    else:
        raise Unreadable("a value that is none")


_SPACE = regex.compile(r"[\s\ufeff]*")
_COMMENT = regex.compile(r"(?://|#)[^\n]*\n|/\*(?s:.*?)\*/")
_QUOTES = "\"'`\N{LEFT DOUBLE QUOTATION MARK}"
_CLOSING = {"\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}"}
_TRIPLE = '"""'
_PLAIN = {
    quote: regex.compile(rf'[^{quote}"\\\x00-\x1f]*')
    for quote in "\"'`\N{RIGHT DOUBLE QUOTATION MARK}"
}
_ESCAPE = regex.compile(r"""\\(?:["\\/bfnrt']|u[0-9a-fA-F]{4})""")
_CONTROL = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"'}
_WORD = regex.compile(r"""[^\s,:{}\[\]()"<]{1,5000}+(?=.)""", regex.DOTALL)
_LAST_WORD = regex.compile(r"""[^\s,:{}\[\]()"<]+""")
_NUMBER = regex.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", regex.ASCII)
_LITERALS = {"true": "true", "false": "false", "null": "null", "none": "null"}
_BARE_NAME = regex.compile(r"[A-Za-z_$][\w$.-]{0,127}")
_BARE_MEMBER = regex.compile(rf"(?P<name>{_BARE_NAME.pattern})\s{{0,32}}[:=]")

# What can follow a string's last quote and white space, by where the string stands. It tells
# that quote from one inside the string that should have been escaped; in valid JSON it always
# matches. What may be a long name is taken for one before its end is there.
_CLOSING_TAG = r"</|<\|"
_NEXT_NAME = r'"(?:[^"\\]|\\.){0,500}+(?:"\s*[:=]|[^"])'
IN_OBJECT = regex.compile(
    rf"""(?:}}|]\s*[]}}<]|,\s*(?:{_NEXT_NAME}|['\u201c}}]|[A-Za-z_$][\w$]{{0,127}}\s*:|/[/*]|\#)"""
    rf"""|(?<=\n[ \t]{{0,200}})"[^"\n]{{1,100}}"\s*:|/[/*]|{_CLOSING_TAG})""",
    regex.DOTALL,
)
IN_CALL = regex.compile(r"(?:\)|,\s*(?:[A-Za-z_]\w{0,127}\s*=|\)))")
_IN_ARRAY = regex.compile(
    r"""(?:[]}]|,\s*(?:["'\]{\[\d-]|true|false|null|None|True|False|/)|/[/*]"""
    rf"|{_CLOSING_TAG})"
)
_BEFORE_COLON = regex.compile(r"[:=]")
