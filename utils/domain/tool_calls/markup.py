"""Arguments written between tags, one tag for each.

Their values are text as it stands, or JSON; the tool's schema tells them apart.
"""

from __future__ import annotations

import regex

from utils.domain.loose_json import Reading, Source, Unreadable
from utils.domain.object_writer import compact

NAME = r"(?P<name>[\w.:/-]{1,128})"
DSML = r"(?:[|\N{FULLWIDTH VERTICAL LINE}]DSML[|\N{FULLWIDTH VERTICAL LINE}]|antml:|xai:)?"


def parameters(source: Source) -> Reading[str]:
    """<parameter name="city">Paris</parameter>, <parameter=city>Paris</parameter>"""
    found_all: dict[str, str] = {}
    while found := (yield from source.match(_PARAMETER)):
        source.at = found.end()
        found_all[found["name"]] = yield from _until(source, _PARAMETER_END, _LAST_END)
    return compact(found_all)


def keys_and_values(source: Source) -> Reading[str]:
    """<arg_key>city</arg_key><arg_value>Paris</arg_value>"""
    found_all: dict[str, str] = {}
    while found := (yield from source.match(_KEY)):
        source.at = found.end()
        found_all[found["name"]] = yield from _until(source, _VALUE_END, _VALUE_END)
    return compact(found_all)


def elements(source: Source) -> Reading[str]:
    """<city>Paris</city>"""
    found_all: dict[str, str] = {}
    while found := (yield from source.match(_ELEMENT)):
        source.at = found.end()
        end = regex.compile(rf"</{regex.escape(found['name'])}>")
        found_all[found["name"]] = yield from _until(source, end, end)
    return compact(found_all)


def _until(source: Source, end: regex.Pattern[str], last: regex.Pattern[str]) -> Reading[str]:
    """The text up to an end tag, without the line breaks that set it apart. `last` is one that
    will do where the text ends without any other.
    """
    searched = source.at
    while not source.ended:
        found = end.search(source.text, searched, partial=True)
        if found and not found.partial:
            break
        ahead = (found.start() if found else len(source.text)) - source.at
        yield
        searched = source.at + ahead
    else:
        found = end.search(source.text, searched) or last.search(source.text, source.at)
    if not found:
        source.at, source.cut = len(source.text), True
        raise Unreadable("it breaks off")
    text = source.text[source.at : found.start()]
    source.at = found.end()
    return text.removeprefix("\n").removesuffix("\n")


_PARAMETER = regex.compile(
    rf'\s{{0,64}}+<{DSML}parameter(?:=|\s+name=)["\']?{NAME}["\']?(?:\s+\w+="\w*")*\s*>'
)
# A tag of the same name inside a value is followed by more of the value; and where one was
# forgotten, the next one begins a line.
_PARAMETER_END = regex.compile(
    rf"</{DSML}parameter>(?=\s*</?{DSML}(?:parameter|function|invoke|tool_call)\b)"
    rf"|(?=\n\s{{0,16}}<{DSML}parameter(?:=|\s+name=)|\n</(?:function|{DSML}invoke)>\s*</)"
)
_LAST_END = regex.compile(rf"</{DSML}parameter>|(?=\n</(?:function|{DSML}invoke)>)")
_KEY = regex.compile(rf"\s{{0,64}}+<arg_key>\s*{NAME}\s*</arg_key>\s*<arg_value>")
_VALUE_END = regex.compile(r"</arg_value>")
_ELEMENT = regex.compile(r"\s{0,64}+<(?P<name>[A-Za-z_][\w.-]{0,127})>")
