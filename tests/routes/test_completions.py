"""POST /v1/completions, by the official package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types import Completion
from pydantic import TypeAdapter

from simulator.replies import Cut, Hang, Pause, refusal, says
from simulator.server import Simulator
from tests.routes.heard import chunks, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.sdk import client_of
from tests.serving import ThreadedRelay

ASKED: dict[str, Any] = {"model": "gpt-4o-mini", "prompt": "Once upon"}
USAGE = {"inputToken": 7, "outputToken": 2}


@pytest.fixture
def client(relay: ThreadedRelay) -> Iterator[OpenAI]:
    with client_of(relay) as client:
        yield client


@pytest.fixture
def listener(relay: ThreadedRelay) -> Iterator[OpenAI]:
    """Its types forbid the null that OpenAI itself sends before a stream's end."""
    with client_of(relay, strict=False) as client:
        yield client


def prompt_of(onemin: Simulator) -> str:
    prompt: str = onemin.chats[-1].json["promptObject"]["prompt"]
    return prompt


def test_a_text_goes_on(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says(" a", " time", usage=USAGE))
    raw = client.completions.with_raw_response.create(**ASKED).content
    completion = TypeAdapter(Completion).validate_json(raw, strict=True)
    [choice] = completion.choices
    assert (choice.text, choice.finish_reason, choice.index) == (" a time", "stop", 0)
    assert completion.object == "text_completion"
    assert completion.usage
    assert completion.usage.total_tokens == 9
    assert prompt_of(onemin) == "Once upon"


@pytest.mark.parametrize("include_usage", [False, True])
def test_a_text_goes_on_word_by_word(
    listener: OpenAI, onemin: Simulator, *, include_usage: bool
) -> None:
    onemin.script(says(" a", " time", usage=USAGE))
    stream = listener.completions.create(
        **ASKED, stream=True, stream_options={"include_usage": include_usage}
    )
    sent = list(stream)
    choices = [choice for chunk in sent for choice in chunk.choices]
    assert [choice.text for choice in choices] == [" a", " time", ""]
    assert [choice.finish_reason for choice in choices] == [None, None, "stop"]
    assert len({chunk.id for chunk in sent}) == 1
    usages = [chunk.usage.total_tokens for chunk in sent if chunk.usage]
    assert usages == ([9] if include_usage else [])


def test_a_word_arrives_while_the_next_is_still_to_come(
    listener: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says(" a", Hang(), " time"))
    with listener.completions.create(**ASKED, stream=True) as stream:
        assert next(iter(stream)).choices[0].text == " a"
    assert onemin.chats[-1].hung_up.wait(5)


@whole_and_streamed
def test_stop_limit_number_and_echo_are_honoured(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says(" a time END"), says(" a time END"))
    fields = {"stop": " END", "n": 2, "echo": True, "max_tokens": 9, "stream": stream}
    reply = relay.post("/v1/completions", ASKED | fields)
    texts = {0: "", 1: ""}
    for body in chunks(reply) if stream else [reply.json()]:
        for choice in body["choices"]:
            texts[choice["index"]] += choice["text"]
    assert texts == {0: "Once upon a time", 1: "Once upon a time"}
    onemin.script(says(" a time END"))
    reply = relay.post("/v1/completions", ASKED | {"max_tokens": 1, "stream": stream})
    assert '"finish_reason":"length"' in reply.text


def test_a_gap_is_filled(client: OpenAI, onemin: Simulator) -> None:
    assert client.completions.create(**ASKED, suffix=" ever after.").choices
    assert "<beginning>Once upon</beginning>" in prompt_of(onemin)
    assert "<end> ever after.</end>" in prompt_of(onemin)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"prompt": [1, 2]}, "prompt"),
        ({"prompt": " "}, "prompt"),
        ({"logprobs": 3}, "logprobs"),
        ({"best_of": 3}, "best_of"),
        ({"n": 9}, "n"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": 3}, "temperature"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    client: OpenAI, onemin: Simulator, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(**(ASKED | fields))
    assert caught.value.param == param
    assert not onemin.chats


@whole_and_streamed
def test_a_refusal_before_the_first_word_is_a_status(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(refusal(429, "RATE_LIMITED", "Slow down"))
    reply = relay.post("/v1/completions", ASKED | {"stream": stream})
    assert refused(reply)[:2] == (429, "rate_limit_exceeded")


def test_a_break_after_the_first_word_is_told_in_the_stream(
    listener: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says(" a", Pause(0.05), Cut()))
    stream = listener.completions.create(**ASKED, stream=True)
    assert next(stream).choices[0].text == " a"
    with pytest.raises(openai.APIError) as caught:
        next(stream)
    assert caught.value.code == "upstream_error"


def test_what_has_no_effect_is_named(relay: ThreadedRelay) -> None:
    reply = relay.post("/v1/completions", ASKED | {"temperature": 1, "seed": 7, "user": "u"})
    assert reply.headers["x-relay-ignored"] == "temperature, seed, user"


def test_thoughts_are_no_part_of_the_text(relay: ThreadedRelay, onemin: Simulator) -> None:
    for stream in (False, True):
        onemin.script(says("<think>Hm.</think> a time"))
        reply = relay.post("/v1/completions", ASKED | {"stream": stream})
        assert "Hm." not in reply.text
        assert json.dumps("a time") in reply.text
