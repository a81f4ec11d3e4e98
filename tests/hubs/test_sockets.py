"""Who waits for a socket, on a hub."""

from __future__ import annotations

import socket
import ssl
import threading
from functools import partial

import pytest

from tests.hubs.running import Carried
from utils import hubs


def test_what_comes_on_a_socket_wakes_whoever_waits_for_it(carried: Carried) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        speaker = threading.Timer(0.1, theirs.send, [b"x"])
        speaker.start()
        assert carried(lambda: hubs.receive(ours, 10, 10)) == b"x"
        speaker.join()


def test_what_came_before_anybody_waited_is_not_missed(carried: Carried) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"abc")
        assert carried(lambda: hubs.receive(ours, 2, 10)) == b"ab"
        assert carried(lambda: hubs.receive(ours, 2, 10)) == b"c"
        theirs.send(b"d")
        theirs.close()
        assert carried(lambda: hubs.receive(ours, 2, 10)) == b"d"
        assert carried(lambda: hubs.receive(ours, 2, 10)) == b""


def test_an_end_that_comes_with_the_last_words_is_not_missed(carried: Carried) -> None:
    ours, theirs = socket.socketpair()

    def last() -> None:
        theirs.send(b"x")
        theirs.close()

    with ours, theirs:
        with pytest.raises(TimeoutError):
            carried(lambda: hubs.receive(ours, 10, 0.01))
        carried(last)  # in one turn: one event tells of both
        assert carried(lambda: hubs.receive(ours, 10, 10)) == b"x"
        assert carried(lambda: hubs.receive(ours, 10, 10)) == b""


def test_a_socket_is_quiet_while_there_is_nothing_to_read_and_nobody_has_left() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        assert hubs.is_quiet(ours)
        theirs.send(b"x")
        assert not hubs.is_quiet(ours)
        assert ours.recv(10) == b"x"
        theirs.close()
        assert not hubs.is_quiet(ours)
    assert not hubs.is_quiet(ours)


def test_nobody_waits_for_a_socket_longer_than_asked(carried: Carried) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(TimeoutError):
            carried(lambda: hubs.receive(ours, 10, 0.05))
        with pytest.raises(TimeoutError):
            hubs.receive(ours, 10, 0.05)


def test_whoever_sends_more_than_is_read_waits_until_it_is(carried: Carried) -> None:
    ours, theirs = socket.socketpair()
    much = memoryview(bytes(2**22))

    def say() -> int:
        said = 0
        while said < len(much):
            said += hubs.send(ours, much[said:], 10)
        return said

    def say_on() -> None:
        while True:
            hubs.send(ours, much, 0.05)

    heard: list[int] = []

    def hear() -> None:
        while sum(heard) < len(much):
            heard.append(len(theirs.recv(2**20)))

    with ours, theirs:
        listener = threading.Timer(0.1, hear)
        listener.start()
        assert carried(say) == len(much)
        listener.join()
        with pytest.raises(TimeoutError):
            carried(say_on)


def test_whoever_sends_though_it_has_to_read_first_waits_for_that(carried: Carried) -> None:
    tries = []

    class Renegotiating(socket.socket):
        def send(self, *_: object) -> int:
            tries.append(self)
            raise ssl.SSLWantReadError

    ours, theirs = socket.socketpair()
    with theirs, Renegotiating(fileno=ours.detach()) as sock:
        with pytest.raises(TimeoutError):
            carried(partial(hubs.send, sock, memoryview(b"."), 0.2))
        assert len(tries) < 9


def test_a_socket_with_the_number_of_a_closed_one_is_another_one(carried: Carried) -> None:
    for _ in range(3):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.send(b"x")
            assert carried(lambda: hubs.receive(ours, 10, 10)) == b"x"  # noqa: B023
            with pytest.raises(TimeoutError):
                carried(lambda: hubs.receive(ours, 10, 0.01))  # noqa: B023
