from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.responses import ResponseInputItemParam

from simulator.server import Simulator
from tests.routes.heard import refusal
from tests.sdk import client_of
from tests.serving import HEADERS, KEY, ThreadedRelay, config_for

OTHER = {"Authorization": "Bearer another-callers-1min-key"}
ITEMS: list[ResponseInputItemParam] = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Good day"},
    {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Go"}]},
    {
        "type": "message",
        "role": "user",
        "content": [
            {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
            {"type": "input_file", "file_id": "file-1", "filename": "a.pdf"},
        ],
    },
    {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "call_1", "output": "nothing"},
    {"type": "custom_tool_call", "call_id": "call_2", "name": "run", "input": "ls"},
    {"type": "custom_tool_call_output", "call_id": "call_2", "output": "a b"},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "so"}]},
]
KINDS = ["msg"] * 4 + ["fc", "fco", "ctc", "ctco", "rs"]


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadedRelay]:
    with Simulator() as onemin:
        relay = ThreadedRelay(config_for(onemin.url, tmp_path_factory.mktemp("data")))
        yield relay
        relay.stop()


@pytest.fixture(scope="module")
def client(relay: ThreadedRelay) -> Iterator[OpenAI]:
    with client_of(relay) as client:
        yield client


def said(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def begun(relay: ThreadedRelay, *items: dict[str, Any]) -> str:
    reply = relay.post("/v1/conversations", {"items": items})
    assert reply.status_code == 200, reply.text
    return f"/v1/conversations/{reply.json()['id']}"


def test_the_openai_package_keeps_a_conversation(client: OpenAI) -> None:
    made = client.conversations.create(metadata={"topic": "demo"}, items=ITEMS)
    assert made.id.startswith("conv_")
    assert client.conversations.retrieve(made.id) == made
    assert made.metadata == {"topic": "demo"}
    changed = client.conversations.update(made.id, metadata={"topic": "other"})
    assert (changed.metadata, changed.id) == ({"topic": "other"}, made.id)
    assert client.conversations.retrieve(made.id) == changed
    gone = client.conversations.delete(made.id)
    assert (gone.id, gone.deleted) == (made.id, True)
    with pytest.raises(openai.NotFoundError):
        client.conversations.retrieve(made.id)


def test_the_openai_package_reads_and_changes_items(client: OpenAI) -> None:
    items = client.conversations.items
    made = client.conversations.create(items=ITEMS).id
    found = [*items.list(made, order="asc", limit=2)]
    assert [str(item.id).split("_")[0] for item in found] == KINDS
    added = items.create(made, items=[{"role": "user", "content": "Bye"}])
    assert [item.id for item in added.data] == [added.first_id] == [added.last_id]
    assert [*items.list(made)] == [*added.data, *reversed(found)]
    assert items.retrieve(added.last_id, conversation_id=made) == added.data[0]
    assert items.delete(added.last_id, conversation_id=made).id == made
    assert [*items.list(made, order="asc")] == found


def test_items_are_shown_complete(relay: ThreadedRelay) -> None:
    items = json.loads(json.dumps(ITEMS))
    del items[3]["content"][0]["detail"]
    url = begun(relay, *items)
    shown = relay.get(f"{url}/items?order=asc").json()["data"]
    assert all(item["status"] == "completed" for item in shown)
    assert [item.get("content") for item in shown[:4]] == [
        [{"type": "input_text", "text": "Hello"}],
        [{"type": "output_text", "text": "Good day", "annotations": [], "logprobs": []}],
        [{"type": "input_text", "text": "Go"}],
        [
            {
                "type": "input_image",
                "image_url": "https://example.com/a.png",
                "detail": "auto",
            },
            {"type": "input_file", "file_id": "file-1", "filename": "a.pdf"},
        ],
    ]
    assert shown[8]["id"] == "rs_1"
    assert len({item["id"] for item in shown}) == len(shown)


def test_a_page_says_where_it_ends(relay: ThreadedRelay) -> None:
    url = begun(relay, said("a"), said("b"), said("c"))
    first = relay.get(f"{url}/items?limit=2&include[]=message.input_image.image_url").json()
    assert [item["content"][0]["text"] for item in first["data"]] == ["c", "b"]
    assert (first["object"], first["has_more"]) == ("list", True)
    assert first["first_id"] == first["data"][0]["id"]
    assert first["last_id"] == first["data"][1]["id"]
    rest = relay.get(f"{url}/items?limit=2&after={first['last_id']}").json()
    assert [item["content"][0]["text"] for item in rest["data"]] == ["a"]
    assert rest["has_more"] is False
    none = relay.get(f"{url}/items?after={rest['last_id']}").json()
    assert (none["data"], none["has_more"], none["first_id"]) == ([], False, "")


def test_an_item_can_be_referred_to(relay: ThreadedRelay) -> None:
    url, other = begun(relay, said("a")), begun(relay)
    [item] = relay.get(f"{url}/items").json()["data"]
    for reference in ({"type": "item_reference", "id": item["id"]}, {"id": item["id"]}):
        added = relay.post(f"{other}/items", {"items": [said("b"), reference]}).json()
        assert added["data"][1] == item
    texts = [item["content"][0]["text"] for item in relay.get(f"{other}/items").json()["data"]]
    assert texts == ["b", "a", "b"]  # the item itself, so it is there once
    missing = relay.post(f"{other}/items", {"items": [said("b"), {"id": "msg_no"}]})
    assert refusal(missing) == (404, "not_found", "items[1].id")
    theirs = relay.post("/v1/conversations", {"items": [{"id": item["id"]}]}, headers=OTHER)
    assert refusal(theirs) == (404, "not_found", "items[0].id")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"items": [said("a")] * 21}, "items"),
        ({"items": "a"}, "items"),
        ({"items": [said("a"), {"type": "mcp_call", "id": "x"}]}, "items[1].type"),
        ({"items": [{"type": "nonsense"}]}, "items[0].type"),
        ({"items": [{"role": "narrator", "content": "a"}]}, "items[0].role"),
        ({"items": [{"role": "user", "content": [{"type": "x"}]}]}, "items[0].content[0].type"),
        ({"items": [{"type": "function_call", "call_id": "c", "name": "f"}]}, None),
        ({"items": [said("a") | {"more": 2**70}]}, "items[0]"),
        ({"metadata": {str(number): "" for number in range(17)}}, "metadata"),
        ({"metadata": {"n" * 65: ""}}, "metadata"),
        ({"metadata": {"n": "v" * 513}}, "metadata"),
        ({"metadata": {"n": 1}}, "metadata"),
        ({"metadata": []}, "metadata"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    relay: ThreadedRelay, fields: dict[str, Any], param: str | None
) -> None:
    param = param or "items[0].arguments"
    reply = relay.post("/v1/conversations", fields)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)
    url = begun(relay, said("a"))
    added = relay.post(url if "metadata" in fields else f"{url}/items", fields)
    assert (added.status_code, added.json()["error"]["param"]) == (400, param)
    assert len(relay.get(f"{url}/items").json()["data"]) == 1
    assert relay.get(url).json()["metadata"] == {}


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        (f"limit={'9' * 5000}", "limit"),
        ("order=random", "order"),
        ("after=msg_no", "after"),
    ],
)
def test_a_page_that_cannot_be_is_refused(relay: ThreadedRelay, query: str, param: str) -> None:
    reply = relay.get(f"{begun(relay, said('a'))}/items?{query}")
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)


def test_null_and_missing_mean_nothing(relay: ThreadedRelay) -> None:
    for body in ({}, {"items": None, "metadata": None}, {"items": [], "unknown": 1}):
        reply = relay.post("/v1/conversations", body)
        assert (reply.status_code, reply.json()["metadata"]) == (200, {})
    url = f"/v1/conversations/{reply.json()['id']}"
    relay.post(url, {"metadata": {"a": "b"}})
    assert refusal(relay.post(url, {}))[2] == "metadata"
    assert relay.post(url, {"metadata": None}).json()["metadata"] == {}


REQUESTS = [
    ("GET", "", None),
    ("POST", "", {"metadata": {"a": "b"}}),
    ("DELETE", "", None),
    ("GET", "/items", None),
    ("POST", "/items", {"items": [said("b")]}),
    ("GET", "/items/msg_1", None),
    ("DELETE", "/items/msg_1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_another_callers_conversation_is_like_none(
    relay: ThreadedRelay, method: str, path: str, body: Any
) -> None:
    url = begun(relay, said("a") | {"id": "msg_1"})
    before = relay.get(f"{url}/items").json(), relay.get(url).json()

    def ask(place: str, headers: dict[str, str]) -> Any:
        return relay.session.request(
            method, relay.url + place + path, json=body, headers=headers, timeout=30
        )

    theirs, none = ask(url, OTHER), ask("/v1/conversations/conv_no", HEADERS)
    assert refusal(theirs) == refusal(none) == (404, "not_found", "conversation")
    assert ask(url, {}).status_code == 401
    assert (relay.get(f"{url}/items").json(), relay.get(url).json()) == before
    assert ask(url, HEADERS).status_code == 200


def test_odd_names_are_like_unknown_ones(relay: ThreadedRelay) -> None:
    url = begun(relay)
    for odd in ("%00", "%ff", "a" * 5000, "%F0%9F%98%80", "'--"):
        assert relay.get(f"/v1/conversations/{odd}").status_code == 404
        assert relay.get(f"{url}/items/{odd}").status_code == 404


def test_without_its_database_the_relay_chats_still(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("data")
    (folder / "file").touch()
    with Simulator() as onemin:
        away = f"sqlite:///{folder}/file/relay.db"
        relay = ThreadedRelay(config_for(onemin.url, folder, database_url=away))
        chat, made = relay.chat(), relay.post("/v1/conversations", {})
        relay.stop()
    assert chat.status_code == 200
    assert refusal(made) == (503, "database_unavailable", None)
    assert made.headers["Retry-After"] == "5"


def test_a_conversation_outlives_the_relay_and_no_key_is_kept(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("data")
    with Simulator() as onemin:
        first = ThreadedRelay(config_for(onemin.url, folder))
        url = begun(first, said("remember this"))
        first.stop()
        second = ThreadedRelay(config_for(onemin.url, folder))
        [item] = second.get(f"{url}/items").json()["data"]
        second.stop()
    assert item["content"][0]["text"] == "remember this"
    kept = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert b"remember this" in kept
    assert KEY.encode() not in kept
