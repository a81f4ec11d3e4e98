"""Whatever happens, nobody is told a key, an account or, in a log, what was said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator import replies
from simulator.accounts import Account
from simulator.replies import (
    Cut,
    Hang,
    Pause,
    Reply,
    Reset,
    Script,
    events,
    raw,
    record,
    refusal,
)
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.raw import connected, read_until
from tests.serving import ProcessRelay, process

# Nothing about these looks secret: they have to be known for what they are.
KEY = "zq7callerkey8kp9xw4lm2rt6vn1bs3"
NAME, AVATAR, MAIL = "nvusernamelrwsk", "pwavatarrktnvc", "mkmailboxztqj"
USED, LIMIT = 9182736455, 7418529633
PROMPT, ANSWER = "fbpromptxcyd", "jganswerteua"

PROVIDER = "hyprovidergdbx"
LIKE = (
    *("sk-", "sk-ant-api03-", "xai-", "AIzaSy", "eyJ", "AKIA", "Bearer "),
    *("gsk_1A", "pplx-1A", "r8_1A"),  # known by their mixture of letters and digits
)

ACCOUNT = Account(KEY)
TEAM_USER = {
    "teamId": ACCOUNT.team_id,
    "userId": ACCOUNT.user_id,
    "userName": f"Ann {NAME}",
    "userAvatar": f"https://asset.1min.ai/avatars/{AVATAR}.png",
    "status": "ACTIVE",
    "creditLimit": LIMIT,
    "usedCredit": USED,
}
OWNER: dict[str, Any] = {
    "teamUser": TEAM_USER,
    "teamId": ACCOUNT.team_id,
    "userId": ACCOUNT.user_id,
}

# Never to be seen anywhere; and what only the two who talk may see.
SECRETS = {
    "key": KEY,
    "team": ACCOUNT.team_id,
    "user": ACCOUNT.user_id,
    "name": NAME,
    "avatar": AVATAR,
    "mail": MAIL,
    "provider's key": PROVIDER,
    "used credit": str(USED),
    "credit limit": str(LIMIT),
}
SAID = {"prompt": PROMPT, "answer": ANSWER}


def found(text: str, words: Mapping[str, str]) -> list[str]:
    """Which of `words` show in a text: eight letters of one are enough, in any case."""
    text = text.lower()
    return [name for name, word in words.items() if any(p in text for p in parts(word.lower()))]


def parts(word: str) -> Iterator[str]:
    return (word[at : at + 8] for at in range(len(word) - 7))


# What is done to the relay: each case sends something and returns all that came back.

Case = Callable[[ProcessRelay, Simulator], str]
HEADERS = {"Authorization": f"Bearer {KEY}"}
CHAT = "/v1/chat/completions"
BODY: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": f"{PROMPT}?"}],
}


def sends(method: str, path: str, data: str = "", headers: Mapping[str, str] = HEADERS) -> Case:
    def case(relay: ProcessRelay, onemin: Simulator) -> str:
        reply = relay.session.request(
            method, relay.url + path, data=data, headers=headers, timeout=10, stream=True
        )
        body = b""
        with suppress(requests.exceptions.ChunkedEncodingError):  # it may break off
            for piece in reply.iter_content(None):
                body += piece
        return f"{reply.status_code} {reply.reason} {reply.headers}\n{body!r}"

    return case


def posts(*scripts: Script, **fields: Any) -> Case:
    """A chat, answered with these."""

    def case(relay: ProcessRelay, onemin: Simulator) -> str:
        onemin.script(*scripts)
        return sends("POST", CHAT, json.dumps(BODY | fields))(relay, onemin)

    return case


def typed(request: str) -> Case:
    """HTTP that no library would send."""

    def case(relay: ProcessRelay, onemin: Simulator) -> str:
        with connected(relay.port) as client:
            client.sendall(request.encode())
            return read_until(client, b"no such mark").decode()

    return case


def leaves(relay: ProcessRelay, onemin: Simulator) -> str:
    """In the middle of an answer."""
    onemin.script(replies.says(ANSWER, Hang()))
    body = json.dumps(BODY | {"stream": True})
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
    with connected(relay.port) as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        seen = read_until(client, ANSWER.encode())
    assert onemin.chats[-1].hung_up.wait(2)
    return seen.decode()


COMPLAINT = f"Odd: {KEY} of {MAIL}@example.org with sk-proj-{PROVIDER}"
OWNED = f"{COMPLAINT}. Ann {NAME} of team {ACCOUNT.team_id} spent {USED} of {LIMIT}"
CRASH = "please crash"


def whole(status: int, **fields: Any) -> Reply:
    return Reply(status, replies.JSON, (json.dumps(fields).encode(),))


def broken(*ending: Any) -> Reply:
    """A stream of which one word arrives before the rest."""
    return events(upstream_event("content", content=ANSWER), Pause(0.05), *ending)


ANSWERS: dict[str, Script] = {
    "an answer": record(ANSWER, **OWNER),
    "a refusal": refusal(400, "X", COMPLAINT),
    "form A": refusal(400, "X", "Odd", [{"field": KEY, "message": COMPLAINT}], form="A"),
    "details": refusal(400, "X", "Odd", [{"field": KEY, "message": COMPLAINT}]),
    "a long refusal": refusal(400, "X", "Odd " * 121 + KEY),
    "account data beside it": whole(400, errorCode="X", message=OWNED, **OWNER),
    "account data inside it": refusal(400, "X", f"Odd: {json.dumps(OWNER)}"),
    "account data as details": whole(400, message="Odd", details=json.dumps(OWNER)),
    "a page": Reply(403, replies.HTML, (COMPLAINT.encode(),)),
    "a refusal in a 200": refusal(200, "X", COMPLAINT),
    "a failure": record(status="FAILURE", result={"code": "X", "message": OWNED}, **OWNER),
    "a failed record": record(status="FAILED", aiRecordDetail={"errorMessage": OWNED}, **OWNER),
    "an answer put off": record(status="PROCESSING", **OWNER),
    "an empty answer": record("", **OWNER),
    "half a letter": record(f"{ANSWER}\ud83d", **OWNER),
    "no record": whole(200, note=COMPLAINT, **OWNER),
    "half a record": Reply(200, replies.JSON, (json.dumps(OWNER)[:-9].encode(),)),
    "a header": Reply(429, {"Retry-After": KEY, "X-Echo": KEY, "Set-Cookie": KEY}),
    "a redirect": Reply(302, {"Location": f"https://app.1min.ai/?key={KEY}"}),
    "no HTTP": raw(f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode()),
    "a reset": raw(Reset()),
    "silence": Reply(body=(Hang(),)),
    **{f"a {n}": refusal(n, "X", COMPLAINT) for n in (401, 402, 403, 422, 429, 500, 504)},
    **{f"a key like {like}": refusal(400, "X", f"Odd: {like}{PROVIDER}") for like in LIKE},
}
FAILURE = {"status": "FAILURE", "aiRecordDetail": {"resultObject": {"message": OWNED}}, **OWNER}
BREAKS = {
    "an error": broken(upstream_event("error", error=OWNED, **OWNER)),
    "an error's message": broken(upstream_event("error", message=OWNED, **OWNER)),
    "an error that is text": broken(f"event: error\ndata: {COMPLAINT}\n\n"),
    "a failure": broken(upstream_event("result", aiRecord=FAILURE)),
    "a broken event": broken(f'event: content\ndata: {{"content": "{COMPLAINT}\n\n'),
    "a cut": broken(Cut()),
    "a reset": broken(Reset()),
    "a stall": broken(Hang()),
    "a crash": broken(upstream_event("content", content=f"{CRASH} {ANSWER}")),
    "half a letter": broken(
        upstream_event("content", content="\ud83d"), upstream_event("done")
    ),
}
BODIES: dict[str, Any] = {
    "model": {"model": KEY},
    "role": {"messages": [{"role": KEY, "content": PROMPT}]},
    "part": {"messages": [{"role": "user", "content": [{"type": KEY, "text": PROMPT}]}]},
    "map": {"logit_bias": {KEY: KEY}},
    "number": {"temperature": KEY},
    "choice": {"web_search_options": {"search_context_size": KEY}},
    "tool": {"tools": [{"type": KEY}]},
    "format": {"response_format": {"type": KEY}},
    "unknown": {KEY: KEY},
}
TEXTS = {
    "a cut body": f'{{"model": "{KEY}',
    "a string": f'"{KEY} {PROMPT}"',
    "a form": f"model={KEY}",
    "a body too large": KEY * 2**16,
}
PATHS = {
    "an unknown path": ("GET", f"/v1/{KEY}?key={KEY}"),
    "a model's path": ("GET", f"/v1/models/{KEY}?key={KEY}"),
    "a path below": ("POST", f"{CHAT}/{KEY}?key={KEY}"),
    "a query": ("GET", f"/v1/models?key={KEY}"),
    "the root": ("POST", f"/?key={KEY}"),
    "a wrong method": ("DELETE", f"{CHAT}?key={KEY}"),
    "an unknown method": (KEY.upper(), CHAT),
}
HEADS: dict[str, Mapping[str, str]] = {
    "no scheme": {"Authorization": KEY},
    "another scheme": {"Authorization": f"Basic {KEY}"},
    "two words": {"x-api-key": f"{KEY} {KEY}"},
    "a cookie": {"Cookie": KEY},
    "a name": HEADERS | {f"X-{KEY}": "1"},
    "a request id": HEADERS | {"X-Request-Id": KEY},
    "a part of one": HEADERS | {"X-Request-Id": f"id-{KEY}"},
    "where from": HEADERS | {"Origin": f"https://{KEY}.example", "User-Agent": KEY},
}
TYPED = {
    "a bare line end": f"GET / HTTP/1.1\r\nAuthorization: Bearer {KEY}\nHost: x\r\n\r\n",
    "a header without colon": f"GET / HTTP/1.1\r\n{KEY}\r\n\r\n",
    "a spaced header": f"GET / HTTP/1.1\r\nAuthorization : Bearer {KEY}\r\n\r\n",
    "a first line": f"{KEY} / HTTP/1.1\r\n\r\n",
    "a transfer coding": f"POST {CHAT} HTTP/1.1\r\nTransfer-Encoding: {KEY}\r\n\r\n",
    "a length": f"POST {CHAT} HTTP/1.1\r\nContent-Length: {KEY}\r\n\r\n",
    "a chunk": f"POST {CHAT} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n\r\n",
}
CASES: dict[str, Case] = {
    **{f"{name}, whole": posts(script) for name, script in ANSWERS.items()},
    **{f"{name}, streamed": posts(script, stream=True) for name, script in ANSWERS.items()},
    **{f"{name} in the middle": posts(script, stream=True) for name, script in BREAKS.items()},
    **{f"key as {name} in a body": posts(**fields) for name, fields in BODIES.items()},
    **{f"key in {name}": sends("POST", CHAT, text) for name, text in TEXTS.items()},
    **{f"key in {name}": sends(*where) for name, where in PATHS.items()},
    **{f"key as {name}": sends("GET", "/v1/models", "", head) for name, head in HEADS.items()},
    **{f"key in {name}": typed(request) for name, request in TYPED.items()},
    "a crash over a prompt": posts(messages=[{"role": "user", "content": CRASH + PROMPT}]),
    "a crash over an answer": posts(record(CRASH + ANSWER, **OWNER)),
    "a crash at the start": posts(
        events(upstream_event("content", content=CRASH)), stream=True
    ),
    "a client that leaves": leaves,
}


# What came of it.


@dataclass(frozen=True)
class Told:
    answers: Mapping[str, str]
    log: str
    files: Mapping[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """By two relays that log all they can, and that live through every case."""
    forms = ("text", "json")
    with ThreadPoolExecutor(len(forms)) as pool:
        first, second = pool.map(life, forms, map(tmp_path_factory.mktemp, forms))
    return Told(
        {name: first.answers[name] + second.answers[name] for name in CASES},
        first.log + second.log,
        {**first.files, **second.files},
    )


def life(log_format: str, folder: Path) -> Told:
    settings = {
        "LOG_LEVEL": "DEBUG",
        "LOG_FORMAT": log_format,
        "MAX_BODY_MB": "1",
        "FIRST_BYTE_TIMEOUT": "1",
        "IDLE_TIMEOUT": "1",
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    (folder / "sitecustomize.py").write_text(CRASHING)
    with Simulator() as onemin, process(onemin.url, folder, **settings) as relay:
        if log_format == "json":  # this one never hears a list of models
            onemin.script_models(*[refusal(400, "X", COMPLAINT.replace(KEY, ""))] * 100)
        answers = {name: case(relay, onemin) for name, case in CASES.items()}
        assert {call.headers["api-key"] for call in onemin.chats} == {KEY}
        relay.session.close()
        assert relay.end() == 0
    files = {str(path): path.read_text() for path in folder.rglob("*") if path.is_file()}
    return Told(answers, files.pop(str(relay.log)), files)


# Every Python imports it. A library then fails the way some do: with its input in the message.
CRASHING = f"""
import orjson
dumps = orjson.dumps
def crash(value, *options):
    if {CRASH!r} in str(value):
        raise ValueError(f"cannot encode {{value}}")
    return dumps(value, *options)
orjson.dumps = crash
"""


@pytest.mark.parametrize("name", CASES)
def test_no_answer_tells_a_secret(told: Told, name: str) -> None:
    assert not found(told.answers[name], SECRETS)


@pytest.mark.parametrize("secret", SECRETS | SAID)
def test_no_log_tells_a_secret_or_what_was_said(told: Told, secret: str) -> None:
    word = {secret: (SECRETS | SAID)[secret]}
    assert not [line[:120] for line in told.log.splitlines() if found(line, word)]


def test_no_file_tells_a_secret_or_what_was_said(told: Told) -> None:
    assert any(name.endswith("data/catalog.json") for name in told.files)
    for name, text in told.files.items():
        assert not found(name + text, SECRETS | SAID)


def test_every_case_came_to_pass(told: Told) -> None:
    """Or the tests above would prove nothing."""
    assert all(told.answers.values())
    for name in ("an answer, whole", "an answer, streamed", "a client that leaves"):
        assert ANSWER in told.answers[name]
    for name in BREAKS:
        assert ANSWER in told.answers[f"{name} in the middle"]
    for name in ANSWERS.keys() - {"an answer", "half a letter"}:
        assert '"error"' in told.answers[f"{name}, whole"]
    assert "ValueError" in told.log
    assert told.log.count("relay.calls") >= 2 * (len(CASES) - len(TYPED))


def test_the_harmless_words_of_a_refusal_stay(told: Told) -> None:
    for name in ("a refusal", "form A", "details", "a refusal in a 200", "a 422"):
        assert "Odd" in told.answers[f"{name}, whole"]


def test_a_crash_is_told_as_an_error_wherever_it_happens(told: Told) -> None:
    for name in ("over a prompt", "over an answer", "at the start", "in the middle"):
        assert '"error"' in told.answers[f"a crash {name}"]
        assert "[DONE]" not in told.answers[f"a crash {name}"]


@pytest.mark.parametrize("text", [KEY, KEY.upper(), f"*{KEY[3:11]}*", f"{USED}"])
def test_a_secret_would_be_found(text: str) -> None:
    assert len(found(f"It is {text}.", SECRETS)) == 1
    assert not found(f"It is {text[:7]}.", SECRETS)
