"""The items a response is asked with, and the conversation they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

import orjson
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from utils.domain.chat import Attachment, Message, Role, ToolCall
from utils.errors import InvalidRequest
from utils.wire.items import Item
from utils.wire.responses.parts import AsSent, Content, attachments_of, text_of
from utils.wire.responses.summary import read_summary
from utils.wire.responses.tools import TOOL_SEARCH, Tools, declared, flat_name

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}

Id = Annotated[str, Field(max_length=256)]


class AnyItem(AsSent):
    id: Id | None = None


class MessageItem(AnyItem):
    type: Literal["message"]
    role: Literal["user", "assistant", "system", "developer"]
    content: Content | None = None

    def to_message(self, place: str) -> Message:
        """Raises InvalidRequest, naming the part at fault."""
        return Message(
            role=ROLES[self.role],
            text=text_of(self.content),
            attachments=attachments_of(self.content, f"{place}.content"),
        )


class FunctionCall(AnyItem):
    type: Literal["function_call"]
    call_id: Id
    name: str
    arguments: str
    namespace: str | None = None

    def to_call(self) -> ToolCall:
        return ToolCall(self.call_id, flat_name(self.namespace, self.name), self.arguments)


class CustomCall(AnyItem):
    type: Literal["custom_tool_call"]
    call_id: Id
    name: str
    input: str
    namespace: str | None = None

    def to_call(self) -> ToolCall:
        arguments = orjson.dumps({"input": self.input}).decode()
        return ToolCall(self.call_id, flat_name(self.namespace, self.name), arguments)


class CallOutput(AnyItem):
    type: Literal["function_call_output", "custom_tool_call_output"]
    call_id: Id
    output: Content

    def to_message(self, place: str) -> Message:
        """Raises InvalidRequest, naming the part at fault."""
        return Message(
            role="tool",
            text=text_of(self.output),
            call_id=self.call_id,
            attachments=attachments_of(self.output, f"{place}.output"),
        )


class AdditionalTools(AnyItem):
    """Tools that are declared where the conversation has come to."""

    type: Literal["additional_tools"]
    role: Literal["developer"]
    tools: Tools


class SearchCall(AnyItem):
    """The model looks for tools. A search that OpenAI made has no `call_id`."""

    type: Literal["tool_search_call"]
    call_id: Id | None = None
    arguments: Any = None

    def to_call(self) -> ToolCall:
        return ToolCall(self.call_id or "", TOOL_SEARCH, orjson.dumps(self.arguments).decode())


class SearchOutput(AnyItem):
    """The tools that were found, which can be called from then on."""

    type: Literal["tool_search_output"]
    call_id: Id | None = None
    tools: Tools

    def to_message(self, place: str) -> Message:
        found = ", ".join(tool.told.name for tool in declared((), [self.tools]).values())
        text = f"These tools can be called from now on: {found}" if found else "No tool found."
        return Message(role="tool", text=text, call_id=self.call_id or "")


class Unread(AnyItem):
    """What no model is told again: its thoughts, and that it searched."""

    type: Literal["reasoning", "web_search_call"]


class ItemReference(AnyItem):
    type: Literal["item_reference"]
    id: Id


class CompactionItem(AnyItem):
    type: Literal["compaction", "compaction_summary"]
    encrypted_content: str

    def to_message(self, place: str) -> Message:
        """Raises InvalidRequest for what this relay did not write."""
        summary = read_summary(self.encrypted_content, f"{place}.encrypted_content")
        return Message(role="system", text=f"What was said before, in short:\n{summary}")


def _typed(item: object) -> object:
    """With the type that may be left out."""
    if not isinstance(item, dict) or item.get("type") is not None:
        return item
    is_reference = "id" in item and not item.keys() & {"role", "content"}
    return {**item, "type": "item_reference" if is_reference else "message"}


Calling = FunctionCall | CustomCall | SearchCall
Answering = CallOutput | SearchOutput
TellingItem = MessageItem | Calling | Answering | CompactionItem | AdditionalTools | Unread
InputItem = Annotated[
    Annotated[TellingItem | ItemReference, Field(discriminator="type")],
    BeforeValidator(_typed),
]
_KEPT: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        Annotated[TellingItem, Field(discriminator="type")],
        BeforeValidator(_typed),
    ]
)


def read_item(item: Item, place: str) -> TellingItem:
    """One that was kept. Raises InvalidRequest."""
    try:
        read: TellingItem = _KEPT.validate_python(item)
    except ValidationError:
        raise InvalidRequest(f"{place}: this item cannot be used here", param=place) from None
    return read


def later_tools(history: Iterable[Item]) -> Iterator[Tools]:
    """Those that items declare which were kept."""
    for item in history:
        if item.get("type") in ("additional_tools", "tool_search_output"):
            read = read_item(item, "previous_response_id")
            if isinstance(read, DECLARING):
                yield read.tools


DECLARING = AdditionalTools | SearchOutput


class Transcript:
    """Items, gathered into turns: an answer and the calls beside it are one."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._known: set[str] = set()  # calls that may be answered
        self._texts: list[str] = []  # of the answer that is being gathered
        self._files: list[Attachment] = []
        self._calls: list[ToolCall] = []

    def add(self, item: TellingItem, place: str, *, is_new: bool) -> None:
        """Raises InvalidRequest, naming what is wrong at `place`. From what was kept, a client
        can have deleted a call and left its result.
        """
        match item:
            case MessageItem(role="assistant"):
                self._answer(item.to_message(place))
            case SearchCall(call_id=None) | SearchOutput(call_id=None):
                return
            case FunctionCall() | CustomCall() | SearchCall():
                self._calls.append(item.to_call())
                self._known.add(item.call_id or "")
            case CallOutput(call_id=id) | SearchOutput(call_id=id) if (
                is_new and id and id not in self._known
            ):
                raise InvalidRequest(
                    f"No tool call found for function call output with call_id {id[:64]}.",
                    param=f"{place}.call_id",
                )
            case MessageItem() | CallOutput() | SearchOutput() | CompactionItem():
                self.say(item.to_message(place))

    def say(self, message: Message) -> None:
        self._close()
        self._messages.append(message)

    def messages(self) -> tuple[Message, ...]:
        self._close()
        return tuple(self._messages)

    def _answer(self, message: Message) -> None:
        """After a call it belongs to the same turn: results must follow calls at once."""
        if not self._calls:
            self._close()
        self._texts.append(message.text)
        self._files += message.attachments

    def _close(self) -> None:
        if self._texts or self._calls:
            message = Message(
                role="assistant",
                text="\n".join(filter(None, self._texts)),
                tool_calls=tuple(self._calls),
                attachments=tuple(self._files),
            )
            self._messages.append(message)
        self._texts, self._files, self._calls = [], [], []
