"""Calls that a pool has to find a payer for, without a relay."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.onemin.attaching import returned
from utils.domain.payers import Payer
from utils.errors import RelayError
from utils.onemin.bills import Paying
from utils.onemin.pool import Pool

KEYS = ("first-key-of-the-server", "second-key-of-the-server", "third-key-of-the-server")
ANN = Payer("ann")

Call = Generator[None, None, str]


class Server:
    """Takes calls, and refuses these keys with a failure."""

    def __init__(self, failures: dict[str, RelayError] | None = None) -> None:
        self.failures = failures or {}
        self.keys: list[str] = []

    def answer(self, paying: Paying) -> Call:
        self.keys.append(paying.key)
        yield
        if failure := self.failures.get(paying.key):
            raise failure
        return paying.key


def paid(pool: Pool, server: Server, payer: Payer = ANN) -> str:
    return returned(pool.paid(payer, server.answer))


def usual(pool: Pool, caller: str = "ann") -> str:
    return paid(pool, Server(), Payer(caller))


def began(pool: Pool, payer: Payer = ANN) -> tuple[Call, str]:
    """A call under way, and who pays for it."""
    server = Server()
    call = pool.paid(payer, server.answer)
    next(call)
    return call, server.keys[0]


def refusal(pool: Pool, server: Server, payer: Payer = ANN) -> RelayError:
    with pytest.raises(RelayError) as caught:
        paid(pool, server, payer)
    return caught.value
