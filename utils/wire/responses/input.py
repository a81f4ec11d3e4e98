"""What a response answers: the request's own input, and what was said before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

import orjson
from pydantic import Field, ValidationInfo, field_validator

from utils.domain.chat import Message
from utils.errors import InvalidRequest, NotFound
from utils.wire.body import Body
from utils.wire.chat.messages import InputMessage
from utils.wire.items import Item
from utils.wire.responses.chat_items import chat_items
from utils.wire.responses.items import Id, InputItem, ItemReference, Transcript, read_item


class ConversationId(Body):
    id: Id


class Conversed(Body):
    input: str | Annotated[list[InputItem], Field(min_length=1, fail_fast=True)] | None = None
    messages: Annotated[list[InputMessage], Field(min_length=1, fail_fast=True)] | None = None
    model: str | None = None
    instructions: str | None = None
    previous_response_id: Id | None = None
    conversation: Id | ConversationId | None = None

    @field_validator("conversation")
    @classmethod
    def _is_alone(
        cls, conversation: Id | ConversationId | None, info: ValidationInfo
    ) -> Id | ConversationId | None:
        if conversation and info.data.get("previous_response_id"):
            raise ValueError("it excludes previous_response_id")
        return conversation

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Raises InvalidRequest, also when nothing is there that could be answered."""
        asked = super().parse(raw)
        given = asked.input is not None or asked.messages
        if not (given or asked.previous or asked.conversation_id):
            raise InvalidRequest("input: this field is required", param="input")
        references = asked.references
        if len(set(references)) < len(references):
            raise InvalidRequest("input: the same item is referred to twice", param="input")
        if _MANY_DIGITS in raw.translate(_AS_ZEROS) and _LONG_NUMBER.search(raw):
            _check_numbers(asked)
        return asked

    @property
    def previous(self) -> str:
        return self.previous_response_id or ""

    @property
    def conversation_id(self) -> str:
        if isinstance(self.conversation, ConversationId):
            return self.conversation.id
        return self.conversation or ""

    @property
    def references(self) -> tuple[str, ...]:
        """The ids of what the input names in place of repeating it."""
        return tuple(item.id for item in self._items if isinstance(item, ItemReference))

    @property
    def _items(self) -> Sequence[Any]:
        return self.input if isinstance(self.input, list) else ()

    def sent(self, history: Sequence[Item], referenced: Mapping[str, Item]) -> Iterator[Item]:
        """The request's own input as items, as they were sent. Raises NotFound for a reference
        to nothing.
        """
        found = _found(history, referenced) if self.references else {}
        if isinstance(self.input, str):
            yield {"type": "message", "role": "user", "content": self.input}
        for index, item in enumerate(self._items):
            if isinstance(item, ItemReference):
                yield _referenced(item, found, f"input[{index}]")
            else:
                yield item.as_sent()
        if self.input is None:
            for message in self.messages or ():
                yield from chat_items(message)

    def turns(
        self, history: Sequence[Item], referenced: Mapping[str, Item]
    ) -> tuple[Message, ...]:
        """Of the whole conversation. Raises InvalidRequest, and NotFound for a reference to
        nothing.
        """
        transcript = Transcript()
        before = "conversation" if self.conversation_id else "previous_response_id"
        for index, item in enumerate(history):
            place = f"{before}.items[{index}]"
            transcript.add(read_item(item, place), place, is_new=False)
        told = transcript.messages()
        self._tell(transcript, history, referenced)
        new = transcript.messages()[len(told) :]
        if self.input is not None or self.messages:
            _check(new, "input" if self.input is not None else "messages")
        if not self.instructions:
            return told + new
        return Message(role="system", text=self.instructions), *told, *new

    def _tell(
        self, transcript: Transcript, history: Sequence[Item], referenced: Mapping[str, Item]
    ) -> None:
        found = _found(history, referenced) if self.references else {}
        if isinstance(self.input, str):
            transcript.say(Message(role="user", text=self.input))
        for index, item in enumerate(self._items):
            place = f"input[{index}]"
            if isinstance(item, ItemReference):
                item = read_item(_referenced(item, found, place), place)
            transcript.add(item, place, is_new=True)
        if self.input is None:
            for index, message in enumerate(self.messages or ()):
                transcript.say(message.to_message(index))


# Where one begins that could be beyond 64 bits, which nobody could be shown again.
_LONG_NUMBER = re.compile(rb"[:,\[ \t\r\n]-?\d{19}")
_AS_ZEROS, _MANY_DIGITS = bytes.maketrans(b"123456789", b"000000000"), b"0" * 19


def _check_numbers(asked: Conversed) -> None:
    for name, value in asked.model_dump().items():
        try:
            orjson.dumps(value)
        except TypeError:
            raise InvalidRequest(f"{name}: a number in it is too large", param=name) from None


def _found(history: Sequence[Item], referenced: Mapping[str, Item]) -> dict[str, Item]:
    return {**{item["id"]: item for item in history if "id" in item}, **referenced}


def _referenced(reference: ItemReference, found: Mapping[str, Item], place: str) -> Item:
    if reference.id not in found:
        raise NotFound(f"Item with id {reference.id!r} not found.", param=f"{place}.id")
    return found[reference.id]


def _check(messages: Sequence[Message], param: str) -> None:
    """Even an empty result of a call says something."""
    if not any(
        m.text.strip() or m.tool_calls or m.attachments or m.role == "tool" for m in messages
    ):
        raise InvalidRequest(f"{param}: it has no content", param=param)
