"""An answer, listened to: what it comes to is its call's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from io import StringIO

from utils.domain import context
from utils.domain.chat import (
    WORDED,
    Answering,
    Batches,
    Chat,
    Choice,
    Event,
    Finish,
    Note,
    Usage,
)
from utils.errors import ClientLeft, RelayError
from utils.tokens import counts
from utils.web.calls.calls import Call

Unfinished = dict[int, StringIO]  # what was said so far, by choice


def heard(batches: Batches, chat: Chat, made: Call) -> Batches:
    """The same answer. What broke off is estimated where its model was heard at all, and what
    its client did not wait for also where it was only asked.
    """
    unfinished: Unfinished = {}
    try:
        with closing(batches):
            for batch in batches:
                asked = _hear(batch, unfinished, made) if batch else None
                yield batch
                if asked is not None:
                    unfinished[asked] = StringIO()
    except RelayError as error:
        if not isinstance(error, ClientLeft):
            unfinished = {i: said for i, said in unfinished.items() if said.tell()}
        if not error.spent:
            _estimate(unfinished, chat, made)
        made.fail(error)
        raise
    except GeneratorExit:
        if unfinished:
            made.leave()
            _estimate(unfinished, chat, made)
        raise
    except Exception:  # a mistake of ours, which `unbroken` tells; what was said is paid for
        _estimate(unfinished, chat, made)
        raise


def _hear(batch: Sequence[Event], unfinished: Unfinished, made: Call) -> int | None:
    """The choice that a model is asked for, as soon as somebody goes on with the answer."""
    first, last = batch[0], batch[-1]
    choice = first.index if isinstance(first, Choice) else 0
    if isinstance(last, Note):
        if isinstance(last, Answering):
            made.answers(last.model, last.backend)
            return choice
        return None
    made.spoke()
    if isinstance(last, Finish):
        made.book(last.usage)
        unfinished.pop(choice, None)
        return None
    said = unfinished.setdefault(choice, StringIO())
    for event in batch:
        if isinstance(event, WORDED):
            said.write(event.text)
    return None


def _estimate(unfinished: Mapping[int, StringIO], chat: Chat, made: Call) -> None:
    asked = replace(chat, model=made.model)
    for said in unfinished.values():
        written = counts.count(said.getvalue(), made.model)
        made.book(Usage(context.counted(asked), written, "estimated"))
