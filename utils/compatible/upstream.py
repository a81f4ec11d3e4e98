"""An OpenAI-compatible server seen from the relay: domain values in, domain values out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from random import getrandbits
from typing import Any

from utils.compatible import chat
from utils.compatible.client import Client
from utils.domain.chat import Batches, Chat
from utils.errors import RelayError, masked


class Compatible:
    """Shared by all threads."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def chat(self, asked: Chat, key: str) -> Batches:
        """The answer in batches, its usage None where the server told none. Closing this hangs
        up on the server.

        Raises RelayError, with the key taken out of whatever the server said. NotFound, of
        which ModelNotFound is one, before the first event: nothing was done.
        """
        body = chat.build(asked, model=asked.model)
        yield from self.answered(body, key, streaming=asked.stream)

    def answered(self, body: Mapping[str, Any], key: str, *, streaming: bool) -> Batches:
        """The answer to a chat that is built. Closes and raises as `chat` does."""
        read = chat.read_stream if streaming else chat.read_whole
        try:
            with closing(self._client.send(body, key, streaming=streaming)) as pieces:
                yield from read(pieces, _call_id)
        except RelayError as error:
            error.message = masked(error.message, key)
            raise

    def models(self, key: str) -> list[str]:
        """The ids of the models that the server lists. Raises as `chat` does."""
        try:
            return self._client.models(key)
        except RelayError as error:
            error.message = masked(error.message, key)
            raise

    def close(self) -> None:
        """No connection is kept for later any more."""
        self._client.close()


def _call_id() -> str:
    return f"call_{getrandbits(96):024x}"
