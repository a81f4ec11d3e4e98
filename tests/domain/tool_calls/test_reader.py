from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.cuts import PLACES, cut_at, pieces
from tests.domain.json_values import OBJECTS, written
from tests.domain.tool_calls.reading import FRAME, TOOLS, Result, ids, read, tool
from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Chat,
    Event,
    Finish,
    Message,
    TextDelta,
    ToolCall,
)
from utils.domain.emulation import conversing
from utils.domain.tool_calls.reader import CallReader, Rules
from utils.domain.tool_calls.toolbox import Toolbox

ANYTHING = tool("anything", {})
PARIS = FRAME.call("get_weather", '{"city": "Paris"}')
ROME = FRAME.call("get_weather", '{"city": "Rome"}')


def called(result: Result) -> list[tuple[str, Any]]:
    return [(name, json.loads(arguments)) for name, arguments in result.calls]


@given(written(OBJECTS), st.text(alphabet="ab \n.", max_size=20), PLACES)
def test_any_arguments_survive(said: tuple[Any, str], prose: str, places: list[int]) -> None:
    meant, text = said
    answer = f"{prose}{FRAME.call('anything', text)}"
    result = read(cut_at(answer, places), tools=[ANYTHING])
    assert result.problem is None
    assert called(result) == [("anything", meant)]
    assert result.text == prose.rstrip()


@given(written(OBJECTS), PLACES)
def test_any_arguments_survive_in_a_habit(said: tuple[Any, str], places: list[int]) -> None:
    meant, text = said
    answer = f'<tool_call>{{"name": "anything", "arguments": {text}}}</tool_call>'
    assert called(read(cut_at(answer, places), tools=[ANYTHING])) == [("anything", meant)]


@given(written(OBJECTS), PLACES)
def test_any_arguments_survive_as_a_string(said: tuple[Any, str], places: list[int]) -> None:
    meant, text = said
    answer = json.dumps({"name": "anything", "arguments": text})
    assert called(read(cut_at(answer, places), tools=[ANYTHING])) == [("anything", meant)]


TEXT = st.text() | st.text(alphabet="<>{}[]()\"'`|/\\_:;,.=#*-\n\t A1e\u2028\uff5c")


@given(TEXT, PLACES)
def test_a_text_without_a_call_passes_unchanged(text: str, places: list[int]) -> None:
    assert read(cut_at(text, places)) == Result(text, (), None)


@given(TEXT, PLACES)
def test_without_tools_nothing_is_changed_nor_held_back(text: str, places: list[int]) -> None:
    assume("<think" not in text[:20])
    fed: list[str] = []

    def ask(_: Chat) -> Iterator[Sequence[Event]]:
        for piece in cut_at(text, places):
            fed.append(piece)
            yield [TextDelta(piece)]
        yield [Finish()]

    chat = Chat(model="m", messages=(Message(role="user", text="hi"),))
    said = ""
    for batch in conversing(ask, chat, FRAME, ids())(chat):  # type: ignore[arg-type]
        said += "".join(event.text for event in batch if isinstance(event, TextDelta))
        assert len("".join(fed)) - len(said) <= len("    <thinking>    ") or Finish() in batch
    assert said == text


def events(reader: CallReader, *cut: str) -> list[list[Event]]:
    return [reader.feed(piece) for piece in cut]


def reader_for(rules: Rules | None = None) -> CallReader:
    return CallReader(FRAME, Toolbox(TOOLS), ids(), rules or Rules())


def test_prose_passes_at_once_and_arguments_while_they_are_written() -> None:
    assert events(
        reader_for(),
        "Let me",
        " see. <tool",
        "_call_k3f9>",
        '{"name": "write_file", ',
        '"arguments": {"path": "a.py"',
        ', "content": "import',
        " os",
        '"}}',
        f"\n{FRAME.closing}",
        " Then",
        " more",
    ) == [
        [TextDelta("Let me")],
        [TextDelta(" see.")],
        [],
        [],
        [CallBegun("call_1", "write_file"), ArgumentsDelta('{"path":"a.py')],
        [ArgumentsDelta('","content":"import')],
        [ArgumentsDelta(" os")],
        [ArgumentsDelta('"}')],
        [],
        [TextDelta(" Then")],
        [TextDelta(" more")],
    ]


def test_only_one_call_is_taken_where_several_are_not_wanted() -> None:
    for answer in (
        f"{PARIS}\nand\n{ROME}",
        FRAME.call("get_weather", '{"city": "Paris"}').replace(
            "}}", '}}, {"name": "get-time"}'
        ),
        '[get_weather(city="Paris"), get_weather(city="Rome")]',
    ):
        result = read([answer], rules=Rules(several=False))
        assert called(result) == [("get_weather", {"city": "Paris"})]
        assert not result.text.strip()


def test_a_tool_that_has_to_be_called_and_is_not_is_a_problem() -> None:
    rules = Rules(required=True)
    result = read(["It is sunny."], rules=rules)
    assert result.problem == "a tool has to be called, and none was"
    assert result.text == "It is sunny."
    assert read([PARIS], rules=rules).problem is None
    assert read(["It is su"], rules=rules, truncated=True).problem is None


def test_what_the_user_wrote_is_quoted_and_not_called() -> None:
    quoted = '<tool_call>{"name": "get-time", "arguments": {}}</tool_call>'
    rules = Rules(given=[f"What does {quoted} do?"])
    assert read([f"You wrote: {quoted} which asks for the time."], rules=rules) == Result(
        f"You wrote: {quoted} which asks for the time.", (), None
    )
    assert read([quoted]).calls


def test_names_that_could_mean_two_tools_mean_none() -> None:
    tools = [tool("getItem", {}), tool("get_item", {})]
    assert read([FRAME.call("get_item", "{}")], tools=tools).calls == (("get_item", "{}"),)
    problem = read([FRAME.call("Get-Item", "{}")], tools=tools).problem
    assert problem == "there is no tool named Get-Item"


def test_after_a_problem_all_waits_for_the_correction() -> None:
    reader = reader_for()
    first = reader.feed(f"Hm. {FRAME.call('nope', '{}')} And {ROME} done.")
    assert first == [TextDelta("Hm.")]
    assert reader.end(truncated=False) == []
    assert reader.resume([ToolCall("new", "get-time", "{}")]) == [
        CallBegun("new", "get-time"),
        ArgumentsDelta("{}"),
        TextDelta(" And"),
        CallBegun("call_1", "get_weather"),
        ArgumentsDelta('{"city":"Rome"}'),
        TextDelta(" done."),
    ]


def test_a_later_call_that_the_correction_repeats_is_told_once() -> None:
    reader = reader_for()
    reader.feed(f"{FRAME.call('nope', '{}')}{ROME}{FRAME.call('nope', '{}')}{PARIS}")
    reader.end(truncated=False)
    told = reader.resume(
        [
            ToolCall("a", "get-time", "{}"),
            ToolCall("b", "get_weather", '{"city":"Rome"}'),
        ]
    )
    assert [event.id for event in told if isinstance(event, CallBegun)] == ["a", "b", "call_1"]
    assert ArgumentsDelta('{"city":"Paris"}') in told
    assert reader.problem is None


def test_what_follows_a_bad_foreign_call_is_not_lost() -> None:
    reader = reader_for()
    reader.feed(
        '<tool_call>[{"name": "nope", "arguments": {}}, {"name": "get-time"}]</tool_call> Yes.'
    )
    reader.end(truncated=False)
    told = reader.resume([ToolCall("a", "get_weather", '{"city":"Rome"}')])
    assert [event.name for event in told if isinstance(event, CallBegun)] == [
        "get_weather",
        "get-time",
    ]
    assert told[-1] == TextDelta(" Yes.")


def test_huge_arguments_survive() -> None:
    content = 'line "quoted" \\ {brace} </tool_call_k3f9>\n' * 20_000
    answer = FRAME.call("write_file", json.dumps({"path": "a", "content": content}))
    [(name, arguments)] = read(pieces(answer, 12)).calls
    assert (name, json.loads(arguments)) == ("write_file", {"path": "a", "content": content})


WRITING = '<tool_call_k3f9>{"name": "write_file", "arguments": {"path": "a", "content": "'
SEARCHING = '<tool_call_k3f9>{"name": "search", "arguments": {"query": "a", "sites": '


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        ("", " "),
        ("", "\n"),
        ("", "<"),
        ("", "`"),
        ("", "{"),
        ("", '{"'),
        ("", '\n{"'),
        ("", "\n[{"),
        ("", "[[[["),
        ("", "\n[a("),
        ("", '```json\n{"'),
        ("", "<tool_call>"),
        ("", '<tool_call>{"x":"'),
        ("", '<tool_call>{"name":"get-time","arguments":{"x":"'),
        ("", FRAME.opening),
        ("", "<function=a><parameter=b>"),
        ("", "[TOOL_CALLS]"),
        ("", "<\uff5ctool\u2581call\u2581begin\uff5c>a"),
        ("", "<|channel|>commentary to=functions.a"),
        ("", "Action: a\nAction Input: {"),
        ("", "```tool_code\na("),
        ("", '{"function":'),
        ("", '\n{"name":"get-time","arguments":{}}'),
        ('{"name": "get_weather", "arguments": {"city": "', "x"),
        ("<function=get_weather><parameter=city>", "</parameter>"),
        ("<tool_call>get_weather<arg_key>city</arg_key><arg_value>", "x<"),
        (WRITING, "x"),
        (WRITING, '"'),
        (WRITING, '", "'),
        (WRITING, "\\"),
        (f'{WRITING}"', " "),
        (f'{WRITING}", "', "x"),
        (SEARCHING, "["),
        (f"{SEARCHING}[", "1,"),
        (f"{SEARCHING}[", '"""'),
        (f"{SEARCHING}[/*", "x"),
        (SEARCHING, "1"),
        (SEARCHING, "a"),
        (FRAME.opening, " "),
        (FRAME.opening, '{"function":'),
        (FRAME.opening, '{"calls":['),
        (FRAME.opening, '{"name":"get-time"},'),
        (FRAME.opening, "a(b="),
    ],
)
@pytest.mark.parametrize("size", [12, 100_000])
def test_no_answer_makes_reading_slow(start: str, piece: str, size: int) -> None:
    answer = (start + piece * 100_000)[:100_000]
    began = time.process_time()
    read(pieces(answer, size))
    assert time.process_time() - began < 20
