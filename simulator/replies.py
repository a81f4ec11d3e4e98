"""What can be answered: a `Reply` is every byte and every silence; builders make the usual."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from simulator.frames import done_frame, encoded, frame
from simulator.records import Usage, failed
from simulator.records import record as record_of
from simulator.turn import Turn

JSON = {"Content-Type": "application/json; charset=utf-8"}
EVENT_STREAM = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
HTML = {"Content-Type": "text/html; charset=UTF-8"}
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
BUSY = "The AI provider is busy at the moment. Please try again later."


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence. Pauses add up from the answer's start, so a paced stream does not drift."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hang:
    """Silence until the peer leaves."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset (RST)."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is closed (FIN), whatever was promised."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Chunks already framed for HTTP, sent at once."""

    data: bytes


Control = Pause | Hang | Reset | Cut
Part = bytes | Burst | Control
Framing = Literal["chunked", "length", "close", "raw"]


@dataclass(frozen=True, slots=True)
class Reply:
    """One send() per piece of bytes. The head goes out with the first; b"" sends it alone."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: tuple[Part, ...] = ()
    framing: Framing = "length"

    def after(self, *controls: Control) -> Reply:
        return replace(self, body=(*controls, *self.body))

    def headed(self) -> Reply:
        """The head goes out at once, alone."""
        return replace(self, body=(b"", *self.body))


Adaptive = Callable[[Turn], Reply]
Script = Reply | Adaptive


def says(
    *pieces: str | Control,
    usage: Usage = "counted",
    repeat_last: bool = False,
    result: bool = True,
    done: bool = True,
    line_end: str = "\n",
) -> Adaptive:
    """An ordinary answer, streamed or whole as the call asks."""
    text = "".join(piece for piece in pieces if isinstance(piece, str))

    def reply(turn: Turn) -> Reply:
        if not turn.streaming:
            return whole({"aiRecord": record_of(turn, text, usage=usage)}, *pieces)
        content = [
            frame("content", line_end, content=piece) if isinstance(piece, str) else piece
            for piece in pieces
        ]
        if repeat_last:
            content.append(frame("content", line_end, content=text))
        if result:
            content.append(
                frame("result", line_end, aiRecord=record_of(turn, text, usage=usage))
            )
        if done:
            content.append(done_frame(line_end))
        return stream(*content)

    return reply


def stream(*parts: Part) -> Reply:
    return Reply(headers=EVENT_STREAM, body=parts, framing="chunked")


def whole(value: object, *pieces: str | Control) -> Reply:
    """JSON. Controls before the first piece of text come first, the others inside the body."""
    data = encoded(value)
    spoken = next((at for at, piece in enumerate(pieces) if isinstance(piece, str)), 0)
    before = [piece for piece in pieces[:spoken] if not isinstance(piece, str)]
    inside = [piece for piece in pieces[spoken:] if not isinstance(piece, str)]
    if not inside:
        return Reply(headers=JSON, body=(*before, data))
    half = len(data) // 2
    return Reply(headers=JSON, body=(*before, data[:half], *inside, data[half:]))


def events(*frames: str | Part, status: int = 200) -> Reply:
    """A stream of exactly these bytes, cut exactly here."""
    parts = [part.encode() if isinstance(part, str) else part for part in frames]
    return replace(stream(*parts), status=status)


def event(name: str, **data: Any) -> str:
    return frame(name, **data).decode()


def record(text: str = "", status: str = "SUCCESS", **overrides: Any) -> Adaptive:
    """One record and nothing else: the JSON answer, or a stream of `result` and `done`."""

    def reply(turn: Turn) -> Reply:
        return recorded(turn, record_of(turn, text, status=status, **overrides))

    return reply


def failure(code: str, message: str, details: str | None = None) -> Adaptive:
    """A failure inside HTTP 200 (onemin-api.md 2.5)."""
    return lambda turn: recorded(turn, failed(turn, code, message, details))


def recorded(turn: Turn, value: Mapping[str, Any], *pieces: str) -> Reply:
    """A record as it is, after these pieces if the call streams."""
    if not turn.streaming:
        return whole({"aiRecord": value})
    content = (frame("content", content=piece) for piece in pieces)
    return stream(*content, frame("result", aiRecord=value), done_frame())


def refusal(  # noqa: PLR0913  # all of it is what a refusal may say
    status: int,
    code: str,
    message: str,
    details: object = None,
    *,
    form: Literal["A", "B"] = "B",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Form A is the documented one, form B the one seen (onemin-api.md 12)."""
    body: dict[str, Any]
    if form == "A":
        fault = {"code": code, "message": message, "details": details}
        body = {"success": False, "error": {k: v for k, v in fault.items() if v is not None}}
    else:
        body = {"errorCode": code, "message": message}
        if details is not None:
            body["details"] = json.dumps(details)
    return Reply(status, {**JSON, **(headers or {})}, (encoded(body),))


def provider_refusal(field: str, message: str) -> Reply:
    """The message is canned; the provider's words are in `details` (onemin-api.md 12)."""
    cause = {"message": message, "type": "invalid_request_error", "param": field, "code": None}
    code = "EXTERNAL_API_RESPONSE_WITH_ERROR"
    return refusal(400, code, BUSY, {"error": cause})


def html(status: int) -> Reply:
    """Cloudflare speaking for an origin that does not."""
    page = (
        "<!DOCTYPE html>\n<html><head><title>api.1min.ai | "
        f"{status}</title></head><body><h1>Error code {status}</h1></body></html>\n"
    )
    return Reply(status, HTML, (page.encode(),))


def raw(*parts: Part) -> Reply:
    """These bytes instead of an HTTP answer; the connection closes after them."""
    return Reply(body=parts, framing="raw")
