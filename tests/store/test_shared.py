from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import Thread

import pytest

from tests.memcached import Memcached as Server
from utils.store.shared import Memcached, Memory, Nothing, Shared


def test_memory_remembers_what_was_set_last() -> None:
    memory = Memory()
    assert memory.get("a") is None
    memory.set("a", b"1", 60)
    memory.set("b", b"", 60)
    memory.set("a", b"2", 60)
    assert (memory.get("a"), memory.get("b")) == (b"2", b"")


def test_memory_forgets_what_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    memory = Memory(size=4)
    memory.set("a", b"123", 60)
    now += 59.9
    assert memory.get("a") == b"123"
    now += 0.1
    assert memory.get("a") is None
    memory.set("b", b"1234", 60)  # there is room again
    assert memory.get("b") == b"1234"


def test_memory_has_room_for_so_many_and_forgets_the_longest_unused() -> None:
    memory = Memory(entries=3)
    for name in "abc":
        memory.set(name, name.encode(), 60)
    memory.get("a")
    memory.set("d", b"d", 60)
    assert [memory.get(name) for name in "abcd"] == [b"a", None, b"c", b"d"]


def test_memory_has_room_for_so_many_bytes() -> None:
    memory = Memory(size=10)
    memory.set("a", bytes(5), 60)
    memory.set("b", bytes(5), 60)
    memory.set("c", bytes(1), 60)
    assert memory.get("a") is None
    assert memory.get("b") == bytes(5)
    memory.set("b", bytes(1), 60)  # in its place, not beside it
    memory.set("d", bytes(8), 60)
    assert memory.get("c") == memory.get("b") == bytes(1)


def test_memory_keeps_nothing_that_is_larger_than_all_of_it() -> None:
    memory = Memory(size=10)
    memory.set("a", bytes(5), 60)
    memory.set("b", bytes(5), 60)
    memory.set("b", bytes(11), 60)
    assert memory.get("b") is None
    assert memory.get("a") == bytes(5)


def test_memory_is_shared_by_threads() -> None:
    memory = Memory(entries=50, size=500)

    def work(mark: int) -> None:
        for number in range(3000):
            name = str((number * mark) % 90)
            memory.set(name, name.encode() * 4, 60)
            assert memory.get(name) in (None, name.encode() * 4)

    threads = [Thread(target=work, args=(mark,)) for mark in (1, 3, 7, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [memory.get(str(number)) or b"" for number in range(90)]
    assert 0 < sum(map(len, kept)) <= 500
    assert sum(map(bool, kept)) <= 50


@pytest.fixture(params=["memory", "memcached"])
def shared(request: pytest.FixtureRequest) -> Iterator[Shared]:
    if request.param == "memory":
        yield Memory()
        return
    server: Server = request.getfixturevalue("memcached")
    with closing(Memcached("127.0.0.1", server.port)) as client:
        yield client


def test_any_key_may_be_remembered(shared: Shared) -> None:
    for key in ("a", "a key with spaces", "k" * 1000, "\u00e9\n", ""):
        assert shared.get(key) is None
        shared.set(key, key.encode(), 60)
        assert shared.get(key) == key.encode()


def test_what_is_deleted_is_gone(shared: Shared) -> None:
    for key in ("a", "b", "c"):
        shared.set(key, b"1", 60)
    shared.delete("a", "c", "never")
    assert [shared.get(key) for key in ("a", "b", "c")] == [None, b"1", None]


def test_of_two_who_swap_one_value_the_first_does(memcached: Server) -> None:
    with closing(Memcached("127.0.0.1", memcached.port)) as client:
        for expected in (None, b"1"):
            held = client.gets("a")
            assert held
            assert held.value == expected
            assert client.swap("a", held, b"1", 60)
            assert not client.swap("a", held, b"2", 60)
        assert client.get("a") == b"1"
        held = client.gets("a")
        assert held
        client.delete("a")
        assert not client.swap("a", held, b"3", 60)
        memcached.stop()
        assert client.gets("a") is None
        assert not client.swap("a", held, b"3", 60)
        client.delete("a")


def test_nothing_remembers_nothing() -> None:
    nothing = Nothing()
    nothing.set("a", b"1", 60)
    assert nothing.get("a") is None
    assert nothing.gets("a") is None
