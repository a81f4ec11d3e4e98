"""Visits of callers who chat, whole and in streams."""

from __future__ import annotations

import json
from typing import Any

from bench.answers import Answer
from bench.dialects import MODEL, TOOLS, Ask, OpenAI
from bench.soak.requests import Visit, Wrong, body, has_status, is_same, post

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
DIALECT = OpenAI()
SHORTEST, LENGTHS = 300, 400  # characters of an answer
PACE, PACED_EVENTS, BURST_EVENTS = 20, 60, 400
LATE_MS = 300  # before an answer whose caller does not wait for it


def chat(number: int, key: str) -> Visit:
    ask = Ask(number, size=SHORTEST + number % LENGTHS, usage=number % 2 == 0)
    answer = yield post(CHAT, key, asked(ask))
    has_status(answer, 200)
    is_same(answer, DIALECT.whole(answer), ask.text)


def burst(number: int, key: str) -> Visit:
    ask = Ask(number, events=number % BURST_EVENTS + 1, stream=True)
    is_streamed((yield post(CHAT, key, asked(ask))), ask)


def paced(number: int, key: str) -> Visit:
    ask = Ask(number, events=PACED_EVENTS, pace=PACE, stream=True)
    is_streamed((yield post(CHAT, key, asked(ask))), ask)


def leaving_a_stream(number: int, key: str) -> Visit:
    """Half-way through, by the clock."""
    ask = Ask(number, events=PACED_EVENTS, pace=PACE, stream=True)
    half = PACED_EVENTS * PACE / 2000
    answer = yield post(CHAT, key, asked(ask), leave_after=half)
    if not ask.text.startswith(_text(answer)):
        raise Wrong("is not the beginning of a stream", answer)


def leaving_early(number: int, key: str) -> Visit:
    """Before the first byte, of a whole answer or of a stream by turns."""
    said = [{"role": "user", "content": f"({number}) Hello! [[delay={LATE_MS}]]"}]
    wanted = {"model": MODEL, "messages": said, "stream": number % 2 == 0}
    answer = yield post(CHAT, key, wanted, leave_after=LATE_MS / 2000)
    has_status(answer, 0, 200)  # none has come, unless one of us was held up


def messages(number: int, key: str) -> Visit:
    """The other dialect, whole and as a stream."""
    words = f"Message {number} it is."
    wanted = {"model": MODEL, "max_tokens": 500, "messages": [_user(words)]}
    answer = yield post(MESSAGES, key, wanted)
    is_same(answer, body(answer)["content"][0]["text"], words)
    answer = yield post(MESSAGES, key, {**wanted, "stream": True})
    has_status(answer, 200)
    *events, last = answer.events()
    deltas = [json.loads(e.data)["delta"] for e in events if e.name == "content_block_delta"]
    is_same(answer, "".join(delta["text"] for delta in deltas), words)
    is_same(answer, last.name, "message_stop")


def tools(number: int, key: str) -> Visit:
    """A call, its result, and the words after it; every other one in streams."""
    path, words = f"/tmp/draft-{number}", f"It is read, {number}."
    call = f'call read_file with {{"path": "{path}"}} and say exactly: {words}'
    history: list[dict[str, Any]] = [{"role": "user", "content": call}]
    wanted = {"model": MODEL, "tools": TOOLS, "stream": number % 2 == 0, "messages": history}
    answer = yield post(CHAT, key, wanted)
    made = _calls(answer)
    given = [(each["function"]["name"], each["function"]["arguments"]) for each in made]
    is_same(answer, [(n, json.loads(a)) for n, a in given], [("read_file", {"path": path})])
    history.append({"role": "assistant", "content": None, "tool_calls": made})
    history.append({"role": "tool", "tool_call_id": made[0]["id"], "content": "words"})
    answer = yield post(CHAT, key, wanted)
    has_status(answer, 200)
    is_same(answer, _text(answer) if wanted["stream"] else DIALECT.whole(answer), words)


def structured(number: int, key: str) -> Visit:
    schema = {
        "type": "object",
        "properties": {"number": {"type": "integer"}},
        "required": ["number"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    said = [{"role": "user", "content": f'answer with {{"number": {number}}}'}]
    answer = yield post(CHAT, key, {"model": MODEL, "messages": said, "response_format": form})
    has_status(answer, 200)
    is_same(answer, json.loads(DIALECT.whole(answer)), {"number": number})


def asked(ask: Ask) -> dict[str, Any]:
    return {"model": MODEL, "messages": ask.messages, "stream": ask.stream}


def is_streamed(answer: Answer, ask: Ask) -> None:
    """To its end."""
    has_status(answer, 200)
    is_same(answer, _text(answer), ask.text)
    *_, last = answer.events()
    if not DIALECT.is_end(last):
        raise Wrong("does not end", answer)


def _text(answer: Answer) -> str:
    return "".join(DIALECT.delta(event) for event in answer.events())


def _user(words: str) -> dict[str, str]:
    return {"role": "user", "content": f"say exactly: {words}"}


def _calls(answer: Answer) -> list[dict[str, Any]]:
    """The tool calls of an answer in either form."""
    has_status(answer, 200)
    if answer.headers["content-type"].startswith("application/json"):
        return list(json.loads(answer.body)["choices"][0]["message"]["tool_calls"])
    made: dict[int, dict[str, Any]] = {}
    for event in answer.events():
        if event.data.startswith(b"{"):
            for choice in json.loads(event.data)["choices"]:
                for piece in choice["delta"].get("tool_calls") or []:
                    _join(made, piece)
    return list(made.values())


def _join(made: dict[int, dict[str, Any]], piece: dict[str, Any]) -> None:
    empty = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
    call = made.setdefault(piece["index"], empty)
    call["id"] = call["id"] or piece.get("id") or ""
    for name in ("name", "arguments"):
        call["function"][name] += piece["function"].get(name) or ""
