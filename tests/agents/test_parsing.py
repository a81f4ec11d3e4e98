"""Tools and structures made of pydantic's models, which the SDK declares and parses itself."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from simulator.replies import says
from simulator.server import Simulator
from tests.agents.scripts import in_pieces
from tests.agents.sdk import MODEL, user


def asked(words: str, **fields: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [user(words)], **fields}


class Place(BaseModel):
    city: str
    country: str | None = None


class GetWeather(BaseModel):
    """The weather."""

    place: Place
    days: list[int]


GIVEN = {"place": {"city": "Łódź", "country": None}, "days": [1]}


def test_a_tool_made_of_a_model_is_parsed(client: OpenAI) -> None:
    completion = client.chat.completions.parse(
        **asked(
            f"call GetWeather with {json.dumps(GIVEN)}",
            tools=[openai.pydantic_function_tool(GetWeather)],
        )
    )
    [call] = completion.choices[0].message.tool_calls or []
    assert call.function.parsed_arguments == GetWeather.model_validate(GIVEN)


def test_a_tool_made_of_a_model_is_parsed_while_it_streams(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(in_pieces(3))
    with client.chat.completions.stream(
        **asked(
            f"call GetWeather with {json.dumps(GIVEN)}",
            tools=[openai.pydantic_function_tool(GetWeather)],
        )
    ) as stream:
        events = list(stream)
        completion = stream.get_final_completion()
    done = [e for e in events if e.type == "tool_calls.function.arguments.done"]
    assert [(e.name, e.parsed_arguments) for e in done] == [
        ("GetWeather", GetWeather.model_validate(GIVEN))
    ]
    assert completion.choices[0].message.content is None
    assert completion.choices[0].finish_reason == "tool_calls"


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Leaf(BaseModel):
    colour: Colour
    size: int | str


class Plant(BaseModel):
    name: str
    leaves: list[Leaf]
    wild: bool | None = None


PLANT = {"name": "Fern", "leaves": [{"colour": "green", "size": "big"}], "wild": None}


def test_a_model_is_parsed(client: OpenAI) -> None:
    completion = client.chat.completions.parse(
        **asked(f"answer with {json.dumps(PLANT)}"), response_format=Plant
    )
    assert completion.choices[0].message.parsed == Plant.model_validate(PLANT)


def test_a_model_is_parsed_while_it_streams(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(in_pieces(4))
    with client.chat.completions.stream(
        **asked(f"answer with {json.dumps(PLANT)}"), response_format=Plant
    ) as stream:
        parsed = [event.parsed for event in stream if event.type == "content.delta"]
        completion = stream.get_final_completion()
    assert completion.choices[0].message.parsed == Plant.model_validate(PLANT)
    assert {"name": "Fern"} in parsed


def test_a_refusal_is_parsed(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("No."), says("No, really."))
    completion = client.chat.completions.parse(**asked("Go"), response_format=Plant)
    message = completion.choices[0].message
    assert (message.parsed, message.refusal) == (None, "No, really.")


def test_an_answer_that_is_too_long_is_the_sdks_own_error(client: OpenAI) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(
            **asked(f"answer with {json.dumps(PLANT)}", max_tokens=4), response_format=Plant
        )
