"""An answer in each of the clients' dialects, what a client makes of it, and the same in the
history of that client's next request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from utils.domain.chat import Chat, Event, Message
from utils.domain.reply import collect
from utils.sse import Decoder
from utils.wire.chat.dialect import ChatCompletions
from utils.wire.messages.dialect import Messages
from utils.wire.responses.dialect import Responses, Turn
from utils.wire.stamp import Stamp

STAMP = Stamp("0abc", 1_700_000_000, "gpt-4o-mini")
USER = {"role": "user", "content": "hi"}

REASONS = {
    "end_turn": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
    "max_output_tokens": "length",
}

Json = dict[str, Any]
Call = tuple[str, str, Any]  # its id, its name, and what its arguments mean


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    calls: tuple[Call, ...]
    usage: tuple[int, int]
    reason: str


class Dialect(Protocol):
    def whole(self, events: Sequence[Event]) -> Json:
        """What a client that does not stream is sent."""

    def streamed(self, batches: Sequence[Sequence[Event]]) -> Json:
        """The same, put together from a stream."""

    def read(self, body: Json) -> Answer: ...

    def history(self, body: Json) -> Chat:
        """The client's next request, which says the answer again between two of the user's."""


class Chats:
    def whole(self, events: Sequence[Event]) -> Json:
        asked = self._asked(USER)
        return sent(asked.encode(collect([events]), STAMP))

    def streamed(self, batches: Sequence[Sequence[Event]]) -> Json:
        asked = self._asked(USER)
        *chunks, done = decoded(asked.frames(iter(batches), STAMP))
        assert done == b"[DONE]"
        *spelt, counted = map(orjson.loads, chunks)
        message: Json = {"role": "assistant", "content": "", "tool_calls": []}
        for [choice] in (chunk["choices"] for chunk in spelt):
            delta = choice["delta"]
            message["content"] += delta.get("content") or ""
            for call in delta.get("tool_calls", ()):
                add_call(message["tool_calls"], call)
        end = {"message": message, "finish_reason": choice["finish_reason"]}
        return {"choices": [end], "usage": counted["usage"]}

    def read(self, body: Json) -> Answer:
        [choice] = body["choices"]
        message, usage = choice["message"], body["usage"]
        return Answer(
            message["content"] or "",
            tuple(
                (call["id"], call["function"]["name"], means(call["function"]["arguments"]))
                for call in message.get("tool_calls", ())
            ),
            (usage["prompt_tokens"], usage["completion_tokens"]),
            choice["finish_reason"],
        )

    def history(self, body: Json) -> Chat:
        return self._asked(USER, body["choices"][0]["message"], USER).to_chat()

    def _asked(self, *messages: Json) -> ChatCompletions:
        request = {"messages": messages, "stream_options": {"include_usage": True}}
        return ChatCompletions.parse(orjson.dumps(request))


class Anthropics:
    def whole(self, events: Sequence[Event]) -> Json:
        asked = self._asked(USER)
        return sent(asked.encode(collect([events]), STAMP))

    def streamed(self, batches: Sequence[Sequence[Event]]) -> Json:
        asked = self._asked(USER)
        told = [orjson.loads(data) for data in decoded(asked.frames(iter(batches), STAMP))]
        blocks, inputs = list[Json](), list[str]()
        for event in told:
            match event:
                case {"type": "content_block_start", "content_block": block}:
                    blocks.append(block)
                    inputs.append("")
                case {"type": "content_block_delta", "delta": {"text": text}}:
                    blocks[-1]["text"] += text
                case {"type": "content_block_delta", "delta": {"partial_json": text}}:
                    inputs[-1] += text
        for block, given in zip(blocks, inputs, strict=True):
            if given:
                block["input"] = orjson.loads(given)
        end, stop = told[-2:]
        assert stop == {"type": "message_stop"}
        return {"content": blocks, **end["delta"], "usage": end["usage"]}

    def read(self, body: Json) -> Answer:
        blocks, usage = body["content"], body["usage"]
        return Answer(
            "".join(block["text"] for block in blocks if block["type"] == "text"),
            tuple(
                (block["id"], block["name"], block["input"])
                for block in blocks
                if block["type"] == "tool_use"
            ),
            (usage["input_tokens"], usage["output_tokens"]),
            REASONS[body["stop_reason"]],
        )

    def history(self, body: Json) -> Chat:
        said = {"role": "assistant", "content": body["content"]}
        return self._asked(USER, said, USER).to_chat()

    def _asked(self, *messages: Json) -> Messages:
        return Messages.parse(orjson.dumps({"max_tokens": 9, "messages": messages}))


class Stored:
    """The Responses API's."""

    def whole(self, events: Sequence[Event]) -> Json:
        return sent(self._turn([USER]).encode(collect([events]), STAMP))

    def streamed(self, batches: Sequence[Sequence[Event]]) -> Json:
        told = decoded(self._turn([USER]).frames(iter(batches), STAMP))
        response: Json = orjson.loads(told[-1])["response"]
        return response

    def read(self, body: Json) -> Answer:
        items, usage = body["output"], body["usage"]
        calls = tuple(
            (item["call_id"], item["name"], means(item["arguments"]))
            for item in items
            if item["type"] == "function_call"
        )
        parts = (item["content"] for item in items if item["type"] == "message")
        return Answer(
            "".join(part["text"] for [part] in parts),
            calls,
            (usage["input_tokens"], usage["output_tokens"]),
            self._reason(body, calls),
        )

    def history(self, body: Json) -> Chat:
        return self._turn([USER, *body["output"], USER]).to_chat()

    def _reason(self, body: Json, calls: Sequence[Call]) -> str:
        if body["status"] == "completed":
            return "tool_calls" if calls else "stop"
        told: str = body["incomplete_details"]["reason"]
        return REASONS.get(told, told)

    def _turn(self, input: Sequence[Json]) -> Turn:
        return Responses.parse(orjson.dumps({"input": input})).turn()


DIALECTS: tuple[Dialect, ...] = (Chats(), Anthropics(), Stored())


def remembered(chat: Chat) -> Message:
    """What a model is told that it said, in as many turns as it takes."""
    said = [message for message in chat.messages if message.role == "assistant"]
    return Message(
        role="assistant",
        text="\n".join(filter(None, (message.text for message in said))),
        tool_calls=tuple(call for message in said for call in message.tool_calls),
    )


def sent(body: Json) -> Json:
    told: Json = orjson.loads(orjson.dumps(body))
    return told


def decoded(frames: Any) -> list[bytes]:
    return [event.data for event in Decoder().feed(b"".join(frames)) if event.name != "ping"]


def means(arguments: str) -> Any:
    return orjson.loads(arguments)


def add_call(calls: list[Json], piece: Json) -> None:
    if piece["index"] == len(calls):
        calls.append(
            {"id": piece["id"], "type": "function", "function": {"name": "", "arguments": ""}}
        )
    for name, text in piece["function"].items():
        calls[piece["index"]]["function"][name] += text
