"""What 1min.ai has made, handed on as it arrives."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Protocol

from flask import Response

from utils.errors import ClientLeft, RelayError
from utils.web.calls.calls import Call, perhaps_call
from utils.web.http.request import has_left
from utils.web.services.services import Services, services

log = logging.getLogger(__name__)


class Download(Protocol):
    """It has begun to arrive: `pieces`, b"" for each moment of silence, and `size` bytes where
    that is known.
    """

    @property
    def pieces(self) -> Iterator[bytes]: ...
    @property
    def close(self) -> Callable[[], None]: ...
    @property
    def size(self) -> int | None: ...


def handed_on(download: Download, media_type: str) -> Response:
    """Closed with the response."""
    response = Response(_broken_off(attended(download), download), mimetype=media_type)
    if download.size is not None:
        response.content_length = download.size
    response.call_on_close(download.close)
    return response


def attended(download: Download) -> Iterator[bytes]:
    """The pieces, as long as somebody wants them. Raises ClientLeft, and what 1min.ai does."""
    return _attended(download, has_left(), services(), perhaps_call())


def _attended(
    download: Download, left: Callable[[], bool], relay: Services, made: Call | None
) -> Iterator[bytes]:
    try:
        for piece in download.pieces:
            if piece:
                yield piece
            elif left():
                raise ClientLeft("The client left.")
            relay.shutdown.check()
    except RelayError as error:
        if made:
            made.fail(error)
        raise
    except GeneratorExit:
        if made:
            made.leave()
        raise


def _broken_off(pieces: Iterator[bytes], download: Download) -> Iterator[bytes]:
    """A failure cannot be told any more: what is too short, or has no end, tells it."""
    try:
        yield from pieces
    except RelayError as error:
        log.warning("a download broke off: %s", error.code)
        if download.size is None:
            raise
