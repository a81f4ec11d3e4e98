"""POST /v1/responses, both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utils.domain.chat import Chat, Finish, Message, Streamed
from utils.domain.reply import Reply
from utils.domain.runs import runs
from utils.errors import RelayError
from utils.wire.comments import HEARTBEAT
from utils.wire.items import Item, item_id, normalised
from utils.wire.responses.object import ending, failure, response, response_id
from utils.wire.responses.output import Output
from utils.wire.responses.request import ResponseRequest
from utils.wire.responses.stream import Stream, broken_off
from utils.wire.responses.tools import Declared
from utils.wire.stamp import Stamp

LONGEST_QUERY = 1000  # letters of what is shown as searched for


Keep = Callable[[dict[str, Any]], dict[str, Any]]


class Responses(ResponseRequest):
    def turn(
        self, history: Sequence[Item] = (), referenced: Mapping[str, Item] | None = None
    ) -> Turn:
        """The request and what it refers to: `history` is what was said before, `referenced`
        what its `references` name. Raises InvalidRequest, and NotFound for a reference to
        nothing.
        """
        referenced = referenced or {}
        tools = self.declared(history)
        chat = self.to_chat(self.turns(history, referenced), tools)
        return Turn(self, history, referenced, tools, chat)


@dataclass(frozen=True, slots=True)
class Turn:
    asked: Responses
    history: Sequence[Item]
    referenced: Mapping[str, Item]
    tools: Mapping[str, Declared]
    chat: Chat

    @property
    def ignored(self) -> list[str]:
        return self.asked.ignored

    def id(self, stamp: Stamp) -> str:
        return response_id(stamp)

    def to_chat(self) -> Chat:
        return self.chat

    def input_items(self, stamp: Stamp) -> list[Item]:
        """This request's own input, as it can be asked for later."""
        sent = self.asked.sent(self.history, self.referenced)
        return [
            normalised(item, item_id(item, f"{stamp.token}_in{index}"))
            for index, item in enumerate(sent)
        ]

    def begun(self, stamp: Stamp, status: str) -> dict[str, Any]:
        """The response before there is an answer: in_progress or queued."""
        return response(stamp, self.asked.echo(), status)

    def failed(self, error: RelayError, stamp: Stamp) -> dict[str, Any]:
        return response(stamp, self.asked.echo(), "failed", error=failure(error))

    def encode(self, replies: list[Reply], stamp: Stamp) -> dict[str, Any]:
        [reply] = replies
        return self._over(self._output(stamp).items(reply), reply.finish, stamp)

    def frames(
        self, batches: Streamed, stamp: Stamp, keep: Keep = lambda response: response
    ) -> Iterator[bytes]:
        """One write for each batch; a comment where nothing in it has a place here. `keep` is
        given the response once it is over, and returns it as it is to be told.
        """
        stream = Stream(
            self._output(stamp),
            self.begun(stamp, "in_progress"),
            lambda items, finish: keep(self._over(items, finish, stamp)),
            lambda error: keep(self.failed(error, stamp)),
        )
        write = stream.opening()
        for batch in runs(batches):
            yield (write + stream.told(batch)) or HEARTBEAT
            write = b""

    def error_frame(self, error: RelayError) -> bytes:
        return broken_off(error)

    def _over(self, items: Sequence[Item], finish: Finish, stamp: Stamp) -> dict[str, Any]:
        end = ending(items, finish, stamp.model)
        return response(stamp, self.asked.echo(), **end)

    def _output(self, stamp: Stamp) -> Output:
        return Output(
            stamp.token,
            self.tools,
            _query(self.chat.messages) if self.chat.web_search else None,
            summarised=self.asked.wants_summary,
            sealed="reasoning.encrypted_content" in (self.asked.include or ()),
        )


def _query(messages: Sequence[Message]) -> str:
    texts = [message.text for message in messages if message.role == "user"]
    return texts[-1][:LONGEST_QUERY] if texts else ""
