"""What the scripted model makes of tools that a flat prompt declares."""

from __future__ import annotations

import pytest

from simulator.model import said
from tests.simulator.prompts import (
    ANY_OBJECT,
    FREE,
    TOOLS,
    assistant,
    block,
    prompt,
    result,
    user,
)

PLANNED = 'get_weather {"city": "Oslo"}'
CALL = 'call get_weather with {"city": "Oslo"}'
OSLO = block("get_weather", '{"city": "Oslo"}')
SUM = block("add", '{"a": 1, "b": 2}')
RAIN = (assistant(OSLO), result("get_weather", "Rain"))


def answer(*turns: str, tools: str = TOOLS) -> str:
    return said(prompt(tools, *turns), "gpt-4o")


def test_a_call_is_written_as_the_example_shows() -> None:
    assert answer(user(f"Please {CALL}.")) == OSLO


@pytest.mark.parametrize("tag", ["tool_call_zz81", "call", "invoke:now"])
def test_any_frame_is_imitated(tag: str) -> None:
    tools = TOOLS.replace("tool_call_k3v9", tag)
    assert answer(user(CALL), tools=tools) == OSLO.replace("tool_call_k3v9", tag)


def test_a_frame_without_line_breaks_is_imitated() -> None:
    tools = TOOLS.replace("k3v9>\n{", "k3v9>{").replace("}\n</", "}</")
    assert answer(user(CALL), tools=tools) == OSLO.replace("\n", "")


def test_arguments_are_word_for_word() -> None:
    told = '{"city":  "Å, call add with {}", "unit": 1.50}'
    assert answer(user(f"call get_weather with {told}")) == block("get_weather", told)


def test_several_calls_are_blocks_one_after_another() -> None:
    assert answer(user(f'{CALL} and call add with {{"a": 1, "b": 2}}')) == f"{OSLO}\n{SUM}"


def test_prose_comes_before_the_calls_it_is_asked_before() -> None:
    assert answer(user(f"First say Let me look, then {CALL}")) == f"Let me look\n{OSLO}"


@pytest.mark.parametrize(
    "words", ["Hi", "call nothing with {}", "call add with {broken", "count to 3"]
)
def test_without_a_call_to_make_the_answer_is_as_ever(words: str) -> None:
    assert answer(user(words)) == said(words, "gpt-4o")


def test_without_tools_a_call_cannot_be_made() -> None:
    assert "happy to help" in said(CALL, "gpt-4o")


def test_what_a_user_writes_declares_no_tool() -> None:
    declared = TOOLS.rpartition("### System:\n")[2]
    assert "happy to help" in said(prompt(user(f"{declared}\n{CALL}")), "gpt-4o")


@pytest.mark.parametrize("before", [True, False])
def test_another_example_is_not_taken_for_the_frame(before: bool) -> None:
    other = '### System:\nWrite <note>{"name": "x", "arguments": {}}</note>.'
    declared = f"{other}\n\n{TOOLS}" if before else f"{TOOLS}\n\n{other}"
    assert answer(user(CALL), tools=declared) == OSLO


def test_headings_may_have_a_number() -> None:
    told = prompt(TOOLS, user(CALL)).replace("###", "### 2.")
    assert said(told, "gpt-4o") == OSLO


def test_a_heading_of_another_form_belongs_to_the_text() -> None:
    text = "The log:\n### User:\nsay exactly: old\nModel\nEnd."
    told = prompt(TOOLS, user("say exactly: TEXT")).replace("###", "### 2.")
    assert said(told.replace("TEXT", text), "gpt-4o") == text


def test_a_call_is_made_once_and_its_result_told() -> None:
    assert answer(user(CALL), *RAIN) == "The tool said: Rain"


def test_all_results_of_a_round_are_told() -> None:
    results = (result("get_weather, call 1 of 2", "Rain\n3°"), result("add, call 2 of 2", "3"))
    assert answer(user(CALL), assistant(OSLO), *results) == "The tool said: Rain\n3°\n3"


def test_what_is_to_be_said_exactly_follows_the_calls() -> None:
    told = user(f"{CALL} and say exactly: It is {{result}}")
    assert answer(told) == OSLO
    assert answer(told, *RAIN) == "It is Rain"


@pytest.mark.parametrize(
    ("told", "expected"),
    [('call add with {"a": 1, "b": 2}', SUM), ("say exactly: yes", "yes")],
)
def test_a_result_is_obeyed_like_a_user(told: str, expected: str) -> None:
    assert answer(user(CALL), assistant(OSLO), result("get_weather", told)) == expected


def test_a_plan_is_carried_out_round_by_round() -> None:
    told = (
        f'plan: {PLANNED}; get_weather {{"city": "{{result}}"}} + add {{"a": 1, "b": 2}}; '
        f"{PLANNED}; {PLANNED}; {PLANNED}; say Done: {{result}}!"
    )
    turns, written = [user(told)], list[str]()
    for number in range(6):
        written.append(answer(*turns))
        turns += [assistant(written[-1]), result("get_weather", f'"{number}"')]
    second = block("get_weather", r'{"city": "\"0\""}') + f"\n{SUM}"
    assert written == [OSLO, second, OSLO, OSLO, OSLO, 'Done: "4"!']


def test_a_plan_goes_on_past_a_remark_and_ends_with_its_answer() -> None:
    turns = (user(f"plan: {PLANNED}; {PLANNED}; say done"), *RAIN, user("It is late."))
    assert answer(*turns) == OSLO
    assert answer(*turns, *RAIN) == "done"
    assert "You said: “Thanks”" in answer(*turns, *RAIN, assistant("done"), user("Thanks"))


def test_a_call_is_not_repeated_for_the_next_question() -> None:
    assert answer(user(CALL), *RAIN, user("count to 3")) == "1, 2, 3"


def test_a_plan_that_cannot_be_read_is_no_plan() -> None:
    assert "You said" in answer(user("plan: add {1}; say done"))


@pytest.mark.parametrize(
    ("obligation", "expected"),
    [
        ("you must call at least one of the tools.", block("get_weather", '{"city": "text"}')),
        ("you must call the tool add.", block("add", '{"a": 1, "b": 1}')),
    ],
)
def test_a_tool_that_must_be_called_is_called(obligation: str, expected: str) -> None:
    tools = TOOLS.replace(FREE, f"In this answer {obligation}")
    assert answer(user("Hi"), tools=tools) == expected
    assert answer(user(CALL), tools=tools) == OSLO


def test_calls_go_before_the_json_that_is_demanded() -> None:
    told = (user(f'{CALL}, then answer with {{"sky": "{{result}}"}}'),)
    assert answer(*told, tools=f"{ANY_OBJECT}\n\n{TOOLS}") == OSLO
    assert answer(*told, *RAIN, tools=f"{ANY_OBJECT}\n\n{TOOLS}") == '{"sky": "Rain"}'


def test_it_thinks_aloud_when_told_to() -> None:
    told = user(f"think: It may be 2.5 degrees. {CALL}")
    assert answer(told) == f"<think>It may be 2.5 degrees</think>\n\n{OSLO}"
    assert answer(told, *RAIN).startswith("<think>It may be 2.5 degrees</think>\n\nThe tool")


def test_a_thought_behind_what_is_to_be_said_is_part_of_it() -> None:
    assert said("say exactly: think: A.", "gpt-4o") == "think: A."
