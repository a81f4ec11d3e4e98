"""1min.ai seen from the relay: domain values in, domain values out."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing
from threading import Thread

from utils.domain import filters
from utils.domain.catalog import Model
from utils.domain.chat import Batches, Chat, Event, Usage, WebSearch
from utils.errors import RelayError
from utils.onemin import chat, models, redaction
from utils.onemin.client import Client
from utils.onemin.crawl_notes import without_crawl_notes
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
                    batches = without_crawl_notes(batches)
                yield from filters.completed(batches, lambda text: _counted(asked, text))
        except RelayError as error:
            error.message = redaction.shown(error.message, key)
            raise

    def close(self) -> None:
        """No connection is kept for later any more."""
        self._client.close()

    def models(self) -> list[Model]:
        """Every model of every feature that is used. Raises RelayError.

        On daemon threads: an executor's would keep a relay that stops waiting for the list.
        """
        lists: dict[str, list[Model]] = {}
        errors: list[RelayError] = []

        def fetch(feature: str) -> None:
            try:
                reply = self._client.get(models.target(feature))
                lists[feature] = models.read(reply, feature)
            except RelayError as error:
                errors.append(error)

        threads = [Thread(target=fetch, args=(f,), daemon=True) for f in models.FEATURES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return models.merged(lists[feature] for feature in models.FEATURES)


def _counted(asked: Chat, text: str) -> Usage:
    texts = [message.text for message in asked.messages]
    names = sum(bool(message.name) for message in asked.messages)
    read = counts.count_messages(texts, asked.model, names)
    return Usage(read, counts.count(text, asked.model), "estimated")
