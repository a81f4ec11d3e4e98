"""A user's URL, fetched safely: from public servers only, within a size and a time."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import IPv4Network, IPv6Network
from threading import BoundedSemaphore
from unicodedata import normalize
from urllib.parse import unquote, urljoin, urlsplit

from requests import PreparedRequest, Request, Response
from requests.exceptions import SSLError
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from utils.errors import InvalidRequest, TooLarge, Unavailable
from utils.public_http import Closed, PublicHTTP, Way
from utils.public_networks import PublicNetworks
from utils.tls import tls_context

AT_ONCE = 64
MOST_REDIRECTS = 3
LONGEST_URL = 8192  # characters
LONGEST_NAME = 100  # characters

HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # what is packed could unpack to anything
    "Connection": "close",
    "User-Agent": "1min-relay",
}

# Two readers of a URL may differ on where it leads when it holds one of these.
_AMBIGUOUS = re.compile(r"[\s\\\x00-\x20\x7f-\x9f]")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fetched:
    """`media_type` is the server's word for it, without parameters; `name` is the end of the
    URL, safe as a file's name. Either may be "".
    """

    data: bytes
    media_type: str
    name: str


class Fetcher:
    """Two fetches share nothing: no connection, no cookie. Shared by all threads."""

    def __init__(
        self,
        *,
        allow_networks: Sequence[IPv4Network | IPv6Network] = (),
        limit: int,
        deadline: float,
        ports: frozenset[int] | None = frozenset((80, 443)),
    ) -> None:
        """`limit` is in bytes; `deadline` in seconds, for everything from the first lookup to
        the last byte. `allow_networks` are open although they are not public, on any port.
        """
        self._networks = PublicNetworks(allow_networks, ports)
        self._limit = limit
        self._deadline = deadline
        self._tls = tls_context()
        self._places = BoundedSemaphore(AT_ONCE)

    def get(self, url: str) -> Fetched:
        """Raises InvalidRequest and TooLarge, with messages that name the host at most; and
        Unavailable where too much is fetched already, for whoever waited may have left.
        """
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many files are being fetched.", retry_after=5)
        try:
            return self._get(url)
        finally:
            self._places.release()

    def _get(self, url: str) -> Fetched:
        until = time.monotonic() + self._deadline
        with closing(PublicHTTP(Way(self._networks, until), self._tls)) as adapter:
            for _ in range(1 + MOST_REDIRECTS):
                request, host = _request(url)
                with _answer(adapter, request, host, until) as answer:
                    if not answer.is_redirect:
                        return self._fetched(answer, host)
                    url = _target(answer)
        raise _not_fetched(f"The URL redirects more than {MOST_REDIRECTS} times.")

    def _fetched(self, answer: Response, host: str) -> Fetched:
        if not 200 <= answer.status_code < 300:
            raise _not_fetched(f"{host} answered with status {answer.status_code}.")
        if answer.headers.get("Content-Encoding", "").lower() not in ("", "identity"):
            raise _not_fetched(f"{host} sent compressed data, which was not asked for.")
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Fetched(
            data=self._body(answer, host),
            media_type=kind if _MEDIA_TYPE.fullmatch(kind) else "",
            name=_name(answer.url),
        )

    def _body(self, answer: Response, host: str) -> bytes:
        """`iter_content` would wait for whole pieces (dependencies.md, Fetching)."""
        message = f"The file at {host} is larger than {self._limit:,} bytes."
        too_large = TooLarge(message, code="file_too_large")
        if (answer.raw.length_remaining or 0) > self._limit:
            raise too_large
        pieces, size = [], 0
        while piece := answer.raw.read1(65536, decode_content=False):
            pieces.append(piece)
            size += len(piece)
            if size > self._limit:
                raise too_large
        return b"".join(pieces)


def _request(url: str) -> tuple[PreparedRequest, str]:
    """The request, and the host's name for messages."""
    if len(url) > LONGEST_URL or _AMBIGUOUS.search(url):
        raise _not_fetched(
            f"A URL has at most {LONGEST_URL:,} characters, and no spaces or backslashes."
        )
    try:
        parts = parse_url(url)
        if parts.scheme not in ("http", "https"):
            raise _not_fetched("Only http and https URLs are fetched.")
        if "@" in urlsplit(url).netloc:
            raise _not_fetched("A URL with a user name or password is not fetched.")
        request = Request("GET", url, headers=HEADERS).prepare()
    except ValueError:
        raise _not_fetched("The URL is malformed.") from None  # their words quote it
    return request, str(parts.host)


@contextmanager
def _answer(
    adapter: PublicHTTP, request: PreparedRequest, host: str, until: float
) -> Iterator[Response]:
    """Without a session: no cookies, no redirects of its own, nothing from the environment."""
    try:
        with closing(adapter.send(request, stream=True)) as answer:
            yield answer
    except Closed:
        raise _not_fetched(
            f"{host} has no public address, or the URL's port is not one that is fetched from."
        ) from None
    except (OSError, HTTPError, HTTPException) as error:
        message = f"{host} could not be reached, or broke off its answer."
        if time.monotonic() >= until:
            message = f"{host} took too long to answer."
        elif isinstance(error, SSLError):
            message = f"{host} could not be reached securely: its certificate is not trusted."
        raise _not_fetched(message) from None  # urllib3's words quote the URL and its secrets


def _target(answer: Response) -> str:
    """Where a redirect leads. Servers send UTF-8 where only ASCII is allowed."""
    location = answer.headers["Location"].encode("latin-1").decode(errors="replace")
    try:
        return urljoin(answer.url, location)
    except ValueError:
        raise _not_fetched("The URL redirects to a malformed one.") from None


def _name(url: str) -> str:
    """Printable, without a path or what a shell or a header would read as more than a name."""
    path = unquote(urlsplit(url).path).replace("\\", "/")
    name = normalize("NFC", path.rpartition("/")[2])
    kept = "".join(sign for sign in name if sign.isprintable() and sign not in '<>:"|?*;')
    return kept[-LONGEST_NAME:].lstrip(" .-~").rstrip(" .")


def _not_fetched(message: str) -> InvalidRequest:
    return InvalidRequest(message, code="url_not_fetched")
