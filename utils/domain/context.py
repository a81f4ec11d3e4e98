"""Chats that are longer than what their model can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from utils.domain import files
from utils.domain.chat import Attachment, Chat, Inline, Message
from utils.domain.object_writer import compact
from utils.errors import ContextTooLong
from utils.tokens import counts

SHORT, BYTES = 4096, 4  # bytes of a short chat, and of a token in it, about
PICTURE, DOCUMENT = 1_600, 3_000  # tokens
PER_MESSAGE, PER_REPLY = 4, 3  # tokens around each (`counts.count_turn`)


@dataclass(frozen=True, slots=True)
class Trimmed:
    """How much of a chat was left out."""

    messages: int = 0
    tokens: int = 0


def fitted(chat: Chat, context: int, *, trim: bool) -> tuple[Chat, Trimmed]:
    """A chat that its model can read: as it is, or without its oldest turns. What the system
    says stays, and what the user said last, and the last turn; a result never stays without
    the call it answers.

    `context` is in tokens, 0 where nobody knows it. Raises ContextTooLong.
    """
    if not context or _most(chat) <= context:
        return chat, Trimmed()
    room = context - _around(chat)
    sizes = []
    for message in reversed(chat.messages):
        # What is certainly too long is not counted to its end.
        sizes.append(_tokens(message, chat.model, context))
        room -= sizes[-1]
        if room < 0 and not trim:
            raise _too_long(chat, context, trim=trim)
    sizes.reverse()
    gone: set[int] = set()
    for turn in _turns(chat.messages):
        if room < 0:
            gone.update(turn)
            room += sum(sizes[index] for index in turn)
    if room < 0:
        raise _too_long(chat, context, trim=trim)
    kept = (message for index, message in enumerate(chat.messages) if index not in gone)
    trimmed = Trimmed(len(gone), sum(sizes[index] for index in gone))
    return replace(chat, messages=tuple(kept)), trimmed


def estimated(chat: Chat) -> int:
    """As `counted`, but for a short chat it is a guess: to count costs more than it tells."""
    if chat.attachments:
        return counted(chat)
    size = _bytes(chat)
    around = PER_REPLY + PER_MESSAGE * len(chat.messages)
    return size // BYTES + around if size <= SHORT else counted(chat)


def counted(chat: Chat) -> int:
    """How many tokens its model reads. Files are not fetched for it, so each is an estimate:
    what a large picture costs at Anthropic, or a page or two; only what was sent as text is
    counted.
    """
    told = counts.count_all([_text(message) for message in chat.messages], chat.model)
    told += PER_MESSAGE * len(chat.messages)
    return _around(chat) + told + sum(_size(one, chat.model) for one in chat.attachments)


def _size(attachment: Attachment, model: str) -> int:
    if attachment.kind == "image":
        return PICTURE
    match attachment.source:
        case Inline(data=data) if text := files.text(data):
            return counts.count(text, model)
    return DOCUMENT


def _too_long(chat: Chat, context: int, *, trim: bool) -> ContextTooLong:
    way_out = "Please reduce their length"
    if not trim:
        way_out += ", or send the header `x-relay-trim: oldest` to leave out the oldest"
    return ContextTooLong(
        f"This model's maximum context length is {context} tokens, and your {chat.field} is "
        f"longer. {way_out}.",
        param=chat.field,
    )


def _turns(messages: Sequence[Message]) -> list[list[int]]:
    """What can be left out, by place, and what only together: a question; an answer with the
    results of its calls.
    """
    turns: list[list[int]] = []
    for index, message in enumerate(messages):
        if message.role == "tool" and turns:
            turns[-1].append(index)
        elif message.role != "system":
            turns.append([index])
    users = [index for index, message in enumerate(messages) if message.role == "user"]
    return [turn for turn in turns[:-1] if turn[0] not in users[-1:]]


def _most(chat: Chat) -> int:
    """More tokens than this it cannot be: each is a byte at least, and no family of models
    makes a fifth more of them.
    """
    return (_bytes(chat) + 8 * len(chat.messages)) * 6 // 5


def _bytes(chat: Chat) -> int:
    texts = [*_declared(chat), *[message.text for message in chat.messages]]
    for message in chat.messages:
        for call in message.tool_calls:
            texts += (call.name, call.arguments)
    whole = "".join(texts)
    return len(whole) if whole.isascii() else len(whole.encode())


def _around(chat: Chat) -> int:
    """Tokens of what is read beside the messages."""
    return PER_REPLY + sum(counts.count_each(_declared(chat), chat.model))


def _tokens(message: Message, model: str, most: int) -> int:
    return counts.count_up_to(_text(message), model, most) + PER_MESSAGE


def _text(message: Message) -> str:
    return "\n".join(filter(None, _texts(message)))


def _texts(message: Message) -> list[str]:
    return [message.text, *(call.name + call.arguments for call in message.tool_calls)]


def _declared(chat: Chat) -> list[str]:
    """Tools and schema, which the model reads too. Each by itself, for an agent declares the
    same ones with every turn, and short texts that were counted are remembered.
    """
    declared: list[Any] = [[t.name, t.description, t.parameters] for t in chat.tools]
    if chat.structure and chat.structure.schema:
        declared.append(chat.structure.schema)
    return [_written(value) for value in declared]


def _written(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer that it cannot write, and a schema may hold
        return compact(value)
