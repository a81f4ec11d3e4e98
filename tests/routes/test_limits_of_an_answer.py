"""stop, max_tokens and reasoning: what is cut from an answer, and what is told apart in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.replies import Hang, Pause, says
from simulator.server import Simulator
from tests.cuts import pieces
from tests.raw import chat_request, connected, read_until
from tests.routes.heard import chunks, heard, refusal, said, whole_and_streamed
from tests.serving import ThreadedRelay
from utils.domain.filters import EFFORTS
from utils.tokens import counts

TEXT = "one two three four five six seven eight nine ten"

# Stop sequences


@whole_and_streamed
@pytest.mark.parametrize(
    ("stop", "text"),
    [
        (" three", "one two"),
        (["six", "four"], "one two three "),
        (["never", "seven", "ever", "eight"], "one two three four five six "),
        (["eleven"], TEXT),
        ("", TEXT),
        ([], TEXT),
        (None, TEXT),
    ],
)
def test_an_answer_ends_before_the_first_stop(
    relay: ThreadedRelay, onemin: Simulator, stop: object, text: str, *, stream: bool
) -> None:
    for size in range(1, 8):
        onemin.script(says(*pieces(TEXT, size)))
        choice = heard(relay.chat(stop=stop, stream=stream))
        assert (choice.text, choice.reason) == (text, "stop")


@pytest.mark.parametrize("fields", [{"stop": "two"}, {"max_tokens": 1}], ids=["stop", "limit"])
def test_1min_ai_is_left_as_soon_as_the_answer_is_over(
    relay: ThreadedRelay, onemin: Simulator, fields: dict[str, Any]
) -> None:
    onemin.script(says("one ", "two ", Hang(), "three"))
    assert "[DONE]" in relay.chat(stream=True, **fields).text
    assert onemin.chats[-1].hung_up.wait(5)


@whole_and_streamed
@pytest.mark.parametrize("stop", [["a", ""], ["a"] * 5, [5], 5, {"a": 1}, True])
def test_what_is_no_stop_is_refused(
    relay: ThreadedRelay, onemin: Simulator, stop: object, *, stream: bool
) -> None:
    assert refusal(relay.chat(stop=stop, stream=stream)) == (400, None, "stop")
    assert not onemin.chats


# Tokens


@whole_and_streamed
@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("model", ["gpt-4o-mini", "gpt-3.5-turbo", "mistral-large-latest"])
def test_an_answer_has_as_many_tokens_as_were_allowed(
    relay: ThreadedRelay, onemin: Simulator, model: str, name: str, *, stream: bool
) -> None:
    for limit in (2, 5, 7):
        onemin.script(says(*pieces(TEXT, 9)))
        choice = heard(relay.chat(model=model, stream=stream, **{name: limit}))
        assert TEXT.startswith(choice.text)
        assert choice.reason == "length"
        assert counts.count(choice.text, model) <= limit
        further = TEXT[: len(choice.text) + len(" seven")]
        assert counts.count(further, model) > limit


@whole_and_streamed
def test_an_answer_within_its_limit_is_whole(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says(TEXT))
    choice = heard(relay.chat(max_tokens=counts.count(TEXT, "gpt-4o-mini"), stream=stream))
    assert (choice.text, choice.reason) == (TEXT, "stop")


@whole_and_streamed
def test_the_stricter_of_stop_and_limit_counts(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says(*pieces(TEXT, 5)), says(*pieces(TEXT, 5)))
    choice = heard(relay.chat(stop="three", max_tokens=6, stream=stream))
    assert (choice.text, choice.reason) == ("one two ", "stop")
    choice = heard(relay.chat(stop="ten", max_tokens=2, stream=stream))
    assert (choice.text, choice.reason) == ("one two", "length")


@pytest.mark.parametrize("fields", [{"stop": " three"}, {"max_tokens": 2}])
def test_what_was_cut_off_in_a_stream_is_counted_as_far_as_it_came(
    relay: ThreadedRelay, onemin: Simulator, fields: dict[str, Any]
) -> None:
    onemin.script(says("one two", Pause(0.2), " three", Hang(), " four"))
    reply = relay.chat(stream=True, stream_options={"include_usage": True}, **fields)
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    assert chunks(reply)[-1]["usage"] == usage


# Effort and thoughts


@pytest.mark.parametrize("effort", EFFORTS)
def test_how_hard_to_think_is_said_in_the_prompt(
    relay: ThreadedRelay, onemin: Simulator, effort: str
) -> None:
    reply = relay.chat(reasoning_effort=effort)
    assert "x-relay-ignored" not in reply.headers
    assert EFFORTS[effort] in onemin.chats[-1].json["promptObject"]["prompt"]


def test_a_usual_effort_needs_no_words(relay: ThreadedRelay, onemin: Simulator) -> None:
    relay.chat(reasoning_effort="medium")
    assert onemin.chats[-1].json["promptObject"]["prompt"] == "hi"


@whole_and_streamed
def test_thoughts_are_told_apart_however_they_were_cut(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    thought = "<think>\nHm, 2 < 3.\n</think>\n\n# Yes\n"
    for size in (*range(1, 8), len(thought)):
        onemin.script(says(*pieces(thought, size)))
        choice = heard(relay.chat(stream=stream))
        assert (choice.reasoning, choice.text) == ("Hm, 2 < 3.\n", "# Yes\n")


@whole_and_streamed
@pytest.mark.parametrize(
    "text", ["So: <think>Hm.</think>", "`<think>`", "<thinker>a</thinker>", "<", " <think"]
)
def test_what_only_looks_like_a_thought_stays(
    relay: ThreadedRelay, onemin: Simulator, text: str, *, stream: bool
) -> None:
    for size in (1, 7, 99):
        onemin.script(says(*pieces(text, size)))
        choice = heard(relay.chat(stream=stream))
        assert (choice.reasoning, choice.text) == ("", text)


@whole_and_streamed
def test_a_model_that_thinks_when_asked_to_is_heard_thinking(
    relay: ThreadedRelay, *, stream: bool
) -> None:
    asked = said("think: It is a greeting. say exactly: Hello")
    choice = heard(relay.chat(messages=asked, stream=stream))
    assert (choice.reasoning.strip(), choice.text) == ("It is a greeting", "Hello")


@pytest.mark.parametrize("text", ["a", "a <", "a <think>", "<t.", "a `{", "a\n<tool_call>"])
def test_nothing_waits_that_cannot_become_a_marker(
    relay: ThreadedRelay, onemin: Simulator, text: str
) -> None:
    onemin.script(says(text, Hang()))
    with connected(relay.port) as client:
        client.sendall(chat_request(stream=True))
        delta = b'"content":' + json.dumps(text).encode()
        assert delta in read_until(client, delta)
