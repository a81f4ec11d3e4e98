"""/v1/files, as OpenAI's clients speak."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain.stored_files import ID, NewFile, Page, StoredFile, Wanted
from utils.wire.fields import Fields, Given, Number

BATCHES_LAST = 30 * 86400  # seconds, as OpenAI's do

Purpose = Literal["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]


class ExpiresAfter(Fields):
    anchor: Literal["created_at"]
    seconds: Annotated[Number, Field(ge=3600, le=30 * 86400)]


class Upload(Fields):
    purpose: Purpose
    expires_after: ExpiresAfter | None = None

    @classmethod
    def arranged(cls, first: dict[str, str], given: Given) -> dict[str, Any]:
        """A field in a field is `expires_after[anchor]`."""
        parts = {
            part: first[name]
            for part in ExpiresAfter.model_fields
            if (name := f"expires_after[{part}]") in first
        }
        return {**first, **({"expires_after": parts} if parts else {})}


class Listing(Fields):
    after: Annotated[str, Field(pattern=f"^{ID}$")] = ""
    limit: Annotated[Number, Field(ge=1, le=10_000)] = 10_000
    order: Literal["asc", "desc"] = "desc"
    purpose: Annotated[str, Field(pattern="^[a-z_-]{1,40}$")] = ""


def new_file(form: Given, name: str) -> NewFile:
    """Raises InvalidRequest."""
    asked = Upload.read(form)
    return NewFile(name, asked.purpose, lasts(asked.purpose, asked.expires_after))


def lasts(purpose: Purpose, told: ExpiresAfter | None) -> int | None:
    """In seconds; None is until deleted."""
    if told:
        return told.seconds
    return BATCHES_LAST if purpose == "batch" else None


def wanted(query: Given) -> Wanted:
    """Raises InvalidRequest."""
    asked = Listing.read(query)
    return Wanted(
        limit=asked.limit,
        newest_first=asked.order == "desc",
        after=asked.after,
        purpose=asked.purpose,
    )


def encode(file: StoredFile) -> dict[str, Any]:
    shown = {
        "id": file.id,
        "object": "file",
        "bytes": file.size,
        "created_at": file.created,
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
    }
    return shown if file.expires is None else {**shown, "expires_at": file.expires}


def encode_page(page: Page) -> dict[str, Any]:
    data = [encode(file) for file in page.files]
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": page.more,
    }


def encode_deleted(id: str) -> dict[str, Any]:
    return {"id": id, "object": "file", "deleted": True}
