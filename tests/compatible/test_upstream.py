"""The back-end against a real server: 1min.ai's OpenAI-compatible surface, as simulated."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.replies import Cut, Hang, Pause, Reply, events, html, raw, refusal, whole
from simulator.server import Simulator
from tests.compatible.reading import DONE, chunk, content
from utils.compatible.client import LONGEST_LIST, Client
from utils.compatible.upstream import Compatible
from utils.domain.chat import (
    Chat,
    Event,
    Message,
    TextDelta,
    Tool,
    Usage,
)
from utils.domain.reply import Reply as Answer
from utils.domain.reply import collect
from utils.errors import (
    InvalidRequest,
    ModelNotFound,
    NotFound,
    OutOfCredit,
    RateLimited,
    RelayError,
    Unauthorized,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from utils.origin import Origin, Timeouts

KEY = "the-callers-own-1min-key"
SURFACE = "/openai/v1"
Serving = Callable[..., Compatible]


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Back-ends at a URL, closed when the test is over."""
    begun: list[Compatible] = []

    def serve(url: str, idle: float = 20) -> Compatible:
        timeouts = Timeouts(connect=5, first_byte=idle, idle=idle, total=30)
        origin = Origin(url, name="The server", timeouts=timeouts, size=2)
        begun.append(Compatible(Client(chat=origin, quick=origin)))
        return begun[-1]

    yield serve
    for upstream in begun:
        upstream.close()


@pytest.fixture
def upstream(serving: Serving, onemin: Simulator) -> Compatible:
    return serving(onemin.url + SURFACE)


def asked(text: str = "hi", **fields: Any) -> Chat:
    messages = (Message(role="user", text=text),)
    return Chat(**{"model": "gpt-4o-mini", "messages": messages, **fields})


def answer(upstream: Compatible, chat: Chat, key: str = KEY) -> Answer:
    [reply] = collect(upstream.chat(chat, key))
    return reply


@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
def test_a_chat_is_answered(upstream: Compatible, onemin: Simulator, *, stream: bool) -> None:
    reply = answer(upstream, asked("What is the capital of France?", stream=stream))
    [call] = onemin.native_calls
    assert reply.text
    assert (reply.finish.reason, reply.finish.usage) == ("stop", None)
    assert call.headers["authorization"] == f"Bearer {KEY}"
    assert call.json["model"] == "gpt-4o-mini"
    assert call.json["stream"] is stream


@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
def test_a_tool_is_called_and_its_result_goes_back(
    upstream: Compatible, *, stream: bool
) -> None:
    question = Message(role="user", text='call add with {"a": "}é"}')
    chat = asked(messages=(question,), tools=(Tool(name="add"),), stream=stream)
    reply = answer(upstream, chat)
    [call] = reply.tool_calls
    assert (call.name, call.arguments) == ("add", '{"a": "}é"}')
    assert reply.finish.reason == "tool_calls"
    called = Message(role="assistant", text="", tool_calls=reply.tool_calls)
    result = Message(role="tool", text="3", call_id=call.id)
    told = answer(upstream, asked(messages=(question, called, result), stream=stream))
    assert told.text == "The tool said: 3"


@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
def test_a_usage_that_the_server_tells_is_kept(serving: Serving, *, stream: bool) -> None:
    with Simulator(native_usage=True) as counting:
        reply = answer(serving(counting.url + SURFACE), asked(stream=stream))
    assert isinstance(reply.finish.usage, Usage)
    assert reply.finish.usage.output_tokens > 0


def test_no_key_is_no_header(upstream: Compatible, onemin: Simulator) -> None:
    with pytest.raises(Unauthorized):
        answer(upstream, asked(), "")
    assert "authorization" not in onemin.native_calls[0].headers


WRONG = {"error": {"message": f"Incorrect API key: {KEY}", "param": None}}


@pytest.mark.fault(17, 20, 21, 23, 33, 81)
@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (whole(WRONG), UpstreamFailed),
        (
            Reply(400, body=(b'{"error": {"message": "' + KEY.encode() + b'"}}',)),
            InvalidRequest,
        ),
        (refusal(400, "UNSUPPORTED_MODEL", "no"), ModelNotFound),
        (refusal(404, "HTTP_EXCEPTION", "Cannot POST /openai"), NotFound),
        (html(404), NotFound),
        (html(522), UpstreamFailed),
        (html(200), UpstreamFailed),
        (refusal(500, "X", "SECRET-DETAIL"), UpstreamFailed),
        (Reply(302, {"Location": "http://169.254.169.254/"}), UpstreamFailed),
        (Reply(200, {"Content-Encoding": "gzip"}, (b"abc",)), UpstreamFailed),
        (Reply(200), UpstreamFailed),
        (Reply(200, body=(b"{}",)), UpstreamFailed),
        (raw(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"choices', Cut()), UpstreamFailed),
    ],
)
def test_a_refusal_is_raised_before_any_event_and_without_the_key(
    upstream: Compatible,
    onemin: Simulator,
    reply: Reply,
    kind: type[RelayError],
    *,
    stream: bool,
) -> None:
    onemin.script_native(reply)
    with pytest.raises(RelayError) as raised:
        next(batch for batch in upstream.chat(asked(stream=stream), KEY) if batch)
    assert type(raised.value) is kind
    assert KEY not in raised.value.message
    assert "SECRET-DETAIL" not in raised.value.message
    assert len(onemin.native_calls) == 1, "a paid call is never made twice"
    assert answer(upstream, asked(stream=stream)).text, "the next call works"


def test_the_server_may_say_when_to_come_again(upstream: Compatible, onemin: Simulator) -> None:
    onemin.script_native(Reply(429, {"Retry-After": "7"}, (b'{"error": {"message": "slow"}}',)))
    with pytest.raises(RateLimited) as raised:
        answer(upstream, asked())
    assert raised.value.retry_after == 7


def test_an_empty_account_is_out_of_credit(upstream: Compatible, onemin: Simulator) -> None:
    spent = b'{"error": {"message": "x", "code": "insufficient_quota"}}'
    onemin.script_native(Reply(429, {"Retry-After": "7"}, (spent,)))
    with pytest.raises(OutOfCredit):
        answer(upstream, asked())


def test_what_was_said_before_a_break_is_told_first(
    upstream: Compatible, onemin: Simulator
) -> None:
    onemin.script_native(events(content("Hel"), content("lo"), Cut()))
    said: list[Event] = []
    with pytest.raises(UpstreamFailed):
        said.extend(
            event for batch in upstream.chat(asked(stream=True), KEY) for event in batch
        )
    assert said == [TextDelta("Hel"), TextDelta("lo")]


def test_a_server_that_falls_silent_is_given_up(serving: Serving, onemin: Simulator) -> None:
    upstream = serving(onemin.url + SURFACE, idle=0.5)
    onemin.script_native(events(content("Hel"), Hang()))
    with pytest.raises(UpstreamTimeout):
        answer(upstream, asked(stream=True))


def test_silence_is_told_while_it_lasts(upstream: Compatible, onemin: Simulator) -> None:
    onemin.script_native(events(content("Hel"), Pause(1), chunk("stop"), DONE))
    batches = list(upstream.chat(asked(stream=True), KEY))
    said = [at for at, batch in enumerate(batches) if batch]
    assert said[-1] - said[0] > 2, "whoever waits could have left in between"


def test_closing_the_answer_hangs_up(upstream: Compatible, onemin: Simulator) -> None:
    onemin.script_native(events(content("Hel"), Hang()))
    stream = upstream.chat(asked(stream=True), KEY)
    while not next(stream):
        pass
    stream.close()
    assert onemin.native_calls[0].hung_up.wait(5)


def test_a_connection_serves_again_after_a_whole_answer(
    upstream: Compatible, onemin: Simulator
) -> None:
    for stream in (False, True, False, True):
        answer(upstream, asked(stream=stream))
    assert len({call.connection for call in onemin.native_calls}) == 1


def test_a_server_that_is_not_there_is_unreachable(serving: Serving) -> None:
    with Simulator() as gone:
        url = gone.url
    with pytest.raises(UpstreamUnreachable):
        answer(serving(url), asked())


# The list of models


def test_the_models_are_listed(upstream: Compatible) -> None:
    assert "gpt-4o-mini" in upstream.models(KEY)


def test_a_wrong_key_lists_nothing(upstream: Compatible) -> None:
    with pytest.raises(Unauthorized):
        upstream.models("")


@pytest.mark.parametrize(
    ("listed", "ids"),
    [
        ({"data": [{"id": "a"}, {"id": "b/c:d"}]}, ["a", "b/c:d"]),
        ([{"id": "a"}], ["a"]),
        ({"data": []}, []),
        ({"data": [{"id": 5}, {}, None, "x", {"id": "a"}]}, ["a"]),
    ],
)
def test_a_list_of_models_is_their_ids(
    serving: Serving, onemin: Simulator, listed: Any, ids: list[str]
) -> None:
    onemin.script_models(whole(listed))
    assert serving(onemin.url).models(KEY) == ids


@pytest.mark.parametrize(
    "reply",
    [
        whole({}),
        whole({"data": None}),
        Reply(200),
        Reply(200, body=(b"nonsense",)),
        Reply(200, body=(b" " * (LONGEST_LIST + 1),)),
        html(200),
        html(522),
    ],
    ids=["nothing", "null", "empty", "nonsense", "endless", "page", "failure"],
)
def test_what_is_no_list_is_a_failure(
    serving: Serving, onemin: Simulator, reply: Reply
) -> None:
    onemin.script_models(reply)
    with pytest.raises(UpstreamFailed):
        serving(onemin.url).models(KEY)


def test_a_list_that_never_comes_is_given_up(serving: Serving, onemin: Simulator) -> None:
    onemin.script_models(Reply(body=(Hang(),)))
    began = time.monotonic()
    with pytest.raises(UpstreamTimeout):
        serving(onemin.url, idle=0.5).models(KEY)
    assert time.monotonic() - began < 10
