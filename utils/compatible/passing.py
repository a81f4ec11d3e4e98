"""A request handed on as it came, and its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import chain

from utils import payload
from utils.compatible import failures, forms
from utils.compatible.client import Client
from utils.compatible.hearing import Hearing
from utils.domain.passing import Passed, Passing, Pieces
from utils.errors import (
    SHORTEST_KEY,
    Forbidden,
    OutOfCredit,
    RelayError,
    Unauthorized,
    masked,
)
from utils.origin import ANSWERS, LONGEST_REFUSAL, Exchange
from utils.waiting import Waiting

# Of one connection and not of the answer (RFC 9110, 7.6.1), or about the account that asks.
KEPT_BACK = frozenset(
    (
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te"),
        *("trailer", "transfer-encoding", "upgrade", "content-length", "date", "server"),
        *("set-cookie", "set-cookie2", "www-authenticate", "authorization", "alt-svc"),
        *("openai-organization", "openai-project", "x-request-id", "request-id"),
        *("content-type", "strict-transport-security"),
    )
)
LONGEST_HEADER = 4096  # characters; proxies and clients refuse an answer for longer ones
KEPT_BACK_BEGINNINGS = ("access-control-", "x-ratelimit-", "x-credits-")


def passed(client: Client, asked: Passing, body: Pieces, key: str) -> Waiting[Passed]:
    """An answer that has begun, a refusal in OpenAI's form among them. Raises what any other
    refusal means, and what `Exchange.pieces` does; Unauthorized, Forbidden and OutOfCredit are
    about `key`.
    """
    with ExitStack() as held:
        exchange = held.enter_context(client.passed(asked, body, key))
        arriving = exchange.pieces()
        begun = yield from _begun(exchange, arriving, asked)
        media_type = _media_type(exchange.headers)
        pieces: Iterator[bytes] = chain([begun], arriving)
        failure: RelayError | None = None
        if exchange.status in ANSWERS:
            exchange.check()
            media_type = forms.media_type(media_type, begun, asked)
            if media_type.startswith(forms.JSON):
                pieces = iter([(yield from _object(pieces, asked))])
            elif media_type.startswith(forms.EVENTS):
                forms.check_events(begun)
        else:
            refusal = yield from _refusal(pieces)
            failure = _meaning(exchange, refusal, key)
            pieces = iter([_masked(refusal, key)])
        hearing = Hearing(asked, is_stream=media_type.startswith(forms.EVENTS))
        pieces = hearing.heard(pieces)
        is_chat = hearing.is_chat and failure is None
        if is_chat:
            pieces = _ended(pieces, hearing)
            if asked.replaceable:
                pieces = yield from _spoken(pieces, hearing)
        return Passed(
            status=exchange.status,
            media_type=media_type,
            headers=_shown(exchange.headers, key),
            size=None if is_chat else _size(exchange),
            pieces=pieces,
            usage=hearing.usage if failure is None else lambda: None,
            failure=failure,
            close=held.pop_all().close,
        )


def _ended(pieces: Iterator[bytes], hearing: Hearing) -> Iterator[bytes]:
    """A stream of a chat, whose end nobody has to guess."""
    yield from pieces
    if missing := hearing.ending():
        yield missing


def _spoken(pieces: Iterator[bytes], hearing: Hearing) -> Waiting[Iterator[bytes]]:
    """A stream that has begun to answer."""
    held = []
    for piece in pieces:
        held.append(piece)
        if piece and hearing.speaks():
            break
        yield
    return chain(filter(None, held), pieces)


def _begun(exchange: Exchange, arriving: Iterator[bytes], asked: Passing) -> Waiting[bytes]:
    """The beginning of the body, once there is enough of it to see what it is."""
    begun = b""
    for piece in arriving:
        begun += piece
        if exchange.status and forms.is_enough(begun, asked):
            break
        yield
    return begun


def _object(pieces: Iterator[bytes], asked: Passing) -> Waiting[bytes]:
    """An object, once it is all there. Raises what is wrong with it."""
    arrived = []
    for piece in pieces:
        arrived.append(piece)
        yield
    body = b"".join(arrived)
    forms.check_object(body, asked)
    return body


def _refusal(pieces: Iterator[bytes]) -> Waiting[bytes]:
    refusal = b""
    for piece in pieces:
        refusal = (refusal + piece)[:LONGEST_REFUSAL]
        yield
    return refusal


def _meaning(exchange: Exchange, refusal: bytes, key: str) -> RelayError:
    """Raises it, unless it can go on as it is."""
    error = failures.of_response(exchange.status, exchange.headers, refusal)
    error.message = masked(error.message, key)
    if isinstance(error, Unauthorized | Forbidden | OutOfCredit):
        raise error
    if exchange.status in (401, 403):
        raise Unauthorized(error.message)
    match payload.value(refusal):
        case {"error": {"message": str()}} if exchange.status >= 400:
            return error
    raise error


def _media_type(headers: Mapping[str, str]) -> str:
    told = headers.get("content-type", "")
    kind, semicolon, parameters = told.partition(";")
    known = 0 < len(told) <= LONGEST_HEADER
    return (
        kind.strip().lower() + semicolon + parameters if known else "application/octet-stream"
    )


def _size(exchange: Exchange) -> int | None:
    """Known, of what comes as it is."""
    told = exchange.headers.get("content-length", "")
    return int(told) if told.isdecimal() and exchange.status in ANSWERS else None


def _shown(headers: Mapping[str, str], key: str) -> dict[str, str]:
    named = {name.strip().lower() for name in headers.get("connection", "").split(",")}
    return {
        name: value
        for name, value in headers.items()
        if name not in KEPT_BACK | named
        and not name.startswith(KEPT_BACK_BEGINNINGS)
        and len(value) <= LONGEST_HEADER
        and not (key and key in value)
    }


def _masked(refusal: bytes, key: str) -> bytes:
    return refusal.replace(key.encode(), b"***") if len(key) >= SHORTEST_KEY else refusal
