"""Agents on responses: tools, structure and files through the official openai package."""

from __future__ import annotations

import json
from typing import Any, Literal

import openai
import pytest
from openai import OpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel

from simulator.replies import Hang, says
from simulator.server import Simulator
from tests.responses.sdk import MODEL, asked, completed
from tests.samples import PDF, png

Items = list[Any]
either_way = pytest.mark.parametrize("ask", [asked, completed], ids=["whole", "stream"])

ADD: Any = {
    "type": "function",
    "name": "add",
    "description": "Adds two numbers.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
        "additionalProperties": False,
    },
}
NOTE: Any = {"type": "custom", "name": "note", "description": "Writes a note."}
ROUNDS = 5


def plan(text: str) -> Any:
    return {"role": "user", "content": text}


def called(response: Response) -> Items:
    return [item for item in response.output if item.type.endswith("_call")]


@either_way
@pytest.mark.parametrize("memory", ["sent", "kept"])
def test_a_loop_of_five_rounds(
    client: OpenAI, ask: Any, memory: Literal["sent", "kept"]
) -> None:
    """With all of the history in each request, or with only what is new."""
    calls = [f'add {{"a": {n}, "b": 1}}' for n in range(ROUNDS)]
    history: Items = [plan(f"plan: {'; '.join(calls)}; say all added up")]
    new, previous = history, openai.omit
    for number in range(ROUNDS):
        response = ask(client, new, tools=[ADD], previous_response_id=previous)
        [call] = called(response)
        assert (call.name, json.loads(call.arguments)) == ("add", {"a": number, "b": 1})
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "ok"}
        history += [*(item.to_dict() for item in response.output), result]
        new, previous = ([result], response.id) if memory == "kept" else (history, openai.omit)
    response = ask(client, new, tools=[ADD], previous_response_id=previous)
    assert response.output_text == "all added up"
    assert not called(response)


@either_way
def test_a_tool_that_takes_free_text(client: OpenAI, onemin: Simulator, ask: Any) -> None:
    text = 'He said "hi" — ☃\n\tand left.'
    wish = f"plan: note {json.dumps({'input': text})}; say noted"
    response = ask(client, [plan(wish)], tools=[NOTE])
    [call] = called(response)
    assert (call.type, call.name, call.input) == ("custom_tool_call", "note", text)
    result = {"type": "custom_tool_call_output", "call_id": call.call_id, "output": "ok"}
    end = ask(client, [result], tools=[NOTE], previous_response_id=response.id)
    assert end.output_text == "noted"


class Point(BaseModel):
    x: int
    y: int


def test_a_parsed_answer_is_an_object(client: OpenAI) -> None:
    text = 'answer with {"x": 1, "y": 2}'
    parsed = client.responses.parse(model=MODEL, input=text, text_format=Point)
    assert parsed.output_parsed == Point(x=1, y=2)


def test_the_packages_own_stream_puts_the_answer_together(client: OpenAI) -> None:
    text = 'answer with {"x": 1, "y": 2}'
    with client.responses.stream(model=MODEL, input=text, text_format=Point) as stream:
        events: list[Any] = list(stream)
        final = stream.get_final_response()
    assert final.output_parsed == Point(x=1, y=2)
    pieces = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert json.loads("".join(pieces)) == {"x": 1, "y": 2}


def test_a_stream_of_tool_calls_is_put_together(client: OpenAI) -> None:
    wish = 'plan: add {"a": 1, "b": 2}; say done'
    with client.responses.stream(model=MODEL, input=wish, tools=[ADD]) as stream:
        final = stream.get_final_response()
    [call] = called(final)
    assert json.loads(call.arguments) == {"a": 1, "b": 2}


@either_way
def test_files_reach_the_model_by_their_ids(
    client: OpenAI, onemin: Simulator, ask: Any
) -> None:
    picture = client.files.create(file=("a.png", png()), purpose="vision").id
    document = client.files.create(file=("a.pdf", PDF), purpose="user_data").id
    content = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "file_id": picture, "detail": "auto"},
        {"type": "input_file", "file_id": document},
    ]
    assert ask(client, [{"role": "user", "content": content}]).output_text
    attached = onemin.chats[-1].json["promptObject"]["attachments"]
    assert [len(attached[kind]) for kind in ("images", "files")] == [1, 1]


def test_a_file_of_somebody_elses_is_none(client: OpenAI, stranger: OpenAI) -> None:
    id = client.files.create(file=("a.png", png()), purpose="vision").id
    part = {"type": "input_image", "file_id": id, "detail": "auto"}
    with pytest.raises(openai.NotFoundError) as refused:
        asked(stranger, [{"role": "user", "content": [part]}])
    assert refused.value.param == "input[0].content[0].file_id"


@either_way
def test_a_web_search_is_an_item_and_its_pages_are_cited(client: OpenAI, ask: Any) -> None:
    response = ask(client, "What is new?", tools=[{"type": "web_search"}])
    search, message = response.output
    assert (search.type, search.action.query) == ("web_search_call", "What is new?")
    assert message.content[0].annotations[0].type == "url_citation"


@either_way
def test_an_answer_that_was_cut_off_is_incomplete(client: OpenAI, ask: Any) -> None:
    if ask is asked:
        response = asked(client, "Hello", max_output_tokens=3)
    else:
        *_, last = client.responses.create(
            model=MODEL, input="Hello", max_output_tokens=3, stream=True
        )
        assert last.type == "response.incomplete"
        response = last.response
    assert response.status == "incomplete"
    assert response.incomplete_details
    assert response.incomplete_details.reason == "max_output_tokens"


def test_leaving_a_stream_hangs_up(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    events = client.responses.create(model=MODEL, input="Hi", stream=True)
    assert any(_says_something(event) for event in events)
    events.close()
    assert onemin.chats[-1].hung_up.wait(1)


def _says_something(event: ResponseStreamEvent) -> bool:
    return event.type == "response.output_text.delta"
