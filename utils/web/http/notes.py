"""What an answer's headers tell of how it came about."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from utils.domain.chat import (
    Answering,
    Batches,
    Chat,
    Choice,
    Corrected,
    Event,
    Native,
    Note,
    Usage,
)

# What the dialects call what a model that only draws, speaks or listens has no use for.
_TEXT_ONLY = {
    "web_search": "web_search",
    "tools": "tools",
    "structure": "response_format",
    "stops": "stop",
    "max_tokens": "max_tokens",
    "effort": "reasoning_effort",
}


class Notes:
    """Gathers them from the events that pass. None comes after a word but Corrected."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._notes: list[Note] = []
        self._sent = False  # the headers have left: what comes later is for the stream to tell

    @property
    def model(self) -> str:
        """The one that answers; the one that was asked, until that is known."""
        models = [note.model for note in self._notes if isinstance(note, Answering)]
        return models[-1] if models else self._chat.model

    def taken_from(self, batches: Batches) -> Batches:
        with closing(batches):
            for batch in batches:
                if batch and isinstance(batch[0], Choice | Note):
                    self._notes += [event for event in batch if isinstance(event, Note)]
                    batch = [e for e in batch if self._is_to_tell(e)]
                    batch = [] if all(isinstance(e, Choice) for e in batch) else batch
                yield batch

    def _is_to_tell(self, event: Event) -> bool:
        if isinstance(event, Answering):
            return self._sent and bool(event.instead)
        return not isinstance(event, Native)

    def headers(self, ignored: Iterable[str]) -> dict[str, str]:
        self._sent = True
        corrected = [note.what for note in self._notes if isinstance(note, Corrected)]
        told = {
            "x-relay-ignored": ", ".join(self._ignored(ignored)),
            "x-relay-corrected": ", ".join(dict.fromkeys(corrected)),
        }
        for note in self._notes:
            if isinstance(note, Answering) and note.instead:
                told["x-relay-fallback"] = note.model
            if isinstance(note, Answering) and note.trimmed_messages:
                told["x-relay-trimmed"] = (
                    f"{note.trimmed_messages} messages, {note.trimmed_tokens} tokens"
                )
        return {name: value for name, value in told.items() if value}

    def _ignored(self, ignored: Iterable[str]) -> list[str]:
        told = [*ignored]
        if any([isinstance(note, Native) for note in self._notes]):
            told = [name for name in told if name not in self._chat.sampling]
        if any([isinstance(note, Answering) and note.media for note in self._notes]):
            told += [called for name, called in _TEXT_ONLY.items() if getattr(self._chat, name)]
        return told


def usage_headers(usage: Usage | None) -> dict[str, str]:
    if usage is None:
        return {}
    headers: dict[str, str] = {"x-usage-source": usage.source}
    if usage.credits is not None:
        headers["x-credits-used"] = f"{usage.credits:.15g}"
        if usage.approximate:
            headers["x-credits-approximate"] = "true"
    return headers
