"""The ways on which an answer comes to a client: what one upstream sends is read by four."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import requests

from simulator.calls import Call
from simulator.replies import EVENT_STREAM, JSON, Part, Reply
from simulator.server import Simulator
from tests.backends.server import KEY as SERVERS_KEY
from tests.serving import Relay
from utils.relay_file import RelayFile

CHAT = "/v1/chat/completions"
SURFACE = "/openai/v1"
ENDINGS = ("[DONE]", "message_stop", '"finish_reason":"stop"', '"finish_reason": "stop"')

METADATA = {"inputToken": 7, "outputToken": 2, "credit": 5}
COUNTED = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


@dataclass(frozen=True, slots=True)
class Way:
    """`flat` is 1min.ai's own chat. `native` is its OpenAI-compatible one, which also stands
    for a configured server: `translated` into another dialect, or `passed` on byte for byte.
    """

    name: str
    path: str
    asked: dict[str, Any]

    @property
    def is_flat(self) -> bool:
        return self.name == "flat"

    def ask(self, relay: Relay, *, stream: bool = False, **fields: Any) -> requests.Response:
        messages = [{"role": "user", "content": "hi"}]
        body = {**self.asked, "messages": messages, "stream": stream, **fields}
        reply = relay.post(self.path, body)
        reply.encoding = "utf-8"
        return reply

    def script(self, onemin: Simulator, *replies: Reply) -> None:
        if self.is_flat:
            onemin.script(*replies)
        else:
            onemin.script_native(*replies)

    def calls(self, onemin: Simulator) -> list[Call]:
        return onemin.chats if self.is_flat else onemin.native_calls

    # What its upstream sends

    def whole(self, text: str, usage: Any = None) -> bytes:
        if self.is_flat:
            detail = {"resultObject": [text]}
            record = {"status": "SUCCESS", "aiRecordDetail": detail, "metadata": usage}
            return orjson.dumps({"aiRecord": record})
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return orjson.dumps({"choices": [choice], "usage": usage})

    def word(self, text: str) -> bytes:
        if self.is_flat:
            return b"event: content\ndata: " + orjson.dumps({"content": text}) + b"\n\n"
        return delta(content=text)

    def counted(self, usage: Any) -> bytes:
        """After all words."""
        if self.is_flat:
            record = {"status": "SUCCESS", "aiRecordDetail": {}, "metadata": usage}
            return b"event: result\ndata: " + orjson.dumps({"aiRecord": record}) + b"\n\n"
        return b"data: " + orjson.dumps({"choices": [], "usage": usage}) + b"\n\n"

    @property
    def end(self) -> bytes:
        if self.is_flat:
            return b'event: done\ndata: {"message":"Stream completed"}\n\n'
        return delta("stop") + b"data: [DONE]\n\n"

    def said(self, *words: str) -> bytes:
        return b"".join(map(self.word, words)) + self.end


def delta(reason: str | None = None, **said: Any) -> bytes:
    choice = {"index": 0, "delta": said, "finish_reason": reason}
    told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + orjson.dumps({**told, "choices": [choice]}) + b"\n\n"


def answer(body: bytes, media_type: str = JSON["Content-Type"]) -> Reply:
    return Reply(headers={"Content-Type": media_type}, body=(body,))


def stream(*parts: Part, media_type: str = EVENT_STREAM["Content-Type"]) -> Reply:
    return Reply(headers={"Content-Type": media_type}, body=parts, framing="chunked")


FLAT = Way("flat", CHAT, {"model": "gpt-4o-mini"})
NATIVE = Way("native", CHAT, {"model": "gpt-4o-mini", "seed": 1})
TRANSLATED = Way("translated", "/v1/messages", {"model": "house-model", "max_tokens": 10**6})
PASSED = Way("passed", CHAT, {"model": "house-model"})
COMPATIBLE = (NATIVE, TRANSLATED, PASSED)


def ways(*which: Way) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", which, ids=lambda way: way.name)


every_way = ways(FLAT, *COMPATIBLE)


def relay_settings(url: str) -> dict[str, Any]:
    """Of relay.yaml, for a configured server at `url`: where `/chat/completions` begins."""
    models = {"house-model": {"name": "gpt-4o-mini"}}
    house = {"base_url": url, "api_key": SERVERS_KEY, "models": models}
    return {"backends": {"house": house}}


def relay_file(url: str) -> RelayFile:
    return RelayFile.model_validate(relay_settings(url))


# What a client hears, in whichever dialect, whole or streamed


def frames(reply: requests.Response) -> Iterator[dict[str, Any]]:
    for event in reply.text.split("\n\n"):
        data = [line[6:] for line in event.split("\n") if line.startswith("data: {")]
        if data:
            yield json.loads("".join(data))


def complaint(reply: requests.Response) -> dict[str, Any]:
    """The error of an answer, or at the end of a stream, which then has no other end."""
    if reply.status_code != 200:
        error: dict[str, Any] = reply.json()["error"]
        return error
    assert not any(ending in reply.text for ending in ENDINGS)
    last = reply.text.rstrip().rpartition("\n\n")[2]
    told: dict[str, dict[str, Any]] = json.loads(last.partition("data: ")[2])
    return told["error"]


def text(reply: requests.Response) -> str:
    assert reply.status_code == 200, reply.text
    if "event-stream" not in reply.headers["Content-Type"]:
        return _said([reply.json()])
    assert any(ending in reply.text for ending in ENDINGS)
    return _said(frames(reply))


def _said(told: Iterable[dict[str, Any]]) -> str:
    said = []
    for each in told:
        match each:
            case {"choices": [{"message": {"content": str(content)}}, *_]}:
                said.append(content)
            case {"choices": [{"delta": {"content": str(content)}}, *_]}:
                said.append(content)
            case {"content": [{"text": str(content)}, *_]} | {"delta": {"text": str(content)}}:
                said.append(content)
    return "".join(said)
