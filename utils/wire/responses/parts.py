"""What stands in the items of a response: texts, refusals, files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from utils.domain.chat import Attachment, FileId, Inline
from utils.errors import InvalidRequest
from utils.wire.attachments import decoded, source
from utils.wire.body import Body
from utils.wire.chat.messages import AudioPart, ImageUrl, RefusalPart


class AsSent(Body):
    """A value that is shown again later: what we do not know in it is kept, though not read."""

    model_config = ConfigDict(extra="allow")

    def as_sent(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True, by_alias=True)


class TextPart(AsSent):
    type: Literal["input_text", "output_text", "text", "summary_text"]
    text: str


class ImagePart(AsSent):
    type: Literal["input_image", "image_url"]
    image_url: ImageUrl | str | None = None
    file_id: str | None = None

    def to_attachment(self, place: str) -> Attachment:
        """Raises InvalidRequest."""
        if self.file_id:
            return Attachment("image", FileId(self.file_id), f"{place}.file_id")
        if self.image_url is None:
            raise InvalidRequest(f"{place}: needs image_url or file_id", param=place)
        url = self.image_url if isinstance(self.image_url, str) else self.image_url.url
        place = f"{place}.image_url"
        return Attachment("image", source(url, place), place)


class FilePart(AsSent):
    type: Literal["input_file"]
    file_data: str | None = None
    file_id: str | None = None
    file_url: str | None = None
    filename: str | None = None

    def to_attachment(self, place: str) -> Attachment:
        """Raises InvalidRequest."""
        if self.file_data is not None:
            place = f"{place}.file_data"
            data = decoded(self.file_data, place)
            return Attachment("document", Inline(data=data, name=self.filename or ""), place)
        if self.file_id:
            return Attachment("document", FileId(self.file_id), f"{place}.file_id")
        if self.file_url is not None:
            place = f"{place}.file_url"
            return Attachment("document", source(self.file_url, place), place)
        raise InvalidRequest(f"{place}: needs file_data, file_id or file_url", param=place)


Part = Annotated[
    TextPart | RefusalPart | ImagePart | FilePart | AudioPart, Field(discriminator="type")
]
Content = str | Annotated[list[Part], Field(fail_fast=True)]


def text_of(content: Content | None) -> str:
    if not isinstance(content, list):
        return content or ""
    texts = [
        part.text if isinstance(part, TextPart) else part.refusal
        for part in content
        if isinstance(part, TextPart | RefusalPart)
    ]
    return "\n".join(texts)


def attachments_of(content: Content | None, place: str) -> tuple[Attachment, ...]:
    """Raises InvalidRequest, naming the part at fault. `place` is where the content is."""
    if not isinstance(content, list):
        return ()
    return tuple(
        part.to_attachment(f"{place}[{index}]")
        for index, part in enumerate(content)
        if not isinstance(part, TextPart | RefusalPart)
    )
