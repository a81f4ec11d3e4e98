"""How models write tool calls out of habit, whatever they were told.

Each grammar reads on from its opener, gives what it finds to `take`, and raises Unreadable
where the text goes on unlike a call.
"""

from __future__ import annotations

from collections.abc import Callable

import regex

from utils.domain.loose_json import IN_OBJECT, Reading, Source, Unreadable, value
from utils.domain.tool_calls import body
from utils.domain.tool_calls.body import Live, Take
from utils.domain.tool_calls.markup import DSML, NAME, elements, keys_and_values, parameters
from utils.domain.tool_calls.python_calls import python_calls

Grammar = Callable[[Source, regex.Match[str], Take], Reading[None]]


def tagged(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """<tool_call>…</tool_call> and its likes, around calls in any of these forms."""
    yield from inside(source, take)
    yield from _skip(source, _TAG_END)


def inside(source: Source, take: Take, live: Live | None = None) -> Reading[None]:
    """What stands between two tags."""
    yield from _skip(source, _TAG)
    letter = yield from source.peek()
    if (letter and letter in "{`") or (yield from source.match(_LIST)):
        yield from body.calls(source, take, live=live)
        return
    for pattern, grammar in _INSIDE:
        if named := (yield from source.match(pattern)):
            source.at = named.end()
            yield from grammar(source, named, take)
            return
    yield from python_calls(source, take)


def function(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """<function=name>{…}</function>, <function=name><parameter=key>value</parameter>…"""
    letter = yield from source.peek()
    source.at += letter == "("
    if letter and letter in "{(":
        yield from _one(source, opener, take)
    else:
        take(opener["name"], (yield from _in_tags(source, _FUNCTION_END)))
    yield from _skip(source, _TAG_END)


def invoke(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """Anthropic's and DeepSeek's <invoke name="…"><parameter name="…">…</parameter>…"""
    found: regex.Match[str] | None = opener
    while found:
        source.at = max(source.at, found.end())
        if (yield from source.peek()) == "{":
            yield from _one(source, found, take)
        else:
            take(found["name"], (yield from _in_tags(source, _INVOKE_END)))
        yield from _skip(source, _INVOKE_END)
        found = yield from source.match(_INVOKE)
    yield from _skip(source, _TAG_END)


def invoke_named_within(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """<invoke><tool_name>…</tool_name><parameters><city>Paris</city></parameters></invoke>"""
    yield from _one_in_elements(source, opener, take)
    yield from _skip(source, _TAG_END)


def tokens(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """The special tokens of DeepSeek and Kimi, printed."""
    while found := (yield from source.match(_TOKEN_CALL)):
        source.at = found.end()
        yield from _one(source, found, take)
        yield from _skip(source, _TOKEN_CALL_END)
    yield from _skip(source, _TOKENS_END)


def channel(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """gpt-oss: <|channel|>commentary to=functions.name …<|message|>{…}<|call|>"""
    yield from _one(source, opener, take)
    yield from _skip(source, _CHANNEL_END)


def react(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """Action: name, Action Input: {…}"""
    yield from _one(source, opener, take)


def action(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """Command R: Action: and a list of calls in a fence."""
    yield from body.calls(source, take)


def python(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """[name(key="value")], or such calls line by line in a fence."""
    in_list = opener[0].endswith("[")
    source.at -= in_list  # back to the bracket
    yield from python_calls(source, take)
    if not in_list and (yield from source.peek()):
        fence = yield from source.match(_FENCE_END)
        if not fence:
            raise Unreadable("a program, not a call")
        source.at = fence.end()


def _one(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    """A name is known, its arguments follow as an object, perhaps in a fence."""
    yield from _skip(source, _FENCE)
    if (yield from source.peek()) != "{":
        raise Unreadable("the arguments are not an object")
    told: list[str] = []
    yield from value(source, told.append, IN_OBJECT)
    take(opener["name"], "".join(told))
    yield from _skip(source, _FENCE_END)


def _one_in_elements(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    if (yield from source.peek()) == "{":
        yield from _one(source, opener, take)
    else:
        take(opener["name"], (yield from elements(source)))


def _one_in_keys(source: Source, opener: regex.Match[str], take: Take) -> Reading[None]:
    take(opener["name"], (yield from keys_and_values(source)))


def _in_tags(source: Source, end: regex.Pattern[str]) -> Reading[str]:
    """Without any parameter, only an end tag tells a call from the mention of one."""
    told = yield from parameters(source)
    if told == "{}" and not (yield from source.match(end)):
        raise Unreadable("it holds no parameter")
    return told


def _skip(source: Source, pattern: regex.Pattern[str]) -> Reading[None]:
    """What may follow, also several times, but need not."""
    while found := (yield from source.match(pattern)):
        source.at = found.end()


_BAR = r"[|\N{FULLWIDTH VERTICAL LINE}]"
_GAP = r"[_ \N{LOWER ONE EIGHTH BLOCK}]"


def _token(name: str) -> str:
    return f"<{_BAR}{name.replace('_', _GAP)}{_BAR}>"


_CALL_BEGIN = f"(?:{_token('tool_call_begin')}|<\\|tool_call_begin\\|>)"
_TAGS = r"(?:tool_calls?|function_calls?|functioncall|TOOLCALL|TOOL_CALL|tool_use|tool)"
_WRAPPERS = rf"(?:<{DSML}(?:\w{{1,16}}:)?(?:function_calls|tool_calls?)>\s*)?"

FUNCTION = rf'<function(?:\s*[=(]|\s+name=)\s?["\']?{NAME}["\']?\)?\s*(?:>|(?=\(?\{{))'
INVOKE = rf'{_WRAPPERS}<{DSML}(?:invoke|function_call)\s+name="{NAME}"\s*>'
INVOKE_NAMED_WITHIN = (
    rf"{_WRAPPERS}<invoke>\s*<tool_name>\s*{NAME}\s*</tool_name>\s*"
    r"<(?:parameters|arguments|input)>"
)
TOKENS = rf"(?:{_token('tool_calls_begin')}|<\|tool_calls_section_begin\|>|(?={_CALL_BEGIN}))"
CHANNEL = (
    r"(?:<\|start\|>assistant)?<\|channel\|>(?:commentary|analysis)\s{1,4}to=functions\."
    rf"{NAME}[^{{}}<\n]{{0,40}}(?:<\|(?:channel|constrain)\|>[^{{}}<\n]{{0,40}}){{0,2}}"
    r"<\|message\|>"
)
BARE_CHANNEL = (
    r"(?:assistant)?(?:(?:commentary|analysis)\s{1,4})?to=functions\."
    rf"{NAME}\s{{1,4}}(?:json|code)?\s{{0,4}}(?=\{{)"
)
REACT = rf"Action:[ \t]*`?{NAME}`?[ \t]*\n+Action Input:[ \t]*(?=\{{|\n*```)"
ACTION = r"Action:[ \t]*\n*(?=```(?:json)?[ \t]*\n\s*\[)"
PYTHON_FENCE = r"```(?:tool_code|tool_call|python_call)[ \t]*\n(?=\s*[A-Za-z_\[])"
PYTHON_LIST = r"\[(?=[A-Za-z_][\w.]{0,127}\()"
TAGGED = (
    rf"<(?:\w{{1,16}}:)?{_TAGS}\s*>|<\|action_start\|>\s*<\|plugin\|>|<\|START_ACTION\|>"
    r"|<\|(?:python_tag|python_start|tool_calls?|tool_call_start)\|>|\[TOOL_CALLS?\]"
)

_TAG = regex.compile(rf"\s{{0,64}}+(?:{TAGGED})")
_LIST = regex.compile(r"\[\s*(?:\{|\])")
_INVOKE = regex.compile(rf"\s{{0,64}}+{INVOKE}")
_INSIDE: list[tuple[regex.Pattern[str], Grammar]] = [
    (regex.compile(FUNCTION), function),
    (regex.compile(INVOKE), invoke),
    (regex.compile(INVOKE_NAMED_WITHIN), invoke_named_within),
    (
        regex.compile(
            rf"<(?:tool_|function_)?name>\s*{NAME}\s*</(?:tool_|function_)?name>\s*"
            r"<(?:arguments|args|parameters|params|input)>"
        ),
        _one_in_elements,
    ),
    (regex.compile(rf"{NAME}(?:\s*(?=<arg_key>)|\s*\n(?=</tool_call>))"), _one_in_keys),
    (
        regex.compile(
            rf"{NAME}\s*(?:\[CALL_ID\]\w{{0,64}}\s*)?(?:\[ARGS\])?\s*(?=\{{|```)",
        ),
        _one,
    ),
]
_FUNCTION_END = regex.compile(r"\s{0,64}+</function>")
_INVOKE_END = regex.compile(rf"\s{{0,64}}+</{DSML}(?:invoke|function_call)>")
_TOKEN_CALL = regex.compile(
    rf"\s{{0,64}}+{_CALL_BEGIN}\s*"
    rf"(?:function\s*{_token('tool_sep')})?+(?:functions\.)?(?P<name>[\w.-]{{1,128}}?)(?::\d+)?\s*"
    rf"(?:{_token('tool_sep')}|<\|tool_call_argument_begin\|>|(?=```|\{{))"
)
_TOKEN_CALL_END = regex.compile(
    rf"\s{{0,64}}+(?:{_token('tool_call_end')}|<\|tool_call_end\|>)"
)
_TOKENS_END = regex.compile(
    rf"\s{{0,64}}+(?:{_token('tool_calls_end')}|<\|tool_calls_section_end\|>"
    rf"|{_token('end_of_sentence')})"
)
_TAG_END = regex.compile(
    rf"[\s}}\])]{{0,64}}(?:</{DSML}(?:\w{{1,16}}:)?(?:{_TAGS}|tool_call_\w{{1,32}}"
    r"|function|invoke|arguments|args|parameters|params|input)\s*>"
    r"|\[/TOOL_CALLS?\])|\s{0,64}+(?:</s>|<\|action_end\|>|<\|END_ACTION\|>"
    r"|<\|/?(?:tool_calls?|python_end|tool_call_end|eom_id|eot_id|im_end)\|>)"
)
_CHANNEL_END = regex.compile(r"\s{0,64}+<\|(?:call|end|return)\|>")
_FENCE = regex.compile(r"\s{0,64}+```[\w-]*[ \t]*(?:\n|(?=[{\[]))")
_FENCE_END = regex.compile(r"\s{0,64}+```(?!\w)")
