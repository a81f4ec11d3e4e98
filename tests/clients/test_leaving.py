"""The official openai package leaves early."""

from __future__ import annotations

import asyncio

import openai
import pytest
from openai import OpenAI

from simulator.replies import Hang, says
from simulator.server import Simulator
from tests.clients.judging import PROMPTLY
from tests.sdk import async_client_of, says_something
from tests.serving import ASKED, ProcessRelay


def test_closing_a_stream_hangs_up_on_1min_ai(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    stream = client.chat.completions.create(**ASKED, stream=True)
    next(filter(says_something, stream))
    stream.close()
    assert onemin.chats[-1].hung_up.wait(PROMPTLY)


def test_leaving_a_streamed_response_unread_hangs_up(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with client.chat.completions.with_streaming_response.create(**ASKED, stream=True) as reply:
        next(reply.iter_lines())
    assert onemin.chats[-1].hung_up.wait(PROMPTLY)


def test_a_client_that_loses_patience_hangs_up(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says(Hang(), "never"))
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(**ASKED, timeout=0.3)
    assert onemin.chats[-1].hung_up.wait(PROMPTLY)


def test_a_cancelled_task_hangs_up(relay: ProcessRelay, onemin: Simulator) -> None:
    onemin.script(says("Hel", Hang(), "lo"))

    async def listen(heard: asyncio.Event) -> None:
        async with async_client_of(relay) as client:
            async for chunk in await client.chat.completions.create(**ASKED, stream=True):
                if says_something(chunk):
                    heard.set()

    async def cancel() -> bool:
        heard = asyncio.Event()
        task = asyncio.create_task(listen(heard))
        await asyncio.wait_for(heard.wait(), 5)
        task.cancel()
        return await asyncio.to_thread(onemin.chats[-1].hung_up.wait, PROMPTLY)

    assert asyncio.run(cancel())
