"""The official openai package, set up to judge."""

from __future__ import annotations

from collections.abc import Iterable

from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI
from openai.types.chat import ChatCompletionChunk

from tests.serving import KEY, Relay


def client_of(relay: Relay, *, strict: bool = True, max_retries: int = 0) -> OpenAI:
    """It sends a request once, and raises for an answer that does not fit its types."""
    return OpenAI(
        api_key=KEY,
        base_url=f"{relay.url}/v1",
        max_retries=max_retries,
        http_client=DefaultHttpxClient(trust_env=False),
        _strict_response_validation=strict,
    )


def async_client_of(relay: Relay) -> AsyncOpenAI:
    return AsyncOpenAI(
        api_key=KEY,
        base_url=f"{relay.url}/v1",
        max_retries=0,
        http_client=DefaultAsyncHttpxClient(trust_env=False),
        _strict_response_validation=True,
    )


def text_of(chunks: Iterable[ChatCompletionChunk]) -> str:
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    return "".join(delta.content or "" for delta in deltas)


def says_something(chunk: ChatCompletionChunk) -> bool:
    return bool(text_of([chunk]))
