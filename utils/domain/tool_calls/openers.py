"""Where in a text a tool call may begin, and what reads it from there."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import regex

from utils.domain.loose_json import Reading, Source, Unreadable
from utils.domain.tool_calls import body, habits
from utils.domain.tool_calls.frame import TAG

Known = Callable[[str], bool]  # whether there is a tool of this name


def is_fenced(opener: regex.Match[str]) -> bool:
    return bool(opener["fenced"] or opener["fence"])


def is_certain(opener: regex.Match[str]) -> bool:
    """Whether it means a call even where there is no tool of its name."""
    return opener["mark"] is not None or any(
        opener[kind] is not None for kind in _CERTAIN_GRAMMARS
    )


def grammar(opener: regex.Match[str], known: Known) -> habits.Grammar:
    if opener["mark"]:  # of another frame
        return habits.tagged
    for kind, certain in _CERTAIN_GRAMMARS.items():
        if opener[kind] is not None:
            return certain
    for kind, uncertain in _UNCERTAIN_GRAMMARS.items():
        if opener[kind] is not None:
            return partial(_if_known, uncertain, known)
    return partial(_plain_json, known)


def _if_known(
    read: habits.Grammar,
    known: Known,
    source: Source,
    opener: regex.Match[str],
    take: body.Take,
) -> Reading[None]:
    """What looks like a call only counts as one when the tool exists."""

    def take_known(name: str, arguments: str) -> None:
        if not known(name):
            raise Unreadable("no such tool")
        take(name, arguments)

    yield from read(source, opener, take_known)


def _plain_json(
    known: Known, source: Source, opener: regex.Match[str], take: body.Take
) -> Reading[None]:
    source.at = opener.end() - 1  # at its bracket
    yield from body.calls(source, take, expected=known)


_CERTAIN_GRAMMARS: dict[str, habits.Grammar] = {
    "tagged": habits.tagged,
    "function": habits.function,
    "invoke": habits.invoke,
    "invoke_named_within": habits.invoke_named_within,
    "tokens": habits.tokens,
    "channel": habits.channel,
}
_UNCERTAIN_GRAMMARS: dict[str, habits.Grammar] = {
    "bare_channel": habits.channel,
    "react": habits.react,
    "action": habits.action,
    "python_fence": habits.python,
    "python_list": habits.python,
}
_OWN = rf"<{TAG}_(?P<mark>\w{{1,32}})\s*>"
_LINE = r"(?:(?<=\n[ \t]*)|(?<=^\s*))"  # where a line begins, but for white space
_FENCED = rf"(?:{_LINE}(?P<fenced>```(?:xml|html|json|text|tool_call)?[ \t]*\n\s{{0,16}}))?"
_CERTAIN = (
    rf"(?P<invoke>{habits.INVOKE})|(?P<invoke_named_within>{habits.INVOKE_NAMED_WITHIN})"
    rf"|(?P<tagged>{habits.TAGGED})|(?P<function>{habits.FUNCTION})"
    rf"|(?P<tokens>{habits.TOKENS})|(?P<channel>{habits.CHANNEL})"
)
_UNCERTAIN = (
    rf"{_LINE}(?:(?P<bare_channel>{habits.BARE_CHANNEL})|(?P<react>{habits.REACT})|(?P<action>{habits.ACTION})"
    rf"|(?P<python_fence>{habits.PYTHON_FENCE})|(?P<python_list>{habits.PYTHON_LIST})"
    r"|(?P<fence>```[\w-]*[ \t]*\n\s*[{\[])|(?P<bare>\{(?=\s*[\"'\u201c])|\[(?=\s*\{)))"
)
# The white space before a call belongs to it, and so does a fence around it.
OWN = regex.compile(rf"(?:(?<!\s)\s*+)?+{_OWN}")
ANY = regex.compile(
    rf"(?:(?<!\s)\s*+)?+(?=[<`\[{{Aact])(?:{_FENCED}(?:{_OWN}|{_CERTAIN})|{_UNCERTAIN})"
)
# Quick to search for, and no call begins without it.
HINT = re.compile(r"[<`\[{]|(?<![^\n])[ \t]*[Aact]")
