"""The same question in the dialect of each kind of server, and what its answer says."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any, Protocol

from bench.answers import Answer, ServerSentEvent
from simulator.ordinary import filler

MODEL = "gpt-4o-mini"
FEATURE = "UNIFY_CHAT_WITH_AI"
KEY = "sk-bench"
ROLES = ("system", *("user", "assistant") * 4, "user")  # ten messages, some 2 KB in all
PROSE = (
    "Please look at the second draft of the quarterly report and tell me which of its figures "
    "do not agree with the table that was sent on Monday, before it goes to the printer."
)
WORDS = PROSE.split()
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"{name.replace('_', ' ').capitalize()}. {PROSE}",
            "parameters": {
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "where"},
                    "content": {"type": "string", "description": "what"},
                    "lines": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["path"],
                "additionalProperties": False,
            },
        },
    }
    for name in ("read_file", "write_file", "search_files", "run_command")
]


@dataclass(frozen=True, slots=True)
class Ask:
    """`pace` is in milliseconds; None: as fast as it goes. Without `usage` somebody has to
    count the tokens. `number` is in every message, so that none was ever seen before.
    """

    number: int
    events: int = 1
    size: int = 12
    pace: int | None = None
    stream: bool = False
    usage: bool = True
    tools: bool = False  # declared; nobody calls one
    words: int = 0  # of each message, drawn by lot; 0: the usual sentence

    @property
    def messages(self) -> list[dict[str, str]]:
        drawn = random.Random(self.number)
        said = [
            {"role": role, "content": f"({self.number}.{index}) {self._prose(drawn)}"}
            for index, role in enumerate(ROLES)
        ]
        said[-1]["content"] += f" {self._directive}"
        return said

    @property
    def text(self) -> str:
        """The answer; a paced one has a stamp in place of its first characters."""
        return filler(self.events * self.size)

    def _prose(self, drawn: random.Random) -> str:
        return " ".join(drawn.choices(WORDS, k=self.words)) if self.words else PROSE

    @property
    def _directive(self) -> str:
        pace = "" if self.pace is None else f" pace={self.pace}"
        usage = "" if self.usage else " usage=none"
        return f"[[events={self.events} size={self.size}{pace}{usage}]]"


class Dialect(Protocol):
    def request(self, ask: Ask) -> bytes: ...
    def whole(self, answer: Answer) -> str: ...  # the text of one that was not streamed
    def delta(self, event: ServerSentEvent) -> str: ...  # the text that it adds
    def is_end(self, event: ServerSentEvent) -> bool: ...
    def counted_by(self, answer: Answer) -> str: ...  # who counted tokens, if it says


@dataclass(frozen=True, slots=True)
class OpenAI:
    """The relay's, and every gateway's. `headers` is what a gateway is told besides."""

    headers: tuple[str, ...] = ()

    def request(self, ask: Ask) -> bytes:
        body = {"model": MODEL, "messages": ask.messages, "stream": ask.stream}
        if ask.tools:
            body["tools"] = TOOLS
        headers = (f"Authorization: Bearer {KEY}", *self.headers)
        return _post("/v1/chat/completions", "\r\n".join(headers), body)

    def whole(self, answer: Answer) -> str:
        return str(json.loads(answer.body)["choices"][0]["message"]["content"])

    def delta(self, event: ServerSentEvent) -> str:
        if not event.data.startswith(b"{"):
            return ""
        return "".join(
            choice["delta"].get("content") or "" for choice in json.loads(event.data)["choices"]
        )

    def is_end(self, event: ServerSentEvent) -> bool:
        """mlflow's last chunk tells the usage, and nothing follows."""
        return event.data == b"[DONE]" or not json.loads(event.data)["choices"]

    def counted_by(self, answer: Answer) -> str:
        return answer.headers.get("x-usage-source", "")


class OneMin:
    """1min.ai's own, for the direct call."""

    def request(self, ask: Ask) -> bytes:
        prompt = "\n\n".join(message["content"] for message in ask.messages)
        body = {
            "type": "UNIFY_CHAT_WITH_AI",
            "model": MODEL,
            "promptObject": {"prompt": prompt},
        }
        query = "?isStreaming=true" if ask.stream else ""
        return _post(f"/api/chat-with-ai{query}", f"API-KEY: {KEY}", body)

    def whole(self, answer: Answer) -> str:
        record = json.loads(answer.body)["aiRecord"]
        return "".join(record["aiRecordDetail"]["resultObject"])

    def delta(self, event: ServerSentEvent) -> str:
        return str(json.loads(event.data)["content"]) if event.name == "content" else ""

    def is_end(self, event: ServerSentEvent) -> bool:
        return event.name == "done"

    def counted_by(self, answer: Answer) -> str:
        return ""


def _post(target: str, headers: str, body: dict[str, Any]) -> bytes:
    data = json.dumps(body).encode()
    head = (
        f"POST {target} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data
