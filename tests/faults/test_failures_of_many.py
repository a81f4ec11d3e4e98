"""What keeps failing is asked little, and whoever else asks is none the worse for it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator.replies import Cut, refusal, says
from simulator.server import Simulator
from tests.clock import Clock
from tests.faults.wall import Wall, always, error, event, healthy, refused, streamed
from tests.serving import ASKED, HEADERS, ThreadedRelay, config_for
from utils.domain.breaker import FAILURES
from utils.errors import (
    ContextTooLong,
    LimitReached,
    RateLimited,
    RelayError,
    Unavailable,
    UnusableAnswer,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from utils.relay_file import RelayFile
from utils.web.services.retries import SPARE, RetryBudget

FAILED = refusal(500, "INTERNAL_SERVER_ERROR", "Oh")
OTHER = {"Authorization": "Bearer another-callers-1min-key"}


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, wall: Wall, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    models: dict[str, object] = {"bad": {}, "good": {}, "storm": {}, "called": {}}
    file = RelayFile.model_validate(
        {
            "restart": True,
            "fallbacks": {"called": ["good"], "gpt-5": ["gpt-4o"], "gpt-4.1": ["gpt-4o"]},
            "backends": {"wall": {"base_url": wall.url, "models": models}},
        }
    )
    relay = ThreadedRelay(config_for(onemin.url, tmp_path_factory.mktemp("many")), file)
    for caller in (HEADERS, OTHER):  # 1min.ai vouches for both
        assert relay.post("/v1/chat/completions", ASKED, headers=caller).status_code == 200
    yield relay
    relay.stop()


@pytest.mark.fault(103)
def test_one_callers_failures_are_nobody_elses(relay: ThreadedRelay, wall: Wall) -> None:
    """Of a back-end. Any key holder could else shut a model, or all of them, for everybody."""
    wall.plans["bad"] = always(refused(500))
    for _ in range(FAILURES):
        assert relay.chat(model="bad").status_code == 500
    wall.plans.clear()
    shut = relay.chat(model="bad")
    assert (shut.status_code, shut.json()["error"]["code"]) == (503, "backend_unavailable")
    assert int(shut.headers["Retry-After"]) > 0
    assert len(wall.times("bad")) == FAILURES
    assert relay.chat(model="good").status_code == 200, "the same server's other models"
    asked = ASKED | {"model": "bad"}
    assert relay.post("/v1/chat/completions", asked, headers=OTHER).status_code == 200
    assert relay.services.upstream.state()["wall"]["bad"] == "half-open"


@pytest.mark.fault(15, 103)
@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
def test_one_model_of_1min_ai_that_fails_is_left_alone_for_one_caller(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    model = "gpt-4.1" if stream else "gpt-5"
    for _ in range(FAILURES):
        onemin.script(FAILED, says("Hi"))
        assert relay.chat(model=model, stream=stream).headers["x-relay-fallback"] == "gpt-4o"
    seen = len(onemin.chats)
    assert relay.chat(model=model, stream=stream).headers["x-relay-fallback"] == "gpt-4o"
    assert [call.json["model"] for call in onemin.chats[seen:]] == ["gpt-4o"]
    asked = ASKED | {"model": model, "stream": stream}
    reply = relay.post("/v1/chat/completions", asked, headers=OTHER)
    assert "x-relay-fallback" not in reply.headers


@pytest.mark.fault(15, 103)
def test_where_nobody_else_can_answer_a_model_of_1min_ai_is_always_asked(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(*[FAILED] * 2 * FAILURES)
    assert not any(relay.chat().ok for _ in range(2 * FAILURES))
    assert relay.chat().status_code == 200


@pytest.mark.fault(103)
def test_what_a_caller_is_refused_shuts_nothing(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(*[refusal(400, "INVALID_REQUEST", "Odd")] * (2 * FAILURES))
    for _ in range(2 * FAILURES):
        assert relay.chat().status_code == 400
    assert relay.chat().status_code == 200


@pytest.mark.fault(104)
@pytest.mark.parametrize("status", [429, 500])
def test_a_storm_of_failures_is_asked_again_little(
    relay: ThreadedRelay, wall: Wall, status: int
) -> None:
    """Half of all calls fail, and each could be asked again. What may have been billed never
    is; what is only refused, within the budget.
    """
    failing = refused(status, Retry_After="0")
    wall.plans["storm"] = lambda call, number: failing if number % 2 else healthy(call)
    number = 120
    with ThreadPoolExecutor(12) as clients:
        replies = [clients.submit(relay.chat, model="storm") for _ in range(number)]
        statuses = [reply.result().status_code for reply in replies]
    attempts = len(wall.times("storm"))
    assert number <= attempts < 1.2 * number
    assert (attempts == number) is (status == 500)
    assert statuses.count(200) >= number // 2
    assert {*statuses} <= {200, status}


# The budget alone


@pytest.mark.fault(104)
@pytest.mark.parametrize("calls", [10, 100, 10_000])
def test_retries_are_a_tenth_of_the_calls_and_a_few(calls: int) -> None:
    budget = RetryBudget(Clock())
    limited = RateLimited("slow down", retry_after=0)
    again = [budget.begun(free=False).pause(limited) is not None for _ in range(calls)]
    assert sum(again) == pytest.approx(min(calls, SPARE + calls / 10), abs=2)


def test_a_caller_who_is_alone_is_not_left_without() -> None:
    clock = Clock()
    budget = RetryBudget(clock)
    while budget.take():
        pass
    clock.now += 10
    assert budget.take()
    assert not budget.take()


@pytest.mark.fault(1, 3, 5, 6, 12)
@pytest.mark.parametrize(
    ("trouble", "most", "when_free"),
    [
        (RateLimited("x", retry_after=0), 3, 3),
        (RateLimited("x", retry_after=2), 2, 2),
        (RateLimited("x", retry_after=9), 0, 0),
        (RateLimited("x"), 0, 0),
        (LimitReached("x", retry_after=1), 0, 0),
        (UpstreamUnreachable("x"), 1, 1),
        (UpstreamFailed("x"), 0, 1),
        (UnusableAnswer("x"), 0, 0),
        (UpstreamTimeout("x"), 0, 0),
        (Unavailable("x"), 0, 0),
        (ContextTooLong("x"), 0, 0),
    ],
)
def test_only_what_was_surely_not_billed_is_asked_again(
    trouble: RelayError, most: int, when_free: int
) -> None:
    for free, expected in ((False, most), (True, when_free)):
        retries = RetryBudget(Clock()).begun(free=free)
        pauses = [retries.pause(trouble) for _ in range(5)]
        waited = [pause for pause in pauses if pause is not None]
        assert len(waited) == expected
        assert all(pause >= (trouble.retry_after or 0) for pause in waited)
        assert sum(waited) <= 5


def test_nothing_is_asked_again_after_a_payment() -> None:
    trouble = RateLimited("x", retry_after=0)
    trouble.paid = True
    assert RetryBudget().begun(free=True).pause(trouble) is None


@pytest.mark.fault(8)
def test_half_a_call_is_gone_on_with_by_nobody(relay: ThreadedRelay, wall: Wall) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "add", "arguments": '{"a"'}}
    wall.plans["called"] = always(streamed(event({"tool_calls": [call]}), Cut()))
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    reply = relay.chat(model="called", stream=True, tools=[tool])
    assert error(reply)["code"] == "upstream_error"
    assert not wall.times("good")
