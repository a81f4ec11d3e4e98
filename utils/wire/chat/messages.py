"""The messages of a chat completion, and what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from utils.domain.chat import Attachment, FileId, Inline, Message, Role, ToolCall
from utils.errors import InvalidRequest
from utils.wire.attachments import decoded, source
from utils.wire.body import Body

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


class TextPart(Body):
    type: Literal["text"]
    text: str


class RefusalPart(Body):
    type: Literal["refusal"]
    refusal: str


class ImageUrl(Body):
    url: str


class ImagePart(Body):
    type: Literal["image_url"]
    image_url: ImageUrl | str

    def to_attachment(self, place: str) -> Attachment:
        url = self.image_url if isinstance(self.image_url, str) else self.image_url.url
        return Attachment("image", source(url, f"{place}.image_url"), f"{place}.image_url")


class ImageFile(Body):
    file_id: str


class ImageFilePart(Body):
    type: Literal["image_file"]
    image_file: ImageFile

    def to_attachment(self, place: str) -> Attachment:
        return Attachment("image", FileId(self.image_file.file_id), f"{place}.image_file")


class Audio(Body):
    data: str
    format: str | None = None


class AudioPart(Body):
    type: Literal["input_audio"]
    input_audio: Audio

    def to_attachment(self, place: str) -> Attachment:
        place = f"{place}.input_audio"
        return Attachment("audio", Inline(data=decoded(self.input_audio.data, place)), place)


class File(Body):
    file_data: str | None = None
    file_id: str | None = None
    file_url: str | None = None
    filename: str | None = None


class FilePart(Body):
    type: Literal["file"]
    file: File

    def to_attachment(self, place: str) -> Attachment:
        """Raises InvalidRequest."""
        place, name = f"{place}.file", self.file.filename or ""
        match self.file:
            case File(file_data=str(data)):
                return Attachment(
                    "document", Inline(data=decoded(data, place), name=name), place
                )
            case File(file_id=str(id)):
                return Attachment("document", FileId(id), place)
            case File(file_url=str(url)):
                return Attachment("document", source(url, place), place)
        raise InvalidRequest(f"{place}: needs file_data, file_id or file_url", param=place)


Part = Annotated[
    TextPart | RefusalPart | ImagePart | ImageFilePart | AudioPart | FilePart,
    Field(discriminator="type"),
]


class Function(Body):
    name: str
    arguments: str | None = None


class CalledTool(Body):
    id: str
    type: Literal["function"] = "function"
    function: Function


class InputMessage(Body):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | Annotated[list[Part], Field(fail_fast=True)] | None = None
    refusal: str | None = None
    name: Annotated[str, Field(max_length=64)] | None = None
    tool_calls: Annotated[list[CalledTool], Field(fail_fast=True)] | None = None
    function_call: Function | None = None
    tool_call_id: str | None = None

    def to_message(self, index: int) -> Message:
        """The one at `index`. Raises InvalidRequest, naming the part at fault."""
        attached: tuple[Attachment, ...] = ()
        match self.content:
            case list(parts):
                text, attached = _text(parts), _attachments(parts, f"messages[{index}]")
            case said:
                text = said or self.refusal or ""
        return Message(
            role=ROLES[self.role],
            text=text,
            name=self.name or "",
            call_id=self.tool_call_id or "",
            tool_calls=self._calls() if self.tool_calls or self.function_call else (),
            attachments=attached,
        )

    def _calls(self) -> tuple[ToolCall, ...]:
        calls = [(call.id, call.function) for call in self.tool_calls or ()]
        if self.function_call:
            calls.append(("", self.function_call))
        return tuple(ToolCall(id, asked.name, asked.arguments or "") for id, asked in calls)


def _text(parts: Sequence[Part]) -> str:
    texts = [
        part.text if isinstance(part, TextPart) else part.refusal
        for part in parts
        if isinstance(part, TextPart | RefusalPart)
    ]
    return "\n".join(texts)


def _attachments(parts: Sequence[Part], message: str) -> tuple[Attachment, ...]:
    return tuple(
        part.to_attachment(f"{message}.content[{index}]")
        for index, part in enumerate(parts)
        if not isinstance(part, TextPart | RefusalPart)
    )
