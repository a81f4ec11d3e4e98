"""/v1/videos, as OpenAI's clients speak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain.chat import Attachment
from utils.domain.paging import Paging
from utils.domain.videos import UNKNOWN, Shot, Video
from utils.errors import InvalidRequest
from utils.wire.fields import Fields, Given, Number
from utils.wire.images import LONGEST_PROMPT, ImageReference, Word

REFERENCE = "input_reference"


class VideoCreation(Fields):
    """`seconds` is a text in OpenAI's types, and a number to many a client."""

    prompt: Annotated[str, Field(max_length=LONGEST_PROMPT)]
    model: Annotated[str, Field(max_length=256)] | None = None
    seconds: Word | Annotated[int, Field(ge=1, le=3600)] | None = None
    size: Word | None = None
    input_reference: ImageReference | None = None

    @classmethod
    def arranged(cls, first: dict[str, str], given: Given) -> dict[str, Any]:
        """A field in a field is `input_reference[file_id]`."""
        parts = {
            part: first[name]
            for part in ImageReference.model_fields
            if (name := f"{REFERENCE}[{part}]") in first
        }
        return {**first, **({REFERENCE: parts} if parts else {})}

    def to_shot(self, model: str, image: Attachment | None) -> Shot:
        """`image` is what came as a file. Raises InvalidRequest."""
        if not self.prompt.strip():
            raise InvalidRequest("prompt: says nothing", param="prompt")
        if image is None and self.input_reference:
            image = self.input_reference.to_attachment(REFERENCE)
        return Shot(
            prompt=self.prompt,
            model=model,
            seconds=_but_unknown(str(self.seconds or "")),
            size=_but_unknown(self.size or ""),
            image=image,
        )


class Listing(Fields):
    after: str = ""
    limit: Annotated[Number, Field(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"

    @property
    def paging(self) -> Paging:
        newest_first = self.order == "desc"
        return Paging(limit=self.limit, newest_first=newest_first, after=self.after)


class Download(Fields):
    variant: Literal["video", "thumbnail", "spritesheet"] = "video"

    def check(self) -> None:
        """Raises InvalidRequest for what 1min.ai does not make."""
        if self.variant != "video":
            message = f"variant: there is no {self.variant}, only the video"
            raise InvalidRequest(message, param="variant")


def encode(video: Video) -> dict[str, Any]:
    """1min.ai tells nothing of how much is done."""
    return {
        "id": video.id,
        "object": "video",
        "created_at": video.created,
        "status": video.status,
        "progress": 100 if video.status == "completed" else 0,
        "completed_at": video.completed,
        "expires_at": None,
        "model": video.model,
        "prompt": video.prompt,
        "seconds": video.seconds,
        "size": video.size,
        "error": _error(video),
        "remixed_from_video_id": None,
    }


def encode_list(found: Sequence[Video], more: bool) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [encode(video) for video in found],
        "first_id": found[0].id if found else None,
        "last_id": found[-1].id if found else None,
        "has_more": more,
    }


def encode_deleted(id: str) -> dict[str, Any]:
    return {"id": id, "object": "video.deleted", "deleted": True}


def _error(video: Video) -> dict[str, str] | None:
    if video.status != "failed":
        return None
    return {"code": video.error_code, "message": video.error_message}


def _but_unknown(told: str) -> str:
    """A client may send back what it was told of another video."""
    return "" if told == UNKNOWN else told
