"""Files brought to 1min.ai, each once for each key."""

from __future__ import annotations

import hashlib
import re

import orjson

from utils.domain.files import File
from utils.errors import InvalidRequest
from utils.onemin.client import Client
from utils.onemin.files import assets
from utils.onemin.files.assets import Asset
from utils.onemin.files.once import Once
from utils.waiting import Waiting

_CORRUPT = re.compile(r"\bcorrupt", re.IGNORECASE)


class Uploads:
    """What one key has uploaded is never used for another. Shared by all threads."""

    def __init__(self, client: Client, once: Once) -> None:
        self._client = client
        self._once = once

    def asset(self, file: File, key: str) -> Waiting[Asset]:
        """Raises UnsupportedFile, and as `Client.upload` does."""
        name = f"asset:1:{identity(file, key)}"
        kept = yield from self._once.value(name, lambda: self._sent(file, key))
        return Asset(**orjson.loads(kept))

    def _sent(self, file: File, key: str) -> Waiting[bytes]:
        """A sound file is refused as corrupt now and then (onemin-api.md 6). Nothing is billed,
        so that alone is tried again.
        """
        form = assets.build(file)
        try:
            asset = assets.read((yield from self._client.upload(form, key)))
        except InvalidRequest as error:
            if not _CORRUPT.search(error.message):
                raise
            asset = assets.read((yield from self._client.upload(form, key)))
        return orjson.dumps(asset)


def identity(file: File, key: str) -> str:
    """The same for equal files of one key, and telling neither."""
    content, owner = hashlib.sha256(file.data), hashlib.sha256(key.encode())
    return f"{content.hexdigest()}.{file.type.extension}:{owner.hexdigest()}"
