"""A turn of a run as a stream of events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from utils.domain.chat import Answering, CallBegun, Corrected, Failed, Finish, Heartbeat
from utils.domain.runs import Added, Closed, Kind, Opened, RunEvent
from utils.errors import RelayError
from utils.wire.assistants import objects
from utils.wire.assistants.messages import blank
from utils.wire.comments import HEARTBEAT, comment
from utils.wire.errors import openai_error
from utils.wire.items import Item
from utils.wire.stamp import Stamp

# Given the run's changed fields, its new messages and its new steps: the run, as it is now.
Keep = Callable[[Item, Sequence[Item], Sequence[Item]], Item]

DONE = b"event: done\ndata: [DONE]\n\n"
_CUT = {"length": "max_tokens", "content_filter": "content_filter"}
_BUDGETS = {"length": "max_completion_tokens"}


def event(name: str, value: Item) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(value))


def broken_off(error: RelayError) -> bytes:
    return event("error", openai_error(error))


def opening(queued: Item, begun: Item, thread: Item | None, step: Item | None) -> bytes:
    """`thread` is new, if there is one. `step` has the outputs with which the run goes on;
    without it, the run is new, too.
    """
    told = event("thread.created", thread) if thread else b""
    if step:
        told += event("thread.run.step.completed", step)
    else:
        told += event("thread.run.created", queued)
    told += event("thread.run.queued", queued)
    return told + event("thread.run.in_progress", begun)


class RunStream:
    """`run` is under way. A text is a message and a step that made it; all calls of a turn are
    one step, which goes on until their outputs are there.
    """

    def __init__(self, run: Item, stamp: Stamp, keep: Keep, clock: Callable[[], float]) -> None:
        self._run = run
        self._stamp = stamp
        self._keep = keep
        self._clock = clock
        self._messages: list[Item] = []
        self._steps: list[Item] = []
        self._texts: list[str] = []  # of the message that is open
        self._kind: Kind | None = None  # of its text
        self._calls: list[Item] = []
        self._called: Item | None = None  # the step that has them

    def told(self, batch: Sequence[RunEvent]) -> bytes:
        return b"".join([self._told(event) for event in batch])

    def _told(self, told: RunEvent) -> bytes:
        match told:
            case Added(run=run, text=text):
                return self._added(run.kind, text)
            case Opened(run=run):
                return self._opened(run.kind, run.call)
            case Closed(run=run) if run.kind == "call":
                self._calls[-1]["function"]["arguments"] = run.text
            case _:
                return self._told_rarely(told)
        return b""

    def _told_rarely(self, told: RunEvent) -> bytes:
        match told:
            case Finish():
                return self.ended(told)
            case Failed():
                return self._failed(told.error)
            case Heartbeat():
                return HEARTBEAT
            case Corrected() | Answering():
                return comment(told)
        return b""

    def _opened(self, kind: Kind, call: CallBegun | None) -> bytes:
        if kind == "reasoning":
            return b""
        told = self._close({"status": "completed", "completed_at": self._now()})
        if call:
            return told + self._call(call)
        return told + self._message(kind)

    def _message(self, kind: Kind) -> bytes:
        id, thread = f"msg_{self._stamp.token}_{len(self._messages)}", self._run["thread_id"]
        message = blank(id, thread, self._now()) | {
            "assistant_id": self._run["assistant_id"],
            "run_id": self._run["id"],
        }
        self._messages.append(message)
        self._texts, self._kind = [], kind
        details = {"type": "message_creation", "message_creation": {"message_id": id}}
        return (
            self._step(details)
            + event("thread.message.created", message)
            + event("thread.message.in_progress", message)
        )

    def _call(self, call: CallBegun) -> bytes:
        told = b""
        if self._called is None:
            told = self._step({"type": "tool_calls", "tool_calls": []})
            self._called = self._steps[-1]
        function = {"name": call.name, "arguments": "", "output": None}
        shown = {"id": call.id, "type": "function", "function": function}
        self._calls.append(shown)
        return told + self._call_delta(shown)

    def _step(self, details: Item) -> bytes:
        id = f"step_{self._stamp.token}_{len(self._steps)}"
        step = objects.step(id, self._run, self._now(), details)
        self._steps.append(step)
        created = event("thread.run.step.created", step)
        return created + event("thread.run.step.in_progress", step)

    def _added(self, kind: Kind, text: str) -> bytes:
        if kind == "reasoning":
            return b""
        if kind == "call":
            return self._call_delta({"type": "function", "function": {"arguments": text}})
        first = not self._texts
        self._texts.append(text)
        part = {"index": 0, **_part(kind, text)}
        if kind == "text" and not first:
            part["text"] = {"value": text}
        told = {"id": self._messages[-1]["id"], "object": "thread.message.delta"}
        return event("thread.message.delta", {**told, "delta": {"content": [part]}})

    def _call_delta(self, call: Item) -> bytes:
        assert self._called
        details = {
            "type": "tool_calls",
            "tool_calls": [{"index": len(self._calls) - 1, **call}],
        }
        told = {"id": self._called["id"], "object": "thread.run.step.delta"}
        return event("thread.run.step.delta", {**told, "delta": {"step_details": details}})

    def ended(self, finish: Finish, budget: str | None = None) -> bytes:
        """`budget` is what left nothing for an answer."""
        now, cut = self._now(), _CUT.get(finish.reason)
        if self._steps and finish.usage:
            self._steps[-1]["usage"] = objects.usage(finish.usage)
        told = self._close(_incomplete(cut, now) if cut else objects.completed(now))
        if cut:
            told += self._break_off(
                {"status": "failed", "failed_at": now, "last_error": _CUT_OFF}
            )
            end = objects.incomplete(budget or _BUDGETS.get(finish.reason))
        elif self._called:
            self._called.update(step_details=self._details())
            end = objects.waiting(self._calls, now)
        else:
            end = objects.completed(now)
        spent = objects.total(self._run["usage"], finish.usage)
        return told + self._over(end | {"usage": spent})

    def _failed(self, error: RelayError) -> bytes:
        now, end = self._now(), objects.failed(error, self._now())
        message = _incomplete(f"run_{end['status']}", now)
        told = self._close(message, objects.failed_step(end))
        return told + self._break_off(objects.failed_step(end)) + self._over(end)

    def _break_off(self, end: Item) -> bytes:
        """What would have waited for outputs."""
        if not self._called:
            return b""
        self._called.update({**end, "step_details": self._details()})
        return event(f"thread.run.step.{end['status']}", self._called)

    def _details(self) -> Item:
        return {"type": "tool_calls", "tool_calls": self._calls}

    def _close(self, end: Item, step: Item | None = None) -> bytes:
        """The message that is open, if one is, and the step that made it."""
        if self._kind is None:
            return b""
        message, made = self._messages[-1], self._maker()
        message.update({**end, "content": [_part(self._kind, "".join(self._texts))]})
        made.update(step or objects.completed(self._now()))
        self._kind = None
        told = event(f"thread.message.{end['status']}", message)
        return told + event(f"thread.run.step.{made['status']}", made)

    def _maker(self) -> Item:
        return next(step for step in reversed(self._steps) if step is not self._called)

    def _over(self, changes: Item) -> bytes:
        run = self._keep(changes, self._messages, self._steps)
        told = event(f"thread.run.{run['status']}", run)
        return told if run["status"] == "failed" else told + DONE

    def _now(self) -> int:
        return int(self._clock())


_CUT_OFF = {"code": "server_error", "message": "The answer was cut off in its calls."}


def _part(kind: Kind, text: str) -> Item:
    if kind == "refusal":
        return {"type": "refusal", "refusal": text}
    return {"type": "text", "text": {"value": text, "annotations": []}}


def _incomplete(reason: str | None, now: int) -> Item:
    details = {"reason": reason}
    return {"status": "incomplete", "incomplete_at": now, "incomplete_details": details}
