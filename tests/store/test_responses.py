from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from utils.errors import ContextTooLong, InvalidRequest, NotFound
from utils.store.conversations import ConversationStore
from utils.store.database import Database
from utils.store.responses import DAY, PRUNING, Kept, ResponseStore

SAID = "Zürich\u2028 \0 🏔"


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database, clock: Clock) -> ResponseStore:
    return ResponseStore(database, 30, clock)


def message(said: str) -> dict[str, Any]:
    return {"id": f"msg_{uuid4().hex}", "type": "message", "said": said}


def response(previous: str = "", status: str = "completed", said: str = "") -> Kept:
    id = f"resp_{uuid4().hex}"
    asked, told = message(f"{said}?"), message(f"{said}!")
    return Kept(id, {"id": id, "status": status, "text": SAID}, [asked], [told], previous)


def begun(store: ResponseStore, owner: str, status: str = "in_progress") -> Kept:
    whole = response(status=status)
    under_way = Kept(whole.id, whole.body, whole.input, [])
    store.begin(under_way, owner)
    return under_way


def finished(under_way: Kept) -> Kept:
    body = under_way.body | {"status": "completed"}
    return Kept(under_way.id, body, under_way.input, [message("done")])


def status(store: ResponseStore, id: str, owner: str) -> str | None:
    kept = store.find(id, owner)
    return kept.body["status"] if kept else None


def test_what_is_kept_is_found_as_it_was(store: ResponseStore, owner: str) -> None:
    kept = response(said=SAID)
    assert store.keep(kept, owner)
    assert store.find(kept.id, owner) == kept
    assert store.find("resp_unknown", owner) is None


def test_many_items_keep_their_order(store: ResponseStore, owner: str) -> None:
    kept = response()
    kept.input.extend(message(str(number)) for number in range(1200))
    store.keep(kept, owner)
    assert store.find(kept.id, owner) == kept
    names = [item["id"] for item in kept.input]
    assert store.items(names, owner) == {item["id"]: item for item in kept.input}


def test_a_response_is_kept_once(store: ResponseStore, owner: str) -> None:
    kept = response()
    assert store.keep(kept, owner)
    assert not store.keep(Kept(kept.id, {"status": "failed"}), owner)
    assert not store.keep(Kept(kept.id, {"status": "failed"}), "another")
    assert store.find(kept.id, owner) == kept


QUESTIONS: list[Callable[[ResponseStore, Kept, str], object]] = [
    lambda store, kept, owner: store.find(kept.id, owner),
    lambda store, kept, owner: store.cancel(kept.id, owner),
    lambda store, kept, owner: store.delete(kept.id, owner),
    lambda store, kept, owner: store.items([kept.input[0]["id"]], owner),
]


@pytest.mark.parametrize("ask", QUESTIONS)
@pytest.mark.parametrize("state", ["completed", "in_progress"])
def test_another_owners_response_is_like_none(
    store: ResponseStore, owner: str, ask: Callable[..., object], state: str
) -> None:
    kept = response(status=state)
    store.begin(kept, owner)
    assert not ask(store, kept, "another")
    assert store.find(kept.id, owner) == kept
    with pytest.raises(NotFound):
        store.history(kept.id, "another")


def test_an_old_response_is_like_none(store: ResponseStore, owner: str, clock: Clock) -> None:
    for ask in QUESTIONS:
        kept = response()
        store.keep(kept, owner)
        clock.now += 30 * DAY
        assert store.find(kept.id, owner) == kept
        clock.now += 1
        assert not ask(store, kept, owner)


def test_a_deleted_response_is_gone(store: ResponseStore, owner: str) -> None:
    kept = response()
    store.keep(kept, owner)
    assert store.delete(kept.id, owner)
    assert store.find(kept.id, owner) is None
    assert store.items([kept.input[0]["id"]], owner) == {}
    assert not store.delete(kept.id, owner)


def test_history_is_all_that_was_said_oldest_first(store: ResponseStore, owner: str) -> None:
    last = ""
    for said in "abc":
        kept = response(last, said=said)
        store.keep(kept, owner)
        last = kept.id
    store.keep(response(last, said="another branch"), owner)
    heard = [item["said"] for item in store.history(last, owner)]
    assert heard == ["a?", "a!", "b?", "b!", "c?", "c!"]


def test_a_gap_in_the_history_is_told(store: ResponseStore, owner: str) -> None:
    first = response()
    second = response(first.id)
    third = response(second.id)
    for kept in (first, second, third):
        store.keep(kept, owner)
    store.delete(first.id, owner)
    for asked, missing in (("resp_no", "resp_no"), (third.id, first.id)):
        with pytest.raises(NotFound, match=missing) as told:
            store.history(asked, owner)
        assert (told.value.param, told.value.code) == ("previous_response_id", "not_found")


def test_a_chat_that_goes_on_never_loses_its_beginning(
    store: ResponseStore, owner: str, clock: Clock
) -> None:
    chat = [response()]
    store.keep(chat[0], owner)
    for _ in range(6):
        clock.now += 10 * DAY
        chat.append(response(chat[-1].id))
        store.keep(chat[-1], owner)
    assert len(store.history(chat[-1].id, owner)) == sum(
        len(kept.input) + len(kept.output) for kept in chat
    )
    clock.now += 30 * DAY + 1
    assert store.find(chat[0].id, owner) is None
    assert store.find(chat[-1].id, owner) is None


def test_history_through_another_owners_response_is_not_told(
    store: ResponseStore, owner: str
) -> None:
    theirs = response()
    store.keep(theirs, "another")
    mine = response(theirs.id)
    store.keep(mine, owner)
    with pytest.raises(NotFound, match=theirs.id):
        store.history(mine.id, owner)


def test_history_has_a_bound(
    store: ResponseStore, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.responses.MOST_LINKS", 5)
    last = ""
    for _ in range(5):
        kept = response(last)
        store.keep(kept, owner)
        last = kept.id
    assert len(store.history(last, owner)) == 10
    more = response(last)
    store.keep(more, owner)
    with pytest.raises(ContextTooLong):
        store.history(more.id, owner)
    monkeypatch.setattr("utils.store.responses.MOST_TEXT", 100)
    with pytest.raises(ContextTooLong):
        store.history(last, owner)


def test_a_response_that_continues_itself_has_no_history(
    store: ResponseStore, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.responses.MOST_LINKS", 50)
    store.keep(Kept("resp_loop", {"status": "completed"}, previous="resp_loop"), owner)
    with pytest.raises(ContextTooLong):
        store.history("resp_loop", owner)
    store.delete("resp_loop", owner)


def test_an_unfinished_response_has_no_history_yet(
    store: ResponseStore, owner: str, clock: Clock
) -> None:
    kept = begun(store, owner)
    with pytest.raises(InvalidRequest, match="not finished"):
        store.history(kept.id, owner)
    clock.now += 61
    assert store.history(kept.id, owner) == kept.input


@pytest.mark.parametrize("state", ["queued", "in_progress"])
def test_a_background_response_is_replaced_by_its_end(
    store: ResponseStore, owner: str, state: str
) -> None:
    kept = begun(store, owner, state)
    assert store.find(kept.id, owner) == kept
    assert store.alive(kept.id)
    assert store.keep(finished(kept), owner)
    assert status(store, kept.id, owner) == "completed"
    assert not store.alive(kept.id)


def test_a_background_response_cannot_be_finished_for_another(
    store: ResponseStore, owner: str
) -> None:
    kept = begun(store, owner)
    assert not store.keep(finished(kept), "another")
    assert status(store, kept.id, owner) == "in_progress"


def test_a_cancelled_response_stays_cancelled(store: ResponseStore, owner: str) -> None:
    kept = begun(store, owner)
    cancelled = store.cancel(kept.id, owner)
    assert cancelled
    assert cancelled.body == kept.body | {"status": "cancelled"}
    assert not store.alive(kept.id)
    assert not store.keep(finished(kept), owner)
    assert store.find(kept.id, owner) == store.cancel(kept.id, owner) == cancelled


def test_a_finished_response_cannot_be_cancelled(store: ResponseStore, owner: str) -> None:
    kept = response()
    store.keep(kept, owner)
    assert store.cancel(kept.id, owner) == kept
    assert store.find(kept.id, owner) == kept


def test_a_response_deleted_meanwhile_does_not_come_back(
    store: ResponseStore, owner: str, database: Database
) -> None:
    kept = begun(store, owner)
    assert store.delete(kept.id, owner)
    assert not store.delete(kept.id, owner)
    assert not store.alive(kept.id)
    assert not store.keep(finished(kept), owner)
    assert store.find(kept.id, owner) is None
    with database.read() as connection:
        left = text("SELECT count(*) FROM response_items WHERE response = :id")
        assert connection.execute(left, {"id": kept.id}).scalar() == 0


def test_a_background_response_whose_maker_died_has_failed(
    store: ResponseStore, owner: str, clock: Clock
) -> None:
    kept = begun(store, owner)
    clock.now += 60
    assert store.alive(kept.id)
    clock.now += 60
    assert status(store, kept.id, owner) == "in_progress"
    clock.now += 1
    found = store.find(kept.id, owner)
    assert found
    assert found.body["status"] == "failed"
    assert found.body["error"]["code"] == "server_error"
    assert store.cancel(kept.id, owner) == found


def test_items_are_found_wherever_they_are(
    store: ResponseStore, database: Database, owner: str
) -> None:
    kept, said = response(), message("in a conversation")
    store.keep(kept, owner)
    conversation = {"id": f"conv_{owner}"}
    ConversationStore(database).create(conversation, [said], owner)
    asked = [kept.input[0]["id"], kept.output[0]["id"], said["id"], "msg_unknown"]
    found = {item["id"]: item for item in (*kept.input, *kept.output, said)}
    assert store.items(asked, owner) == found
    assert store.items([], owner) == store.items(asked, "another") == {}


def test_of_an_item_that_was_said_again_the_last_counts(
    store: ResponseStore, owner: str, clock: Clock
) -> None:
    for said in ("before", "after"):
        kept = response()
        kept.input[0] |= {"id": "msg_again", "said": said}
        store.keep(kept, owner)
        clock.now += 1
    assert store.items(["msg_again"], owner)["msg_again"]["said"] == "after"


def test_old_responses_are_removed_a_few_at_a_time(
    store: ResponseStore,
    database: Database,
    owner: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def left() -> int:
        with database.read() as connection:
            rows = connection.execute(text("SELECT count(*) FROM responses"))
            return int(rows.scalar_one())

    clock.now += 1000 * DAY
    store.keep(response(), owner)
    assert left() == 1  # of all that other tests kept
    for _ in range(4):
        store.keep(response(), owner)
    clock.now += 30 * DAY
    store.keep(response(), owner)
    clock.now += 60  # five are too old by now, but somebody has just looked
    store.keep(response(), owner)
    assert left() == 7
    clock.now += PRUNING
    monkeypatch.setattr("utils.store.responses.PRUNED", 2)
    for count in (6, 5, 5, 6):
        store.keep(response(), owner)
        assert left() == count
