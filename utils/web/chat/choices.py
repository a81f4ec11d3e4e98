"""Several answers to one chat, made at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from contextvars import copy_context
from functools import partial
from threading import Event as Flag

from utils import hubs
from utils.domain.chat import Batches, Choice, Event
from utils.waiting import TICK, Mailbox

WAITING = 64  # batches that may wait for their client, over all choices

_Sent = tuple[int, Sequence[Event] | BaseException | None]  # None: this choice is complete


def several(asks: Sequence[Callable[[], Batches]]) -> Batches:
    """The batches of all of them as they come, each headed by its Choice.

    The first failure is raised, and ends the others; so does closing this.
    """
    sent = Mailbox[_Sent](WAITING)
    over = Flag()
    try:
        for index, ask in enumerate(asks):
            work = copy_context().run  # so that what it logs bears the request's id
            hubs.begin(partial(work, _answer, index, ask, sent, over))
        left = len(asks)
        while left:
            try:
                index, told = sent.get(TICK)
            except TimeoutError:
                yield ()
                continue
            if isinstance(told, BaseException):
                raise told
            if told is None:
                left -= 1
            else:
                yield [Choice(index), *told]
    finally:
        over.set()


def _answer(index: int, ask: Callable[[], Batches], sent: Mailbox[_Sent], over: Flag) -> None:
    try:
        with closing(ask()) as batches:
            for batch in batches:
                if over.is_set():
                    return
                if batch:
                    _send(sent, (index, batch), over)
        _send(sent, (index, None), over)
    except BaseException as error:  # noqa: BLE001  # it is raised where the answer is read
        _send(sent, (index, error), over)


def _send(sent: Mailbox[_Sent], told: _Sent, over: Flag) -> None:
    while not over.is_set() and not sent.put(told, TICK):
        pass
