"""The host that serves 1min.ai's files to whoever knows their address (onemin-api.md 8)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from utils.errors import UpstreamFailed
from utils.origin import Origin
from utils.waiting import Waiting

LARGEST = 25 * 2**20
OK = 200

_ADDRESSES = ("https://", "http://")
# What ends an address in Markdown, or in plain text.
_ENDS = {ord(sign): quote(sign) for sign in "()<>\"' \t\r\n"}


@dataclass(frozen=True, slots=True)
class AssetUrls:
    """`base` is where the host serves: `https://asset.1min.ai`."""

    base: str

    def url(self, place: str) -> str:
        """Of a file's path; what is an address already stays one."""
        if place.startswith(_ADDRESSES):
            return place.translate(_ENDS)
        return f"{self.base.rstrip('/')}/{quote(place.lstrip('/'), errors='replace')}"

    def path(self, url: str) -> str | None:
        """Of a file on this host; None for any other address."""
        start = f"{self.base.rstrip('/')}/"
        if not url.startswith(start):
            return None
        return unquote(url.removeprefix(start).partition("?")[0].partition("#")[0]) or None


class AssetHost:
    """Shared by all threads."""

    def __init__(self, urls: AssetUrls, origin: Origin) -> None:
        """`origin` is where `urls` says."""
        self.urls = urls
        self._origin = origin

    def data(self, url: str) -> Waiting[bytes]:
        """A file of 1min.ai's making. Raises UpstreamFailed, and as `Exchange.pieces` does."""
        path = self.urls.path(url)
        if path is None:
            raise UpstreamFailed("1min.ai keeps a file where this relay does not fetch it")
        pieces, size = [], 0
        with self._origin.exchange("GET", f"/{quote(path)}", {}) as exchange:
            for piece in exchange.pieces():
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST:
                    raise UpstreamFailed("1min.ai's file is too large")
                yield
            if exchange.status != OK:
                raise UpstreamFailed(
                    f"1min.ai did not hand out a file (HTTP {exchange.status})"
                )
        return b"".join(pieces)

    def close(self) -> None:
        """No connection is kept for later any more."""
        self._origin.close()
