"""The answer of a configured server, handed on as it comes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

from flask import Response, g

from utils import sse
from utils.domain.chat import Usage
from utils.domain.passing import Passed, Passing
from utils.errors import ClientLeft, RelayError
from utils.tokens import counts
from utils.waiting import Waiting
from utils.web.calls.calls import Call, call
from utils.web.calls.seats import seats
from utils.web.calls.streams import mistake
from utils.web.chat.course import MENDABLE
from utils.web.http.notes import usage_headers
from utils.web.http.reply import event_stream
from utils.web.http.request import has_left
from utils.web.services.services import Services, services
from utils.wire.comments import HEARTBEAT
from utils.wire.openai_chunks import error_frame

log = logging.getLogger(__name__)


def handed_on(work: Waiting[Passed], asked: Passing, *, mendable: bool) -> Response:
    """Raises RelayError; of refusals that can be told as they are only one that is `mendable`
    by another model.
    """
    held = ExitStack()  # until the answer is over, which may be long after this
    told = _Telling(asked.model, asked.words, services(), call(), has_left(), held)
    with ExitStack() as unless_told:
        unless_told.enter_context(held)
        held.enter_context(seats(1, told.relay))
        held.enter_context(closing(work))
        begun = told.begun(work)
        answer = told.soon(begun) if asked.streams else told.at_last(begun)
        if answer is None:
            response = event_stream(told.unbroken(told.late(begun), size=None))
        elif answer.is_whole:
            if mendable and isinstance(answer.failure, MENDABLE):
                raise answer.failure
            return told.whole(answer)
        else:
            response = told.streamed(answer)
        unless_told.pop_all()
        response.call_on_close(held.close)
        return response


@dataclass(frozen=True, slots=True)
class _Telling:
    """One answer, and not what was asked: that may be large. What is `held` ends with it."""

    model: str
    words: str | None
    relay: Services
    made: Call
    left: Callable[[], bool]
    held: ExitStack

    def begun(self, work: Waiting[Passed]) -> Generator[Passed | None]:
        """None for each moment until it is there."""
        while True:
            try:
                next(work)
            except StopIteration as end:
                answer: Passed = end.value
                self.held.callback(answer.close)
                self.made.spoke()
                yield answer
                return
            if self.left():
                self.made.book(self._asked_only())
            self._go_on()
            yield None

    def soon(self, begun: Generator[Passed | None]) -> Passed | None:
        """None for a stream whose status must leave before anybody knows."""
        patience = time.monotonic() + self.relay.config.stream_commit_seconds
        for answer in begun:
            if answer or time.monotonic() > patience:
                return answer
        raise AssertionError("an answer begins, or raises")

    def at_last(self, begun: Generator[Passed | None]) -> Passed:
        return next(answer for answer in begun if answer)

    def whole(self, answer: Passed) -> Response:
        """Once it is all there, so that half of it is a failure."""
        body = bytearray()
        try:
            for piece in answer.pieces:
                body += piece
                if not piece:
                    self._go_on()
        finally:
            usage = answer.usage()
            self.made.book(usage)
        if answer.failure:
            g.error = answer.failure.code or answer.failure.kind
        response = _headed(answer, Response(bytes(body), answer.status))
        if answer.failure and answer.failure.wait is not None:
            response.headers.setdefault("Retry-After", str(answer.failure.wait))
        response.headers.update(usage_headers(usage))
        return response

    def streamed(self, answer: Passed) -> Response:
        told = self.unbroken(self.pieces(answer), answer.size, is_stream=answer.is_stream)
        response = _headed(answer, Response(told, answer.status))
        if answer.is_stream:
            response.headers["X-Accel-Buffering"] = "no"  # or nginx gathers frames
        elif answer.size is not None:
            response.content_length = answer.size
        return response

    def late(self, begun: Generator[Passed | None]) -> Iterator[bytes]:
        """A stream whose status has left."""
        yield HEARTBEAT
        last = time.monotonic()
        for answer in begun:
            if answer and answer.failure:
                raise answer.failure
            if answer:
                yield from self.pieces(answer)
            elif time.monotonic() - last >= self.relay.config.stream_heartbeat_seconds:
                yield HEARTBEAT
                last = time.monotonic()

    def pieces(self, answer: Passed) -> Iterator[bytes]:
        """One write for each read. Only between two events is there room for a heartbeat."""
        self.held.callback(lambda: self.made.book(answer.usage()))
        heartbeat = self.relay.config.stream_heartbeat_seconds
        end, silent = b"", 0.0
        for piece in answer.pieces:
            if piece:
                yield piece
                end, silent = (end + piece[-4:])[-4:], 0.0
                self.relay.shutdown.check()
                continue
            self._go_on()
            silent = silent or time.monotonic()
            between = answer.is_stream and end.endswith(sse.EVENT_ENDS)
            if between and time.monotonic() - silent >= heartbeat:
                yield HEARTBEAT
                silent = 0.0

    def unbroken(
        self, pieces: Iterator[bytes], size: int | None, *, is_stream: bool = True
    ) -> Iterator[bytes]:
        """A failure is a stream's last event. Elsewhere it cannot be told: what is too short,
        or has no end, tells it.
        """
        try:
            yield from pieces
        except GeneratorExit:
            self.made.leave()
            raise
        except RelayError as error:
            log.warning("an answer broke off that was passed on: %s", error.code)
            yield from self._broken_off(error, size, is_stream=is_stream)
        except Exception:
            log.exception("an answer broke off that was passed on")
            yield from self._broken_off(mistake(), size, is_stream=is_stream)

    def _broken_off(
        self, error: RelayError, size: int | None, *, is_stream: bool
    ) -> Iterator[bytes]:
        self.made.fail(error)
        if is_stream:
            yield b"\n\n" + error_frame(error)  # it may have come in the midst of an event
        elif size is None:
            raise error

    def _go_on(self) -> None:
        """Raises ClientLeft, and Unavailable when the relay stops."""
        if self.left():
            raise ClientLeft("The client left.")
        self.relay.shutdown.check()

    def _asked_only(self) -> Usage | None:
        """What was used when nobody waits for the answer."""
        if self.words is None:
            return None
        return Usage(counts.count(self.words, self.model), 0, "estimated")


def _headed(answer: Passed, response: Response) -> Response:
    response.headers.update(answer.headers)
    response.headers["Content-Type"] = answer.media_type
    return response
