"""Answers kept for whoever asks again, in memory and in Memcached."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache

import pytest

from tests.memcached import Memcached
from utils.errors import KeyReused
from utils.store import answers
from utils.store.answers import LARGEST, PIECE, Answer, Answers, Claim
from utils.store.shared import Memcached as Shared
from utils.store.shared import Nothing

Make = Callable[..., Answers]


@pytest.fixture
def shared(memcached: Memcached) -> Iterator[Shared]:
    with closing(Shared("127.0.0.1", memcached.port)) as shared:
        yield shared


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Make:
    """Answers of one place, which each call of this opens anew; in memory there is but one.
    Nobody renews a claim that is not released, unless told how long to.
    """
    if request.param == "memory":
        return cache(lambda longest=0: Answers(Nothing(), longest, lease=2, renewal=0.5))
    shared: Shared = request.getfixturevalue("shared")
    return lambda longest=0: Answers(shared, longest, lease=2, renewal=0.5)


HUGE = pytest.param(LARGEST, marks=pytest.mark.long)
BOTH = pytest.mark.parametrize("make", ["memory", "memcached"], indirect=True)


def claimed(kept: Answers, name: str = "a") -> Claim:
    claim = kept.ask(name, "this")
    assert isinstance(claim, Claim)
    return claim


@BOTH
@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 3 * PIECE, HUGE])
def test_a_body_of_any_size_is_kept_whole(make: Make, size: int) -> None:
    body = (b"0123456789abcdef\n" * (size // 17 + 1))[:size]
    answer = Answer(200, [("Content-Type", "x/y")], body)
    claim = claimed(make())
    claim.keep(answer)
    claim.release()
    assert make().ask("a", "this") == answer


@BOTH
def test_a_larger_one_is_not(make: Make) -> None:
    claim = claimed(make())
    claim.keep(Answer(200, [], bytes(LARGEST + 1)))
    claim.release()
    claimed(make())


@BOTH
def test_while_a_claim_lasts_nobody_else_has_it(make: Make) -> None:
    claim = claimed(make())
    assert make().ask("a", "this") is None
    claimed(make(), "b")
    claim.release()
    claimed(make())


@BOTH
def test_another_request_is_told_so_before_and_after(make: Make) -> None:
    claim = claimed(make())
    with pytest.raises(KeyReused):
        make().ask("a", "that")
    claim.keep(Answer(200, [], b"x"))
    with pytest.raises(KeyReused):
        make().ask("a", "that")


def test_an_answer_that_lost_a_piece_is_made_anew(shared: Shared) -> None:
    kept = Answers(shared, 0)
    claim = claimed(kept)
    claim.keep(Answer(200, [], bytes(2 * PIECE)))
    shared.delete(answers._piece("a", claim._holder, PIECE))
    claimed(kept)


def test_what_nobody_of_ours_has_written_is_no_answer(shared: Shared) -> None:
    for value in (b"", b"nonsense", b"[]", b"null", b'{"asked": "this"}', b'{"status": 200}\n'):
        shared.set("a", value, 60)
        claimed(Answers(shared, 0)).release()


@pytest.mark.long
@BOTH
def test_a_claim_is_renewed_as_long_as_its_request_may_take(
    make: Make,
) -> None:
    claim = claimed(kept := make(longest=60))
    time.sleep(3)
    assert kept.ask("a", "this") is None
    claim.release()
    claimed(kept).release()


@pytest.mark.long
@BOTH
def test_a_claim_that_is_not_renewed_is_soon_free(make: Make) -> None:
    """Its relay is dead. Should it be only very slow, its answer does not take the place of
    what was begun since.
    """
    slow = claimed(make())
    time.sleep(3.1)
    claim = claimed(make())
    slow.keep(Answer(200, [], b"too late"))
    slow.release()
    assert make().ask("a", "this") is None
    claim.keep(Answer(200, [], b"in time"))
    found = make().ask("a", "this")
    assert isinstance(found, Answer)
    assert found.body == b"in time"
