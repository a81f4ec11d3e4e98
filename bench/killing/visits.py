"""What callers do until the relay is killed: chats, and all that it keeps for them."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.answers import Answer
from bench.dialects import MODEL
from bench.killing.told import Kept, Told
from bench.soak.requests import (
    Request,
    Visit,
    body,
    delete,
    get,
    has_status,
    is_same,
    post,
    post_form,
)
from simulator.calls import Call

CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
IMAGES, FILES, UPLOADS = "/v1/images/generations", "/v1/files", "/v1/uploads"
CONVERSATIONS = "/v1/conversations"
MINUTE = 60
PAID = re.compile(r"paid-\d+-\d+")
IMAGE_MODEL = "gpt-image-1-mini"
PART = b"half of an upload, " * 500


@dataclass(frozen=True, slots=True)
class Caller:
    """`number` is another one for each visit of all: no call that is paid for is asked with the
    same words as another.
    """

    key: str
    number: int
    told: Told

    def words(self, turn: int = 1) -> str:
        return f"paid-{self.number}-{turn}."


def chat(caller: Caller) -> Visit:
    answer = yield post(CHAT, caller.key, _asking(caller))
    is_same(answer, body(answer)["choices"][0]["message"]["content"], caller.words())


def stream(caller: Caller) -> Visit:
    said = f"{caller.words()} [[events=20 pace=15]]"
    wanted = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": said}]}
    answer = yield post(CHAT, caller.key, wanted)
    has_status(answer, 200)
    *_, last = answer.events()
    is_same(answer, last.data, b"[DONE]")


def messages(caller: Caller) -> Visit:
    answer = yield post(MESSAGES, caller.key, _asking(caller) | {"max_tokens": 100})
    is_same(answer, body(answer)["content"][0]["text"], caller.words())


def picture(caller: Caller) -> Visit:
    wanted = {"model": IMAGE_MODEL, "prompt": f"draw {caller.words()}", "size": "1024x1024"}
    has_status((yield post(IMAGES, caller.key, wanted)), 200)


def response(caller: Caller) -> Visit:
    """Kept, and continued by a stream; by turns, both deleted."""
    told, key = caller.told, caller.key
    answer = yield post(RESPONSES, key, _saying(caller))
    first = _kept(caller, body(answer))
    said = f"{caller.words(2)} [[events=5 pace=10]]"
    more = {"model": MODEL, "input": said, "stream": True, "previous_response_id": first}
    answer = yield post(RESPONSES, key, more)
    *_, last = _events(answer)
    is_same(answer, last["type"], "response.completed")
    second = _kept(caller, last["response"])
    if caller.number % 2:
        for id in (second, first):
            del told.responses[id]
            answer = yield delete(f"{RESPONSES}/{id}", key)
            told.deleted[f"{RESPONSES}/{id}"] = key


def background(caller: Caller) -> Visit:
    answer = yield post(RESPONSES, caller.key, _saying(caller) | {"background": True})
    caller.told.running[body(answer)["id"]] = caller.key


def conversation(caller: Caller) -> Visit:
    """Two turns."""
    answer = yield post(CONVERSATIONS, caller.key, {})
    id, texts = body(answer)["id"], tuple[str, ...]()
    for turn in (1, 2):
        caller.told.conversations[id] = Kept(caller.key, texts)
        wanted = _saying(caller, turn) | {"conversation": id}
        answer = yield post(RESPONSES, caller.key, wanted)
        texts += (_said(body(answer)),)
    caller.told.conversations[id] = Kept(caller.key, texts)


def file(caller: Caller) -> Visit:
    """By turns, one is deleted again."""
    data = caller.words().encode() * 700
    name = f"{caller.number}.txt"
    answer = yield post_form(FILES, caller.key, {"purpose": "user_data"}, name, data)
    yield from _handled(caller, body(answer)["id"], data)


def upload(caller: Caller) -> Visit:
    """In two parts."""
    key = caller.key
    wanted = {"filename": "a.txt", "purpose": "user_data", "mime_type": "text/plain"}
    answer = yield post(UPLOADS, key, wanted | {"bytes": 2 * len(PART)})
    place = f"{UPLOADS}/{body(answer)['id']}"
    parts = []
    for _ in range(2):
        answer = yield _part(f"{place}/parts", key)
        parts.append(body(answer)["id"])
    answer = yield post(f"{place}/complete", key, {"part_ids": parts})
    yield from _handled(caller, body(answer)["file"]["id"], 2 * PART)


def limited(caller: Caller) -> Visit:
    """By a key that may ask for little: until it is refused."""
    while True:
        answer = yield get("/v1/models", caller.key)
        has_status(answer, 200, 429)
        if answer.status == 429:
            return
        caller.told.granted[caller.key][int(time.time() // MINUTE)] += 1


MIX: tuple[Callable[[Caller], Visit], ...] = (
    *(chat,) * 4,
    *(stream,) * 2,
    messages,
    picture,
    *(response,) * 3,
    background,
    *(conversation,) * 2,
    *(file,) * 4,
    *(upload,) * 2,
)


def paid(calls: Sequence[Call]) -> Counter[str]:
    """How often 1min.ai was asked with which words. What was said before is quoted first."""
    told = (PAID.findall(call.body.decode(errors="replace")) for call in calls)
    return Counter(words[-1] for words in told if words)


def _handled(caller: Caller, id: str, data: bytes) -> Visit:
    told, place = caller.told, f"{FILES}/{id}"
    told.files[id] = caller.key
    answer = yield get(f"{place}/content", caller.key)
    is_same(answer, answer.body, data)
    if caller.number % 2:
        del told.files[id]
        answer = yield delete(place, caller.key)
        has_status(answer, 200)
        told.deleted[place] = caller.key


def _asking(caller: Caller) -> dict[str, Any]:
    said = f"say exactly: {caller.words()}"
    return {"model": MODEL, "messages": [{"role": "user", "content": said}]}


def _saying(caller: Caller, turn: int = 1) -> dict[str, Any]:
    return {"model": MODEL, "input": f"say exactly: {caller.words(turn)}"}


def _kept(caller: Caller, response: dict[str, Any]) -> str:
    id: str = response["id"]
    caller.told.responses[id] = Kept(caller.key, (_said(response),))
    return id


def _said(response: dict[str, Any]) -> str:
    return str(response["output"][-1]["content"][0]["text"])


def _events(answer: Answer) -> list[dict[str, Any]]:
    has_status(answer, 200)
    return [json.loads(event.data) for event in answer.events()]


def _part(path: str, key: str) -> Request:
    """The two names are of one length."""
    given = post_form(path, key, {}, "part", PART)
    return Request(given.data.replace(b'name="file"', b'name="data"', 1))
