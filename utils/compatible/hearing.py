"""What an answer costs that goes on as it came. It is read once, when it is over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from utils import payload, sse
from utils.compatible import failures
from utils.domain.chat import Usage
from utils.domain.passing import Passing
from utils.errors import UpstreamFailed
from utils.tokens import counts

KEPT = 2**18  # bytes of its beginning
TAIL = 2**16  # and of its end

# Within a text of JSON the quotes would be escaped.
_USAGE = re.compile(rb'(?<=[,{\s])"usage"\s*:\s*\{')
_NAME = re.compile(r'[\s,{]*"([^"\\]*)"\s*:\s*')
_SAID = frozenset(
    ("content", "text", "reasoning_content", "reasoning", "refusal", "name", "arguments")
)


class Hearing:
    """Of one answer, fed as it passes."""

    def __init__(self, asked: Passing, *, is_stream: bool) -> None:
        self._model, self._words = asked.model, asked.words
        self._is_stream = is_stream
        self._head: list[bytes] = []
        self._tail = b""
        self._size = 0

    @property
    def is_chat(self) -> bool:
        """Whether it is a stream of words."""
        return self._is_stream and self._words is not None

    def heard(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self._size < KEPT:
                self._head.append(piece)
            else:
                self._tail = (self._tail + piece)[-TAIL:]
            self._size += len(piece)
            yield piece

    def speaks(self) -> bool:
        """Whether a word of a stream has come. Raises what came in its place."""
        head = b"".join(self._head)
        for event in _events(head):
            if _is_failure(chunk := payload.value(event.data)):
                raise failures.of_reply(chunk)
        return any(self._said(head)) or self._size >= KEPT

    def ending(self) -> bytes:
        """What a stream lacks that has ended as it should. Raises UpstreamFailed for one that
        has not: it only stopped.
        """
        kept = b"".join([*self._head, self._tail])[-TAIL:]
        chunks = [(event.data, payload.value(event.data)) for event in _events(kept)]
        if any(data.strip() == b"[DONE]" or _is_failure(chunk) for data, chunk in chunks):
            return b""
        if not any(_finishes(chunk) for _, chunk in chunks):
            raise UpstreamFailed("The model's server closed the stream before it was done")
        return (b"" if kept.endswith(sse.EVENT_ENDS) else b"\n\n") + b"data: [DONE]\n\n"

    def usage(self) -> Usage | None:
        """What the server told last, else an estimate where tokens mean something."""
        head = b"".join(self._head)
        told = self._told(head)
        if told or self._words is None or not self._size:
            return told
        read = counts.count(self._words, self._model)
        said = counts.count("".join(self._said(head)), self._model)
        return Usage(read, said * self._size // len(head), "estimated")

    def _said(self, head: bytes) -> Iterator[str]:
        if not self._is_stream:
            yield from _texts(payload.value(head) or _beginning(head))
            return
        for event in _events(head):
            yield from _texts(payload.value(event.data))

    def _told(self, head: bytes) -> Usage | None:
        """The last one that says something. Only the answer's own, or an event's: what is in
        it may be the client's words.
        """
        is_whole = len(head) + len(self._tail) == self._size
        kept = head + self._tail if is_whole else self._tail
        if self._is_stream:
            told = (payload.value(event.data) for event in reversed(_events(kept)))
            cut = _end(kept.partition(b"\n")[0])
            return next(filter(None, map(_usage, chain(told, [cut]))), None)
        if is_whole:
            return _usage(payload.value(kept))
        return _usage(_end(kept)) or _usage(_beginning(head))


def _is_failure(chunk: Any) -> bool:
    return isinstance(chunk, dict) and failures.is_refusal(chunk)


def _finishes(chunk: Any) -> bool:
    """Whether it says why an answer ended."""
    match chunk:
        case {"choices": [*choices]}:
            return any(isinstance(each, dict) and each.get("finish_reason") for each in choices)
    return False


def _events(data: bytes) -> list[sse.ServerSentEvent]:
    """The last one may be cut off, or the first."""
    return sse.Decoder().feed(data + b"\n\n")


def _end(data: bytes) -> Any:
    """The members from `usage` on, of an object of which only the end is there."""
    found = [*_USAGE.finditer(data)]
    # Further inside, there would be more to close than this opens.
    return payload.value(b"{" + data[found[-1].start() :]) if found else None


def _beginning(data: bytes) -> dict[str, Any]:
    """The members of an object of which only the beginning is there."""
    text, at = data.decode(errors="replace"), 0
    members: dict[str, Any] = {}
    while name := _NAME.match(text, at):
        try:
            members[name[1]], at = json.JSONDecoder().raw_decode(text, name.end())
        except (ValueError, RecursionError):
            break
    return members


def _usage(answer: Any) -> Usage | None:
    match answer:
        case {"usage": dict(usage)}:
            read = _first(usage, "prompt_tokens", "input_tokens", "total_tokens")
            written = _first(usage, "completion_tokens", "output_tokens")
            return Usage(read, written) if read or written else None
    return None


def _first(usage: dict[str, Any], *names: str) -> int:
    numbers = (payload.tokens(usage.get(name)) for name in names)
    return next((n for n in numbers if n is not None), 0)


def _texts(answer: Any) -> Iterator[str]:
    """What a model said in a chat completion, a completion, or a chunk of one."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    return _strings(choices, said=False)


def _strings(value: Any, *, said: bool) -> Iterator[str]:
    match value:
        case str() if said:
            yield value
        case list():
            for each in value:
                yield from _strings(each, said=said)
        case dict():
            for name, each in value.items():
                yield from _strings(each, said=name in _SAID)
