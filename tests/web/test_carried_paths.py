"""What may wait on the server's loop, and what has a thread."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import RelayFactory
from utils.web.services.bodies import LARGE
from utils.web.serving.carrying import is_carried

CHATS = {
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/messages",
    "/v1/responses",
    "/v1/responses/compact",
}
MEDIA = ("/v1/images/", "/v1/audio/", "/v1/videos")
PLACES = ("images", "audio", "videos", "messages", "responses", "completions", "chat")


def request(method: str, path: str, size: int = 100, kind: str = "application/json") -> Any:
    return SimpleNamespace(
        command=method,
        path=path,
        error=None,
        body_bytes_received=size,
        headers={"CONTENT_TYPE": kind},
    )


def test_chats_and_media_are_carried_and_nothing_else(relay_with: RelayFactory) -> None:
    """Whatever ids are called: what asks the database by itself would hold everybody up."""
    app: Any = relay_with().server.application
    carried = set()
    for rule in app.url_map.iter_rules():
        for name in PLACES:
            values = dict.fromkeys(rule.arguments, name)
            _, path = rule.build(values)
            if any(is_carried(request(method, path)) for method in rule.methods):
                carried.add(rule.rule)
    assert {rule for rule in carried if not rule.startswith(MEDIA)} == CHATS


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions/",
        "/chat/completions",
        "//v1//chat/completions",
        "/v1/v1/messages",
        "/images/generations",
        "/v1/videos/",
    ],
)
def test_a_path_that_means_the_same_is_carried_too(path: str) -> None:
    assert is_carried(request("POST", path))


def test_a_body_that_takes_its_time_has_a_thread() -> None:
    assert is_carried(request("POST", "/v1/chat/completions", LARGE))
    assert not is_carried(request("POST", "/v1/chat/completions", LARGE + 1))
    assert not is_carried(request("POST", "/v1/images/edits", LARGE + 1))
    assert is_carried(request("POST", "/v1/images/edits", LARGE + 1, "multipart/form-data"))
