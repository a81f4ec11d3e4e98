"""A call that asks a model: what it may use up, and what it comes to."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import reduce
from operator import add
from threading import Lock
from typing import TypeVar, cast

from flask import g

from utils.domain import context
from utils.domain.callers import Caller
from utils.domain.calls import CallRecord, Estimate, priced
from utils.domain.catalog import Model
from utils.domain.chat import Chat, Usage
from utils.domain.windows import Window
from utils.errors import ClientLeft, RelayError
from utils.store.places import Leave
from utils.waiting import Waiting
from utils.web.calls.charges import Charges
from utils.web.http import log
from utils.web.http.errors import speaks_anthropic
from utils.web.http.request import current
from utils.web.services.services import Services

T = TypeVar("T")

MEDIA_TOKENS = 1000  # what a limit on tokens counts for a picture, a sound or a video
OTHER = "other"  # in place of the name of a model
MOST_OUTPUT = 4096  # tokens that a budget counts for an answer which may be of any length


def call() -> Call:
    """The one that this request is."""
    return cast(Call, g._get_current_object().call)


def perhaps_call() -> Call | None:
    """It, where the request is one."""
    return cast("Call | None", g.get("call"))


class Call:
    """From its admission to its row in the ledger. Whoever goes on with it after its request
    is over says so by `keep`, and then closes it.

    Shared by the threads of its choices.
    """

    def __init__(self, who: Caller, relay: Services, leave: Leave | None = None) -> None:
        """`leave` is told when it is over."""
        asked, kept = current(), g._get_current_object()
        self.who = who
        self._relay, self._leave = relay, leave
        self._at, self._began = time.time(), kept.began
        self._endpoint = asked.url_rule.rule if asked.url_rule else "-"
        self._dialect = "anthropic" if speaks_anthropic() else "openai"
        self.request_id = kept.request_id
        self.model = self._backend = self._error = ""
        self._status = 0
        self._first: float | None = None
        self._spent: list[Usage] = []
        self._charges = Charges(who, relay, kept.get("left", {}).get("tokens"))
        self._kept = self._ended = self._paid = False
        self._lock = Lock()
        self.record: CallRecord | None = None  # once it is over
        self.refusal: RelayError | None = None  # of the model asked first, if known
        relay.metrics.begun()

    def answers(self, model: str, backend: str = "") -> None:
        """Who is asked now."""
        self.model, self._backend = model, backend

    def charge(self, chat: Chat, model: Model | None) -> None:
        """Before a model is asked; for all the choices of the chat, whichever comes first.
        Raises LimitReached, OutOfBudget.
        """
        self.answers(chat.model, model.backend if model else "")
        if self._charges.matter:
            most = (model.max_output if model else 0) or MOST_OUTPUT
            written = chat.max_tokens or min(most, MOST_OUTPUT)
            count = context.counted if self.who.grant.has_budget else context.estimated
            self._charges.make(Estimate(count(chat), written, model, chat.choices))

    def charge_media(self, name: str, times: int = 1) -> None:
        """As `charge`, for so many of what is not counted in tokens."""
        model = self._relay.catalog.at_hand().models.get(name)
        self.answers(name, model.backend if model else "")
        self._charges.make_flat(Estimate(MEDIA_TOKENS, 0, model, times))

    def charge_read(self, count: Callable[[], int], model: Model) -> None:
        """As `charge`, for what is only read. It is counted where that matters."""
        self.answers(model.id, model.backend)
        if self._charges.matter:
            self._charges.make(Estimate(count(), 0, model))

    @property
    def tokens(self) -> Window | None:
        """What its caller has left of them, as of its last charge."""
        return self._charges.tokens

    @property
    def status(self) -> int:
        """How it is going, as far as that is told."""
        return self._status

    @property
    def is_known(self) -> bool:
        """Whether whoever makes it is, or was answered just now."""
        return self.who.known or self._first is not None

    def spoke(self) -> None:
        """The first byte of the answer is there."""
        if self._first is None:
            self._first = time.monotonic() - self._began

    def booked(self, work: Waiting[T], usage: Callable[[T], Usage | None]) -> Waiting[T]:
        """Work whose usage is this call's, whoever waits for it."""
        try:
            value = yield from work
        except RelayError as error:
            self._take(error)
            raise
        self.spoke()
        self._paid = True
        self.book(usage(value))
        return value

    def book(self, usage: Usage | None) -> None:
        if usage:
            with self._lock:
                self._spent.append(usage)

    def _take(self, error: RelayError) -> None:
        """What was spent before it, once."""
        with self._lock:
            self._spent += error.spent
            error.spent = ()

    def told(self, status: int, error: str = "") -> None:
        """How the answer began, for its client."""
        if not self._status:
            self._status, self._error = status, error

    def fail(self, error: RelayError) -> None:
        """How it ended, whatever was told before."""
        self._take(error)
        self._status, self._error = error.status, error.code or error.kind

    def leave(self) -> None:
        """Nobody was there any more when it was; unless it had failed before."""
        if self._status < 400:
            self._status, self._error = ClientLeft.status, ClientLeft.code or ""

    def keep(self) -> None:
        """It is not over when its request is."""
        self._kept = True

    @property
    def is_kept(self) -> bool:
        return self._kept

    def over(self) -> None:
        """Its request is."""
        if not self._kept:
            self.close()

    def close(self) -> None:
        """Once; never raises."""
        with self._lock:
            ended, self._ended = self._ended, True
        if not ended:
            self.record = record = self._record()
            if self.is_known:
                self._relay.ledger.add(record)
            self._relay.metrics.add(record)
            if self._leave:
                self._leave()
            self._vouch()
            self._charges.settle(record.usage, failed=record.status >= 400)
            if self._kept:
                log.ended(record)

    def _vouch(self) -> None:
        """1min.ai knows the key of whoever it answered."""
        if self._first is not None and not self._backend and not self.who.known:
            self._relay.vouched.add(self.who.owner)

    def _record(self) -> CallRecord:
        """A name that nobody lists is not kept: it could be a key in the wrong place."""
        model = self._relay.catalog.at_hand().models.get(self.model)
        return CallRecord(
            request_id=self.request_id,
            owner=self.who.owner,
            key_id=self.who.key_id,
            endpoint=self._endpoint,
            dialect=self._dialect,
            model=self.model and (model.id if model else OTHER),
            backend=self._backend,
            usage=priced(reduce(add, self._spent), model) if self._spent else None,
            status=self._status,
            error=self._error,
            at=self._at,
            seconds=time.monotonic() - self._began,
            first_byte=self._first,
            reservations=self._charges.end(),
            paid=self._paid,
        )
