"""The messages of Anthropic's API, and the blocks that stand in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from utils.domain.chat import Attachment, FileId, Inline, Link, Message, ToolCall
from utils.errors import InvalidRequest
from utils.wire.attachments import decoded, source
from utils.wire.body import Body

FAILED = "(error) "  # how a model that reads text learns that a tool failed

Piece = str | Attachment


class _Said(Protocol):
    def pieces(self, place: str) -> Iterator[Piece]: ...


class TextBlock(Body):
    type: Literal["text"]
    text: str

    def pieces(self, place: str) -> Iterator[Piece]:
        yield self.text


class Base64Source(Body):
    type: Literal["base64"]
    data: str

    def content(self, place: str, name: str = "") -> Inline | Link | FileId:
        return Inline(data=decoded(self.data, place), name=name)


class UrlSource(Body):
    type: Literal["url"]
    url: str

    def content(self, place: str, name: str = "") -> Inline | Link | FileId:
        return source(self.url, place)


class FileSource(Body):
    type: Literal["file"]
    file_id: str

    def content(self, place: str, name: str = "") -> Inline | Link | FileId:
        return FileId(self.file_id)


class ImageBlock(Body):
    type: Literal["image"]
    source: Annotated[
        Base64Source | UrlSource | FileSource,
        Field(discriminator="type"),
    ]

    def pieces(self, place: str) -> Iterator[Piece]:
        place = f"{place}.source"
        yield Attachment("image", self.source.content(place), place)


class PlainTextSource(Body):
    type: Literal["text"]
    data: str


class ContentSource(Body):
    type: Literal["content"]
    content: (
        str
        | Annotated[
            list[Annotated[TextBlock | ImageBlock, Field(discriminator="type")]],
            Field(fail_fast=True),
        ]
    )


class DocumentBlock(Body):
    """One whose text the client sends is text of the message: any model can read that."""

    type: Literal["document"]
    source: Annotated[
        Base64Source | UrlSource | FileSource | PlainTextSource | ContentSource,
        Field(discriminator="type"),
    ]
    title: str | None = None
    context: str | None = None

    def pieces(self, place: str) -> Iterator[Piece]:
        place = f"{place}.source"
        match self.source:
            case PlainTextSource(data=text) | ContentSource(content=str(text)):
                yield self._shown(text)
            case ContentSource(content=list(blocks)):
                inner = _pieces(blocks, f"{place}.content")
                yield self._shown(_text(inner))
                yield from _attachments(inner)
            case Base64Source() | UrlSource() | FileSource() as file:
                if self.context:
                    yield self._shown("")
                yield Attachment("document", file.content(place, self.title or ""), place)

    def _shown(self, text: str) -> str:
        heading = f"--- document: {self.title or 'untitled'} ---"
        return "\n".join(filter(None, [heading, self.context, text]))


class SearchResultBlock(Body):
    type: Literal["search_result"]
    source: str
    title: str
    content: Annotated[list[TextBlock], Field(fail_fast=True)]

    def pieces(self, place: str) -> Iterator[Piece]:
        heading = f"--- search result: {self.title} ({self.source}) ---"
        yield "\n".join([heading, *(block.text for block in self.content)])


class ToolReferenceBlock(Body):
    """What a client's own search for tools has found. All tools are declared anyhow."""

    type: Literal["tool_reference"]
    tool_name: str

    def pieces(self, place: str) -> Iterator[Piece]:
        yield f"(tool: {self.tool_name})"


class PassedOverBlock(Body):
    """What Anthropic's models thought, searched and fetched in earlier turns: it is signed or
    encrypted for them, and what they made of it stands in their text.
    """

    type: Literal[
        "thinking",
        "redacted_thinking",
        "server_tool_use",
        "web_search_tool_result",
        "web_fetch_tool_result",
        "tool_search_tool_result",
    ]

    def pieces(self, place: str) -> Iterator[Piece]:
        yield from ()


class ToolUseBlock(Body):
    type: Literal["tool_use"]
    id: str
    name: str
    input: dict[str, Any]

    def to_call(self) -> ToolCall:
        return ToolCall(self.id, self.name, json.dumps(self.input, ensure_ascii=False))


ResultBlock = Annotated[
    TextBlock | ImageBlock | DocumentBlock | SearchResultBlock | ToolReferenceBlock,
    Field(discriminator="type"),
]


class ToolResultBlock(Body):
    type: Literal["tool_result"]
    tool_use_id: str
    content: str | Annotated[list[ResultBlock], Field(fail_fast=True)] | None = None
    is_error: bool | None = None

    def to_message(self, place: str) -> Message:
        pieces = _pieces(self.content or "", f"{place}.content")
        return Message(
            role="tool",
            text=FAILED * bool(self.is_error) + _text(pieces),
            call_id=self.tool_use_id,
            attachments=_attachments(pieces),
        )


SaidBlock = TextBlock | ImageBlock | DocumentBlock | SearchResultBlock | PassedOverBlock
Block = Annotated[SaidBlock | ToolUseBlock | ToolResultBlock, Field(discriminator="type")]

_SPEAKERS = {"tool_use": "assistant", "tool_result": "user"}


class InputMessage(Body):
    role: Literal["user", "assistant", "system"]
    content: str | Annotated[list[Block], Field(fail_fast=True)]

    def to_messages(self, index: int) -> Iterator[Message]:
        """What the one at `index` amounts to: each result of a tool by itself and before the
        rest, for it answers the turn before. Raises InvalidRequest, naming the block at fault.
        """
        place = f"messages[{index}].content"
        if isinstance(self.content, str):
            yield Message(role=self.role, text=self.content)
            return
        pieces: list[Piece] = []
        calls: list[ToolCall] = []
        for at, block in enumerate(self.content):
            here = f"{place}[{at}]"
            match block:
                case ToolUseBlock():
                    self._check(block, here)
                    calls.append(block.to_call())
                case ToolResultBlock():
                    self._check(block, here)
                    yield block.to_message(here)
                case _:
                    pieces += block.pieces(here)
        if pieces or calls:
            yield Message(
                role=self.role,
                text=_text(pieces),
                tool_calls=tuple(calls),
                attachments=_attachments(pieces),
            )

    def _check(self, block: ToolUseBlock | ToolResultBlock, place: str) -> None:
        speaker = _SPEAKERS[block.type]
        if self.role != speaker:
            raise InvalidRequest(
                f"{place}: {block.type} belongs in a message of the {speaker}", param=place
            )


def _pieces(content: str | Iterable[_Said], place: str) -> list[Piece]:
    if isinstance(content, str):
        return [content]
    told = (block.pieces(f"{place}[{index}]") for index, block in enumerate(content))
    return [piece for pieces in told for piece in pieces]


def _text(pieces: Iterable[Piece]) -> str:
    return "\n".join(piece for piece in pieces if isinstance(piece, str))


def _attachments(pieces: Iterable[Piece]) -> tuple[Attachment, ...]:
    return tuple(piece for piece in pieces if isinstance(piece, Attachment))
