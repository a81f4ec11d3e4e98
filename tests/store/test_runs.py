"""Threads and their runs: what holds whoever dies, and whatever happens at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from utils.domain.paging import Paging
from utils.errors import ContextTooLong, InvalidRequest, NotFound, RelayError
from utils.store.assistants import AssistantStore
from utils.store.database import Database
from utils.store.runs import Outcome, RunStore
from utils.store.threads import ThreadStore

Item = dict[str, Any]
NOW = 1_700_000_000
CALLS: Item = {"submit_tool_outputs": {"tool_calls": []}}


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


class Kept:
    """A thread of an owner's, and the stores it is in."""

    def __init__(self, database: Database, owner: str) -> None:
        self.clock = Clock()
        self.threads = ThreadStore(database, self.clock)
        self.runs = RunStore(database, self.clock)
        self.owner = owner
        self.id = f"thread_{uuid4().hex}"
        self.threads.create({"id": self.id, "metadata": {}}, [], owner)

    def message(self, said: str, run: str | None = None) -> Item:
        id = f"msg_{uuid4().hex}"
        return {"id": id, "thread_id": self.id, "run_id": run, "said": said}

    def begun(self) -> Item:
        run: Item = {
            "id": f"run_{uuid4().hex}",
            "thread_id": self.id,
            "status": "in_progress",
            "metadata": {},
            "last_error": None,
        }
        self.runs.begin(run, [], self.owner)
        return run

    def ended(self, run: Item, status: str = "completed") -> Item:
        outcome = Outcome(changes={"status": status}, messages=[self.message("!", run["id"])])
        return self.runs.end(self.id, run["id"], outcome, self.owner)

    def waiting(self) -> tuple[Item, Item]:
        """A run, and the step in which its calls are."""
        run, step = self.begun(), {"id": f"step_{uuid4().hex}", "status": "in_progress"}
        end = {"status": "requires_action", "required_action": CALLS, "expires_at": NOW + 600}
        outcome = Outcome(changes=end, steps=[step])
        return self.runs.end(self.id, run["id"], outcome, self.owner), step

    def status(self, run: Item) -> str:
        return str(self.runs.find(self.id, run["id"], self.owner)["status"])

    def step(self, run: Item) -> Item:
        [step] = self.runs.steps(self.id, run["id"], self.owner)
        return step

    def said(self) -> list[str]:
        return [message["said"] for message in self.threads.messages(self.id, self.owner)]


@pytest.fixture
def kept(database: Database, owner: str) -> Kept:
    return Kept(database, owner)


def test_a_run_ends_once_and_with_what_it_wrote(kept: Kept) -> None:
    run = kept.begun()
    assert kept.runs.alive(run["id"])
    kept.runs.update(kept.id, run["id"], {"metadata": {"a": "b"}}, kept.owner)
    assert kept.ended(run) == run | {"status": "completed", "metadata": {"a": "b"}}
    assert not kept.runs.alive(run["id"])
    assert kept.ended(run, "failed")["status"] == "completed"
    assert kept.said() == ["!"]


def test_of_runs_begun_at_once_one_is_under_way(kept: Kept) -> None:
    def begun(_: int) -> bool:
        try:
            kept.begun()
        except InvalidRequest:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begun, range(4))) == 1


def test_a_busy_thread_takes_no_messages(kept: Kept) -> None:
    run = kept.begun()
    with pytest.raises(InvalidRequest, match=run["id"]):
        kept.threads.add(kept.id, kept.message("?"), kept.owner)
    kept.ended(run)
    kept.threads.add(kept.id, kept.message("?"), kept.owner)
    assert kept.said() == ["!", "?"]


def test_a_run_whose_maker_died_has_failed_and_leaves_its_thread_free(kept: Kept) -> None:
    run = kept.begun()
    kept.clock.now += 60
    assert kept.status(run) == "in_progress"
    kept.clock.now += 1
    failed = kept.runs.find(kept.id, run["id"], kept.owner)
    assert (failed["status"], failed["last_error"]["code"]) == ("failed", "server_error")
    assert failed["failed_at"] == NOW + 60
    kept.begun()
    assert kept.ended(run)["status"] == "failed"  # its maker was only slow, and is too late
    assert kept.said() == []


def test_a_maker_that_was_only_silent_may_still_end_its_run(kept: Kept) -> None:
    run = kept.begun()
    kept.clock.now += 61
    assert kept.runs.alive(run["id"])
    assert kept.status(run) == "in_progress"
    assert kept.ended(run)["status"] == "completed"


def test_a_run_that_waits_too_long_expires_with_its_step(kept: Kept) -> None:
    run, step = kept.waiting()
    kept.clock.now += 599
    assert kept.status(run) == "requires_action"
    assert kept.step(run) == step
    kept.clock.now += 1
    assert kept.status(run) == "expired"
    assert kept.step(run) == step | {"status": "expired", "expired_at": NOW + 600}
    with pytest.raises(InvalidRequest, match="expired"):
        kept.runs.resume(run | {"status": "in_progress"}, step, kept.owner)
    kept.begun()
    assert kept.status(run) == "expired"


def test_a_run_goes_on_once_with_its_outputs(kept: Kept) -> None:
    run, step = kept.waiting()
    resumed = run | {"status": "in_progress", "required_action": None}
    kept.clock.now += 100
    kept.runs.resume(resumed, step | {"status": "completed"}, kept.owner)
    assert kept.status(run) == "in_progress"  # its maker is alive since then
    assert kept.step(run)["status"] == "completed"
    with pytest.raises(InvalidRequest, match="in_progress"):
        kept.runs.resume(resumed, step, kept.owner)


def test_outputs_of_calls_before_do_not_answer_those_after(kept: Kept) -> None:
    run, step = kept.waiting()
    resumed = run | {"status": "in_progress", "required_action": None}
    kept.runs.resume(resumed, step | {"status": "completed"}, kept.owner)
    later = {"id": f"step_{uuid4().hex}", "status": "in_progress"}
    end = {"status": "requires_action", "expires_at": NOW + 600}
    kept.runs.end(kept.id, run["id"], Outcome(changes=end, steps=[later]), kept.owner)
    with pytest.raises(InvalidRequest):
        kept.runs.resume(resumed, step, kept.owner)
    assert kept.status(run) == "requires_action"


@pytest.mark.parametrize("waits", [False, True])
def test_a_cancelled_run_stays_cancelled(kept: Kept, waits: bool) -> None:
    run = kept.waiting()[0] if waits else kept.begun()
    cancelled = kept.runs.cancel(kept.id, run["id"], kept.owner)
    assert (cancelled["status"], cancelled["cancelled_at"]) == ("cancelled", NOW)
    if waits:
        assert kept.step(run)["status"] == "cancelled"
    assert not kept.runs.alive(run["id"])
    assert kept.ended(run) == cancelled
    assert kept.said() == []
    with pytest.raises(InvalidRequest, match="cancelled"):
        kept.runs.cancel(kept.id, run["id"], kept.owner)


def test_with_a_thread_all_that_is_in_it_goes(kept: Kept) -> None:
    run, _ = kept.waiting()
    kept.threads.delete(kept.id, kept.owner)
    assert not kept.runs.alive(run["id"])
    for ask in (kept.status, kept.step, kept.ended):
        with pytest.raises(NotFound):
            ask(run)


def test_a_run_that_cannot_begin_adds_no_messages(kept: Kept) -> None:
    kept.begun()
    another = {"id": f"run_{uuid4().hex}", "thread_id": kept.id, "status": "in_progress"}
    with pytest.raises(InvalidRequest):
        kept.runs.begin(another, [kept.message("?")], kept.owner)
    assert kept.said() == []


def test_a_thread_can_be_too_long(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.threads.add(kept.id, kept.message("?" * 100), kept.owner)
    monkeypatch.setattr("utils.store.threads.MOST_TEXT", 100)
    with pytest.raises(ContextTooLong):
        kept.said()


@pytest.mark.parametrize(
    ("wanted", "expected", "more"),
    [
        (Paging(limit=9), "edcba", False),
        (Paging(limit=2), "ed", True),
        (Paging(limit=2, after="d"), "cb", True),
        (Paging(limit=2, after="c"), "ba", False),
        (Paging(limit=2, newest_first=False), "ab", True),
        (Paging(limit=2, newest_first=False, after="d"), "e", False),
        (Paging(limit=2, before="b"), "dc", True),
        (Paging(limit=2, before="c"), "ed", False),
        (Paging(limit=2, newest_first=False, before="d"), "bc", True),
        (Paging(limit=9, after="e", before="b"), "dc", False),
        (Paging(limit=9, after="a"), "", False),
    ],
)
def test_pages(
    database: Database, owner: str, wanted: Paging, expected: str, more: bool
) -> None:
    store = AssistantStore(database)
    for name in "abcde":
        store.create({"id": f"{name}{owner}"}, owner)
    store.create({"id": f"another's {owner}"}, "another")
    after, before = (f"{name}{owner}" if name else "" for name in (wanted.after, wanted.before))
    found, others = store.page(replace(wanted, after=after, before=before), owner)
    assert ("".join(item["id"][0] for item in found), others) == (expected, more)


def test_a_page_of_what_one_run_wrote(kept: Kept) -> None:
    run = kept.begun()
    kept.ended(run)
    kept.threads.add(kept.id, kept.message("?"), kept.owner)
    found, _ = kept.threads.page(kept.id, Paging(), kept.owner, run["id"])
    assert [message["said"] for message in found] == ["!"]


QUESTIONS: list[Callable[[Kept, Item, str], object]] = [
    lambda kept, run, owner: kept.threads.find(kept.id, owner),
    lambda kept, run, owner: kept.threads.update(kept.id, {}, owner),
    lambda kept, run, owner: kept.threads.delete(kept.id, owner),
    lambda kept, run, owner: kept.threads.add(kept.id, kept.message("?"), owner),
    lambda kept, run, owner: kept.threads.messages(kept.id, owner),
    lambda kept, run, owner: kept.threads.page(kept.id, Paging(), owner),
    lambda kept, run, owner: kept.runs.begin(run | {"id": "run_new"}, [], owner),
    lambda kept, run, owner: kept.runs.resume(run, kept.step(run), owner),
    lambda kept, run, owner: kept.runs.end(kept.id, run["id"], Outcome(changes={}), owner),
    lambda kept, run, owner: kept.runs.find(kept.id, run["id"], owner),
    lambda kept, run, owner: kept.runs.page(kept.id, Paging(), owner),
    lambda kept, run, owner: kept.runs.update(kept.id, run["id"], {}, owner),
    lambda kept, run, owner: kept.runs.cancel(kept.id, run["id"], owner),
    lambda kept, run, owner: kept.runs.step_page(kept.id, run["id"], Paging(), owner),
]


def test_another_owners_are_like_none(kept: Kept) -> None:
    run, _ = kept.waiting()
    for ask in QUESTIONS:
        with pytest.raises(RelayError) as told:
            ask(kept, run, "another")
        assert isinstance(told.value, NotFound)
    assert kept.status(run) == "requires_action"
