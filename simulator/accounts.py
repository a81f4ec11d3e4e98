"""Who calls: what a key may do, and what it has used."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque

WINDOW = 60.0  # seconds; the limit is one of requests a minute (onemin-api.md 13)
CREDIT_LIMIT = 4_000_000_000  # more than any load test uses up
SMALL_LIMIT = 1  # used up by the first call


class Account:
    """One key's team and user. Connections share it, so it is locked.

    What a key may do shows in how it begins: `bad`, it is refused; `broke`, it has no credits;
    `poor`, it has none after its first call; `limited`, it has called too often.
    """

    def __init__(self, key: str) -> None:
        self.credit_limit = SMALL_LIMIT if key.startswith("poor") else CREDIT_LIMIT
        self.team_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"team:{key}"))
        self.user_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"user:{key}"))
        self._always_limited = key.startswith("limited")
        self._used_credit = self.credit_limit if key.startswith("broke") else 0
        self._admitted = deque[float]()
        self._failed_once = set[str]()
        self._lock = threading.Lock()

    @property
    def broke(self) -> bool:
        return self.used_credit >= self.credit_limit

    @property
    def used_credit(self) -> int:
        with self._lock:
            return self._used_credit

    def charge(self, credit: int) -> int:
        """The credits used before this charge: 1min.ai's figure lags by one request."""
        with self._lock:
            before = self._used_credit
            self._used_credit += credit
        return before

    def wait(self, limit: int | None) -> float:
        """Seconds until this key may call again; at 0 the call is admitted and counted."""
        if self._always_limited:
            return 7.0
        if limit is None:
            return 0.0
        now = time.monotonic()
        with self._lock:
            while self._admitted and self._admitted[0] <= now - WINDOW:
                self._admitted.popleft()
            if len(self._admitted) >= limit:
                return self._admitted[0] + WINDOW - now
            self._admitted.append(now)
        return 0.0

    def fails_first(self, prompt: str) -> bool:
        """True, then False, and so on, for the same prompt."""
        with self._lock:
            first = prompt not in self._failed_once
            (self._failed_once.add if first else self._failed_once.discard)(prompt)
        return first


class Accounts:
    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._lock = threading.Lock()

    def of(self, key: str) -> Account:
        account = self._accounts.get(key)
        if account is None:
            with self._lock:
                account = self._accounts.setdefault(key, Account(key))
        return account
