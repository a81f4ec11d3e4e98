"""Defects seen in other relays for 1min.ai: what becomes of a chat."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.replies import says
from simulator.server import Simulator
from tests.peer_defects.hearing import prompt_of, text_of
from tests.routes.heard import whole_and_streamed
from tests.serving import ThreadedRelay

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
