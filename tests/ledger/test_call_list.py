"""Calls one by one: whoever asks for what is new, or goes back, meets each of them once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.ledger.records import call
from utils.domain.callers import Grant
from utils.domain.calls import CallRecord
from utils.domain.recent_calls import RecentCalls, Wanted
from utils.domain.usage import Only
from utils.store.calls import book, entry
from utils.store.database import Database
from utils.store.keys import KeyStore
from utils.store.recent_calls import CallList


@pytest.fixture
def calls(database: Database) -> CallList:
    return CallList(database)


def made(database: Database, owner: str, *records: CallRecord) -> None:
    with database.begin() as connection:
        named = [f"{one.request_id}-{n}-{owner}" for n, one in enumerate(records)]
        book(connection, [*map(entry, records, named)])


def several(owner: str, count: int, **changes: Any) -> list[CallRecord]:
    return [call(owner, request_id=f"req_{n}", **changes) for n in range(count)]


def ids(found: RecentCalls) -> list[str]:
    return [one.record.request_id for one in found.calls]


def wanted(owner: str, limit: int = 4, **asked: Any) -> Wanted:
    return Wanted(limit=limit, only=Only(owner=owner), **asked)


def test_a_ledger_without_calls_has_none(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path}/relay.db")) as empty:
        nothing = RecentCalls(calls=[], after=0, before=None, has_more=False)
        for asked in ({}, {"after": 0}, {"after": 99}, {"before": 1}):
            assert CallList(empty).page(wanted("", **asked)) == nothing


def test_the_newest_come_first_and_whoever_goes_back_meets_each_once(
    database: Database, calls: CallList, owner: str
) -> None:
    made(database, owner, *several(owner, 10))
    page = calls.page(wanted(owner))
    assert ids(page) == ["req_9", "req_8", "req_7", "req_6"]
    page = calls.page(wanted(owner, before=page.before))
    assert ids(page) == ["req_5", "req_4", "req_3", "req_2"]
    assert page.has_more
    page = calls.page(wanted(owner, before=page.before))
    assert ids(page) == ["req_1", "req_0"]


def test_whoever_comes_late_is_told_the_oldest_of_what_is_new(
    database: Database, calls: CallList, owner: str
) -> None:
    start = calls.page(wanted(owner))
    assert (ids(start), start.calls) == ([], [])
    made(database, owner, *several(owner, 6))
    page = calls.page(wanted(owner, after=start.after))
    assert (ids(page), page.has_more) == (["req_3", "req_2", "req_1", "req_0"], True)
    page = calls.page(wanted(owner, after=page.after))
    assert (ids(page), page.has_more) == (["req_5", "req_4"], False)
    page = calls.page(wanted(owner, after=page.after))
    assert (ids(page), page.has_more) == ([], False)
    made(database, owner, call(owner, request_id="the next"))
    assert ids(calls.page(wanted(owner, after=page.after))) == ["the next"]


def test_a_row_tells_what_the_ledger_knows(
    database: Database, calls: CallList, owner: str
) -> None:
    key, _ = KeyStore(database).create("kitchen", Grant())
    record = call(owner, key_id=key.id, backend="ollama", error="timeout", status=504)
    made(database, owner, record, call(owner, usage=None, first_byte=None))
    unknown, found = calls.page(wanted(owner)).calls
    assert (found.record, found.key_name) == (record, "kitchen")
    assert (unknown.key_name, unknown.record.first_byte) == ("", None)
    assert unknown.record.usage is not None
    assert (unknown.record.usage.credits, unknown.record.usage.approximate) == (None, True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"model": "gpt-6"}, ["b"]),
        ({"endpoint": "/v1/messages"}, ["c"]),
        ({"key": "key_1"}, ["d"]),
        ({"statuses": range(400, 500)}, ["c", "b"]),
        ({"statuses": range(429, 430)}, ["c"]),
        ({"statuses": range(500, 600), "model": "gpt-4o-mini"}, ["d"]),
        ({"model": "' OR 1=1 --"}, []),
    ],
)
def test_only_some_are_told(
    database: Database, calls: CallList, owner: str, asked: dict[str, Any], found: list[str]
) -> None:
    named = dict(asked)
    statuses = named.pop("statuses", None)
    made(
        database,
        owner,
        call(owner, request_id="a"),
        call(owner, request_id="b", model="gpt-6", status=499),
        call(owner, request_id="c", endpoint="/v1/messages", status=429),
        call(owner, request_id="d", key_id="key_1", status=503),
    )
    only = Only(owner=owner, **named)
    assert ids(calls.page(Wanted(limit=9, only=only, statuses=statuses))) == found


def test_what_is_seldom_is_looked_for_a_part_of_the_ledger_at_a_time(
    database: Database, calls: CallList, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.recent_calls.LOOKED_AT", 10)
    start = calls.page(wanted(owner)).after
    many = several("another", 24)
    made(database, owner, call(owner, request_id="old"), *many, call(owner, request_id="new"))
    asked, backwards = wanted(owner), list[list[str]]()
    while "old" not in (met := ids(page := calls.page(asked))):
        assert page.has_more
        backwards.append(met)
        asked = wanted(owner, before=page.before)
    assert [*backwards, met] == [["new"], [], ["old"]]
    forwards, more = list[list[str]](), True
    while more:
        page = calls.page(wanted(owner, after=start))
        start, more = page.after, page.has_more
        forwards.append(ids(page))
    assert forwards == [["old"], [], ["new"]]


def polled(calls: CallList, owner: str, count: int) -> Iterator[str]:
    """Until so many were told, and once more."""
    after = told = 0
    while told < count:
        page = calls.page(wanted(owner, limit=7, after=after))
        after, told = page.after, told + len(page.calls)
        yield from ids(page)
    yield from ids(calls.page(wanted(owner, after=after)))


def test_while_several_write_whoever_asks_misses_none_and_is_told_none_twice(
    url: str, database: Database, calls: CallList, owner: str
) -> None:
    ready = Barrier(4)

    def write(writer: int) -> None:
        with closing(Database(url)) as own:
            own.open()
            ready.wait(30)
            for batch in range(15):
                records = [
                    call(owner, request_id=f"{writer}-{batch}-{n}")
                    for n in range(batch % 4 + 1)
                ]
                made(own, f"{owner}{writer}{batch}", *records)

    count = 3 * sum(batch % 4 + 1 for batch in range(15))
    with ThreadPoolExecutor(3) as threads:
        done = [threads.submit(write, writer) for writer in range(3)]
        ready.wait(30)
        told = [*polled(calls, owner, count)]
        for one in done:
            one.result(60)
    assert len(told) == count == len({*told})


def test_what_a_transaction_undoes_leaves_no_gap(database: Database, owner: str) -> None:
    made(database, owner, call(owner))
    with pytest.raises(KeyError), database.begin() as connection:
        _book_and_fail(connection, owner)
    made(database, f"{owner}again", call(owner))
    asked = text("SELECT number FROM calls WHERE owner = :owner ORDER BY number")
    with database.read() as connection:
        first, second = connection.execute(asked, {"owner": owner}).scalars()
    assert second == first + 1


def _book_and_fail(connection: Connection, owner: str) -> None:
    book(connection, [entry(call(owner), f"{owner}lost")])
    raise KeyError


BEFORE = (
    "DROP INDEX ix_calls_number",
    "ALTER TABLE calls DROP COLUMN number",
    "DROP TABLE numbering",
    "UPDATE alembic_version SET version_num = '0007'",
)


def test_an_upgrade_numbers_the_latest_calls_in_the_order_of_time(
    url: str, database: Database, owner: str
) -> None:
    records = [call(owner, at=5e9 + n, request_id=f"req_{n}") for n in range(5)]
    made(database, owner, *records[3:], *records[:3])
    with database.begin() as connection:
        for statement in BEFORE:
            connection.execute(text(statement))
    with closing(Database(url)) as upgraded:
        listed = CallList(upgraded)
        page = listed.page(wanted("", limit=5))
        assert ids(page) == ["req_4", "req_3", "req_2", "req_1", "req_0"]
        made(upgraded, f"{owner}after", call(owner, request_id="new"))
        newer = listed.page(wanted("", after=page.after))
        assert (ids(newer), newer.after) == (["new"], page.after + 1)
