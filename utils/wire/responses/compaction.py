"""POST /v1/responses/compact and /v1/responses/input_tokens, both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utils.domain.chat import Chat, Message
from utils.domain.context import counted
from utils.domain.reply import Reply
from utils.tokens import counts
from utils.wire.items import Item, item_id, normalised
from utils.wire.responses.dialect import Responses
from utils.wire.responses.input import Conversed
from utils.wire.responses.object import response_id, usage
from utils.wire.responses.summary import written_summary
from utils.wire.sampling import model_and_search
from utils.wire.stamp import Stamp

KEPT_TOKENS = 20_000  # of what the user said last, word for word

SUMMARISE = (
    "Sum up this conversation for somebody who is to carry it on without having read it. Tell "
    "what was asked for and what has been done, what was found out and decided, every name, "
    "path, number and wish that still matters, and what is left to do. Answer with the summary "
    "and with nothing else."
)


class InputTokens(Responses):
    def encode(self, chat: Chat) -> dict[str, Any]:
        """`chat` is the turn's, with the name of the model that would answer."""
        return {"object": "response.input_tokens", "input_tokens": counted(chat)}


class Compaction(Conversed):
    def turn(
        self, history: Sequence[Item] = (), referenced: Mapping[str, Item] | None = None
    ) -> CompactionTurn:
        """As with `Responses`."""
        referenced = referenced or {}
        model, _ = model_and_search(self.model)
        asked = Message(role="user", text=SUMMARISE)
        chat = Chat(model=model, messages=(*self.turns(history, referenced), asked))
        return CompactionTurn(self, history, referenced, chat)


@dataclass(frozen=True, slots=True)
class CompactionTurn:
    asked: Compaction
    history: Sequence[Item]
    referenced: Mapping[str, Item]
    chat: Chat

    @property
    def ignored(self) -> list[str]:
        """No search is made for a summary."""
        return ["model:online"] if model_and_search(self.asked.model)[1] else []

    def to_chat(self) -> Chat:
        return self.chat

    def encode(self, replies: list[Reply], stamp: Stamp) -> dict[str, Any]:
        """What the user said, and a summary of all. Together they are the next input."""
        [reply] = replies
        summary: Item = {"type": "compaction"}
        summary["id"] = item_id(summary, stamp.token)
        summary["encrypted_content"] = written_summary(reply.text)
        spent = reply.finish.usage
        return {
            "id": response_id(stamp),
            "object": "response.compaction",
            "created_at": stamp.created,
            "output": [*self._kept(stamp), summary],
            "usage": spent and usage(spent, [], stamp.model),
        }

    def _kept(self, stamp: Stamp) -> list[Item]:
        """The latest, as many as there is room for."""
        sent = [*self.history, *self.asked.sent(self.history, self.referenced)]
        kept: list[Item] = []
        room = KEPT_TOKENS
        for index, item in reversed([*enumerate(sent)]):
            if item.get("role") == "user":
                shown = normalised(item, item_id(item, f"{stamp.token}_in{index}"))
                room -= _size(shown, stamp.model)
                if room < 0:
                    break
                kept.append(shown)
        return kept[::-1]


def _size(item: Item, model: str) -> int:
    texts = (part.get("text") for part in item["content"] if isinstance(part, dict))
    return sum(counts.count_up_to(text, model, KEPT_TOKENS) for text in texts if text)
