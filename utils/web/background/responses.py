"""What a response remembers: the turns before it, and itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from utils import hubs
from utils.domain.chat import Chat, Streamed
from utils.domain.reply import Reply
from utils.errors import RelayError
from utils.store.responses import Kept
from utils.web.services.services import Services
from utils.wire.items import Item
from utils.wire.responses.dialect import Turn
from utils.wire.responses.input import Conversed
from utils.wire.stamp import Stamp

log = logging.getLogger(__name__)

ANSWERED = ("completed", "incomplete")


def referred(
    asked: Conversed, relay: Services, owner: str
) -> tuple[Sequence[Item], Mapping[str, Item]]:
    """What was said before the request, and the items it names. Raises NotFound for what it
    continues and nobody has, and Unavailable while nobody can know.
    """
    history: Sequence[Item] = ()
    items: Mapping[str, Item] = {}
    if asked.previous:
        history = hubs.elsewhere(relay.responses.history, asked.previous, owner)
    elif asked.conversation_id:
        history = hubs.elsewhere(relay.conversations.items, asked.conversation_id, owner)
    if asked.references:
        items = hubs.elsewhere(relay.responses.items, asked.references, owner)
    return history, items


@dataclass(frozen=True, slots=True)
class Remembered:
    """A turn that is kept before its end is told, so that the next may refer to it at once."""

    turn: Turn
    relay: Services
    owner: str

    @property
    def ignored(self) -> list[str]:
        return self.turn.ignored

    def to_chat(self) -> Chat:
        return self.turn.to_chat()

    def encode(self, replies: list[Reply], stamp: Stamp) -> dict[str, Any]:
        return self.kept(self.turn.encode(replies, stamp), stamp)

    def opening(self, stamp: Stamp) -> bytes:
        """Nothing: even its beginning names its model."""
        return b""

    def frames(self, batches: Streamed, stamp: Stamp) -> Iterator[bytes]:
        return self.turn.frames(batches, stamp, partial(self.kept, stamp=stamp))

    def error_frame(self, error: RelayError) -> bytes:
        return self.turn.error_frame(error)

    def begin(self, stamp: Stamp) -> dict[str, Any]:
        """The response under way, as it can be asked for from now on. Raises Unavailable."""
        response = self.turn.begun(stamp, "in_progress")
        kept = self._keepable(response, stamp)
        hubs.elsewhere(self.relay.responses.begin, kept, self.owner)
        return response

    def is_wanted(self, stamp: Stamp) -> bool:
        """Whether a response under way was not cancelled; nobody else can say while the
        database is away.
        """
        try:
            return hubs.elsewhere(self.relay.responses.alive, self.turn.id(stamp))
        except RelayError as error:
            log.warning("nobody knows whether a response was cancelled: %s", error.code)
            return True

    def fail(self, error: RelayError, stamp: Stamp) -> None:
        """After a mistake of ours."""
        self.kept(self.turn.failed(error, stamp), stamp)

    def kept(self, response: dict[str, Any], stamp: Stamp) -> dict[str, Any]:
        """The response as it is to be told: `store` says whether it was, and its status whether
        it was cancelled meanwhile. An answer that was paid for is not lost with the database.
        """
        if response["store"]:
            response = self._stored(response, stamp)
        if self.turn.asked.conversation_id and response["status"] in ANSWERED:
            self._told(response, stamp)
        return response

    def _stored(self, response: dict[str, Any], stamp: Stamp) -> dict[str, Any]:
        try:
            kept = self._keepable(response, stamp)
            if hubs.elsewhere(self.relay.responses.keep, kept, self.owner):
                return response
        except RelayError as error:
            log.error("a response could not be kept: %s", error.code)
            return response | {"store": False}
        return response | {"status": "cancelled", "output": [], "usage": None}

    def _told(self, response: dict[str, Any], stamp: Stamp) -> None:
        """The conversation of it."""
        items = [*self.turn.input_items(stamp), *response["output"]]
        try:
            conversation = self.turn.asked.conversation_id
            hubs.elsewhere(self.relay.conversations.add, conversation, items, self.owner)
        except RelayError as error:
            log.error("a conversation could not be gone on with: %s", error.code)

    def _keepable(self, response: dict[str, Any], stamp: Stamp) -> Kept:
        body = {name: value for name, value in response.items() if name != "output"}
        return Kept(
            id=response["id"],
            body=body,
            input=self.turn.input_items(stamp),
            output=response["output"],
            previous=self.turn.asked.previous,
        )
