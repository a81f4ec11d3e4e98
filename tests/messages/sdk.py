"""The official anthropic package, set up to judge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from anthropic import Anthropic, DefaultHttpxClient
from anthropic.types import Message, RawMessageStreamEvent, TextBlock, ToolUseBlock
from pydantic import TypeAdapter

from tests.serving import KEY, Relay

MODEL = "gpt-4o-mini"
MODELS: dict[str, Any] = {"model": MODEL, "max_tokens": 4096}
HEADERS = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
Way = Literal["whole", "stream"]


def client_of(relay: Relay) -> Anthropic:
    """It sends a request once, and raises for an answer that does not fit its types."""
    return Anthropic(
        api_key=KEY,
        base_url=relay.url,
        max_retries=0,
        http_client=DefaultHttpxClient(trust_env=False),
        _strict_response_validation=True,
    )


def user(content: Any) -> Any:
    return {"role": "user", "content": content}


def asked(content: Any, **fields: Any) -> dict[str, Any]:
    return {**MODELS, "messages": [user(content)], **fields}


def told(way: Way, client: Anthropic, **fields: Any) -> Message:
    """The answer either way, as the SDK hands it to its caller."""
    if way == "whole":
        message: Message = client.messages.create(**fields)
        return message
    with client.messages.stream(**fields) as stream:
        return stream.get_final_message()


def text_of(message: Message) -> str:
    return "".join(block.text for block in message.content if isinstance(block, TextBlock))


def calls_of(message: Message) -> list[ToolUseBlock]:
    return [block for block in message.content if isinstance(block, ToolUseBlock)]


def prompt_of(body: Any) -> str:
    return str(body["promptObject"]["prompt"])


def raw_events(raw: str) -> list[dict[str, Any]]:
    """Of a whole stream, each checked as strictly as the SDK's types allow."""
    events = []
    for frame in raw.split("\n\n")[:-1]:
        name, data = frame.split("\n")
        data = data.removeprefix("data: ")
        events.append(json.loads(data))
        assert name == f"event: {events[-1]['type']}"
        if events[-1]["type"] != "ping":
            TypeAdapter(RawMessageStreamEvent).validate_json(data, strict=True)
    return events


def kinds(events: Sequence[dict[str, Any]]) -> list[str]:
    """What came, each run of the same told once."""
    names = [event["type"] for event in events]
    return [name for at, name in enumerate(names) if names[at - 1 : at] != [name]]
