"""Runs, polled and streamed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AssistantEventHandler, OpenAI
from typing_extensions import override

from simulator.replies import Cut, Hang, Pause, says
from simulator.server import Simulator
from tests.assistants.sdk import (
    ADD,
    answered,
    answered_in_a_stream,
    assistant_of,
    beta,
    calls,
    given,
    polled,
    said,
    streamed,
    text_of,
    thread_of,
)
from tests.responses.sdk import client_with
from tests.samples import PDF, png
from tests.serving import KEY, Relay, ThreadedRelay, config_for

pytestmark = beta
either_way = pytest.mark.parametrize("ask", [polled, streamed], ids=["polled", "streamed"])


def heard(onemin: Simulator) -> str:
    """The last prompt."""
    return str(onemin.chats[-1].json["promptObject"]["prompt"])


def ended(client: OpenAI, thread: str, run: str) -> Any:
    """Within a while."""
    for _ in range(200):
        found = client.beta.threads.runs.retrieve(run, thread_id=thread)
        if found.status not in ("queued", "in_progress"):
            return found
        time.sleep(0.05)
    raise AssertionError("it never ended")


@either_way
def test_an_answer_is_written_into_its_thread(
    client: OpenAI, onemin: Simulator, ask: Any
) -> None:
    assistant = assistant_of(client, instructions="Be brief.").id
    thread = thread_of(client, "I like figs.", "say exactly: noted").id
    run = ask(client, thread, assistant, additional_instructions="And kind.")
    assert (run.status, run.last_error, run.usage.total_tokens > 0) == ("completed", None, True)
    assert run.instructions == "Be brief.\n\nAnd kind."
    assert client.beta.threads.runs.retrieve(run.id, thread_id=thread) == run
    for text in (run.instructions, "I like figs.", "noted"):
        assert text in heard(onemin)
    [answer] = client.beta.threads.messages.list(thread, run_id=run.id).data
    assert (text_of(answer), answer.role, answer.status) == ("noted", "assistant", "completed")
    [step] = client.beta.threads.runs.steps.list(run.id, thread_id=thread).data
    assert step.step_details.to_dict()["message_creation"] == {"message_id": answer.id}
    assert step.usage
    assert step.usage.to_dict() == run.usage.to_dict()
    client.beta.threads.messages.create(thread, role="user", content="say exactly: again")
    assert ask(client, thread, assistant).status == "completed"
    assert "noted" in heard(onemin)
    assert said(client, thread)[2:] == ["noted", "say exactly: again", "again"]
    assert len(client.beta.threads.runs.list(thread, limit=1).data) == 1


ROUNDS = [[(1, 2)], [(3, 4), (5, 6)], [(7, 8)]]
PLAN = "; ".join(" + ".join(f'add {{"a": {a}, "b": {b}}}' for a, b in r) for r in ROUNDS)


@pytest.mark.parametrize(
    ("ask", "answer"),
    [(polled, answered), (streamed, answered_in_a_stream)],
    ids=["polled", "streamed"],
)
def test_a_loop_of_three_rounds(client: OpenAI, ask: Any, answer: Any) -> None:
    assistant = assistant_of(client, tools=[ADD]).id
    thread = thread_of(client, f"plan: {PLAN}; say all done").id
    run = ask(client, thread, assistant)
    for wanted in ROUNDS:
        called = calls(run)
        assert [(call["a"], call["b"]) for call in called.values()] == wanted
        run = answer(client, run, {id: str(c["a"] + c["b"]) for id, c in called.items()})
    assert (run.status, run.required_action) == ("completed", None)
    assert said(client, thread)[-1] == "all done"
    steps = client.beta.threads.runs.steps.list(run.id, thread_id=thread, order="asc").data
    outputs = [
        [(json.loads(call.function.arguments)["a"], call.function.output) for call in made]
        for made in (getattr(step.step_details, "tool_calls", []) for step in steps)
    ]
    assert outputs == [[(1, "3")], [(3, "7"), (5, "11")], [(7, "15")], []]
    assert run.usage.total_tokens == sum(s.usage.total_tokens for s in steps if s.usage)
    assert (
        client.beta.threads.runs.steps.retrieve(steps[0].id, run_id=run.id, thread_id=thread)
        == steps[0]
    )


@pytest.mark.parametrize("outputs", [{}, {"call_none": "1"}])
def test_outputs_must_be_those_of_the_calls(client: OpenAI, outputs: dict[str, str]) -> None:
    thread = thread_of(client, 'call add with {"a": 1, "b": 2}').id
    run = polled(client, thread, assistant_of(client, tools=[ADD]).id)
    submit = client.beta.threads.runs.submit_tool_outputs
    with pytest.raises(openai.BadRequestError) as refused:
        submit(run.id, thread_id=thread, tool_outputs=given(outputs))
    assert refused.value.param == "tool_outputs"
    done = answered(client, run, {id: "3" for id in calls(run)})
    assert done.status == "completed"
    with pytest.raises(openai.BadRequestError):
        submit(run.id, thread_id=thread, tool_outputs=[])


def test_a_tool_that_must_be_called_is_called_once(client: OpenAI) -> None:
    thread = thread_of(client, "Hello").id
    choice: Any = {"type": "function", "function": {"name": "add"}}
    run = polled(client, thread, assistant_of(client, tools=[ADD]).id, tool_choice=choice)
    assert answered(client, run, {id: "3" for id in calls(run)}).status == "completed"


class Handler(AssistantEventHandler):
    """Writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.text = self.arguments = ""
        self.done: list[str] = []

    @override
    def on_event(self, event: Any) -> None:
        self.events.append(event.event.removeprefix("thread."))

    @override
    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.text += delta.value
        assert snapshot.value == self.text

    @override
    def on_tool_call_done(self, tool_call: Any) -> None:
        self.arguments = tool_call.function.arguments

    @override
    def on_message_done(self, message: Any) -> None:
        self.done.append(text_of(message))


def test_a_handler_hears_of_everything_in_order(client: OpenAI, onemin: Simulator) -> None:
    assistant = assistant_of(client, tools=[ADD]).id
    thread: Any = {
        "messages": [
            {"role": "user", "content": 'first say Wait., then call add with {"a": 1, "b": 2}'}
        ]
    }
    handler = Handler()
    with client.beta.threads.create_and_run_stream(
        assistant_id=assistant, thread=thread, event_handler=handler
    ) as events:
        events.until_done()
    told = [*dict.fromkeys(handler.events)]
    assert told == [
        "created", "run.created", "run.queued", "run.in_progress",
        "run.step.created", "run.step.in_progress", "message.created", "message.in_progress",
        "message.delta", "message.completed", "run.step.completed", "run.step.delta",
        "run.requires_action",
    ]  # fmt: skip
    assert handler.done == [handler.text] == ["Wait."]
    assert json.loads(handler.arguments) == {"a": 1, "b": 2}
    run = events.current_run
    assert run
    assert said(client, run.thread_id)[1:] == ["Wait."]
    assert answered(client, run, {id: "3" for id in calls(run)}).status == "completed"
    assert heard(onemin).count("Wait.") == 2  # in what the user said, and in the answer


def test_files_reach_the_model(client: OpenAI, onemin: Simulator) -> None:
    def file(name: str, data: bytes) -> str:
        return client.files.create(file=(name, data), purpose="assistants").id

    stores = [{"file_ids": [file("a.pdf", PDF + b"a")]}]
    assistant = assistant_of(
        client,
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_stores": stores}},
    ).id
    picture: Any = {"type": "image_file", "image_file": {"file_id": file("b.png", png())}}
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant,
        poll_interval_ms=20,
        thread={
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "What is this?"}, picture],
                    "attachments": [
                        {
                            "file_id": file("c.pdf", PDF + b"c"),
                            "tools": [{"type": "file_search"}],
                        }
                    ],
                }
            ]
        },
    )
    assert run.status == "completed"
    attached = onemin.chats[-1].json["promptObject"]["attachments"]
    assert [len(attached[kind]) for kind in ("images", "files")] == [1, 2]


def test_a_cancelled_run_hangs_up_and_its_thread_is_free(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    before = len(onemin.chats)
    assistant, thread = assistant_of(client).id, thread_of(client, "Hi").id
    runs, messages = client.beta.threads.runs, client.beta.threads.messages
    run = runs.create(thread, assistant_id=assistant)
    assert run.status == "queued"
    call = onemin.wait_for_chats(before + 1)[-1]
    with pytest.raises(openai.BadRequestError, match=f"already has an active run {run.id}"):
        runs.create(thread, assistant_id=assistant)
    with pytest.raises(openai.BadRequestError, match=f"while a run {run.id} is active"):
        messages.create(thread, role="user", content="Hurry")
    assert runs.cancel(run.id, thread_id=thread).status == "cancelled"
    assert call.hung_up.wait(10)
    assert runs.retrieve(run.id, thread_id=thread).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="Cannot cancel run with status"):
        runs.cancel(run.id, thread_id=thread)
    assert polled(client, thread, assistant).status == "completed"


def test_deleting_a_thread_hangs_up(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says(Hang()))
    before, thread = len(onemin.chats), thread_of(client, "Hi").id
    client.beta.threads.runs.create(thread, assistant_id=assistant_of(client).id)
    call = onemin.wait_for_chats(before + 1)[-1]
    client.beta.threads.delete(thread)
    assert call.hung_up.wait(10)


@either_way
def test_a_run_that_fails_says_so_and_keeps_what_was_said(
    client: OpenAI, onemin: Simulator, ask: Any
) -> None:
    onemin.script(says("Hel", Cut()))
    assistant, thread = assistant_of(client).id, thread_of(client, "Hi").id
    run = ask(client, thread, assistant)
    assert (run.status, run.last_error.code) == ("failed", "server_error")
    if ask is streamed:  # what is not streamed is not told in pieces
        [answer] = client.beta.threads.messages.list(thread, run_id=run.id).data
        assert (text_of(answer), answer.status) == ("Hel", "incomplete")


@either_way
@pytest.mark.parametrize(
    ("fields", "budget"),
    [({"max_completion_tokens": 3}, "max_completion_tokens"),
     ({"max_prompt_tokens": 3}, "max_prompt_tokens")],
)  # fmt: skip
def test_a_budget_ends_a_run(
    client: OpenAI, onemin: Simulator, ask: Any, fields: Any, budget: str
) -> None:
    thread = thread_of(client, "A question that is rather longer than three tokens.").id
    before = len(onemin.chats)
    run = ask(client, thread, assistant_of(client).id, **fields)
    assert (run.status, run.incomplete_details.reason) == ("incomplete", budget)
    assert len(onemin.chats) - before == (budget == "max_completion_tokens")


def test_only_the_last_messages_are_read_when_told_so(
    client: OpenAI, onemin: Simulator
) -> None:
    thread = thread_of(client, "I like figs.", "I like dates.", "What do I like?").id
    strategy: Any = {"type": "last_messages", "last_messages": 2}
    polled(client, thread, assistant_of(client).id, truncation_strategy=strategy)
    assert "figs" not in heard(onemin)
    assert "dates" in heard(onemin)


def test_what_changes_nothing_is_named(client: OpenAI) -> None:
    thread, assistant = thread_of(client, "Hi").id, assistant_of(client, top_p=1).id
    begun = client.beta.threads.runs.with_raw_response.create(
        thread, assistant_id=assistant, temperature=1
    )
    assert begun.headers["x-relay-ignored"] == "temperature, top_p"
    assert ended(client, thread, begun.parse().id).temperature == 1


def test_a_stream_can_be_left_without_ending_its_run(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says(Pause(0.3), "Hel", Pause(0.3), "lo"))
    assistant, thread = assistant_of(client).id, thread_of(client, "Hi").id
    with client.beta.threads.runs.create(thread, assistant_id=assistant, stream=True) as events:
        for event in events:
            if event.event == "thread.run.created":
                run = event.data.id
                status = client.beta.threads.runs.retrieve(run, thread_id=thread).status
            if event.event == "thread.message.delta":
                break
    assert status == "in_progress"
    assert ended(client, thread, run).status == "completed"
    assert said(client, thread)[-1] == "Hello"


def test_a_broken_request_leaves_nothing_behind(client: OpenAI, relay: Relay) -> None:
    assistant, thread = assistant_of(client).id, thread_of(client, "Hi").id
    with pytest.raises(openai.NotFoundError):
        client.beta.threads.runs.create(thread, assistant_id=assistant, model="no-such-model")
    asked = {"assistant_id": assistant, "additional_messages": [{"role": "user"}]}
    refused = relay.post(f"/v1/threads/{thread}/runs", asked)
    assert refused.json()["error"]["param"] == "additional_messages[0].content"
    added: Any = [{"role": "user", "content": "Read", "attachments": [{"file_id": "file-1"}]}]
    with pytest.raises(openai.NotFoundError) as unknown:
        polled(client, thread, assistant, additional_messages=added)
    assert unknown.value.param == "additional_messages[0].attachments[0].file_id"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.beta.threads.create_and_run(assistant_id=assistant, thread={"messages": added})
    assert unknown.value.param == "thread.messages[0].attachments[0].file_id"
    assert client.beta.threads.runs.list(thread).data == []
    assert said(client, thread) == ["Hi"]


@contextmanager
def threaded(onemin: Simulator, folder: Path) -> Iterator[ThreadedRelay]:
    relay = ThreadedRelay(config_for(onemin.url, folder))
    try:
        yield relay
    finally:
        relay.stop()


def test_a_relay_that_stops_ends_its_runs_and_keeps_those_that_wait(
    onemin: Simulator, tmp_path: Path
) -> None:
    with threaded(onemin, tmp_path) as relay, client_with(KEY, relay) as client:
        assistant = assistant_of(client, tools=[ADD]).id
        waiting = thread_of(client, 'plan: add {"a": 1, "b": 2}; say all done').id
        run = polled(client, waiting, assistant)
        onemin.script(says("Hel", Pause(0.5), "lo"))
        thread = thread_of(client, "Hi").id
        client.beta.threads.runs.create(thread, assistant_id=assistant)
    with threaded(onemin, tmp_path) as relay, client_with(KEY, relay) as client:
        assert said(client, thread) == ["Hi", "Hello"]
        done = answered(client, run, {id: "3" for id in calls(run)})
        assert done.status == "completed"
        assert said(client, waiting)[-1] == "all done"
