"""A chat that is too long for its model is refused, or loses its oldest turns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.domain.chat import Chat, Message, Role, Structure, Tool, ToolCall
from utils.domain.context import PER_MESSAGE, PER_REPLY, Trimmed, fitted
from utils.errors import ContextTooLong
from utils.tokens import counts

MODEL = "gpt-4o-mini"
LONG = 100  # words of a message that fills a context


def words(number: int, name: str = "word") -> str:
    return " ".join([name] * number)


def message(role: Role, number: int = LONG, *calls: str, answers: str = "") -> Message:
    return Message(
        role=role,
        text=words(number),
        call_id=answers,
        tool_calls=tuple(ToolCall(call, "f", "{}") for call in calls),
    )


def chat(*messages: Message, **fields: object) -> Chat:
    return Chat(model=MODEL, messages=messages, **fields)  # type: ignore[arg-type]


def size(asked: Chat) -> int:
    return PER_REPLY + sum(
        counts.count(m.text, MODEL) + PER_MESSAGE + 10 * len(m.tool_calls)
        for m in asked.messages
    )


SYSTEM, QUESTION, REPLY = message("system"), message("user"), message("assistant")
CALLING = message("assistant", LONG, "c1", "c2")
RESULTS = (message("tool", LONG, answers="c1"), message("tool", LONG, answers="c2"))


def kept(*messages: Message, room: int) -> tuple[int, ...]:
    """Which messages stay, where `room` of them fit."""
    context = room * (LONG + PER_MESSAGE) + LONG // 2  # for calls, which are short
    asked, trimmed = fitted(chat(*messages), context, trim=True)
    places = iter(range(len(messages)))
    stay = tuple(next(at for at in places if messages[at] is m) for m in asked.messages)
    assert trimmed.messages == len(messages) - len(stay)
    assert (trimmed.tokens > 0) is (trimmed.messages > 0)
    return stay


def distinct(*messages: Message) -> tuple[Message, ...]:
    """Each an object of its own."""
    return tuple(Message(**{n: getattr(m, n) for n in Message.__slots__}) for m in messages)


@pytest.mark.parametrize(
    ("messages", "room", "stay"),
    [
        ((QUESTION, REPLY, QUESTION), 3, (0, 1, 2)),
        ((QUESTION, REPLY, QUESTION), 2, (1, 2)),
        ((QUESTION, REPLY, QUESTION), 1, (2,)),
        ((SYSTEM, QUESTION, REPLY, QUESTION), 2, (0, 3)),
        ((QUESTION, SYSTEM, REPLY, QUESTION, REPLY, QUESTION), 3, (1, 4, 5)),
        # A result never stays without its call, nor a call without its results.
        ((QUESTION, CALLING, *RESULTS, REPLY, QUESTION), 5, (1, 2, 3, 4, 5)),
        ((QUESTION, CALLING, *RESULTS, REPLY, QUESTION), 4, (4, 5)),
        # In the middle of an agent's work the question stays, and what was called last.
        ((QUESTION, REPLY, QUESTION, CALLING, *RESULTS), 4, (2, 3, 4, 5)),
        ((QUESTION, CALLING, *RESULTS, CALLING, *RESULTS), 4, (0, 4, 5, 6)),
        ((SYSTEM, QUESTION, CALLING, *RESULTS, CALLING, *RESULTS), 5, (0, 1, 5, 6, 7)),
    ],
)
def test_the_oldest_turns_go_and_what_matters_stays(
    messages: tuple[Message, ...], room: int, stay: tuple[int, ...]
) -> None:
    assert kept(*distinct(*messages), room=room) == stay


@pytest.mark.parametrize(
    "messages",
    [(QUESTION,), (SYSTEM, QUESTION), (QUESTION, CALLING, *RESULTS)],
    ids=["a question", "a system's", "an open call"],
)
def test_what_may_not_go_and_is_too_long_is_refused(messages: tuple[Message, ...]) -> None:
    with pytest.raises(ContextTooLong):
        fitted(chat(REPLY, *messages), LONG - 1, trim=True)


def test_without_leave_nothing_is_trimmed() -> None:
    with pytest.raises(ContextTooLong) as refused:
        fitted(chat(QUESTION, REPLY, QUESTION), LONG, trim=False)
    error = refused.value
    assert (error.status, error.code, error.param) == (
        400,
        "context_length_exceeded",
        "messages",
    )
    assert "maximum context length is 100 tokens" in error.message
    assert "x-relay-trim" in error.message


def test_where_nobody_knows_the_context_nothing_is_too_long() -> None:
    asked = chat(QUESTION, REPLY, QUESTION)
    assert fitted(asked, 0, trim=False) == (asked, Trimmed())


@pytest.mark.parametrize("trim", [False, True])
def test_a_chat_that_fits_to_the_token_is_left_alone(*, trim: bool) -> None:
    asked = chat(QUESTION, REPLY, QUESTION)
    assert fitted(asked, size(asked), trim=trim) == (asked, Trimmed())
    with pytest.raises(ContextTooLong):
        fitted(asked, size(asked) - 1, trim=False)
    _, trimmed = fitted(asked, size(asked) - 1, trim=True)
    assert trimmed == Trimmed(1, counts.count(QUESTION.text, MODEL) + PER_MESSAGE)


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": (Tool(name="f", description=words(300)),)},
        {"tools": (Tool(name="f", parameters={"description": words(300)}),)},
        {"structure": Structure({"description": words(300)})},
    ],
)
def test_what_is_declared_is_read_too(fields: dict[str, object]) -> None:
    asked = chat(QUESTION)
    assert fitted(asked, 300, trim=False)[0] == asked
    with pytest.raises(ContextTooLong):
        fitted(chat(QUESTION, **fields), 300, trim=True)


def test_arguments_of_calls_count() -> None:
    call = ToolCall("c", "f", f'"{words(300)}"')
    long = Message(role="assistant", text="", tool_calls=(call,))
    with pytest.raises(ContextTooLong):
        fitted(chat(long, QUESTION), 300, trim=False)
    assert fitted(chat(long, QUESTION), 300, trim=True)[0].messages == (QUESTION,)


def test_a_text_far_too_long_is_refused_without_counting_all_of_it() -> None:
    endless = Message(role="user", text=words(4_000_000, "a b"))
    with pytest.raises(ContextTooLong):
        fitted(chat(endless), 128_000, trim=True)


ROLES: list[Role] = ["system", "user", "assistant", "tool"]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    turns=st.lists(
        st.tuples(st.sampled_from(ROLES), st.integers(0, 60)), min_size=1, max_size=12
    ),
    context=st.integers(1, 600),
)
def test_what_stays_fits_and_keeps_its_order(
    turns: list[tuple[Role, int]], context: int
) -> None:
    messages = distinct(*(message(role, number) for role, number in turns))
    try:
        asked, trimmed = fitted(chat(*messages), context, trim=True)
    except ContextTooLong:
        return
    places = [next(i for i, m in enumerate(messages) if m is left) for left in asked.messages]
    assert places == sorted(places)
    assert trimmed.messages == len(messages) - len(places)
    assert size(asked) <= context
    assert {i for i, m in enumerate(messages) if m.role == "system"} <= {*places}
    users = [i for i, m in enumerate(messages) if m.role == "user"]
    assert {*users[-1:]} <= {*places}


def test_a_schema_may_hold_any_integer() -> None:
    tool = Tool(name="f", parameters={"maximum": 2**70})
    assert fitted(chat(message("user"), tools=(tool,)), 10_000, trim=False)[1] == Trimmed()
    with pytest.raises(ContextTooLong):
        fitted(chat(message("user"), tools=(tool,)), 50, trim=False)
