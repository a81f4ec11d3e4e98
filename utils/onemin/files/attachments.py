"""A chat's files, brought to where 1min.ai finds them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from utils.domain import files
from utils.domain.catalog import Model
from utils.domain.chat import Attachment, Chat, FileId, Inline, Link, Message
from utils.domain.files import File
from utils.domain.payers import Payer
from utils.errors import InvalidRequest, NotFound, TooLarge, UnsupportedFile
from utils.onemin.files import assets, attached
from utils.onemin.files.attached import Document, Part, Picture, Prepared, Said, Text
from utils.onemin.files.recordings import Recordings
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.waiting import Waiting, together

MOST = 20  # files a chat
AT_ONCE = 5  # onemin-api.md 13
UNSEEN = "(A picture was returned, which you cannot see.)"

_Identity = tuple[str, Inline | Link | FileId]


class Attachments:
    """Shared by all threads."""

    def __init__(self, sources: Sources, uploads: Uploads, recordings: Recordings) -> None:
        self._sources = sources
        self._uploads = uploads
        self._recordings = recordings

    def prepared(self, chat: Chat, model: Model | None, payer: Payer) -> Waiting[Prepared]:
        """Of every turn. `model` is None where nobody knows what it can do.

        Raises RelayError, with the place of a file that cannot be used. Closing this gives up.
        """
        if model and not model.vision:
            chat = replace(chat, messages=tuple(map(_unseen, chat.messages)))
        wanted = _distinct(a for message in chat.messages for a in message.attachments)
        if not wanted:
            return Prepared(chat)
        _check([*wanted.values()], model)
        waits = [self._part(attachment, payer) for attachment in wanted.values()]
        parts = dict(zip(wanted, (yield from together(waits, AT_ONCE)), strict=True))
        return attached.prepared(
            chat,
            [[parts[_identity(a)] for a in message.attachments] for message in chat.messages],
        )

    def _part(self, attachment: Attachment, payer: Payer) -> Waiting[Part]:
        try:
            file = self._sources.file(attachment, payer)
            yield  # fetching it may have taken a while
            return (yield from self._brought(file, payer))
        except (InvalidRequest, NotFound, TooLarge) as error:
            error.param = attachment.place
            raise

    def _brought(self, file: File, payer: Payer) -> Waiting[Part]:
        match file.type.family:
            case "image":
                return Picture((yield from self._uploads.asset(file, payer)).path)
            case "document":
                return Document((yield from self._uploads.asset(file, payer)).uuid, file.name)
            case "audio":
                return Said(*(yield from self._recordings.text(file, payer)))
        return (yield from self._text(file, payer))

    def _text(self, file: File, payer: Payer) -> Waiting[Document | Text]:
        """Goes up if 1min.ai takes it, else into the message."""
        if taken := assets.text_type(file.name):
            with suppress(UnsupportedFile):
                asset = yield from self._uploads.asset(File(file.data, taken, file.name), payer)
                return Document(asset.uuid, file.name)
        text = files.text(file.data) or ""
        if len(text) > attached.LONGEST:
            raise attached.too_much_text()
        return Text(file.name, text)


def _identity(attachment: Attachment) -> _Identity:
    return attachment.kind, attachment.source


def _distinct(attachments: Iterable[Attachment]) -> dict[_Identity, Attachment]:
    """In their order, the first of each: a client sends all turns again with every one."""
    distinct: dict[_Identity, Attachment] = {}
    for attachment in attachments:
        distinct.setdefault(_identity(attachment), attachment)
    return distinct


def _unseen(message: Message) -> Message:
    """Without the pictures that a tool returned: an agent sends them again with every turn, so
    that to refuse one would be to end its work. The model is told, and can do without.
    """
    pictures = [a for a in message.attachments if a.kind == "image"]
    if message.role != "tool" or not pictures:
        return message
    others = tuple(a for a in message.attachments if a.kind != "image")
    text = "\n".join([*filter(None, [message.text]), *[UNSEEN] * len(pictures)])
    return replace(message, text=text, attachments=others)


def _check(attachments: list[Attachment], model: Model | None) -> None:
    """Raises InvalidRequest for what can be told before anything is fetched or uploaded."""
    for attachment in attachments[MOST:]:
        message = f"A chat can have at most {MOST} files."
        raise InvalidRequest(message, param=attachment.place)
    for attachment in attachments:
        if attachment.kind == "image" and model and not model.vision:
            raise InvalidRequest(
                f"The model {model.id!r} does not see pictures.",
                param=attachment.place,
                code="model_not_supported",
            )
