"""Which of the server's accounts has made a file: it is no other's to use."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from utils.domain.payers import Payer
from utils.onemin.bills import Paying
from utils.onemin.files.once import Cache

LASTING = 7 * 86400  # seconds


class Makers:
    """Shared by all threads."""

    def __init__(self, cache: Cache, accounts: Collection[str]) -> None:
        self._cache = cache
        self._accounts = accounts

    def remember(self, paying: Paying) -> None:
        """For what has just been made."""
        if paying.account:
            for path in paying.bill.files:
                self._cache.set(_name(path), paying.account.encode(), LASTING)

    def pinned(self, payer: Payer, paths: Iterable[str]) -> Payer:
        """To the account that has made the first of these that is known of."""
        if payer.key or payer.account:
            return payer
        for path in paths:
            account = (self._cache.get(_name(path)) or b"").decode()
            if account in self._accounts:
                return replace(payer, account=account)
        return payer


def _name(path: str) -> str:
    return f"maker:1:{path}"
