"""/v1/files, as Anthropic's clients speak."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from utils.domain.stored_files import ID, NewFile, Page, StoredFile, Wanted
from utils.wire.fields import Fields, Given, Number
from utils.wire.stamp import rfc3339

PURPOSE = "user_data"  # theirs have none


class Upload(Fields):
    expires_in_seconds: Annotated[Number, Field(ge=3600, le=90 * 86400)] | None = None


class Listing(Fields):
    """`after_id` is what `page` was once called."""

    limit: Annotated[Number, Field(ge=1, le=1000)] = 20
    page: Annotated[str, Field(pattern=f"^page_{ID}$")] = ""
    after_id: Annotated[str, Field(pattern=f"^{ID}$")] = ""
    before_id: str | None = None
    scope_id: str | None = None
    ids: Annotated[list[str], Field(max_length=100)] | None = None

    @classmethod
    def arranged(cls, first: dict[str, str], given: Given) -> dict[str, Any]:
        ids = given.get("ids[]") or given.get("ids")
        return {**first, "ids": [*dict.fromkeys(ids)] if ids else None}

    @field_validator("before_id", "scope_id")
    @classmethod
    def _refused(cls, value: str | None) -> str | None:
        if value is not None:
            raise ValueError("this relay does not support it")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.ids is not None and {"limit", "page", "after_id"} & self.model_fields_set:
            raise ValueError("ids cannot be used with limit or page")
        return self


def new_file(form: Given, name: str) -> NewFile:
    """Raises InvalidRequest."""
    return NewFile(name, PURPOSE, Upload.read(form).expires_in_seconds)


def wanted(query: Given) -> Wanted:
    """Raises InvalidRequest."""
    asked = Listing.read(query)
    return Wanted(
        limit=asked.limit if asked.ids is None else len(asked.ids),
        after=asked.page.removeprefix("page_") or asked.after_id,
        ids=asked.ids,
    )


def encode(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "type": "file",
        "filename": file.name,
        "mime_type": file.media_type,
        "size_bytes": file.size,
        "created_at": rfc3339(file.created),
        "expires_at": None if file.expires is None else rfc3339(file.expires),
        "downloadable": True,
    }


def encode_page(page: Page) -> dict[str, Any]:
    data = [encode(file) for file in page.files]
    last = data[-1]["id"] if data else None
    return {
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": last,
        "has_more": page.more,
        "next_page": f"page_{last}" if page.more else None,
    }


def encode_deleted(id: str) -> dict[str, Any]:
    return {"id": id, "type": "file_deleted"}
