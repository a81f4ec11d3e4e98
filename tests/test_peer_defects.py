"""Defects seen in other relays for 1min.ai, and the tests that would catch each of them here.

The numbers are those of a survey of their public code.
"""

from __future__ import annotations

import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from limits import RateLimitItemPerHour, RateLimitItemPerSecond

from simulator.replies import TEXT, Framing, Hang, Reply, events, refusal, says
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.memcached import Memcached
from tests.raw import chat_request, connected, read_until
from tests.serving import ASKED, HEADERS, KEY, ThreadedRelay, process

NUMBERS = (range(1, 24), range(30, 50), range(60, 70), range(80, 111), range(120, 127))
DEFECTS = [f"C-{number:02}" for numbers in NUMBERS for number in numbers]
PATTERNS = [f"C.6-{number}" for number in range(1, 9)]

CHAT, MODELS = "routes.test_chat_completions", "routes.test_models"
CLIENTS, LIMITS, SECRETS = "test_clients", "web.test_limits", "test_secrets"

# A name alone is a test of this file; several, apart by a space, catch a part each.
CAUGHT = {
    # chelaxian/1min-relay
    "C-01": f"{CHAT}.test_the_call_is_the_one_1min_ai_documents",
    "C-02": "test_a_call_that_failed_is_not_made_again",
    "C-03": f"{MODELS}.test_only_permitted_models_are_listed_and_served",
    "C-05": f"{SECRETS}.test_no_answer_tells_a_secret",
    "C-06": "test_memcached_never_learns_a_key",
    "C-10": "web.test_streaming.test_a_stream_may_be_cut_at_any_byte",
    "C-11": "test_a_model_of_another_kind_is_refused_in_the_same_dialect",
    "C-14": "test_what_1min_ai_refuses_keeps_its_meaning",
    "C-15": f"{CLIENTS}.test_each_chunk_is_one_to_the_letter",
    "C-18": "test_slow_calls_hold_nobody_up",
    "C-19": f"{LIMITS}.test_behind_a_trusted_proxy_the_client_is_who_it_says"
    f" {LIMITS}.test_each_key_has_its_own_allowance",
    "C-20": f"{CHAT}.test_a_conversation_becomes_one_prompt_with_a_cue",
    "C-22": "test_nobody_but_1min_ai_is_ever_called",
    "C-23": f"{SECRETS}.test_no_log_tells_a_secret_or_what_was_said",
    # 7a6163 and its forks
    "C-30": f"{CHAT}.test_the_call_is_the_one_1min_ai_documents",
    "C-31": f"{CHAT}.test_a_break_after_the_first_word_is_told_in_the_stream",
    "C-32": f"{CHAT}.test_usage_comes_last_and_only_when_asked"
    f" {CHAT}.test_an_answer_arrives_whole",
    "C-34": "test_null_content_is_no_content",
    "C-35": f"{CHAT}.test_ha_ha_stays_haha",
    "C-36": "test_a_stream_that_is_none_is_read_to_its_end",
    "C-37": f"{CHAT}.test_a_stream_has_one_id_a_role_first_and_an_end",
    "C-43": "test_keys_that_begin_alike_are_two_callers",
    "C-44": "test_callers_at_once_get_no_more_than_their_allowance",
    "C-46": f"{CHAT}.test_an_empty_answer_is_not_an_answer",
    "C-47": "web.test_surface.test_an_unknown_path_is_a_404_in_openais_envelope"
    " web.test_surface.test_a_wrong_method_is_a_405_that_names_the_right_one",
    "C-49": f"{CHAT}.test_a_stream_has_one_id_a_role_first_and_an_end",
    # kokofixcomputers/1min-relay and its forks
    "C-60": f"{CHAT}.test_a_break_after_the_first_word_is_told_in_the_stream",
    "C-63": f"{CHAT}.test_a_conversation_becomes_one_prompt_with_a_cue",
    "C-64": "test_origin.test_each_timer_fires"
    " web.test_hangups.test_leaving_before_the_first_byte_hangs_up_on_1min_ai",
    "C-65": f"{MODELS}.test_the_list_is_1min_ais_own_in_openais_shape",
    "C-66": "test_nobody_but_1min_ai_is_ever_called",
    "C-67": "test_readme.test_each_example_runs",
    "C-68": f"{LIMITS}.test_a_refusal_says_when_to_come_back",
    "C-69": f"{CLIENTS}.test_a_word_reaches_the_client_while_the_next_is_still_to_come",
    # relays that emulate tools
    "C-81": "test_a_refused_request_holds_up_no_other",
    "C-83": "test_two_answers_have_two_ids",
    "C-85": "test_an_empty_tool_result_may_come_last",
    "C-86": "test_text_beside_tool_calls_stays_in_the_history",
    "C-89": "test_an_answer_that_looks_like_a_tool_call_is_text",
    "C-91": f"{CHAT}.test_no_letter_is_lost_or_added",
    "C-92": "test_null_content_is_no_content",
    "C-94": "test_a_refused_caller_that_keeps_asking_is_let_in_again",
    "C-96": "test_origin.test_nonsense_from_upstream_is_a_502_and_the_next_call_works",
    "C-97": f"{MODELS}.test_the_last_list_stays_while_1min_ai_fails",
    "C-98": "test_links_stay_as_they_are",
    "C-99": "test_lines_that_look_like_roles_or_thoughts_stay",
    "C-103": "web.test_surface.test_without_a_usable_key_nothing_is_called",
    "C-104": f"{CLIENTS}.test_the_sdk_puts_the_chunks_together",
    "C-107": "test_a_stream_as_1min_ai_sends_it_is_read"
    " test_a_stream_of_unknown_events_is_no_answer",
    "C-110": "test_text_beside_tool_calls_stays_in_the_history",
    # others
    "C-120": f"{CHAT}.test_the_call_is_the_one_1min_ai_documents",
    "C-121": f"{CHAT}.test_a_conversation_becomes_one_prompt_with_a_cue"
    " test_a_call_that_failed_is_not_made_again",
    "C-123": f"{CHAT}.test_an_answer_arrives_whole",
    "C-124": f"{MODELS}.test_without_any_answer_the_snapshot_serves",
    "C-126": "web.test_hangups"
    ".test_a_call_beyond_the_last_seat_is_refused_at_once_and_health_still_answers",
    # what recurs
    "C.6-1": "test_what_the_relay_cannot_do_is_refused_by_name",
    "C.6-2": f"{CHAT}.test_a_break_after_the_first_word_is_told_in_the_stream",
    "C.6-3": f"{CHAT}.test_what_upstream_does_not_count_is_counted_here",
    "C.6-4": f"{CLIENTS}.test_each_chunk_is_one_to_the_letter",
    "C.6-5": "test_a_call_that_failed_is_not_made_again",
    "C.6-6": f"{CHAT}.test_no_letter_is_lost_or_added",
    "C.6-7": f"{CHAT}.test_the_call_is_the_one_1min_ai_documents",
    "C.6-8": f"{LIMITS}.test_each_key_has_its_own_allowance"
    " web.test_hangups.test_leaving_in_the_middle_of_a_stream_hangs_up",
}

LATER = {
    "C-04": "images: variations",
    "C-07": "files: how long they are kept",
    "C-08": "images: what was uploaded once, and for whom",
    "C-09": "fetching a user's URL",
    "C-12": "documents in a chat",
    "C-13": "documents in a chat: attached by themselves",
    "C-16": "audio: content types of speech",
    "C-17": "audio: formats of a transcription",
    "C-21": "files: deleting one upstream",
    "C-33": "tools; until then test_what_the_relay_cannot_do_is_refused_by_name",
    "C-38": "structured output; until then test_what_the_relay_cannot_do_is_refused_by_name",
    "C-39": "responses: items without a type",
    "C-40": "responses: the last event",
    "C-41": "messages: images and tool results",
    "C-42": "relay keys, which are not 1min.ai's",
    "C-45": "images in a chat, of every turn",
    "C-48": "images: a default model that is served",
    "C-61": "images in a chat: data URLs of every kind",
    "C-62": "images in a chat, without a text",
    "C-80": "tools: unique ids",
    "C-82": "tools: calls between other text",
    "C-84": "tools: deltas with an index",
    "C-87": "tools: nested arguments",
    "C-88": "tools: a name nobody declared",
    "C-90": "tools: no call shown as text",
    "C-93": "files: the upload's form",
    "C-95": "tools: several calls",
    "C-100": "the dashboard and its password",
    "C-101": "tools: no call kept between requests",
    "C-102": "tools: a second try only for a broken call",
    "C-105": "tools: braces inside strings",
    "C-106": "tools: one marker for prompt and parser",
    "C-108": "responses: the stream's events",
    "C-109": "responses: tools",
    "C-122": "audio: transcriptions as multipart",
    "C-125": "tools, in another program",
}


def test_every_defect_is_caught_or_waits_for_what_it_is_about() -> None:
    assert sorted([*CAUGHT, *LATER]) == sorted([*DEFECTS, *PATTERNS])


@pytest.mark.parametrize("name", sorted({*" ".join(CAUGHT.values()).split()}))
def test_every_test_named_above_exists(name: str) -> None:
    module, _, function = name.rpartition(".")
    where = import_module(f"tests.{module}") if module else import_module(__name__)
    assert callable(getattr(where, function))


def text_of(reply: requests.Response) -> str:
    """What an answer says, streamed or whole."""
    if "event-stream" not in reply.headers["Content-Type"]:
        text: str = reply.json()["choices"][0]["message"]["content"]
        return text
    assert reply.text.endswith("data: [DONE]\n\n")
    data = [json.loads(frame[6:]) for frame in reply.text.split("\n\n")[:-2]]
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in data)


def prompt_of(onemin: Simulator) -> str:
    prompt: str = onemin.chats[-1].json["promptObject"]["prompt"]
    return prompt


whole_and_streamed = pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])

# Errors


@whole_and_streamed
@pytest.mark.parametrize("status", [400, 408, 409, 429, 500, 502, 503, 504, 522])
def test_a_call_that_failed_is_not_made_again(
    relay: ThreadedRelay, onemin: Simulator, status: int, *, stream: bool
) -> None:
    onemin.script(refusal(status, "INTERNAL_SERVER_ERROR", "Try again"))
    assert relay.chat(stream=stream).status_code >= 400
    assert len(onemin.chats) == 1


@whole_and_streamed
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (400, (400, None)),
        (401, (401, "invalid_api_key")),
        (402, (429, "insufficient_quota")),
        (403, (403, "permission_denied")),
        (404, (502, "upstream_error")),
        (413, (400, None)),
        (422, (400, None)),
        (429, (429, "rate_limit_exceeded")),
        (500, (502, "upstream_error")),
        (503, (502, "upstream_error")),
        (504, (504, "upstream_timeout")),
        (522, (502, "upstream_error")),
    ],
)
def test_what_1min_ai_refuses_keeps_its_meaning(
    relay: ThreadedRelay,
    onemin: Simulator,
    theirs: int,
    ours: tuple[int, str | None],
    *,
    stream: bool,
) -> None:
    onemin.script(refusal(theirs, "X", "The size is odd", headers={"Retry-After": "7"}))
    reply = relay.chat(stream=stream)
    assert (reply.status_code, reply.json()["error"]["code"]) == ours
    assert ("size is odd" in reply.text) or theirs not in (400, 413, 422, 429)
    assert reply.status_code != 429 or reply.headers["Retry-After"] == "7"


@pytest.mark.parametrize("status", [400, 401, 403, 422, 429, 500])
def test_a_refused_request_holds_up_no_other(
    relay: ThreadedRelay, onemin: Simulator, status: int
) -> None:
    onemin.script(*[refusal(status, "X", "No")] * 8)
    assert not any(relay.chat().ok for _ in range(8))
    assert relay.chat().status_code == 200
    assert relay.post("/v1/chat/completions", ASKED, headers={"api-key": "b"}).ok


@whole_and_streamed
@pytest.mark.parametrize("model", ["dall-e-3", "whisper-1"])
def test_a_model_of_another_kind_is_refused_in_the_same_dialect(
    relay: ThreadedRelay, onemin: Simulator, model: str, *, stream: bool
) -> None:
    body = ASKED | {"model": model, "stream": stream}
    reply = relay.post("/v1/chat/completions", body, allow_redirects=False)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "model"
    assert not onemin.chats


TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [TOOL]}, "tools[0].type"),
        ({"functions": [TOOL["function"]]}, "functions"),
        ({"response_format": SCHEMA}, "response_format.type"),
        ({"response_format": {"type": "json_object"}}, "response_format.type"),
        ({"stop": ["\n"]}, "stop"),
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"messages": [{"role": "user", "content": [PICTURE]}]}, "messages[0].content[0].type"),
    ],
)
def test_what_the_relay_cannot_do_is_refused_by_name(
    relay: ThreadedRelay, onemin: Simulator, fields: dict[str, Any], param: str
) -> None:
    reply = relay.chat(**fields)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)
    assert not onemin.chats


# Prompts


CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "look", "arguments": '{"at":"sky"}'},
}
USER = {"role": "user", "content": "Weather?"}


def result(content: object) -> dict[str, object]:
    return {"role": "tool", "tool_call_id": "c1", "content": content}


@pytest.mark.parametrize(
    "messages",
    [
        [USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}, result("blue")],
        [USER, {"role": "assistant", "tool_calls": [CALL]}, result("blue")],
        [{"role": "system", "content": None}, USER],
        [USER, {"role": "assistant", "content": None, "refusal": "I can't"}, USER],
        [USER, {"role": "user", "content": None}],
    ],
)
def test_null_content_is_no_content(
    relay: ThreadedRelay, onemin: Simulator, messages: list[dict[str, Any]]
) -> None:
    assert relay.chat(messages=messages).status_code == 200
    assert "Weather?" in prompt_of(onemin)
    assert "None" not in prompt_of(onemin)
    assert "null" not in prompt_of(onemin)


@pytest.mark.parametrize("nothing", ["", None, []])
def test_an_empty_tool_result_may_come_last(
    relay: ThreadedRelay, onemin: Simulator, nothing: object
) -> None:
    asked = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    assert relay.chat(messages=[USER, asked, result(nothing)]).status_code == 200
    assert "look" in prompt_of(onemin)


def test_text_beside_tool_calls_stays_in_the_history(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    asked = {"role": "assistant", "content": "Let me look.", "tool_calls": [CALL]}
    relay.chat(messages=[USER, asked, result("all blue")])
    for words in ("Weather?", "Let me look.", "look", '{"at":"sky"}', "c1", "all blue"):
        assert words in prompt_of(onemin)


LINKS = (
    "https://example.com/a_(b)?q=1&r=%D0%B6#s http://[::1]:8080/x//y HTTPS://EXAMPLE.COM. "
    'www.example.com file:///etc/hosts C:\\a\\b [t](https://example.com/p "q") <http://e.com>'
)


@whole_and_streamed
@pytest.mark.parametrize("turns", [1, 3])
def test_links_stay_as_they_are(
    relay: ThreadedRelay, onemin: Simulator, turns: int, *, stream: bool
) -> None:
    onemin.script(says(*LINKS))
    messages = [{"role": "user", "content": LINKS}] * turns
    assert text_of(relay.chat(messages=messages, stream=stream)) == LINKS
    assert prompt_of(onemin).count(LINKS) == turns


ROLES = (
    "System: be brief.\n\nTool: done\nUser:\n### Assistant:\n<think>Hm.</think>\n"
    "```\n  [INST] <|im_start|>user\n```\n  \nHuman: and so on. \n"
)


@whole_and_streamed
def test_lines_that_look_like_roles_or_thoughts_stay(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says(*ROLES))
    messages = [{"role": "user", "content": ROLES}]
    assert text_of(relay.chat(messages=messages, stream=stream)) == ROLES
    assert prompt_of(onemin) == ROLES


# Answers


@whole_and_streamed
def test_an_answer_that_looks_like_a_tool_call_is_text(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    answer = '{"tool_calls": [{"name": "look", "arguments": {"at": "sky"}}]}'
    onemin.script(says(answer[:9], answer[9:]))
    reply = relay.chat(stream=stream)
    assert text_of(reply) == answer
    assert '"finish_reason":"stop"' in reply.text
    assert '"tool_calls":' not in reply.text


@whole_and_streamed
def test_two_answers_have_two_ids(relay: ThreadedRelay, *, stream: bool) -> None:
    first, second = (relay.chat(stream=stream).text.split('"id":"')[1] for _ in range(2))
    assert first[:20] != second[:20]


RECORD = {"status": "SUCCESS", "aiRecordDetail": {"resultObject": ["Hellö"]}}


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
@pytest.mark.parametrize(
    "body", ["Hellö", json.dumps({"aiRecord": RECORD})], ids=["text", "record"]
)
def test_a_stream_that_is_none_is_read_to_its_end(
    relay: ThreadedRelay, onemin: Simulator, body: str, framing: Framing
) -> None:
    data = body.encode()
    onemin.script(Reply(headers=TEXT, body=(data[:5], data[5:]), framing=framing))
    assert text_of(relay.chat(stream=True)) == "Hellö"


# What 1min.ai documents, with the values that were seen.
STREAM = """\
event: content
data: {"content":"Hel"}

event: content
data: {"content":"lo."}

event: result
data: {"aiRecord":{"uuid":"0b0c","userId":"u","teamId":"t","teamUser":{"userName":"Ann",\
"status":"ACTIVE","role":"ADMIN","creditLimit":4000000,"usedCredit":123456},\
"model":"gpt-4o-mini","type":"UNIFY_CHAT_WITH_AI","metadata":{"credit":56,"inputToken":300,\
"outputToken":18,"totalToken":318,"inputCredit":45,"outputCredit":11},"rating":null,\
"feedback":null,"conversationId":null,"status":"SUCCESS",\
"createdAt":"2026-08-17T06:31:44.448Z","aiRecordDetail":{"promptObject":{"prompt":"Hi",\
"linkContentList":[],"searchContentList":[]},"resultObject":["Hello."]},\
"modelDetail":{"name":"gpt-4o-mini","provider":"OPENAI"}}}

event: done
data: {"message":"Stream completed"}

"""


def test_a_stream_as_1min_ai_sends_it_is_read(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(events(STREAM))
    reply = relay.chat(stream=True)
    assert text_of(reply) == "Hello."
    onemin.script(events(STREAM))
    reply = relay.chat(stream=True, stream_options={"include_usage": True})
    assert '"prompt_tokens":300,"completion_tokens":18,"total_tokens":318' in reply.text


def test_a_stream_of_unknown_events_is_no_answer(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    for ending in (upstream_event("done"), ""):
        onemin.script(events(upstream_event("llm_chunk", content="Hello"), ending))
        assert relay.chat(stream=True).status_code == 502


# Callers


def statuses(relay: ThreadedRelay, count: int, key: str = KEY) -> list[int]:
    headers = {"x-api-key": key}
    return [relay.get("/v1/models", headers=headers).status_code for _ in range(count)]


def test_keys_that_begin_alike_are_two_callers(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=1)
    assert statuses(relay, 1, "k" * 200 + "a") == [200]
    assert statuses(relay, 2, "k" * 200 + "b") == [200, 429]


def test_callers_at_once_get_no_more_than_their_allowance(
    relay_with: RelayFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.web.limits.RateLimitItemPerMinute", RateLimitItemPerHour)
    relay = relay_with(rate_limit_requests=5)
    with ThreadPoolExecutor(16) as pool:
        sent = [pool.submit(requests.get, f"{relay.url}/v1/models", headers=HEADERS, timeout=9)
                for _ in range(40)]  # fmt: skip
    assert sorted(reply.result().status_code for reply in sent) == [200] * 5 + [429] * 35


def test_a_refused_caller_that_keeps_asking_is_let_in_again(
    relay_with: RelayFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.web.limits.RateLimitItemPerMinute", RateLimitItemPerSecond)
    relay = relay_with(rate_limit_requests=1)
    while relay.get("/v1/models").ok:
        pass
    deadline = time.monotonic() + 5
    while relay.get("/v1/models").status_code == 429:
        assert time.monotonic() < deadline


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of limits
def test_memcached_never_learns_a_key(relay_with: RelayFactory, memcached: Memcached) -> None:
    relay = relay_with(
        rate_limit_requests=9999, memcached_host="127.0.0.1", memcached_port=memcached.port
    )
    held, deadline = b"", time.monotonic() + 10
    while not (b"LIMIT" in held and b"gpt-4o-mini" in held):  # limits and catalog
        assert time.monotonic() < deadline
        assert statuses(relay, 2) == [200, 200]
        assert relay.chat().status_code == 200
        held = dump(memcached.port)
    assert KEY.encode() not in held


def dump(port: int) -> bytes:
    """Every key and value that a Memcached holds."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"lru_crawler metadump all\r\n")
        listing = read_until(client, b"END\r\n").decode()
        names = [
            unquote(line.split()[0][4:]) for line in listing.splitlines() if "key=" in line
        ]
        values = b""
        for name in names:
            client.sendall(f"get {name}\r\n".encode())
            values += read_until(client, b"END\r\n")
    return values


# Serving


def test_slow_calls_hold_nobody_up(relay: ThreadedRelay, onemin: Simulator) -> None:
    slow = 12  # twice as many as a relay with six threads could bear
    onemin.script(*[says(Hang(), "never")] * slow)
    with ExitStack() as clients:
        for _ in range(slow):
            clients.enter_context(connected(relay.port)).sendall(chat_request())
        onemin.wait_for_chats(slow)
        assert relay.get("/v1/models", timeout=3).status_code == 200
        assert relay.post("/v1/chat/completions", ASKED, timeout=3).status_code == 200


def test_nobody_but_1min_ai_is_ever_called(onemin: Simulator, tmp_path: Path) -> None:
    """Not at the start, not for a tokenizer, not for the machine's own address."""
    called = tmp_path / "called"
    called.touch()
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def note(event, args):\n"
        "    if event == 'socket.connect' or event == 'socket.getaddrinfo':\n"
        f"        print(event[7:], *args, file=open({str(called)!r}, 'a'))\n"
        "sys.addaudithook(note)\n"
    )
    with process(onemin.url, tmp_path, PYTHONPATH=str(tmp_path)) as relay:
        assert relay.get("/healthz").status_code == 200
        assert "connect" not in called.read_text()
        onemin.script(says("Hello", usage=None), says("Hello", usage=None))
        assert text_of(relay.chat()) == text_of(relay.chat(stream=True)) == "Hello"
        assert relay.get("/v1/models").status_code == 200
        relay.session.close()
    port = onemin.url.rpartition(":")[2]
    connected_to = [line for line in called.read_text().splitlines() if "connect" in line]
    assert connected_to
    assert all(line.endswith(f"('127.0.0.1', {port})") for line in connected_to)
    looked_up = re.findall(r"getaddrinfo (\S+)", called.read_text())
    assert set(looked_up) <= {"127.0.0.1", "0.0.0.0"}, "addresses, not names"
