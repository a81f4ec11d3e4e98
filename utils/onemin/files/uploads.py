"""Files brought to 1min.ai, each once for each key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Protocol

import orjson

from utils.domain.files import EXTENSIONS, File
from utils.domain.owner import owner as owner_of
from utils.domain.payers import Payer
from utils.errors import InvalidRequest
from utils.onemin.client import Client
from utils.onemin.files import assets
from utils.onemin.files.assets import Asset
from utils.onemin.files.once import Once
from utils.waiting import Waiting

_ASSET = "asset:1:"
_EXTENSIONS = sorted({*EXTENSIONS, *assets.TEXTS})
_CORRUPT = re.compile(r"\bcorrupt", re.IGNORECASE)


class Forgetful(Protocol):
    def delete(self, *keys: str) -> None: ...


class Uploads:
    """What one key has uploaded is never used for another. Shared by all threads."""

    def __init__(self, client: Client, once: Once) -> None:
        self._client = client
        self._once = once

    def asset(self, file: File, payer: Payer) -> Waiting[Asset]:
        """Raises UnsupportedFile, and as `Client.upload` does."""
        kept = yield from self._once.value(
            _ASSET + identity(file, payer), lambda: self._sent(file, payer)
        )
        return Asset(**orjson.loads(kept))

    def _sent(self, file: File, payer: Payer) -> Waiting[bytes]:
        """A sound file is refused as corrupt now and then (onemin-api.md 6). Nothing is billed,
        so that alone is tried again.
        """
        form = assets.build(file)
        try:
            asset = assets.read((yield from self._client.upload(form, payer)))
        except InvalidRequest as error:
            if not _CORRUPT.search(error.message):
                raise
            asset = assets.read((yield from self._client.upload(form, payer)))
        return orjson.dumps(asset)


def identity(file: File, payer: Payer) -> str:
    """The same for equal files of one key, and telling neither."""
    return _identity(
        hashlib.sha256(file.data).hexdigest(), file.type.extension, owner_of(payer.key)
    )


def forget(cache: Forgetful, accounts: Iterable[str], sha256: str, owner: str) -> None:
    """That this owner ever sent a file with this content, whatever it went up as, and to which
    of the server's accounts.
    """
    cache.delete(
        *(
            _ASSET + _identity(sha256, kind, account)
            for account in {owner, *accounts}
            for kind in _EXTENSIONS
        )
    )


def _identity(sha256: str, extension: str, owner: str) -> str:
    return f"{sha256}.{extension}:{owner}"
