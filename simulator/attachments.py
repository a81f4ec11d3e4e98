"""The files a chat refers to: pictures by key or address, documents by uuid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from simulator.accounts import Account
from simulator.admission import Refused
from simulator.assets.storage import Storage
from simulator.replies import provider_refusal
from simulator.sight import Attached

SCHEMES = ("http://", "https://")


def attached(prompt_object: Mapping[str, Any], account: Account, storage: Storage) -> Attached:
    """A document's path, or an id nobody gave out, is accepted and never read: 1min.ai does
    so too (onemin-api.md 2.1).
    """
    given = prompt_object.get("attachments") or {}
    documents = (storage.document(account.team_id, uuid) for uuid in given.get("files") or ())
    return Attached(
        pictures=tuple(
            picture_name(reference, account, storage) for reference in given.get("images") or ()
        ),
        documents=tuple(document for document in documents if document),
    )


def picture_name(reference: str, account: Account, storage: Storage) -> str:
    if reference.startswith(SCHEMES):
        return unquote(urlsplit(reference).path.rpartition("/")[2])
    asset = storage.owned(account.team_id, reference)
    if asset is None:
        raise Refused(provider_refusal("image_url", "The image could not be downloaded."))
    return asset.name
