"""What a stream tells beside the answer, once its headers have left."""

from __future__ import annotations

from utils.domain.chat import Answering, Corrected, Native

HEARTBEAT = b": still working\n\n"


def comment(note: Corrected | Answering | Native) -> bytes:
    """In the words of the headers. Empty where there is nothing to tell."""
    match note:
        case Corrected():
            return f": x-relay-corrected: {note.what}\n\n".encode()
        case Answering():
            return f": x-relay-fallback: {note.model}\n\n".encode()
    return b""
