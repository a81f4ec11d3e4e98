"""`Idempotency-Key`: whoever asks the same again gets the same answer, and pays once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest, sha256
from io import BytesIO
from typing import cast

from flask import Request, Response, g

from utils import hubs
from utils.config import Config
from utils.domain.callers import Caller
from utils.errors import Conflict, InvalidRequest, RelayError
from utils.store.answers import LARGEST, Answer, Answers, Claim
from utils.waiting import TICK, Waiting
from utils.web.calls.calls import Call
from utils.web.calls.seats import SLOW
from utils.web.calls.work import done
from utils.web.http.request import current, whole_body
from utils.web.services.services import services

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
FORM = "multipart/form-data"
OWN_FAULT = frozenset((400, 413, 422))  # the same request would be refused again

_ACCEPTABLE = re.compile(r"[\x20-\x7e]{1,255}")


def is_keyed() -> bool:
    asked = current().environ
    return "HTTP_IDEMPOTENCY_KEY" in asked and asked["REQUEST_METHOD"] == "POST"


def answered(who: Caller) -> Response | None:
    """What this request was answered before, if need be as soon as that is over. None if it is
    to be answered now. Raises InvalidRequest, KeyReused, Conflict.
    """
    asked, relay = current(), services()
    name = _name(who, asked.environ["HTTP_IDEMPOTENCY_KEY"])
    content = hubs.elsewhere(_content, asked)
    found = relay.answers.ask(name, content) or done(
        _awaited(relay.answers, name, content, relay.config)
    )
    if isinstance(found, Claim):
        g.claim = found
        if _is_made_anyway():  # it is paid for, and waits for whoever asks again
            asked.environ["waitress.client_disconnected"] = lambda: False
        return None
    response = Response(found.body, found.status, [*found.headers])
    response.headers[REPLAYED] = "true"
    return response


def remember(response: Response, claim: Claim, made: Call | None, who: Caller) -> None:
    """The answer, if it ends well or is the client's own fault; before its last byte is sent,
    so that whoever has read it may ask again at once.
    """
    response.call_on_close(claim.release)
    status = response.status_code
    if status >= 300 and status not in OWN_FAULT:
        return
    headers = [field for field in response.headers if field[0] != "Content-Length"]
    keep = _Keeping(claim, made, who, status, headers)
    if response.is_sequence:
        keep(response.get_data())
        return
    pieces = cast("Iterator[bytes]", response.response)
    lasting = _is_made_anyway() or (made is not None and made.is_kept)
    response.response = _Overheard(pieces, keep, lasting=lasting)


@dataclass(frozen=True, slots=True)
class _Keeping:
    claim: Claim
    made: Call | None
    who: Caller
    status: int
    headers: list[tuple[str, str]]

    def __call__(self, body: bytes) -> None:
        """Nothing for strangers; and a stream may have told a failure as its last event."""
        known = self.made.is_known if self.made else self.who.known
        failed = self.made is not None and self.made.status != self.status
        if known and not failed:
            self.claim.keep(Answer(self.status, self.headers, body))


class _Overheard(Iterator[bytes]):
    """An answer in pieces, and what becomes of all of them. One that is `lasting` goes on to
    its end when its client leaves, as far as it can be kept.
    """

    def __init__(self, pieces: Iterator[bytes], keep: _Keeping, *, lasting: bool) -> None:
        self._pieces, self._keep, self._lasting = pieces, keep, lasting
        self._body = bytearray()

    def __next__(self) -> bytes:
        try:
            piece = next(self._pieces)
        except StopIteration:
            self._keep(bytes(self._body))
            raise
        if len(self._body) <= LARGEST:
            self._body += piece
        return piece

    def close(self) -> None:
        if self._lasting:
            with suppress(RelayError, StopIteration):  # its call knows
                while len(self._body) <= LARGEST:
                    next(self)
        if close := getattr(self._pieces, "close", None):
            close()


def _is_made_anyway() -> bool:
    """Media, which are made whether or not their client leaves."""
    return SLOW.fullmatch(current().path) is not None


def _awaited(
    answers: Answers, name: str, content: str, config: Config
) -> Waiting[Answer | Claim]:
    """For as long as the first request may take."""
    until = time.monotonic() + max(config.total_timeout, config.media_timeout)
    while time.monotonic() < until:
        yield
        hubs.sleep(TICK)
        if found := answers.ask(name, content):
            return found
    raise Conflict(
        f"The first request with this {HEADER} is still under way.",
        param=HEADER,
        code="idempotency_key_in_use",
        retry_after=1,
    )


def _name(who: Caller, key: str) -> str:
    if not _ACCEPTABLE.fullmatch(key):
        raise InvalidRequest(
            f"{HEADER}: must be 1 to 255 printable ASCII characters", param=HEADER
        )
    return "answer:" + sha256(f"{who.owner} {key}".encode()).hexdigest()


def _content(asked: Request) -> str:
    """What tells this request from others. Of a form, its fields: clients that try again write
    it with another boundary.
    """
    content = sha256(asked.full_path.encode(errors="backslashreplace"))
    if asked.mimetype == FORM:
        for field in asked.form.items(multi=True):
            content.update(repr(field).encode())
        for name, file in asked.files.items(multi=True):
            digest = file_digest(cast(BytesIO, file.stream), "sha256").hexdigest()
            file.stream.seek(0)
            content.update(repr((name, file.filename, digest)).encode())
    else:
        content.update(whole_body())
    return content.hexdigest()
