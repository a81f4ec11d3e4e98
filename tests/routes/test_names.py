"""The names clients hard-code, the operator's own, and models that stand in for others."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.replies import Cut, Hang, Pause, failure, html, refusal, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.routes.heard import chunks, heard, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.serving import ThreadedRelay
from utils.relay_file import RelayFile

# Aliases


def asked_models(onemin: Simulator) -> list[str]:
    return [call.json["model"] for call in onemin.chats]


@whole_and_streamed
@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-4o-latest", "gpt-4o"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("openai/gpt-4o-mini", "gpt-4o-mini"),
        ("gpt-4o-mini-2024-07-18:online", "gpt-4o-mini"),
    ],
)
def test_a_name_that_clients_hard_code_is_served(
    relay: ThreadedRelay, onemin: Simulator, name: str, model: str, *, stream: bool
) -> None:
    reply = relay.chat(model=name, stream=stream)
    assert heard(reply).text
    assert asked_models(onemin) == [model]
    told = chunks(reply)[0] if stream else reply.json()
    assert told["model"] == model


def test_the_operators_aliases_are_followed(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    file = RelayFile(aliases={"fast": "small", "small": "gpt-4o-mini", "gpt-4o": "small"})
    relay = relay_with(file=file)
    assert relay.chat(model="fast").json()["model"] == "gpt-4o-mini"
    assert relay.chat(model="gpt-4o").json()["model"] == "gpt-4o", "what is listed stays"
    assert relay.chat(model="fast:online").status_code == 200
    assert asked_models(onemin) == ["gpt-4o-mini", "gpt-4o", "gpt-4o-mini"]


def test_an_alias_to_nowhere_is_not_found(relay_with: RelayFactory, onemin: Simulator) -> None:
    relay = relay_with(file=RelayFile(aliases={"fast": "no-such"}))
    assert refused(relay.chat(model="fast")) == (404, "model_not_found", "model")
    assert not onemin.chats


def test_an_alias_reaches_no_model_that_is_not_permitted(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(
        file=RelayFile(aliases={"fast": "gpt-4o-mini", "good": "gpt-4o"}),
        subset_of_one_min_permitted_models=("gpt-4o",),
        permit_models_from_subset_only=True,
    )
    for name in ("fast", "gpt-4o-mini-2024-07-18", "gpt-4o-mini-latest"):
        assert refused(relay.chat(model=name))[:2] == (404, "model_not_found")
    for name in ("good", "gpt-4o-latest"):
        assert relay.chat(model=name).json()["model"] == "gpt-4o"
    assert asked_models(onemin) == ["gpt-4o", "gpt-4o"]


# Fallbacks

FILE = RelayFile(
    aliases={"best": "gpt-5", "spare": "gpt-4o-mini"},
    fallbacks={"gpt-5": ("gpt-4o", "spare"), "no-such": ("spare",), "best-of-all": ("gpt-4o",)},
)
NOT_SERVED = refusal(400, "UNSUPPORTED_MODEL", "Model gpt-5 is not supported")


@pytest.fixture
def relay_of_three(relay_with: RelayFactory) -> ThreadedRelay:
    return relay_with(file=FILE)


@whole_and_streamed
@pytest.mark.parametrize("name", ["gpt-5", "best"])
@pytest.mark.parametrize(
    "trouble",
    [
        refusal(429, "RATE_LIMITED", "Slow down"),
        refusal(500, "INTERNAL_SERVER_ERROR", "Oh"),
        html(522),
        failure("PROVIDER_ERROR", "the provider is down"),
        NOT_SERVED,
    ],
    ids=["429", "500", "522", "failure", "unknown"],
)
def test_another_model_answers_where_one_cannot(
    relay_of_three: ThreadedRelay, onemin: Simulator, trouble: Any, name: str, *, stream: bool
) -> None:
    onemin.script(trouble, says("Hello"))
    reply = relay_of_three.chat(model=name, stream=stream)
    assert heard(reply).text == "Hello"
    told = chunks(reply)[0] if stream else reply.json()
    assert told["model"] == reply.headers["x-relay-fallback"] == "gpt-4o"
    assert asked_models(onemin) == ["gpt-5", "gpt-4o"]


@whole_and_streamed
def test_another_model_answers_where_one_is_silent(
    relay_with: RelayFactory, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says(Hang(), "never"), says("Hello"))
    reply = relay_with(file=FILE, first_byte_timeout=1).chat(model="gpt-5", stream=stream)
    assert heard(reply).text == "Hello"
    assert asked_models(onemin) == ["gpt-5", "gpt-4o"]


@whole_and_streamed
def test_the_last_that_is_asked_says_what_is_wrong(
    relay_of_three: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(html(522), html(522), refusal(429, "RATE_LIMITED", "Slow down"))
    reply = relay_of_three.chat(model="gpt-5", stream=stream)
    assert refused(reply)[:2] == (429, "rate_limit_exceeded")
    assert asked_models(onemin) == ["gpt-5", "gpt-4o", "gpt-4o-mini"]


@whole_and_streamed
@pytest.mark.parametrize(
    "trouble",
    [
        refusal(400, "INVALID_REQUEST", "Odd"),
        refusal(401, "HTTP_EXCEPTION", "The API key has been deleted"),
        refusal(402, "HTTP_EXCEPTION", "Pay"),
        refusal(403, "HTTP_EXCEPTION", "No"),
    ],
    ids=["400", "401", "402", "403"],
)
def test_what_no_model_can_mend_is_told_at_once(
    relay_of_three: ThreadedRelay, onemin: Simulator, trouble: Any, *, stream: bool
) -> None:
    onemin.script(trouble)
    assert relay_of_three.chat(model="gpt-5", stream=stream).status_code >= 400
    assert asked_models(onemin) == ["gpt-5"]


def test_after_a_word_nobody_else_is_asked(
    relay_of_three: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Pause(0.1), Cut()))
    reply = relay_of_three.chat(model="gpt-5", stream=True)
    assert chunks(reply)[-1]["error"]["code"] == "upstream_error"
    assert asked_models(onemin) == ["gpt-5"]


def test_a_name_nobody_serves_may_have_others_in_its_place(
    relay_of_three: ThreadedRelay, onemin: Simulator
) -> None:
    reply = relay_of_three.chat(model="no-such")
    assert reply.headers["x-relay-fallback"] == reply.json()["model"] == "gpt-4o-mini"
    assert asked_models(onemin) == ["gpt-4o-mini"]


def test_a_model_that_answers_itself_needs_no_other(
    relay_of_three: ThreadedRelay, onemin: Simulator
) -> None:
    reply = relay_of_three.chat(model="best")
    assert reply.json()["model"] == "gpt-5"
    assert "x-relay-fallback" not in reply.headers
    assert asked_models(onemin) == ["gpt-5"]


def test_who_stands_in_must_be_permitted(relay_with: RelayFactory, onemin: Simulator) -> None:
    relay = relay_with(
        file=FILE,
        subset_of_one_min_permitted_models=("gpt-5", "gpt-4o-mini"),
        permit_models_from_subset_only=True,
    )
    onemin.script(html(522), says("Hello"))
    assert relay.chat(model="gpt-5").headers["x-relay-fallback"] == "gpt-4o-mini"
    assert asked_models(onemin) == ["gpt-5", "gpt-4o-mini"]


def test_each_of_several_answers_may_come_from_another(
    relay_of_three: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(html(522), *[says("Hello")] * 2)
    reply = relay_of_three.chat(model="gpt-5", n=2)
    assert len(reply.json()["choices"]) == 2
    assert sorted(asked_models(onemin)) == ["gpt-4o", "gpt-5", "gpt-5"]
