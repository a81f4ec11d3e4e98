"""/admin/keys, both directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from utils.domain.callers import SCOPES, Grant, Scope
from utils.domain.keys import RelayKey
from utils.domain.paging import Paging
from utils.wire.body import Body
from utils.wire.fields import Fields, Number

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Pattern = Annotated[str, Field(min_length=1, max_length=200)]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=100)]
Models = Annotated[list[Pattern], Field(max_length=100)]
Moment = Annotated[int, Field(ge=0, le=253_402_300_799)]  # the year 9999 is the last
AMinute = Annotated[int, Field(ge=0, le=10**9)]
AMonth = Annotated[int, Field(ge=0, le=10**15)]
Credits = Annotated[float, Field(ge=0, le=10**15)]


class _KeyFields(Body):
    """A field that is misspelt would make a key for more than was meant."""

    model_config = ConfigDict(extra="forbid")

    scopes: Scopes | None = None
    models: Models | None = None
    expires_at: Moment | None = None
    requests: AMinute | None = None
    tokens: AMinute | None = None
    concurrency: Annotated[int, Field(ge=0, le=1000)] | None = None
    monthly_tokens: AMonth | None = None
    monthly_credits: Credits | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The fields of a grant that are told; null stands for what it is by itself."""
        told = self.model_dump(exclude_unset=True, exclude={"name", "expires_at"})
        if "scopes" in told:
            told["scopes"] = frozenset(told["scopes"] or SCOPES)
        if "models" in told:
            told["models"] = tuple(told["models"] or ())
        return told


class NewKey(_KeyFields):
    name: Name

    def to_grant(self) -> Grant:
        return Grant(**self.given)


class KeyChanges(_KeyFields):
    """What is not told stays as it is."""

    name: Name | None = None

    def changed(self, key: RelayKey) -> RelayKey:
        told = self.model_fields_set
        return replace(
            key,
            name=self.name or key.name,
            expires=self.expires_at if "expires_at" in told else key.expires,
            grant=replace(key.grant, **self.given),
        )


class Listing(Fields):
    after: str = ""
    before: str = ""
    limit: Annotated[Number, Field(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"

    @property
    def paging(self) -> Paging:
        return Paging(
            limit=self.limit,
            newest_first=self.order == "desc",
            after=self.after,
            before=self.before,
        )


def encode(key: RelayKey, now: float, secret: str = "") -> dict[str, Any]:
    """`secret` is told once, to whoever asked for the key."""
    limits = asdict(key.grant)
    return {
        "id": key.id,
        "object": "key",
        **({"secret": secret} if secret else {}),
        "name": key.name,
        "state": key.state(now),
        "owner": key.owner,
        "created_at": key.created,
        "expires_at": key.expires,
        "revoked_at": key.revoked,
        **limits,
        "scopes": sorted(key.grant.scopes),
    }


def encode_list(keys: Sequence[RelayKey], more: bool, now: float) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [encode(key, now) for key in keys],
        "first_id": keys[0].id if keys else None,
        "last_id": keys[-1].id if keys else None,
        "has_more": more,
    }
