"""What an answer is that goes on as it came: an object, a stream of events, or anything else.
Its server's word for it may be wrong.
"""

from __future__ import annotations

from utils import payload, sse
from utils.compatible import failures
from utils.domain.passing import Passing
from utils.errors import UpstreamFailed

JSON = "application/json"
EVENTS = "text/event-stream"

_FIELDS = (b"data:", b"event:", b":", b"id:", b"retry:")
_ENOUGH = max(map(len, _FIELDS))  # bytes that tell a stream from an object
_LONGEST_BLANK = 4096  # bytes before them


def is_enough(begun: bytes, asked: Passing) -> bool:
    """To know its form."""
    if asked.words is None or len(begun) > _LONGEST_BLANK:
        return True
    return len(_told(begun)) >= _ENOUGH


def media_type(told: str, begun: bytes, asked: Passing) -> str:
    """`told` is its server's word, `begun` how it begins. Where words are answered there is
    nothing but objects and streams; what is neither is found out when it is read as an object.
    """
    if asked.words is None:
        return told
    form = EVENTS if _told(begun).startswith(_FIELDS) else JSON
    return told if told.startswith(form) else form


def check_object(body: bytes, asked: Passing) -> None:
    """Raises UpstreamFailed for what is no answer, and what is complained of in one."""
    value = payload.value(body)
    if isinstance(value, dict):
        if failures.is_refusal(value):
            raise failures.of_reply(value)
    elif value is None or asked.words is not None:
        raise UpstreamFailed("The model's server sent something that is not an answer")


def check_events(begun: bytes) -> None:
    """Raises what a stream complains of in place of its first word, if that has come."""
    for event in sse.Decoder().feed(begun)[:1]:
        told = payload.value(event.data)
        if isinstance(told, dict) and (event.name == "error" or failures.is_refusal(told)):
            raise failures.of_reply(told)


def _told(begun: bytes) -> bytes:
    return begun.removeprefix(sse.BOM).lstrip()
