"""The files 1min.ai keeps: uploads and what the features make."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MOST_BYTES = 512 * 1024 * 1024
TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Asset:
    """`key` is its path on the asset host; `owner` the team it belongs to."""

    key: str
    uuid: str
    name: str
    data: bytes
    media_type: str
    owner: str
    created: datetime

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2].lower()


class Storage:
    """Full, it forgets the oldest first. Shared by all connections."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._by_key = OrderedDict[str, Asset]()
        self._keys = dict[str, str]()  # by uuid
        self._last = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def keep(self, owner: str, folder: str, name: str, data: bytes, media_type: str) -> Asset:
        with self._lock:
            now = self._later()
            key = f"{folder}/{now:%Y_%m_%d_%H_%M_%S}_{now.microsecond // 1000:03}_{name}"
            asset = Asset(key, str(uuid.uuid4()), name, data, media_type, owner, now)
            self._by_key[key] = asset
            self._keys[asset.uuid] = key
            self._bytes += len(data)
            self._forget()
        return asset

    def at(self, key: str) -> Asset | None:
        with self._lock:
            return self._by_key.get(key)

    def owned(self, owner: str, key: str) -> Asset | None:
        return _of(owner, self.at(key))

    def document(self, owner: str, asset_uuid: str) -> Asset | None:
        with self._lock:
            asset = self._by_key.get(self._keys.get(asset_uuid, ""))
        return _of(owner, asset)

    def _later(self) -> datetime:
        """Never the same millisecond twice: it is what makes a key unique."""
        self._last = max(datetime.now(UTC), self._last + TICK)
        return self._last

    def _forget(self) -> None:
        while self._bytes > self._most_bytes and len(self._by_key) > 1:
            _, asset = self._by_key.popitem(last=False)
            del self._keys[asset.uuid]
            self._bytes -= len(asset.data)


def _of(owner: str, asset: Asset | None) -> Asset | None:
    return asset if asset and asset.owner == owner else None
