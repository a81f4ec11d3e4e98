"""What is done to the relay: each case sends something and returns all that came back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import requests

from simulator import replies
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
from tests.samples import PDF
from tests.secrets.known import (
    ACCOUNT,
    ANSWER,
    CHAT,
    HEADERS,
    KEY,
    LIKE,
    LIMIT,
    MAIL,
    NAME,
    OWNER,
    PROMPT,
    PROVIDER,
    USED,
)
from tests.secrets.places import BODIES, HEADS, PATHS, TEXTS, TRIMMED, TYPED
from tests.serving import ProcessRelay

Case = Callable[[ProcessRelay, Simulator], str]
BODY: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": f"{PROMPT}?"}],
}


OTHERS: dict[str, dict[str, Any]] = {
    "/v1/responses": {"input": f"{PROMPT}?", "model": "gpt-4o-mini", "store": False},
    "/v1/messages": BODY | {"max_tokens": 1000},
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


def speaks(path: str, *scripts: Script, **fields: Any) -> Case:
    """Another dialect, in which nothing is remembered."""
    body = OTHERS[path] | fields

    def case(relay: ProcessRelay, onemin: Simulator) -> str:
        onemin.script(*scripts)
        return sends("POST", path, json.dumps(body))(relay, onemin)

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


def shows(part: dict[str, Any], *troubles: Reply, model: str = "gpt-4o-mini") -> Case:
    """A chat with a file, whose upload comes to this."""

    def case(relay: ProcessRelay, onemin: Simulator) -> str:
        onemin.script_assets(*troubles)
        content = [{"type": "text", "text": PROMPT}, part]
        return posts(model=model, messages=[{"role": "user", "content": content}])(
            relay, onemin
        )

    return case


def makes(model: str, trouble: Script) -> Case:
    """A chat with a model that draws or speaks, which comes to this."""

    def case(relay: ProcessRelay, onemin: Simulator) -> str:
        onemin.script_features(trouble)
        return posts(model=model)(relay, onemin)

    return case


def file(data: bytes, name: str = f"{PROMPT}.txt") -> dict[str, Any]:
    encoded = base64.b64encode(data).decode()
    return {"type": "file", "file": {"file_data": encoded, "filename": name}}


def link(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


REFUSED = refusal(400, "X", COMPLAINT)
FILES: dict[str, Case] = {
    "a file": shows(file(PROMPT.encode())),
    "a file with a refused upload": shows(file(PDF), REFUSED),
    "a file with an upload that failed": shows(file(PDF), refusal(500, "X", COMPLAINT)),
    "a file with account data for an answer": shows(file(PDF), whole(200, **OWNER)),
    "a file that is none": shows(file(b"\0" + KEY.encode(), f"{KEY}.{PROMPT}")),
    "a file id": shows({"type": "file", "file": {"file_id": KEY}}),
    "a blind model": shows(link("data:image/png;base64,AAAA"), model="gpt-3.5-turbo"),
    "a link": shows(link(f"http://127.0.0.1/{KEY}?{PROMPT}")),
    "a link with a password": shows(link(f"http://{PROMPT}:{KEY}@127.0.0.1/")),
    "a link to nowhere": shows(link(f"https://{KEY}.invalid/{PROMPT}")),
    "a link that is none": shows(link(f"{KEY}:{PROMPT}")),
}
MEDIA: dict[str, Case] = {
    f"{name} for {model}": makes(model, ANSWERS[name])
    for model in ("dall-e-3", "tts-1")
    for name in (
        *("a refusal", "a failure", "a failed record", "account data beside it"),
        *("no record", "an answer put off", "half a record", "a page"),
    )
}
LEDGERS = ("/metrics", "/readyz", "/v1/usage", "/v1/usage?group_by=model")  # of all the above
_NAMING = {"previous_response_id": KEY, "system": KEY * 2, "tools": [{"type": KEY}]}
CASES: dict[str, Case] = {
    **{f"{name}, whole": posts(script) for name, script in ANSWERS.items()},
    **{f"{name}, streamed": posts(script, stream=True) for name, script in ANSWERS.items()},
    **{f"{name} in the middle": posts(script, stream=True) for name, script in BREAKS.items()},
    **{f"key as {name} in a body": posts(**fields) for name, fields in BODIES.items()},
    **{
        f"{name} at {path}": speaks(path, script, stream=name in BREAKS)
        for path in OTHERS
        for name, script in (ANSWERS | BREAKS).items()
    },
    **{
        f"key as an id at {path}": sends("POST", path, json.dumps(body | _NAMING))
        for path, body in OTHERS.items()
    },
    **FILES,
    **MEDIA,
    "key as a header of ours": sends("POST", CHAT, json.dumps(BODY), TRIMMED),
    "a prompt that goes on": sends("POST", "/v1/completions", json.dumps({"prompt": PROMPT})),
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
    **{path: sends("GET", path) for path in LEDGERS},
}
