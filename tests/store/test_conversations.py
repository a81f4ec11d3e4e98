from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from utils.errors import ContextTooLong, InvalidRequest, NotFound
from utils.store.conversations import ConversationStore
from utils.store.database import Database

Item = dict[str, Any]


@pytest.fixture
def store(database: Database) -> ConversationStore:
    return ConversationStore(database)


def items(*names: str) -> list[Item]:
    return [{"id": f"msg_{name}", "text": f"{name} \0 ü"} for name in names]


def names(found: list[Item]) -> str:
    return "".join(item["id"].removeprefix("msg_") for item in found)


def made(store: ConversationStore, owner: str, said: str = "") -> str:
    id = f"conv_{uuid4().hex}"
    store.create({"id": id, "metadata": {"a": "1"}}, items(*said), owner)
    return id


def test_a_conversation_is_found_as_it_was_made(store: ConversationStore, owner: str) -> None:
    id = made(store, owner, "ab")
    assert store.find(id, owner) == {"id": id, "metadata": {"a": "1"}}
    assert store.items(id, owner) == items("a", "b")


def test_a_change_replaces_a_field_and_leaves_the_rest(
    store: ConversationStore, owner: str
) -> None:
    id = made(store, owner, "a")
    changed = {"id": id, "metadata": {"b": "2"}}
    assert store.update(id, {"metadata": {"b": "2"}}, owner) == changed
    assert store.find(id, owner) == changed
    assert store.items(id, owner) == items("a")


def test_items_are_added_after_those_that_are_there(
    store: ConversationStore, owner: str
) -> None:
    id = made(store, owner, "ab")
    assert store.add(id, items("c", "d"), owner) == items("c", "d")
    assert store.add(id, [], owner) == []
    store.add(id, items("e"), owner)
    assert names(store.items(id, owner)) == "abcde"


def test_an_item_is_added_once_however_often_it_is_sent(
    store: ConversationStore, owner: str
) -> None:
    id = made(store, owner, "aba")
    assert store.add(id, items("a", "c", "c"), owner) == items("a", "c", "c")
    assert store.items(id, owner) == items("a", "b", "c")


def test_another_item_of_the_same_id_is_not_lost(store: ConversationStore, owner: str) -> None:
    id = made(store, owner, "ab")
    other = {"id": "msg_a", "text": "something else"}
    [added] = store.add(id, [other], owner)
    assert (added["text"], added["id"] != "msg_a") == ("something else", True)
    assert store.items(id, owner) == [*items("a", "b"), added]


@pytest.mark.parametrize(
    ("order", "limit", "pages"),
    [
        ("asc", 2, ["ab", "cd", "e"]),
        ("desc", 2, ["ed", "cb", "a"]),
        ("asc", 5, ["abcde"]),
        ("desc", 100, ["edcba"]),
    ],
)
def test_pages_follow_each_other(
    store: ConversationStore, owner: str, order: Any, limit: int, pages: list[str]
) -> None:
    id, after, found = made(store, owner, "abcxde"), "", []
    store.remove_item(id, "msg_x", owner)
    more = True
    while more:
        page, more = store.page(id, owner, after=after, limit=limit, order=order)
        found.append(names(page))
        after = page[-1]["id"]
    assert found == pages
    assert store.page(id, owner, after=after, limit=limit, order=order) == ([], False)


def test_a_page_after_no_item_is_refused(store: ConversationStore, owner: str) -> None:
    id = made(store, owner, "ab")
    made(store, owner, "xyz")
    with pytest.raises(InvalidRequest) as refused:
        store.page(id, owner, after="msg_x")
    assert refused.value.param == "after"


def test_an_item_is_found_and_removed(store: ConversationStore, owner: str) -> None:
    id = made(store, owner, "abc")
    made(store, owner, "x")
    assert store.item(id, "msg_b", owner) == items("b")[0]
    assert store.remove_item(id, "msg_b", owner) == store.find(id, owner)
    assert names(store.items(id, owner)) == "ac"
    for gone in ("msg_b", "msg_x"):
        with pytest.raises(NotFound):
            store.item(id, gone, owner)
        with pytest.raises(NotFound):
            store.remove_item(id, gone, owner)


QUESTIONS: list[Callable[[ConversationStore, str, str], object]] = [
    lambda store, id, owner: store.find(id, owner),
    lambda store, id, owner: store.update(id, {"metadata": {}}, owner),
    lambda store, id, owner: store.items(id, owner),
    lambda store, id, owner: store.page(id, owner),
    lambda store, id, owner: store.item(id, "msg_a", owner),
    lambda store, id, owner: store.add(id, items("z"), owner),
    lambda store, id, owner: store.remove_item(id, "msg_a", owner),
    lambda store, id, owner: store.delete(id, owner),
]


@pytest.mark.parametrize("ask", QUESTIONS)
def test_another_owners_conversation_is_like_none(
    store: ConversationStore, owner: str, ask: Callable[..., object]
) -> None:
    id = made(store, owner, "a")
    with pytest.raises(NotFound) as theirs:
        ask(store, id, "another")
    with pytest.raises(NotFound) as nobodys:
        ask(store, "conv_unknown", owner)
    assert theirs.value.message == nobodys.value.message.replace("conv_unknown", id)
    assert store.find(id, owner)["metadata"] == {"a": "1"}
    assert names(store.items(id, owner)) == "a"


def test_a_deleted_conversation_is_gone_with_all_that_is_in_it(
    store: ConversationStore, owner: str
) -> None:
    id = made(store, owner, "a")
    store.delete(id, owner)
    for ask in QUESTIONS:
        with pytest.raises(NotFound):
            ask(store, id, owner)
    store.create({"id": id, "metadata": {}}, [], owner)
    assert store.items(id, owner) == []


def test_a_conversation_grows_no_longer_than_any_model_reads(
    store: ConversationStore, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.conversations.MOST_TEXT", 200)
    id = made(store, owner, "ab")
    with pytest.raises(ContextTooLong):
        store.add(id, items(*"cdefg"), owner)
    assert len(store.items(id, owner)) == 2


def test_what_many_add_at_once_is_all_there_in_one_order(
    store: ConversationStore, url: str, owner: str
) -> None:
    id, together = made(store, owner), Barrier(8)

    def adds(adder: ConversationStore, name: str) -> None:
        together.wait()
        for number in range(4):
            adder.add(id, items(f"{name}{number}a", f"{name}{number}b"), owner)

    with closing(Database(url)) as other, ThreadPoolExecutor(8) as threads:
        adders = [store, ConversationStore(other)] * 4
        for done in [
            threads.submit(adds, *pair) for pair in zip(adders, "stuvwxyz", strict=True)
        ]:
            done.result()
        seen = [item["id"] for item in store.items(id, owner)]
        assert seen == [item["id"] for item in ConversationStore(other).items(id, owner)]
    assert len(seen) == 64
    for name in "stuvwxyz":
        own = [said for said in seen if said.startswith(f"msg_{name}")]
        assert own == [f"msg_{name}{number}{half}" for number in range(4) for half in "ab"]
    for first, second in zip(seen[::2], seen[1::2], strict=True):
        assert first[:-1] == second[:-1]  # what came together stays together
