"""What a streamed answer has said so far."""

from __future__ import annotations

from utils.domain.chat import TextDelta
from utils.letters import joined, open_half


class Spoken:
    """Some models send the whole answer once more at the end (onemin-api.md 2.4). A delta that
    repeats all so far waits for what follows: only the last one may be that, "ha" + "ha" stays.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._repeat = ""
        self._half = ""  # of a letter cut between its two surrogates

    def say(self, text: str) -> list[TextDelta]:
        """What may go on to the client now."""
        if self._half or not text.isascii():
            text = self._half + text
            self._half = open_half(text)
            text = joined(text.removesuffix(self._half))
        if not text:
            return []
        deltas = self._add(self._repeat) if self._repeat else []
        self._repeat = ""
        if len(text) == self._size and text == "".join(self._parts):
            self._repeat = text
            return deltas
        return deltas + self._add(text)

    def end(self, whole: str) -> list[TextDelta]:
        """The rest. `whole` is the answer as the record tells it, or empty."""
        if not self._parts and not self._half:
            return self._add(joined(whole))
        rest = "" if self._is_echo(whole) else self._repeat
        return self._add(rest + joined(self._half))

    def _is_echo(self, whole: str) -> bool:
        """Whether the last delta is the answer once more. Unless the record tells, an answer
        of a single piece may well have said the same thing twice.
        """
        once = "".join(self._parts).strip()
        if whole.strip() in (once, once + self._repeat.strip()):
            return whole.strip() == once
        return len(self._parts) > 1

    def _add(self, text: str) -> list[TextDelta]:
        if not text:
            return []
        self._parts.append(text)
        self._size += len(text)
        return [TextDelta(text)]
