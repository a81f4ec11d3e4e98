"""/v1/conversations, both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from utils.errors import InvalidRequest, NotFound
from utils.wire.body import Body
from utils.wire.fields import Fields, Number
from utils.wire.items import Item, item_id, normalised
from utils.wire.metadata import Metadata
from utils.wire.responses.items import InputItem, ItemReference
from utils.wire.stamp import Stamp

MOST_ITEMS = 20  # in one request
Items = Annotated[list[InputItem], Field(max_length=MOST_ITEMS, fail_fast=True)]


class _WithItems(Body):
    items: Items | None = None

    @property
    def references(self) -> list[str]:
        """The ids of items that the client does not send again."""
        return [item.id for item in self.items or () if isinstance(item, ItemReference)]

    def shown(self, referenced: Mapping[str, Item], stamp: Stamp) -> list[Item]:
        """The items, complete. Raises NotFound for a reference to none."""
        return [
            _referred(item.id, referenced, place)
            if isinstance(item, ItemReference)
            else _complete(item.as_sent(), f"{stamp.token}{place:02x}", place)
            for place, item in enumerate(self.items or ())
        ]


class NewConversation(_WithItems):
    metadata: Metadata | None = None

    def to_conversation(self, stamp: Stamp) -> Item:
        return {
            "id": f"conv_{stamp.token}",
            "object": "conversation",
            "created_at": stamp.created,
            "metadata": self.metadata or {},
        }


class NewItems(_WithItems):
    items: Items


class Changes(Body):
    metadata: Metadata | None

    def to_changes(self) -> Item:
        return {"metadata": self.metadata or {}}


class ItemPage(Fields):
    """Which items are asked for. `include` names nothing that this relay keeps apart."""

    after: str = ""
    limit: Annotated[Number, Field(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"

    def of(self, items: Sequence[Item]) -> tuple[Sequence[Item], bool]:
        """The page of all these, which are in ascending order, and whether there are more after
        it. Raises InvalidRequest for an `after` that is none of them.
        """
        ordered = items if self.order == "asc" else items[::-1]
        ids = [item["id"] for item in ordered]
        if self.after and self.after not in ids:
            raise InvalidRequest("after: no such item", param="after")
        start = ids.index(self.after) + 1 if self.after else 0
        return ordered[start : start + self.limit], start + self.limit < len(ordered)


def encode_items(items: Sequence[Item], more: bool = False) -> dict[str, Any]:
    return {
        "object": "list",
        "data": items,
        "first_id": items[0]["id"] if items else "",  # null is not a text, as it has to be
        "last_id": items[-1]["id"] if items else "",
        "has_more": more,
    }


def encode_deleted(id: str) -> dict[str, Any]:
    return {"id": id, "object": "conversation.deleted", "deleted": True}


def _referred(id: str, referenced: Mapping[str, Item], place: int) -> Item:
    if id not in referenced:
        raise NotFound(f"There is no item {id[:100]!r}.", param=f"items[{place}].id")
    return referenced[id]


def _complete(item: Item, token: str, place: int) -> Item:
    complete = normalised(item, item_id(item, token))
    try:
        orjson.dumps(complete)
    except TypeError:
        raise InvalidRequest(
            f"items[{place}]: a number in it is too large", param=f"items[{place}]"
        ) from None
    return complete
