"""Relays with keys of their own, and callers for whom these pay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import requests

from simulator.replies import Hang, says
from simulator.server import Simulator
from tests.onemin.attaching import returned
from tests.serving import ASKED, ThreadedRelay, config_for
from utils.domain.callers import Grant
from utils.domain.payers import Payer
from utils.onemin.bills import Paying
from utils.onemin.pool import Pool
from utils.waiting import Waiting

GOOD = "good-key-of-the-server"
OTHER = "other-key-of-the-server"


class Pooled:
    """One relay after the other, with the same database, so that their callers stay the same.
    `headers` are those of a caller with a relay key, whose 1min.ai key is one of the server's.
    """

    def __init__(self, onemin: Simulator, folder: Path) -> None:
        self.onemin = onemin
        self.folder = folder
        with self.relay(GOOD) as relay:
            key, secret = relay.services.keys.create("a test's", Grant())
        self.owner = key.owner
        self.headers = {"Authorization": f"Bearer {secret}"}

    @contextmanager
    def relay(self, *keys: str, **settings: Any) -> Iterator[ThreadedRelay]:
        keyed = {"one_min_api_keys": ",".join(keys), **settings}
        relay = ThreadedRelay(config_for(self.onemin.url, self.folder, **keyed))
        try:
            yield relay
        finally:
            relay.stop()

    def first(self, kind: str, *others: str) -> str:
        """A key like `kind` that pays for this caller where these could as well."""
        for number in count():
            key = f"{kind}-key-of-the-server-{number}"
            if self.payer(key, *others) == key:
                return key
        raise AssertionError

    def payer(self, *keys: str) -> str:
        """Who pays when nobody is busy."""

        def answer(paying: Paying) -> Waiting[str]:
            yield from ()
            return paying.key

        return returned(Pool(keys).paid(Payer(self.owner), answer))

    def post(
        self, relay: ThreadedRelay, path: str, body: Any = None, **options: Any
    ) -> requests.Response:
        return relay.post(path, body, headers=self.headers, **options)

    def chat(
        self, relay: ThreadedRelay, prompt: str = "hi", **fields: Any
    ) -> requests.Response:
        asked = ASKED | {"messages": [{"role": "user", "content": prompt}]} | fields
        return self.post(relay, "/v1/chat/completions", asked)

    @contextmanager
    def busy(self, relay: ThreadedRelay) -> Iterator[str]:
        """While a chat is under way: whose key it is paid with."""
        self.onemin.script(says("a word", Hang()))
        asked = ASKED | {"stream": True}
        reply = self.post(relay, "/v1/chat/completions", asked, stream=True)
        call = self.onemin.chats[-1]
        with closing(reply):
            yield call.headers["api-key"]
        assert call.hung_up.wait(5)
