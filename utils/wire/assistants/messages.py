"""The messages of a thread: as clients send them, as they are kept, as a model reads them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from utils.domain.chat import Attachment, FileId, Message
from utils.errors import InvalidRequest
from utils.wire.assistants.settings import LONGEST_TEXT
from utils.wire.assistants.tools import FileIds, Named, without_code
from utils.wire.body import Body
from utils.wire.chat.messages import ImageFilePart, ImagePart, RefusalPart
from utils.wire.items import Item
from utils.wire.metadata import Metadata
from utils.wire.stamp import Stamp

MOST_PARTS = 100
MOST_MESSAGES = 100  # in one request

Words = Annotated[str, Field(max_length=LONGEST_TEXT)]
SEARCHED = [{"type": "file_search"}]


class TextPart(Body):
    type: Literal["text"]
    text: Words


Part = Annotated[TextPart | ImagePart | ImageFilePart, Field(discriminator="type")]


class AttachmentTool(Body):
    type: Literal["file_search"]


class GivenFile(Body):
    file_id: Annotated[str, Field(min_length=1, max_length=100)]
    tools: (
        Annotated[
            list[Annotated[AttachmentTool, BeforeValidator(without_code)]],
            Field(max_length=2, fail_fast=True),
        ]
        | None
    ) = None


class NewMessage(Body):
    """`file_ids` is how attachments were once told."""

    role: Literal["user", "assistant"]
    content: Words | Annotated[list[Part], Field(max_length=MOST_PARTS, fail_fast=True)]
    attachments: Annotated[list[GivenFile], Field(max_length=20, fail_fast=True)] | None = None
    file_ids: FileIds | None = None
    metadata: Metadata | None = None

    @property
    def files(self) -> Named:
        parts = () if isinstance(self.content, str) else self.content
        return [
            *(
                (f"attachments[{index}].file_id", file.file_id)
                for index, file in enumerate(self.attachments or ())
            ),
            *((f"file_ids[{index}]", id) for index, id in enumerate(self.file_ids or ())),
            *(
                (f"content[{index}].image_file.file_id", part.image_file.file_id)
                for index, part in enumerate(parts)
                if isinstance(part, ImageFilePart)
            ),
        ]

    def to_message(self, thread: str, stamp: Stamp, index: int = 0, place: str = "") -> Item:
        """The one at `index` of a request. Raises InvalidRequest when nothing is in it, or in
        what `place` calls it something that is no picture.
        """
        content = self._shown(place)
        attached = [file.file_id for file in self.attachments or ()] + (self.file_ids or [])
        if not content and not attached:
            raise InvalidRequest(f"{place}content: it is empty", param=f"{place}content")
        return {
            **blank(f"msg_{stamp.token}_{index}", thread, stamp.created),
            "role": self.role,
            "status": "completed",
            "completed_at": stamp.created,
            "content": content,
            "attachments": [{"file_id": id, "tools": SEARCHED} for id in attached],
            "metadata": self.metadata or {},
        }

    def _shown(self, place: str) -> list[Item]:
        if isinstance(self.content, str):
            return [text(self.content)] if self.content.strip() else []
        return [
            _part(part, f"{place}content[{index}]") for index, part in enumerate(self.content)
        ]


def _part(part: Part, place: str) -> Item:
    match part:
        case TextPart():
            return text(part.text)
        case ImagePart():
            part.to_attachment(place)
            shown = part.model_dump()["image_url"]
            url = shown if isinstance(shown, str) else shown["url"]
            return {"type": "image_url", "image_url": {"url": url, "detail": "auto"}}
        case ImageFilePart():
            file = {"file_id": part.image_file.file_id, "detail": "auto"}
            return {"type": "image_file", "image_file": file}


def blank(id: str, thread: str, created: int) -> Item:
    """A message before it is known what it is."""
    return {
        "id": id,
        "object": "thread.message",
        "created_at": created,
        "thread_id": thread,
        "status": "in_progress",
        "incomplete_details": None,
        "incomplete_at": None,
        "completed_at": None,
        "role": "assistant",
        "content": [],
        "attachments": [],
        "assistant_id": None,
        "run_id": None,
        "metadata": {},
    }


def text(value: str) -> Item:
    return {"type": "text", "text": {"value": value, "annotations": []}}


class KeptText(Body):
    value: str


class KeptTextPart(Body):
    type: Literal["text"]
    text: KeptText


class KeptFile(Body):
    file_id: str


KeptPart = Annotated[
    KeptTextPart | RefusalPart | ImagePart | ImageFilePart, Field(discriminator="type")
]


class KeptMessage(Body):
    role: Literal["user", "assistant"]
    content: list[KeptPart]
    attachments: list[KeptFile]

    def to_message(self, place: str) -> Message:
        return Message(
            role=self.role,
            text="\n".join(self._texts()),
            attachments=tuple(self._attachments(place)),
        )

    def _texts(self) -> list[str]:
        return [
            part.text.value if isinstance(part, KeptTextPart) else part.refusal
            for part in self.content
            if isinstance(part, KeptTextPart | RefusalPart)
        ]

    def _attachments(self, place: str) -> list[Attachment]:
        pictures = [
            part.to_attachment(f"{place}.content[{index}]")
            for index, part in enumerate(self.content)
            if isinstance(part, ImagePart | ImageFilePart)
        ]
        return pictures + [
            document(file.file_id, f"{place}.attachments[{index}].file_id")
            for index, file in enumerate(self.attachments)
        ]


def read_message(kept: dict[str, Any], place: str) -> Message:
    return KeptMessage.model_validate(kept).to_message(place)


def document(id: str, place: str) -> Attachment:
    return Attachment("document", FileId(id), place)
