"""Runs of threads: begun, gone on with, and made whether or not anybody waits for them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flask import Response

from utils.domain import context
from utils.domain.chat import Chat, Streamed
from utils.errors import ContextTooLong, NotFound, RelayError
from utils.store.run_states import WAITING
from utils.store.runs import Outcome, not_waiting
from utils.web.background import background
from utils.web.chat import candidates
from utils.web.http.reply import event_stream, json_response
from utils.web.services.services import Services, services
from utils.wire.assistants import objects
from utils.wire.assistants.runs import NewRun, NewThreadAndRun, ToolOutputs
from utils.wire.assistants.threads import NewThread
from utils.wire.assistants.tools import Named
from utils.wire.assistants.turn import Turn, turn
from utils.wire.items import Item
from utils.wire.stamp import Stamp

log = logging.getLogger(__name__)

_Begin = Callable[[Item], None]  # keeps that the run is under way


def begun(thread_id: str, asked: NewRun, owner: str) -> Response:
    """Raises NotFound, and InvalidRequest while another run of the thread is under way."""
    relay, stamp = services(), Stamp.now("")
    thread = relay.threads.find(thread_id, owner)
    assistant = relay.assistants.find(asked.assistant_id, owner)
    check_files(asked.all_files, owner)
    added = asked.to_messages(thread_id, stamp)
    run = asked.to_run(assistant, thread, stamp)
    messages = [*relay.threads.messages(thread_id, owner), *added]
    first = turn(run, messages, stream=bool(asked.stream))
    begin = partial(relay.runs.begin, added=added, owner=owner)
    return _made(first, owner, begin)


def begun_with_thread(asked: NewThreadAndRun, owner: str) -> Response:
    """A thread and its first run."""
    relay, stamp = services(), Stamp.now("")
    assistant = relay.assistants.find(asked.assistant_id, owner)
    check_files(asked.all_files, owner)
    new = asked.thread or NewThread()
    thread, added = new.to_thread(stamp), new.to_messages(stamp, "thread.messages")
    run = asked.to_run(assistant, thread, stamp)
    first = turn(run, added, stream=bool(asked.stream), thread=thread)
    begin = partial(relay.runs.begin, added=added, owner=owner, thread=thread)
    return _made(first, owner, begin)


def resumed(thread_id: str, id: str, asked: ToolOutputs, owner: str) -> Response:
    """The run, with what its calls came to. Raises NotFound, and InvalidRequest when it waits
    for no outputs, or for others.
    """
    relay = services()
    run = relay.runs.find(thread_id, id, owner)
    if run["status"] != WAITING:
        raise not_waiting(run)
    steps = relay.runs.steps(thread_id, id, owner)
    answered = asked.to_step(run, steps, int(time.time()))
    steps = [answered if step["id"] == answered["id"] else step for step in steps]
    queued = run | {"status": "queued", "required_action": None, "expires_at": None}
    messages = relay.threads.messages(thread_id, owner)
    next = turn(queued, messages, steps, stream=bool(asked.stream))
    begin = partial(relay.runs.resume, step=answered, owner=owner)
    return _made(next, owner, begin)


def check_files(named: Named, owner: str) -> None:
    """Raises NotFound for one that the caller does not have."""
    for place, id in named:
        try:
            services().files.get(id, owner)
        except NotFound as error:
            error.param = place
            raise


def _made(asked: Turn, owner: str, begin: _Begin) -> Response:
    relay = services()
    run = Run(_within_budget(asked, relay), relay, owner, begin)
    return _over(run) if run.turn.over else background.begun(run)


def _over(run: Run) -> Response:
    """One that ends before 1min.ai is called."""
    stamp = Stamp.now("")
    queued = run.begin(stamp)
    frames = [run.opening(stamp), *run.frames(iter(()), stamp)]
    return event_stream(iter(frames)) if run.turn.chat.stream else json_response(queued)


def _within_budget(asked: Turn, relay: Services) -> Turn:
    """The turn as max_prompt_tokens lets it be."""
    room = asked.asked.left("max_prompt_tokens")
    if room is None or asked.over:
        return asked
    model = candidates.answering(asked.chat.model, relay)
    try:
        if room <= 0:
            return replace(asked, over="max_prompt_tokens")
        chat = replace(asked.chat, model=model)
        fitted, _ = context.fitted(chat, room, trim=chat.trims)
    except ContextTooLong:
        return replace(asked, over="max_prompt_tokens")
    return replace(asked, chat=replace(fitted, model=asked.chat.model))


@dataclass(frozen=True, slots=True)
class Run:
    """A turn of a run that is kept before its end is told."""

    turn: Turn
    relay: Services
    owner: str
    keeps: _Begin

    @property
    def ignored(self) -> list[str]:
        return self.turn.ignored

    def to_chat(self) -> Chat:
        return self.turn.chat

    def begin(self, stamp: Stamp) -> dict[str, Any]:
        """The run as it was before: its client is told of all that follows."""
        self.keeps(self.turn.begun(stamp))
        return self.turn.run

    def is_wanted(self, stamp: Stamp) -> bool:
        """Whether it was neither cancelled nor deleted; nobody else can say while the database
        is away.
        """
        try:
            return self.relay.runs.alive(self.turn.run["id"])
        except RelayError as error:
            log.warning("nobody knows whether a run was cancelled: %s", error.code)
            return True

    def opening(self, stamp: Stamp) -> bytes:
        return self.turn.opening(stamp)

    def frames(self, batches: Streamed, stamp: Stamp) -> Iterator[bytes]:
        return self.turn.frames(batches, stamp, partial(self._kept, stamp), time.time)

    def fail(self, error: RelayError, stamp: Stamp) -> None:
        """After a mistake of ours."""
        self._kept(stamp, objects.failed(error, int(time.time())), (), ())

    def error_frame(self, error: RelayError) -> bytes:
        return self.turn.error_frame(error)

    def _kept(
        self, stamp: Stamp, changes: Item, messages: Sequence[Item], steps: Sequence[Item]
    ) -> Item:
        """The run as it is to be told."""
        run, outcome = self.turn.run, Outcome(changes=changes, messages=messages, steps=steps)
        try:
            return self.relay.runs.end(run["thread_id"], run["id"], outcome, self.owner)
        except NotFound:
            end: Item = {"status": "cancelled", "cancelled_at": int(time.time())}
        except RelayError as error:
            log.error("a run could not be kept: %s", error.code)
            end = objects.failed(error, int(time.time()))
        return self.turn.begun(stamp) | end
