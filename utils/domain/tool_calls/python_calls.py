"""Calls written as Python does it: name(key="value"), alone, in a list, line by line."""

from __future__ import annotations

import regex

from utils.domain.loose_json import IN_CALL, IN_OBJECT, Reading, Source, Unreadable, value
from utils.domain.tool_calls.body import Take


def python_calls(source: Source, take: Take) -> Reading[None]:
    in_list = (yield from source.peek()) == "["
    source.at += in_list
    found_any = False
    while named := (yield from source.match(_NAME)):
        source.at = named.end()
        take(named["name"], (yield from _arguments(source)))
        found_any = True
        if named["shown"]:
            yield from _expect(source, ")")
        if (yield from source.peek()) in (",", ";"):
            source.at += 1
    if not found_any:
        raise Unreadable("it holds no call of a function")
    if in_list:
        yield from _expect(source, "]")


def _arguments(source: Source) -> Reading[str]:
    """Up to the closing parenthesis, as a JSON object."""
    told: list[str] = []
    if (yield from source.peek()) == "{":
        yield from value(source, told.append, IN_OBJECT)
        yield from _expect(source, ")")
        return "".join(told)
    while (letter := (yield from source.peek())) != ")":
        if letter == ",":
            source.at += 1
            continue
        keyword = yield from source.match(_KEYWORD)
        if not keyword:
            raise Unreadable("an argument has no name")
        source.at = keyword.end()
        told.append(f'{"," if told else ""}"{keyword["name"]}":')
        yield from value(source, told.append, IN_CALL)
    source.at += 1
    return f"{{{''.join(told)}}}"


def _expect(source: Source, letter: str) -> Reading[None]:
    if (yield from source.peek()) != letter:
        raise Unreadable(f"a {letter} is missing")
    source.at += 1


_NAME = regex.compile(
    r"\s{0,64}(?:[A-Za-z_]\w{0,63}\s?=\s?)?(?:await\s)?(?P<shown>print\(\s{0,8})?+"
    r"(?P<name>[A-Za-z_][\w.-]{0,127})\("
)
_KEYWORD = regex.compile(r"""(?P<name>[A-Za-z_]\w{0,127})\s?=(?!=)""")
