"""A chat with a model that reads and writes text."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from random import getrandbits

from utils.domain import context, filters
from utils.domain.catalog import Model
from utils.domain.chat import Ask, Batches, Chat, Usage, WebSearch
from utils.domain.emulation import bounded, conversing
from utils.domain.meter import Meter
from utils.domain.tool_calls.frame import Frame
from utils.onemin import chat
from utils.onemin.bills import Paying
from utils.onemin.client import Client
from utils.onemin.crawl_notes import without_crawl_notes
from utils.onemin.files.attached import Prepared
from utils.onemin.files.attachments import Attachments
from utils.onemin.transport import Transports
from utils.tokens import counts
from utils.waiting import silence

_LINK = re.compile(r"https?://", re.IGNORECASE)


class TextChat:
    """Shared by all threads."""

    def __init__(
        self,
        client: Client,
        search: WebSearch,
        *,
        attachments: Attachments,
        transports: Transports,
    ) -> None:
        self._client = client
        self._search = search
        self._attachments = attachments
        self._transports = transports

    def answered(self, asked: Chat, model: Model | None, payer: Paying) -> Batches:
        """In batches. Closing this hangs up on 1min.ai. Raises RelayError."""
        attached = bool(asked.attachments)
        meter, prepared = Meter(_counted), Prepared(asked)
        if attached and not self._transports.only_native:
            prepared = yield from silence(self._attachments.prepared(asked, model, payer))
            # Once more: files have become text.
            context.fitted(prepared.chat, model.context if model else 0, trim=False)
        for usage in prepared.spent:
            meter.book(usage)
        said = prepared.chat
        ask = conversing(meter.metered(self._unify(prepared, payer)), said, _frame, _call_id)
        if not attached or self._transports.only_native:
            native = filters.thinking(meter.metered(self._transports.native(payer)))
            ask = self._transports.choosing(ask, native, payer)
        yield from meter.booked(bounded(ask, said))(said)

    def _unify(self, prepared: Prepared, payer: Paying) -> Ask:
        """1min.ai's flat chat: text in, text out."""

        def asked(flat: Chat) -> Batches:
            feature = chat.build(replace(prepared, chat=flat), self._search)
            read = chat.read_stream if flat.stream else chat.read_whole
            with closing(self._client.send(feature, payer)) as pieces:
                batches = read(pieces, payer.bill.asked)
                if flat.web_search or _links(feature.prompt["prompt"]):
                    batches = without_crawl_notes(batches)
                yield from batches

        return asked

    def close(self) -> None:
        """No connection is kept for later any more."""
        self._transports.close()


def _links(text: str) -> bool:
    """Whether 1min.ai may read a page for it."""
    return "://" in text and bool(_LINK.search(text))


def _counted(asked: Chat, text: str) -> Usage:
    texts = [message.text for message in asked.messages]
    names = sum([bool(message.name) for message in asked.messages])
    read, written = counts.count_turn(texts, text, asked.model, names)
    return Usage(read, written, "estimated")


def _frame(chat: Chat) -> Frame:
    """One whose mark stands nowhere in the chat."""
    while True:
        mark = f"{getrandbits(32):08x}"  # no body is large enough to hold them all
        if not any(mark in message.text for message in chat.messages):
            return Frame(mark)


def _call_id() -> str:
    return f"call_{getrandbits(96):024x}"
