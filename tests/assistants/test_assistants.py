"""Assistants and threads as their owners keep them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.assistants.sdk import (
    ADD,
    MODEL,
    assistant_of,
    beta,
    polled,
    said,
    text_of,
    thread_of,
)
from tests.samples import PDF
from tests.serving import Relay

pytestmark = beta


def test_an_assistant_is_what_was_told_of_it(client: OpenAI) -> None:
    made = assistant_of(
        client,
        name="Adder",
        description="Adds.",
        instructions="Be brief.",
        tools=[ADD, {"type": "file_search"}],
        metadata={"a": "b"},
        temperature=0.5,
        response_format={"type": "json_object"},
    )
    assert (made.name, made.instructions, made.metadata) == ("Adder", "Be brief.", {"a": "b"})
    assert [tool.type for tool in made.tools] == ["function", "file_search"]
    assert client.beta.assistants.retrieve(made.id) == made
    changed = client.beta.assistants.update(made.id, name="Subtractor", tools=[])
    assert (changed.name, changed.tools) == ("Subtractor", [])
    assert (changed.id, changed.instructions) == (made.id, "Be brief.")
    client.beta.assistants.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        client.beta.assistants.retrieve(made.id)


def test_an_assistant_needs_no_model_but_one_it_names_must_exist(
    client: OpenAI, relay: Relay
) -> None:
    assert relay.post("/v1/assistants", {"name": "PDF Assistant"}).json()["model"]
    with pytest.raises(openai.NotFoundError) as unknown:
        assistant_of(client, model="no-such-model")
    assert unknown.value.code == "model_not_found"


def test_lists_come_in_pages_either_way(stranger: OpenAI) -> None:
    made = [assistant_of(stranger, name=name).id for name in "abcd"]
    listed = stranger.beta.assistants.list
    assert [found.id for found in listed(limit=3)] == made[::-1]
    assert [found.id for found in listed(limit=1, order="asc", after=made[1]).data] == [made[2]]
    assert [found.id for found in listed(limit=2, before=made[0]).data] == [made[2], made[1]]
    with pytest.raises(openai.BadRequestError) as refused:
        listed(after="asst_none")
    assert refused.value.param == "after"


def test_a_thread_keeps_its_messages_until_it_is_deleted(client: OpenAI) -> None:
    thread = client.beta.threads.create(
        metadata={"a": "b"}, messages=[{"role": "user", "content": "One"}]
    )
    messages = client.beta.threads.messages
    second = messages.create(thread.id, role="assistant", content="Two", metadata={"n": "2"})
    picture: Any = {"type": "image_url", "image_url": {"url": "https://a.example/a.png"}}
    third = messages.create(
        thread.id, role="user", content=[{"type": "text", "text": "Three"}, picture]
    )
    assert said(client, thread.id) == ["One", "Two", "Three"]
    assert messages.retrieve(third.id, thread_id=thread.id) == third
    assert [part.type for part in third.content] == ["text", "image_url"]
    noted = messages.update(second.id, thread_id=thread.id, metadata={"n": "3"})
    assert (noted.metadata, text_of(noted)) == ({"n": "3"}, "Two")
    messages.delete(second.id, thread_id=thread.id)
    assert said(client, thread.id) == ["One", "Three"]
    assert client.beta.threads.retrieve(thread.id) == thread
    assert client.beta.threads.update(thread.id, metadata={}).metadata == {}
    client.beta.threads.delete(thread.id)
    for use in (client.beta.threads.retrieve, messages.list, client.beta.threads.delete):
        with pytest.raises(openai.NotFoundError):
            use(thread.id)


def test_nobody_sees_what_another_keeps(client: OpenAI, stranger: OpenAI) -> None:
    assistant, thread = assistant_of(client).id, thread_of(client, "My secret").id
    run = polled(client, thread, assistant)
    [step] = client.beta.threads.runs.steps.list(run.id, thread_id=thread).data
    [answer, _] = client.beta.threads.messages.list(thread).data
    file = client.files.create(file=("a.pdf", PDF), purpose="assistants").id
    theirs, own = stranger.beta.threads, thread_of(stranger, "Hi").id
    uses: list[Callable[[], object]] = [
        lambda: stranger.beta.assistants.retrieve(assistant),
        lambda: stranger.beta.assistants.update(assistant, name="mine"),
        lambda: stranger.beta.assistants.delete(assistant),
        lambda: theirs.retrieve(thread),
        lambda: theirs.update(thread, metadata={}),
        lambda: theirs.delete(thread),
        lambda: theirs.messages.list(thread),
        lambda: theirs.messages.create(thread, role="user", content="Hi"),
        lambda: theirs.messages.retrieve(answer.id, thread_id=thread),
        lambda: theirs.messages.retrieve(answer.id, thread_id=own),
        lambda: theirs.messages.update(answer.id, thread_id=own, metadata={}),
        lambda: theirs.messages.delete(answer.id, thread_id=thread),
        lambda: theirs.runs.create(own, assistant_id=assistant),
        lambda: theirs.create_and_run(assistant_id=assistant),
        lambda: theirs.runs.list(thread),
        lambda: theirs.runs.retrieve(run.id, thread_id=thread),
        lambda: theirs.runs.retrieve(run.id, thread_id=own),
        lambda: theirs.runs.update(run.id, thread_id=thread, metadata={}),
        lambda: theirs.runs.cancel(run.id, thread_id=own),
        lambda: theirs.runs.submit_tool_outputs(run.id, thread_id=thread, tool_outputs=[]),
        lambda: theirs.runs.steps.list(run.id, thread_id=thread),
        lambda: theirs.runs.steps.retrieve(step.id, run_id=run.id, thread_id=thread),
        lambda: stranger.beta.assistants.create(model=MODEL, extra_body={"file_ids": [file]}),
        lambda: theirs.messages.create(
            own, role="user", content="Hi", attachments=[{"file_id": file}]
        ),
    ]
    for use in uses:
        with pytest.raises(openai.NotFoundError):
            use()
    assert len(said(client, thread)) == 2


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"tools": [{"type": "code_interpreter"}]}, "tools[0]"),
        ({"tools": [ADD, ADD]}, "tools[1].function.name"),
        ({"tools": [{"type": "file_search"}] * 129}, "tools"),
        ({"instructions": "x" * 256_001}, "instructions"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
        ({"tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}}},
         "tool_resources.code_interpreter.file_ids"),
        ({"tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}},
         "tool_resources.file_search.vector_store_ids"),
    ],
)  # fmt: skip
def test_what_an_assistant_cannot_have_is_refused_by_name(
    relay: Relay, body: dict[str, Any], param: str
) -> None:
    refused = relay.post("/v1/assistants", {"model": MODEL, **body})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
