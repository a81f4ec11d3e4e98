"""The official openai package, as callers of responses use it."""

from __future__ import annotations

from typing import Any

from openai import OpenAI, Stream
from openai.types.responses import Response, ResponseStreamEvent

from tests.sdk import client_of
from tests.serving import Relay

MODEL = "gpt-4o-mini"


def client_with(key: str, relay: Relay) -> OpenAI:
    return client_of(relay).copy(api_key=key)


def asked(client: OpenAI, said: Any, **fields: Any) -> Response:
    response: Response = client.responses.create(model=MODEL, input=said, **fields)
    return response


def streamed(client: OpenAI, text: Any, **fields: Any) -> Stream[ResponseStreamEvent]:
    events: Stream[ResponseStreamEvent] = client.responses.create(
        model=MODEL, input=text, stream=True, **fields
    )
    return events


def completed(client: OpenAI, text: Any, **fields: Any) -> Response:
    """From the last event of a stream."""
    *_, last = streamed(client, text, **fields)
    assert last.type == "response.completed"
    return last.response
