"""Ids of what is somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests

from simulator.server import Simulator
from tests.faults.steps import steps
from tests.limits.calling import bearing, granted, vouched
from tests.serving import ThreadedRelay, config_for

OTHER = "another-callers-1min-key"  # which the database is not asked about
MODEL = {"model": "gpt-4o-mini"}


@dataclass(frozen=True)
class Case:
    """`things` are the ids of what the owner has made, by their kinds."""

    relay: ThreadedRelay
    owner: str
    things: dict[str, str]

    def ask(self, key: str, method: str, path: str) -> requests.Response:
        body: dict[str, Any] | None = None if method in ("GET", "DELETE") else BODIES[path]
        return self.relay.session.request(
            method,
            self.relay.url + path.format(**self.things),
            json=body,
            headers=bearing(key),
            timeout=30,
        )


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with Simulator() as onemin:
        config = config_for(
            onemin.url, tmp_path_factory.mktemp("relay"), one_min_api_keys=("a-key-of-ours",)
        )
        relay = ThreadedRelay(config)
        mine = granted(relay)
        vouched(relay, OTHER)
        yield Case(relay, mine, made(relay, mine))
        relay.stop()


def made(relay: ThreadedRelay, key: str) -> dict[str, str]:
    headers = bearing(key)

    def id(path: str, body: Any = None, **options: Any) -> str:
        reply = relay.post(path, body, headers=headers, **options)
        assert reply.status_code == 200, reply.text
        name: str = reply.json()["id"]
        return name

    thread, assistant = id("/v1/threads", {}), id("/v1/assistants", MODEL)
    said = {"role": "user", "content": "hi"}
    upload = {
        "filename": "a.txt",
        "bytes": 5,
        "mime_type": "text/plain",
        "purpose": "user_data",
    }
    form = {"purpose": (None, "user_data"), "file": ("a.txt", b"words")}
    return {
        "file": id("/v1/files", files=form),
        "upload": id("/v1/uploads", upload),
        "response": id("/v1/responses", {**MODEL, "input": "hi"}),
        "conversation": id("/v1/conversations", {}),
        "thread": thread,
        "message": id(f"/v1/threads/{thread}/messages", said),
        "assistant": assistant,
        "run": id(f"/v1/threads/{thread}/runs", {"assistant_id": assistant}),
        "video": id("/v1/videos", {"model": "sora-2", "prompt": "a cat"}),
    }


BODIES: dict[str, dict[str, Any]] = {
    "/v1/conversations/{conversation}": {"metadata": {"a": "b"}},
    "/v1/conversations/{conversation}/items": {
        "items": [{"type": "message", "role": "user", "content": "hi"}]
    },
    "/v1/responses/{response}/cancel": {},
    "/v1/threads/{thread}": {"metadata": {"a": "b"}},
    "/v1/threads/{thread}/messages": {"role": "user", "content": "hi"},
    "/v1/threads/{thread}/messages/{message}": {"metadata": {"a": "b"}},
    "/v1/threads/{thread}/runs/{run}": {"metadata": {"a": "b"}},
    "/v1/threads/{thread}/runs/{run}/cancel": {},
    "/v1/assistants/{assistant}": {"name": "a"},
    "/v1/uploads/{upload}/complete": {"part_ids": ["part_1"]},
    "/v1/uploads/{upload}/cancel": {},
}
READ = [
    *("/v1/files/{file}", "/v1/files/{file}/content", "/v1/responses/{response}"),
    *("/v1/responses/{response}/input_items", "/v1/conversations/{conversation}"),
    *("/v1/conversations/{conversation}/items", "/v1/threads/{thread}"),
    *("/v1/threads/{thread}/messages", "/v1/threads/{thread}/messages/{message}"),
    *("/v1/threads/{thread}/runs", "/v1/threads/{thread}/runs/{run}"),
    *("/v1/threads/{thread}/runs/{run}/steps", "/v1/assistants/{assistant}"),
    *("/v1/videos/{video}", "/v1/videos/{video}/content"),
]
GONE = [
    *("/v1/files/{file}", "/v1/responses/{response}", "/v1/conversations/{conversation}"),
    *("/v1/threads/{thread}/messages/{message}", "/v1/threads/{thread}"),
    *("/v1/assistants/{assistant}", "/v1/videos/{video}"),
]
ASKED = [
    *(("GET", path) for path in READ),
    *(("POST", path) for path in BODIES),
    *(("DELETE", path) for path in GONE),
]


def guessed(id: str) -> str:
    """One that nobody has."""
    return id[:-1] + ("0" if id[-1] != "0" else "1")


@pytest.mark.fault(72)
def test_somebody_elses_id_is_like_one_that_nobody_has(case: Case) -> None:
    """In what is told and, as time would tell as well, in what is done to find out."""
    nobodys = replace(case, things={kind: guessed(id) for kind, id in case.things.items()})
    for method, path in ASKED:
        theirs = steps(case.relay, asking(case, method, path))
        missing = steps(case.relay, asking(nobodys, method, path))
        assert theirs[0] == 404, (method, path, theirs)
        assert without(theirs, case.things) == without(missing, nobodys.things), (method, path)
    for path in READ[:-1]:  # the video is being made still
        assert case.ask(case.owner, "GET", path).status_code == 200, path


def asking(case: Case, method: str, path: str) -> Callable[[], requests.Response]:
    return lambda: case.ask(OTHER, method, path)


def without(told: tuple[Any, ...], things: dict[str, str]) -> tuple[Any, ...]:
    """What was told, but for the ids that were asked for."""
    status, headers, text, asked = told
    for kind, id in things.items():
        text = text.replace(id, kind)
    return status, headers, text, asked
