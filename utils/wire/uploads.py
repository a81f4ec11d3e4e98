"""/v1/uploads, as OpenAI's clients speak."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from utils.domain.uploads import MOST_PARTS, Completion, NewUpload, Part, Upload
from utils.wire import files
from utils.wire.body import Body
from utils.wire.files import ExpiresAfter, Purpose, lasts


class UploadCreation(Body):
    """`mime_type` has to be there; what a file is, its bytes tell."""

    filename: Annotated[str, Field(min_length=1)]
    purpose: Purpose
    bytes: Annotated[int, Field(ge=1, le=2**53)]
    mime_type: str
    expires_after: ExpiresAfter | None = None

    def to_upload(self) -> NewUpload:
        return NewUpload(
            self.filename, self.purpose, self.bytes, lasts(self.purpose, self.expires_after)
        )


class UploadCompletion(Body):
    part_ids: Annotated[list[str], Field(min_length=1, max_length=MOST_PARTS, fail_fast=True)]
    md5: Annotated[str, Field(pattern="^[0-9a-fA-F]{32}$")] | None = None

    def to_completion(self) -> Completion:
        return Completion(self.part_ids, self.md5 or "")


def encode(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.id,
        "object": "upload",
        "bytes": upload.size,
        "created_at": upload.created,
        "filename": upload.name,
        "purpose": upload.purpose,
        "status": upload.status,
        "expires_at": upload.expires,
        "file": files.encode(upload.file) if upload.file else None,
    }


def encode_part(part: Part) -> dict[str, Any]:
    return {
        "id": part.id,
        "object": "upload.part",
        "created_at": part.created,
        "upload_id": part.upload,
    }
