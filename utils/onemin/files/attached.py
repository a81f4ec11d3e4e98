"""A chat once its files are where 1min.ai finds them (onemin-api.md 2.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from utils.domain.chat import Chat, Usage
from utils.errors import ContextTooLong

LONGEST = 4 * 2**20  # characters that files add to a chat; no model reads as many

SILENCE = "(a recording in which nothing is said)"


@dataclass(frozen=True, slots=True)
class Picture:
    path: str


@dataclass(frozen=True, slots=True)
class Document:
    uuid: str
    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """Of a file that 1min.ai does not take."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """In a recording. `usage` is None where learning it cost nothing."""

    text: str
    usage: Usage | None = None


Part = Picture | Document | Text | Said


@dataclass(frozen=True, slots=True)
class Prepared:
    """Nothing is attached to the chat's messages any more: their texts say all. `images` are
    paths, `files` are uuids, `spent` is what that cost.
    """

    chat: Chat
    images: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    spent: tuple[Usage, ...] = ()


def prepared(chat: Chat, parts: Sequence[Sequence[Part]]) -> Prepared:
    """`parts` are what became of each message's attachments. Raises ContextTooLong."""
    every = [part for own in parts for part in own]
    if sum(len(part.text) for part in every if isinstance(part, Text | Said)) > LONGEST:
        raise too_much_text()
    images = dict.fromkeys(part.path for part in every if isinstance(part, Picture))
    files = dict.fromkeys(part.uuid for part in every if isinstance(part, Document))
    labels = {path: f"picture {number}" for number, path in enumerate(images, 1)}
    lone = [message.role for message in chat.messages] == ["user"]  # it is clear whose they are
    messages = (
        replace(
            message, text=_text(message.text, own, None if lone else labels), attachments=()
        )
        for message, own in zip(chat.messages, parts, strict=True)
    )
    spent = {id(part): part.usage for part in every if isinstance(part, Said) and part.usage}
    return Prepared(
        replace(chat, messages=tuple(messages)),
        tuple(images),
        tuple(files),
        tuple(spent.values()),
    )


def too_much_text() -> ContextTooLong:
    return ContextTooLong("The attached files hold more text than any model can read.")


def _text(text: str, parts: Sequence[Part], labels: Mapping[str, str] | None) -> str:
    """A message's own text comes first, and is not altered; nor is a file's."""
    said = [part.text or SILENCE for part in parts if isinstance(part, Said)]
    names = [] if labels is None else [*_names(parts, labels)]
    attached = [f"(attached: {', '.join(names)})"] if names else []
    files = [
        f"--- attached file: {part.name} ---\n{part.text}"
        for part in parts
        if isinstance(part, Text)
    ]
    own = "\n".join(filter(None, [text, *said, *attached]))
    return "\n\n".join(filter(None, [own, *files]))


def _names(parts: Sequence[Part], labels: Mapping[str, str]) -> Iterator[str]:
    for part in parts:
        match part:
            case Picture(path):
                yield labels[path]
            case Document(name=name):
                yield name
