"""What a server does not speak itself: other dialects, by the shared core."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson
import pytest

from tests.backends.server import COMPLETION, ModelServer, answer, chunk, streaming
from tests.samples import png
from tests.serving import ThreadedRelay

ASKED = {"model": "renamed", "max_tokens": 50}
TOOL = {"name": "add", "input_schema": {"type": "object", "properties": {"a": {}}}}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a": 12345678901234567890}'},
}


def messages(content: Any = "hi") -> list[dict[str, Any]]:
    return [{"role": "user", "content": content}]


def calling() -> bytes:
    message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    return orjson.dumps({**COMPLETION, "choices": [choice]})


def test_tools_are_the_servers_own_in_any_dialect(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    server.script(answer(calling()))
    reply = relay.post("/v1/messages", {**ASKED, "messages": messages(), "tools": [TOOL]})
    [block] = reply.json()["content"]
    assert (block["type"], block["name"], block["id"]) == ("tool_use", "add", "call_1")
    assert reply.json()["model"] == "renamed"
    sent = server.last.json
    assert sent["model"] == "org/its-own-name"
    assert sent["tools"][0]["function"]["name"] == "add"
    assert sent["messages"] == messages(), "nothing of the relay's own is in the prompt"


def test_the_responses_api_remembers_for_a_server(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    first = relay.post("/v1/responses", {"model": "renamed", "input": "one"}).json()
    again = {"model": "renamed", "input": "two", "previous_response_id": first["id"]}
    server.script(streaming(chunk("Hel"), chunk("lo", usage={}), b"data: [DONE]\n\n"))
    assert relay.post("/v1/responses", again).status_code in (200, 502)
    assert [m["content"] for m in server.last.json["messages"]] == ["one", "Hello", "two"]


def test_sampling_is_the_servers_and_arguments_fill_in(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    asked = {"model": "argued", "max_tokens": 5, "temperature": 0.1, "messages": messages()}
    reply = relay.post("/v1/messages", asked)
    assert "temperature" not in reply.headers.get("x-relay-ignored", "")
    sent = server.last.json
    assert (sent["temperature"], sent["top_k"], sent["user"]) == (0.1, 5, "u")


def test_a_picture_goes_to_a_model_that_sees(relay: ThreadedRelay, server: ModelServer) -> None:
    data = b64encode(png()).decode()
    source = {"type": "base64", "media_type": "image/png", "data": data}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "What is it?"}]
    assert relay.post("/v1/messages", {**ASKED, "messages": messages(content)}).ok
    picture, text = server.last.json["messages"][0]["content"]
    assert picture["image_url"]["url"] == f"data:image/png;base64,{data}"
    assert text == {"type": "text", "text": "What is it?"}
    blind = {**ASKED, "model": "plain", "messages": messages(content)}
    assert relay.post("/v1/messages", blind).status_code == 400
    assert len(server.calls) == 1


@pytest.mark.parametrize("search", [{"type": "web_search_20250305", "name": "web_search"}])
def test_what_a_server_cannot_do_is_refused_by_name(
    relay: ThreadedRelay, server: ModelServer, search: dict[str, Any]
) -> None:
    reply = relay.post("/v1/messages", {**ASKED, "messages": messages(), "tools": [search]})
    assert reply.status_code == 400
    assert "cannot search the web" in reply.text
    assert not server.calls
