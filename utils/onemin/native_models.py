"""Which models 1min.ai's OpenAI-compatible surface lists (onemin-api.md 3)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from threading import Lock, Thread

from utils import hubs
from utils.domain.chat import Event
from utils.domain.payers import Payer
from utils.errors import Forbidden, OutOfCredit, RateLimited, RelayError, Unauthorized

log = logging.getLogger(__name__)

FRESH = 300  # seconds a list counts
RETRY = 10  # seconds for which a failure to fetch one means that nothing is listed
PATIENCE = 6  # seconds a chat waits for the list
MOMENT = 0.25  # seconds between two chances to notice that the client left
KEYS_FAULT = (Unauthorized, Forbidden, OutOfCredit, RateLimited)


class NativeModels:
    """One fetch at a time, by whoever asks first. Shared by all threads."""

    def __init__(
        self,
        fetch: Callable[[str], Iterable[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`fetch` takes a key."""
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._ids: frozenset[str] = frozenset()
        self._until = float("-inf")
        self._under_way: Thread | None = None

    def hold(self, model: str, payer: Payer) -> Generator[Sequence[Event], None, bool]:
        """Whether the model is listed, as far as is known after a while. Yields at each moment
        of waiting.

        What refused somebody else's key may well accept this one, so it is asked again.
        """
        patience = time.monotonic() + PATIENCE
        own = False
        while not own and self._clock() >= self._until and time.monotonic() < patience:
            fetch, own = self._fetching(payer)
            while fetch.is_alive() and time.monotonic() < patience:
                hubs.elsewhere(fetch.join, MOMENT)
                yield ()
        with self._lock:
            return self._clock() < self._until and model in self._ids

    def _fetching(self, payer: Payer) -> tuple[Thread, bool]:
        """The fetch under way, or a new one, and whether it is ours."""
        with self._lock:
            if self._under_way and self._under_way.is_alive():
                return self._under_way, False
            self._under_way = Thread(
                target=self._ask, args=(payer,), name="native-models", daemon=True
            )
            self._under_way.start()
            return self._under_way, True

    def _ask(self, payer: Payer) -> None:
        try:
            ids, seconds = frozenset(self._fetch(payer.key)), FRESH
        except KEYS_FAULT:
            return
        except RelayError as error:
            log.warning("the native models could not be listed: %s", error.code)
            ids, seconds = frozenset(), RETRY
        with self._lock:
            self._ids, self._until = ids, self._clock() + seconds
