"""Chats with files, and what stands around those who bring the files to 1min.ai."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

from simulator.replies import refusal
from simulator.server import Simulator
from tests import samples
from tests.paying import own
from utils.domain.catalog import Model
from utils.domain.chat import Attachment, Chat, Inline, Message, Role
from utils.errors import RelayError
from utils.onemin.client import Client
from utils.onemin.files.attached import Prepared
from utils.onemin.files.attachments import Attachments
from utils.onemin.files.once import Once
from utils.onemin.files.recordings import Recordings
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media.deferred import Deferred

T = TypeVar("T")

KEY = "the-callers-own-1min-key"
LARGEST = 2**20
SEEING = Model(id="gpt-4o-mini", chat=True, vision=True)
BLIND = Model(id="o3-mini", chat=True)
LISTENER = "whisper-1"
PNG = samples.png()
CORRUPT = refusal(400, "UNKNOWN_ERROR", "The file could not be read, it may be corrupt.")
UNSUPPORTED = refusal(400, "UNSUPPORTED_FILE_TYPE", "Unsupported file type")


@dataclass
class Kept:
    """A cache."""

    values: dict[str, bytes] = field(default_factory=dict)
    forgetful: bool = False

    def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    def set(self, key: str, value: bytes, seconds: int) -> None:
        assert seconds == 24 * 3600
        if not self.forgetful:
            self.values[key] = value


@dataclass(frozen=True)
class Page:
    data: bytes
    name: str = ""


@dataclass
class Web:
    """A fetcher of these pages. One with a gate is under way until that opens."""

    pages: dict[str, Page | RelayError] = field(default_factory=dict)
    gates: dict[str, Event] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def get(self, url: str) -> Page:
        self.fetched.append(url)
        if url in self.gates:
            assert self.gates[url].wait(10)
        page = self.pages[url]
        if isinstance(page, RelayError):
            raise page
        return page


class Library:
    def find(self, id: str, owner: str) -> Inline | None:
        found = (id, owner) == ("file-1", own(KEY).owner)
        return Inline(data=PNG, name="cat.png") if found else None


def attachments_of(client: Client, sources: Sources, kept: Kept) -> Attachments:
    once = Once(kept)
    uploads = Uploads(client, once)
    deferred = Deferred(client, patience=10, pause=0.01)
    return Attachments(sources, uploads, Recordings(deferred, uploads, once, LISTENER))


def picture(data: bytes = PNG, place: str = "here") -> Attachment:
    return Attachment("image", Inline(data=data), place)


def document(data: bytes, name: str = "", place: str = "here") -> Attachment:
    return Attachment("document", Inline(data=data, name=name), place)


def recording(data: bytes, place: str = "here") -> Attachment:
    return Attachment("audio", Inline(data=data), place)


def message(text: str, *files: Attachment, role: Role = "user") -> Message:
    return Message(role=role, text=text, attachments=files)


def chat(*messages: Message) -> Chat:
    return Chat(model="gpt-4o-mini", messages=messages)


def lone(text: str, *files: Attachment) -> Chat:
    return chat(message(text, *files))


def ready(
    attachments: Attachments, asked: Chat, *, key: str = KEY, model: Model | None = SEEING
) -> Prepared:
    return returned(attachments.prepared(asked, model, own(key)))


def returned(waiting: Generator[None, None, T]) -> T:
    while True:
        try:
            next(waiting)
        except StopIteration as end:
            result: T = end.value
            return result


def texts(made: Prepared) -> list[str]:
    return [message.text for message in made.chat.messages]


def contents(onemin: Simulator) -> list[bytes]:
    return [upload.data for upload in onemin.uploads]
