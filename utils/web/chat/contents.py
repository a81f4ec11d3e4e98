"""What is asked and answered, in the log: only where its operator wants it there."""

from __future__ import annotations

import logging
from contextlib import closing

from utils.domain.chat import Batches, Chat, TextDelta
from utils.errors import masked

log = logging.getLogger("relay.contents")

MOST = 2000  # characters of each


def told(batches: Batches, chat: Chat, key: str) -> Batches:
    """The answer, and a line for its end. `key` is the caller's, which is never logged."""
    log.debug("question: %r", masked(chat.messages[-1].text, key)[:MOST])
    said = ""
    try:
        with closing(batches):
            for batch in batches:
                if len(said) < MOST + len(key):
                    said += "".join(e.text for e in batch if isinstance(e, TextDelta))
                yield batch
    finally:
        log.debug("answer: %r", masked(said, key)[:MOST])
