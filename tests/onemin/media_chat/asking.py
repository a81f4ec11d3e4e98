"""Chats with media models, and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest

from simulator.server import Simulator
from tests.onemin.attaching import KEY
from tests.paying import own
from utils.domain.chat import Attachment, Chat, Event, Finish, Message, TextDelta, Usage
from utils.errors import RelayError
from utils.onemin import models
from utils.onemin.media.media_chat import MediaChat
from utils.origin import Origin, Timeouts

MODELS = {model.id: model for model in models.snapshot()}
OTHER = "another-callers-1min-key"


def said(text: str, *files: Attachment) -> Message:
    return Message(role="user", text=text, attachments=files)


def chat(model: str, *messages: Message, **fields: Any) -> Chat:
    return Chat(model=model, messages=messages, **fields)


def batches(media: MediaChat, asked: Chat, key: str = KEY) -> list[Sequence[Event]]:
    return list(media.answered(asked, MODELS[asked.model], own(key)))


def answer(media: MediaChat, asked: Chat, key: str = KEY) -> tuple[str, Usage]:
    """What it says, and what it used."""
    *deltas, finish = [event for batch in batches(media, asked, key) for event in batch]
    assert all(isinstance(delta, TextDelta) for delta in deltas)
    assert isinstance(finish, Finish)
    assert finish.reason == "stop"
    assert finish.usage
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta)), finish.usage


def refused(media: MediaChat, asked: Chat) -> RelayError:
    with pytest.raises(RelayError) as raised:
        batches(media, asked)
    return raised.value


def sent(onemin: Simulator, at: int = -1) -> dict[str, Any]:
    prompt: dict[str, Any] = onemin.features[at].json["promptObject"]
    return prompt


def shown(text: str) -> list[str]:
    """The addresses in it."""
    return [
        line.partition("](")[2].partition(")")[0] for line in text.splitlines() if "](" in line
    ]


def downloaded(onemin: Simulator, url: str) -> bytes:
    timeouts = Timeouts(connect=2, first_byte=10, idle=10, total=20)
    origin = Origin(onemin.url, name="1min.ai", timeouts=timeouts, size=1)
    with closing(origin), origin.exchange("GET", url.removeprefix(onemin.url), {}) as exchange:
        return b"".join(exchange.pieces())
