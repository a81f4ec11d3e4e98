from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types import Completion

from tests.domain.replies import replied
from utils.domain.chat import (
    Chat,
    Choice,
    Event,
    Failed,
    Finish,
    Heartbeat,
    Message,
    ReasoningDelta,
    TextDelta,
    Usage,
    WebSearch,
)
from utils.errors import InvalidRequest, UpstreamFailed
from utils.wire.completions import FILL_IN, Completions
from utils.wire.stamp import Stamp

STAMP = Stamp("0123", 1_700_000_000, "gpt-4o-mini")
HEAD = {
    "id": "cmpl-0123",
    "object": "text_completion",
    "created": 1_700_000_000,
    "model": "gpt-4o-mini",
}
USAGE = Usage(7, 2)
COUNTED = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def request(**fields: Any) -> Completions:
    return Completions.parse(json.dumps({"prompt": "Once", **fields}).encode())


def chat(**fields: Any) -> Chat:
    return request(**fields).to_chat()


def refusal(**fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        chat(**fields)
    return refused.value


# What is asked


@pytest.mark.parametrize("prompt", ["Once", ["Once"], " é東😀\u2028\r\n "])
def test_a_prompt_is_the_users_one_message(prompt: str | list[str]) -> None:
    text = prompt if isinstance(prompt, str) else prompt[0]
    assert chat(prompt=prompt).messages == (Message(role="user", text=text),)


def test_a_plain_request_leaves_everything_open() -> None:
    assert chat() == Chat(model="", messages=(Message(role="user", text="Once"),))


def test_a_suffix_is_explained() -> None:
    explained, gap = chat(prompt="def f(", suffix=" pass").messages
    assert (explained.role, explained.text) == ("system", FILL_IN)
    assert (gap.role, gap.text) == (
        "user",
        "<beginning>def f(</beginning>\n<end> pass</end>",
    )


def test_a_gap_may_be_at_the_start() -> None:
    assert "<beginning></beginning>" in chat(prompt="", suffix="x").messages[1].text


def test_an_empty_suffix_says_nothing() -> None:
    assert chat(suffix="") == chat()


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"model": "gpt-4o"}, "model", "gpt-4o"),
        ({"model": "gpt-4o:online"}, "model", "gpt-4o"),
        ({"model": "gpt-4o:online"}, "web_search", WebSearch()),
        ({"model": "gpt-4o"}, "web_search", None),
        ({"stream": True}, "stream", True),
        ({"max_tokens": 9}, "max_tokens", 9),
        ({"stop": "a"}, "stops", ("a",)),
        ({"stop": ["a", "b"]}, "stops", ("a", "b")),
        ({"stop": ""}, "stops", ()),
        ({"stop": []}, "stops", ()),
        ({"n": 8}, "choices", 8),
        ({"n": 3, "best_of": 3}, "choices", 3),
        ({"best_of": 1}, "choices", 1),
        ({"temperature": 0, "seed": 7, "user": "u", "logit_bias": {"5": -100}}, "sampling",
         {"temperature": 0.0, "seed": 7, "logit_bias": {"5": -100.0}}),
    ],
)  # fmt: skip
def test_what_is_asked_is_passed_on(fields: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(chat(**fields), name) == value


def test_fields_that_say_nothing_and_unknown_ones_are_no_fault() -> None:
    names = ("model", "suffix", "echo", "stream", "stream_options", "stop", "max_tokens", "n",
             "best_of", "logprobs", "temperature", "user")  # fmt: skip
    assert chat(**dict.fromkeys(names), unknown={"a": 1}) == chat()


@pytest.mark.parametrize(
    ("fields", "param", "message"),
    [
        ({"prompt": None}, "prompt", "must be a text"),
        ({"prompt": {"SECRET": 1}}, "prompt", "must be a text"),
        ({"prompt": []}, "prompt", "must be a text"),
        ({"prompt": [None]}, "prompt", "must be a text"),
        ({"prompt": 5}, "prompt", "must be a text"),
        ({"prompt": ["a", "SECRET"]}, "prompt", "one prompt in a request"),
        ({"prompt": [1, 2]}, "prompt", "not token ids"),
        ({"prompt": [[1, 2]]}, "prompt", "not token ids"),
        ({"prompt": ""}, "prompt", "no content"),
        ({"prompt": " \n"}, "prompt", "no content"),
        ({"prompt": [""], "suffix": ""}, "prompt", "no content"),
        ({"model": " "}, "model", "an empty name"),
        ({"model": 5}, "model", "string"),
        ({"suffix": 5}, "suffix", "string"),
        ({"echo": "SECRET"}, "echo", "boolean"),
        ({"stream": 1}, "stream", "boolean"),
        ({"stream_options": {"include_usage": "x"}}, "stream_options.include_usage", "boolean"),
        ({"stop": 5}, "stop", "must be a text, or at most 4"),
        ({"stop": ["a", ""]}, "stop", "none is empty"),
        ({"stop": ["a", 5]}, "stop", "must be a text, or at most 4"),
        ({"stop": list("abcde")}, "stop", "must be a text, or at most 4"),
        ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
        ({"n": 9}, "n", "less than or equal to 8"),
        ({"n": 0}, "n", "greater than or equal to 1"),
        ({"best_of": 2}, "best_of", "that of n"),
        ({"best_of": 3, "n": 2}, "best_of", "that of n"),
        ({"best_of": 1, "n": 2}, "best_of", "that of n"),
        ({"logprobs": 0}, "logprobs", "does not support"),
        ({"logprobs": 5}, "logprobs", "does not support"),
        ({"temperature": 2.1}, "temperature", "less than or equal to 2"),
        ({"seed": 2**63}, "seed", "less than 9223372036854775808"),
        ({"presence_penalty": -3}, "presence_penalty", "greater than or equal to -2"),
        ({"logit_bias": {"5": "SECRET"}}, "logit_bias", "number"),
    ],
)  # fmt: skip
def test_a_bad_field_is_refused_by_name(
    fields: dict[str, Any], param: str, message: str
) -> None:
    error = refusal(**fields)
    assert (error.status, error.param) == (400, param)
    assert error.message.startswith(f"{param}: ")
    assert message in error.message
    assert "SECRET" not in error.message


def test_a_body_without_a_prompt_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"^prompt: this field is required$"):
        Completions.parse(b"{}")


def test_what_changes_nothing_is_listed() -> None:
    assert request(max_tokens=9, stop="a", suffix="b").ignored == []
    assert request(user="u", temperature=0).ignored == ["temperature", "user"]


# A whole answer


def choice(text: str, reason: str | None = None, index: int = 0) -> dict[str, Any]:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": reason}


def test_a_whole_answer_is_one_completion() -> None:
    encoded = request().encode([replied(text=' a"\n', finish=Finish("length", USAGE))], STAMP)
    assert encoded == {**HEAD, "choices": [choice(' a"\n', "length")], "usage": COUNTED}
    assert Completion.model_validate(encoded, strict=True).choices[0].text == ' a"\n'


def test_the_prompt_is_echoed_where_asked() -> None:
    for echo, text in ((True, "Once upon"), (False, " upon"), (None, " upon")):
        encoded = request(echo=echo).encode([replied(text=" upon")], STAMP)
        assert encoded["choices"][0]["text"] == text


def test_several_answers_are_numbered_and_counted_together() -> None:
    replies = [replied(text=text, finish=Finish("stop", USAGE)) for text in "ab"]
    encoded = request(n=2).encode(replies, STAMP)
    assert encoded["choices"] == [choice("a", "stop"), choice("b", "stop", 1)]
    assert encoded["usage"]["total_tokens"] == 18


def test_without_a_count_there_is_no_usage() -> None:
    assert request().encode([replied(text="a")], STAMP)["usage"] is None


# A streamed answer

Batch = list[Event | Heartbeat | Failed]


def written(*batches: Batch, **fields: Any) -> list[Any]:
    """The frames in one list; what is no JSON as it is."""
    texts = b"".join(request(**fields).frames(iter(batches), STAMP)).decode().split("\n\n")
    assert texts.pop() == ""
    return [json.loads(text[6:]) if text.startswith("data: {") else text for text in texts]


WITH_USAGE = {"stream_options": {"include_usage": True}}


def test_a_stream_is_texts_then_an_end() -> None:
    frames = written([TextDelta("Hel"), TextDelta("lo")], [Finish("length", USAGE)])
    assert frames == [
        {**HEAD, "choices": [choice("Hel")]},
        {**HEAD, "choices": [choice("lo")]},
        {**HEAD, "choices": [choice("", "length")]},
        "data: [DONE]",
    ]


def test_a_usage_comes_last_and_only_when_asked_for() -> None:
    assert written([TextDelta("a"), Finish("stop", USAGE)], **WITH_USAGE) == [
        {**HEAD, "choices": [choice("a")], "usage": None},
        {**HEAD, "choices": [choice("", "stop")], "usage": None},
        {**HEAD, "choices": [], "usage": COUNTED},
        "data: [DONE]",
    ]


def test_the_prompt_is_echoed_first_in_every_choice() -> None:
    frames = written([Heartbeat()], [TextDelta("a")], echo=True, n=2)
    texts = [(part["choices"][0]["index"], part["choices"][0]["text"]) for part in frames]
    assert texts == [(0, "Once"), (1, "Once"), (0, "a")]


def test_several_answers_are_told_apart_and_end_once() -> None:
    frames = written(
        [TextDelta("a")],
        [Choice(1), TextDelta("b"), Finish("length", USAGE)],
        [TextDelta("c"), Choice(1), Choice(0), Finish("stop", USAGE)],
        n=2,
        **WITH_USAGE,
    )
    told = [part["choices"][0] for part in frames[:5]]
    assert told == [
        choice("a"),
        choice("b", index=1),
        choice("", "length", index=1),
        choice("c"),
        choice("", "stop"),
    ]
    assert frames[5]["usage"]["total_tokens"] == 18
    assert frames[6:] == ["data: [DONE]"]


def test_silence_and_thoughts_are_comments() -> None:
    frames = written([Heartbeat()], [ReasoningDelta("Hm")], [TextDelta("a")])
    assert frames[:2] == [": still working"] * 2
    assert frames[2]["choices"] == [choice("a")]


@pytest.mark.parametrize("before", [[TextDelta("a")], [TextDelta("a"), Finish()]])
def test_a_failure_is_an_error_and_no_end(before: Batch) -> None:
    error = UpstreamFailed('it "fell"\nover', param="p")
    frames = written(before, [Failed(error)], n=2)
    assert frames[-1]["error"]["message"] == 'it "fell"\nover'
    assert frames[-1]["error"]["code"] == "upstream_error"
    assert "data: [DONE]" not in frames


def test_a_batch_is_one_write() -> None:
    batches: list[Batch] = [[TextDelta("a"), TextDelta("b")], [TextDelta("c")], [Finish()]]
    writes = list(request().frames(iter(batches), STAMP))
    assert [write.count(b"data: ") for write in writes] == [2, 1, 2]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(texts=st.lists(st.text(max_size=20), max_size=5))
def test_any_text_arrives(texts: list[str]) -> None:
    frames = written([TextDelta(text) for text in texts], [Finish()])
    said = [part["choices"][0]["text"] for part in frames[:-1] if isinstance(part, dict)]
    assert "".join(said) == "".join(texts)
