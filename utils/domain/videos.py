"""Videos: what is asked for, and what has become of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from utils.domain.chat import Attachment
from utils.errors import NotFound, RelayError

UNKNOWN = "auto"  # a size or length that is left to the model, which does not tell it

Status = Literal["queued", "in_progress", "completed", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What a video is to show. Whatever is empty is left to the model. `image` is what it is to
    begin with, or to look like: models differ.
    """

    prompt: str
    model: str
    seconds: str = ""
    size: str = ""
    image: Attachment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """It is there if there is a `url`, and failed if there is an `error`."""

    url: str = ""
    error: RelayError | None = None
    credits: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """`call` is what to ask by, and `account` which of the server's own has to ask; `seconds`
    and `size` are what the model was told.
    """

    call: str
    seconds: str
    size: str
    progress: Progress
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """One that its owner has paid for. Times are in seconds since 1970."""

    id: str
    call: str
    model: str
    prompt: str
    seconds: str
    size: str
    created: int
    status: Status = "queued"
    completed: int | None = None
    url: str = ""
    credits: float | None = None
    error_code: str = ""
    error_message: str = ""
    account: str = ""
    request_id: str = ""  # of the call that it was paid by

    @property
    def over(self) -> bool:
        return self.status in ("completed", "failed")

    def after(self, progress: Progress, now: int) -> Video:
        """The video, now that this is known of it."""
        if error := progress.error:
            code = error.code or error.kind
            told = replace(self, status="failed", error_code=code, error_message=error.message)
        elif progress.url:
            told = replace(self, status="completed", completed=now, url=progress.url)
        else:
            return replace(self, status="in_progress")
        return replace(told, credits=progress.credits)

    def place(self) -> str:
        """Its address. Raises NotFound while there is none, and where there will be none."""
        if self.status == "failed":
            raise NotFound(
                "There is no such video: it failed.", param="id", code="video_failed"
            )
        if not self.url:
            message = "The video is not ready yet. GET /v1/videos/{id} tells how far it is."
            raise NotFound(message, param="id", code="video_not_ready")
        return self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFile:
    """In `pieces`, b"" for each moment of silence, and of `size` bytes where that is known.
    Whoever has it closes it.
    """

    pieces: Iterator[bytes]
    close: Callable[[], None]
    media_type: str
    size: int | None = None
