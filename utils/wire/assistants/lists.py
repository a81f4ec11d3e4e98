"""Lists of assistants and of what is in threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain.paging import Paging
from utils.wire.fields import Fields, Number
from utils.wire.items import Item


class Listing(Fields):
    after: str = ""
    before: str = ""
    limit: Annotated[Number, Field(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"
    run_id: str = ""

    @property
    def paging(self) -> Paging:
        return Paging(
            limit=self.limit,
            newest_first=self.order == "desc",
            after=self.after,
            before=self.before,
        )


def encode_list(found: Sequence[Item], more: bool) -> dict[str, Any]:
    return {
        "object": "list",
        "data": found,
        "first_id": found[0]["id"] if found else None,
        "last_id": found[-1]["id"] if found else None,
        "has_more": more,
    }


def encode_deleted(id: str, kind: str) -> dict[str, Any]:
    return {"id": id, "object": f"{kind}.deleted", "deleted": True}
