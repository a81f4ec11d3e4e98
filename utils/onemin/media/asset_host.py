"""The host that serves 1min.ai's files to whoever knows their address (onemin-api.md 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote, unquote

from utils.errors import InvalidRequest, TooLarge, UpstreamFailed
from utils.origin import Origin
from utils.waiting import Waiting

LARGEST = 25 * 2**20
OK = 200
CLIENTS_FAULT = range(400, 500)

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
        """Of a file on this host, below `base`; None for any other address."""
        start = f"{self.base.rstrip('/')}/"
        if not url.startswith(start):
            return None
        path = unquote(url.removeprefix(start).partition("?")[0].partition("#")[0])
        return path if path and ".." not in path.split("/") else None


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way: how it begins, and the rest, b"" for each moment of silence. `size` is
    of all of it, in bytes, where the host has told. Whoever has it closes it.
    """

    head: bytes
    rest: Iterator[bytes]
    size: int | None
    held: ExitStack

    def close(self) -> None:
        """Hangs up, if it is not over."""
        self.held.close()


class AssetHost:
    """Shared by all threads."""

    def __init__(self, urls: AssetUrls, origin: Origin) -> None:
        """`origin` is where `urls` says."""
        self.urls = urls
        self._origin = origin

    def data(self, url: str) -> Waiting[bytes]:
        """A file of 1min.ai's making. Raises UpstreamFailed, and as `Exchange.pieces` does."""
        status, data = yield from self._read(url, LARGEST)
        if len(data) > LARGEST:
            raise UpstreamFailed("1min.ai's file is too large")
        if status != OK:
            raise _refused(status, {}, data)
        return data

    def named(self, url: str, largest: int) -> Waiting[bytes]:
        """One that a client has named, who hears what is wrong with it. Raises InvalidRequest,
        TooLarge, and as `data` does.
        """
        status, data = yield from self._read(url, largest)
        if len(data) > largest:
            most = f"{largest / 2**20:g} MiB"
            raise TooLarge(f"The file is larger than {most}.", code="file_too_large")
        if status in CLIENTS_FAULT:
            message = f"1min.ai has no such file (HTTP {status})."
            raise InvalidRequest(message, code="url_not_fetched")
        if status != OK:
            raise _refused(status, {}, data)
        return data

    def _read(self, url: str, largest: int) -> Waiting[tuple[int, bytes]]:
        """The status and the body: no more of it than shows that it is too large."""
        path = self.urls.path(url)
        if path is None:
            raise UpstreamFailed("1min.ai keeps a file where this relay does not fetch it")
        pieces, size = [], 0
        with self._origin.exchange("GET", f"/{quote(path)}", {}) as exchange:
            for piece in exchange.pieces(most=largest + 2**20):
                pieces.append(piece)
                size += len(piece)
                if size > largest:
                    break
                yield
            return exchange.status, b"".join(pieces)

    def download(self, url: str, least: int) -> Waiting[Download]:
        """Begun: `least` bytes of the file are there, or all. Raises as `data` does."""
        path = self.urls.path(url)
        if path is None:
            raise UpstreamFailed("1min.ai keeps a file where this relay does not fetch it")
        with ExitStack() as held:
            target = f"/{quote(path)}"
            exchange = held.enter_context(self._origin.exchange("GET", target, {}))
            rest, head = exchange.answer(_refused), b""
            for piece in rest:
                head += piece
                if len(head) >= least:
                    break
                yield
            size = exchange.headers.get("content-length", "")
            return Download(head, rest, int(size) if size.isdecimal() else None, held.pop_all())

    def close(self) -> None:
        """No connection is kept for later any more."""
        self._origin.close()


def _refused(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailed:
    return UpstreamFailed(f"1min.ai did not hand out a file (HTTP {status})")
