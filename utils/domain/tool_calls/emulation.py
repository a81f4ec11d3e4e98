"""A model that only knows text, asked as if it could call tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import groupby

from utils.domain.chat import (
    Ask,
    Batches,
    Chat,
    Corrected,
    Event,
    Finish,
    Message,
    TextDelta,
    ToolCall,
)
from utils.domain.reply import collect
from utils.domain.tool_calls.frame import Frame
from utils.domain.tool_calls.reader import CallReader, Rules
from utils.domain.tool_calls.teller import Unusable
from utils.domain.tool_calls.toolbox import Toolbox
from utils.errors import InvalidRequest, UnusableAnswer


def calling(ask: Ask, frame: Frame, ids: Callable[[], str]) -> Ask:
    """`ids` makes the id of a call. What the returned function raises before its first event:
    InvalidRequest for tools that cannot be declared.
    """

    def asked(chat: Chat) -> Batches:
        chat = _narrowed(chat)
        toolbox, told = Toolbox(chat.tools), rendered(chat, frame)
        rules = _rules(chat)
        reader = CallReader(frame, toolbox, ids, rules)
        written: list[str] = []
        finish = Finish()
        with closing(ask(told)) as batches:
            for batch in batches:
                yield _read(batch, reader, written)
                if batch and isinstance(batch[-1], Finish):
                    finish = batch[-1]
        yield reader.end(truncated=finish.reason != "stop")
        if reader.problem:
            yield [Corrected("tool_calls")]
            again = _corrected(told, "".join(written), frame.correction(str(reader.problem)))
            second = CallReader(frame, toolbox, ids, replace(rules, required=True, live=False))
            calls: list[ToolCall] = []
            yield from _gathered(ask(again), second, calls)
            yield _resumed(reader, calls)
        if reader.called and finish.reason == "stop":
            finish = replace(finish, reason="tool_calls")
        yield [finish]

    return asked


def rendered(chat: Chat, frame: Frame) -> Chat:
    """The chat as a text-only model reads it: tools declared in words, earlier calls written
    as it should write the next ones.
    """
    instructions = frame.instructions(chat.tools, chat.tool_choice, several=chat.parallel_calls)
    before = 0
    while before < len(chat.messages) and chat.messages[before].role == "system":
        before += 1
    messages = [
        *chat.messages[:before],
        Message(role="system", text=instructions),
        *_history(chat.messages[before:], frame),
    ]
    return replace(chat, messages=tuple(messages), tools=())


def _rules(chat: Chat) -> Rules:
    choice = chat.tool_choice
    return Rules(
        required=choice.required or bool(choice.name),
        several=chat.parallel_calls,
        live=chat.stream,
        given=[message.text for message in chat.messages],
    )


def _narrowed(chat: Chat) -> Chat:
    """With one tool to call, only that one is declared."""
    name = chat.tool_choice.name
    if not name:
        return chat
    tools = tuple(tool for tool in chat.tools if tool.name == name)
    if not tools:
        raise InvalidRequest(
            f"tool_choice: there is no tool named {name!r}", param="tool_choice"
        )
    return replace(chat, tools=tools)


def _history(messages: Sequence[Message], frame: Frame) -> Iterator[Message]:
    calls: tuple[ToolCall, ...] = ()
    for is_result, turns in groupby(messages, lambda message: message.role == "tool"):
        if is_result:
            yield from _results(list(turns), calls)
            continue
        for message in turns:
            calls = message.tool_calls
            if calls:
                text = frame.history(message.text, calls)
                message = replace(message, text=text, tool_calls=())
            yield message


def _results(messages: list[Message], calls: Sequence[ToolCall]) -> Iterator[Message]:
    """In the order of their calls, each with the name of the tool it came from."""
    order = {call.id: index for index, call in enumerate(calls)}
    for message in sorted(messages, key=lambda one: order.get(one.call_id, len(order))):
        index = order.get(message.call_id)
        if index is None:
            yield message
            continue
        which = f", call {index + 1} of {len(calls)}" if len(calls) > 1 else ""
        yield replace(message, name=calls[index].name + which, call_id="")


def _read(batch: Sequence[Event], reader: CallReader, written: list[str]) -> list[Event]:
    """All text that came together is read at once."""
    out: list[Event] = []
    text = ""
    for event in batch:
        if isinstance(event, TextDelta):
            text += event.text
        else:
            out += _said(text, reader, written)
            text = ""
            if not isinstance(event, Finish):
                out.append(event)
    return out + _said(text, reader, written) if text else out


def _said(text: str, reader: CallReader, written: list[str]) -> list[Event]:
    if not text:
        return []
    written.append(text)
    return reader.feed(text)


def _corrected(told: Chat, answer: str, demand: str) -> Chat:
    turns = (Message(role="assistant", text=answer), Message(role="user", text=demand))
    messages = (*told.messages, *turns)
    return replace(told, messages=messages, web_search=None)  # it was paid for once


def _gathered(batches: Batches, reader: CallReader, calls: list[ToolCall]) -> Batches:
    """Silence, while a second answer is read for its calls. Raises UnusableAnswer."""
    events: list[Event] = []
    with closing(batches):
        for batch in batches:
            events += _read(batch, reader, [])
            yield []
    events += reader.end(truncated=False)
    if reader.problem:
        raise _failed() from reader.problem
    calls += collect([events])[0].tool_calls


def _resumed(reader: CallReader, calls: Sequence[ToolCall]) -> Sequence[Event]:
    try:
        events = reader.resume(calls)
    except Unusable as error:
        raise _failed() from error
    if reader.problem:
        raise _failed() from reader.problem
    return events


def _failed() -> UnusableAnswer:
    return UnusableAnswer(
        "The model called a tool in a way that cannot be carried out, also when asked again."
    )
