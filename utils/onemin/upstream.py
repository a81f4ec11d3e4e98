"""1min.ai seen from the relay: domain values in, domain values out."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from utils.domain import filters
from utils.domain.catalog import Model
from utils.domain.chat import Batches, Chat, Event, Usage, WebSearch
from utils.errors import RelayError
from utils.onemin import chat, models, redaction
from utils.onemin.client import Client
from utils.tokens import counts

_LINK = re.compile(r"https?://", re.IGNORECASE)


class OneMin:
    """Shared by all threads."""

    def __init__(self, client: Client, search: WebSearch) -> None:
        self._client = client
        self._search = search

    def chat(self, asked: Chat, key: str) -> Generator[Sequence[Event]]:
        """The answer in batches. Closing this hangs up on 1min.ai.

        Raises RelayError, with the key taken out of whatever 1min.ai said.
        """
        read = chat.read_stream if asked.stream else chat.read_whole
        try:
            with closing(self._client.send(chat.build(asked, self._search), key)) as pieces:
                batches: Batches = read(pieces)
                if asked.web_search or any(_LINK.search(m.text) for m in asked.messages):
                    batches = filters.without_crawl_notes(batches)
                yield from filters.completed(batches, lambda text: _counted(asked, text))
        except RelayError as error:
            error.message = redaction.shown(error.message, key)
            raise

    def close(self) -> None:
        """No connection is kept for later any more."""
        self._client.close()

    def models(self) -> list[Model]:
        """Every model of every feature that is used. Raises RelayError."""
        with ThreadPoolExecutor(len(models.FEATURES)) as pool:
            lists = pool.map(self._models, models.FEATURES)
            return models.merged(lists)

    def _models(self, feature: str) -> list[Model]:
        return models.read(self._client.get(models.target(feature)), feature)


def _counted(asked: Chat, text: str) -> Usage:
    texts = [message.text for message in asked.messages]
    names = sum(bool(message.name) for message in asked.messages)
    read = counts.count_messages(texts, asked.model, names)
    return Usage(read, counts.count(text, asked.model), "estimated")
