"""A response as a stream of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from utils.domain.chat import Answering, Corrected, Failed, Finish, Heartbeat
from utils.domain.runs import Added, Closed, Opened, Run, RunEvent
from utils.errors import RelayError
from utils.wire.comments import HEARTBEAT, comment
from utils.wire.items import Item
from utils.wire.named_events import named
from utils.wire.responses.custom_input import CustomInput
from utils.wire.responses.events import Told, closing, delta, opening, text
from utils.wire.responses.output import Output

Ending = Callable[[Sequence[Item], Finish], dict[str, Any]]
Failing = Callable[[RelayError], dict[str, Any]]


class Numbered:
    """Events, each with the next number."""

    def __init__(self) -> None:
        self._number = 0

    def framed(self, event: Told) -> bytes:
        return named({**event, "sequence_number": self.next()})

    def all_framed(self, events: Iterator[Told]) -> bytes:
        return b"".join([self.framed(event) for event in events])

    def next(self) -> int:
        self._number += 1
        return self._number - 1


class Stream(Numbered):
    """`begun` is the response before its answer. `ending` and `failing` are the response once
    it is over.
    """

    def __init__(
        self, output: Output, begun: dict[str, Any], ending: Ending, failing: Failing
    ) -> None:
        super().__init__()
        self._output = output
        self._begun = begun
        self._ending = ending
        self._failing = failing
        self._items: list[Item] = []
        self._searching = [] if output.query is None else [output.search()]
        self._delta = b""  # what stands before the text of the run that is open
        self._custom: CustomInput | None = None  # where its arguments are free text

    def opening(self) -> bytes:
        return self.all_framed(_begun(self._begun)) + b"".join(
            self.all_framed(opening(item, 0)) for item in self._searching
        )

    def told(self, batch: Sequence[RunEvent]) -> bytes:
        """What a batch adds. A Finish is the last in its batch, behind the end of its run."""
        finish = batch[-1] if batch and isinstance(batch[-1], Finish) else None
        last = len(batch) - 2
        return b"".join(
            [
                self._added(event.text)
                if isinstance(event, Added)
                else self._closed(event.run, finish if place == last else None)
                if isinstance(event, Closed)
                else self._told_rarely(event)
                for place, event in enumerate(batch)
            ]
        )

    def _added(self, piece: str) -> bytes:
        if self._custom:
            piece = self._custom.feed(piece)
        return self._piece(piece) if piece and self._delta else b""

    def _piece(self, piece: str) -> bytes:
        return b'%b%b,"sequence_number":%d}\n\n' % (
            self._delta,
            orjson.dumps(piece),
            self.next(),
        )

    def _told_rarely(self, event: RunEvent) -> bytes:
        match event:
            case Opened():
                return self._searched() + self._opened(event.run)
            case Finish():
                return self._searched() + self._ended(event)
            case Failed():
                return self.framed(_over(self._failing(event.error)))
            case Heartbeat():
                return HEARTBEAT
            case Corrected() | Answering():
                return comment(event)
        return b""

    def _searched(self) -> bytes:
        """The search is over once anything is said."""
        found, self._searching = self._searching, []
        self._items += found
        return b"".join(self.all_framed(closing(item, 0)) for item in found)

    def _opened(self, run: Run) -> bytes:
        item, index = self._output.item(run, "in_progress"), self._output.index(run)
        self._custom = CustomInput() if item["type"] == "custom_tool_call" else None
        told = delta(item, index)
        self._delta = named(told).removesuffix(b"}\n\n") + b',"delta":' if told else b""
        return self.all_framed(opening(item, index))

    def _closed(self, run: Run, finish: Finish | None) -> bytes:
        """`finish` is what ends the answer together with the run."""
        rest = self._custom.end() if self._custom else ""
        item = self._output.last_item(run, finish) if finish else self._output.item(run)
        self._items.append(item)
        end = self._piece(rest) if rest else b""
        return end + self.all_framed(closing(item, self._output.index(run)))

    def _ended(self, finish: Finish) -> bytes:
        return self.framed(_over(self._ending(self._items, finish)))


def _begun(response: dict[str, Any]) -> Iterator[Told]:
    yield {"type": "response.created", "response": response}
    yield {"type": f"response.{response['status']}", "response": response}


def _over(response: dict[str, Any]) -> Told:
    """There is no event for what was cancelled."""
    status = response["status"]
    name = status if status in ("completed", "failed") else "incomplete"
    return {"type": f"response.{name}", "response": response}


def replayed(response: dict[str, Any]) -> Iterator[bytes]:
    """The events of a response that was kept: each text in one piece. One that is not over yet
    has no end.
    """
    return map(Numbered().framed, _replayed(response))


def _replayed(response: dict[str, Any]) -> Iterator[Told]:
    status = response["status"]
    is_over = status not in ("queued", "in_progress")
    begun: dict[str, Any] = {
        "status": "in_progress" if is_over else status,
        "output": [],
        "usage": None,
    }
    yield from _begun({**response, **begun, "error": None, "incomplete_details": None})
    if not is_over:
        return
    for index, item in enumerate(response["output"]):
        yield from opening(item, index)
        if (piece := text(item)) and (told := delta(item, index)):
            yield {**told, "delta": piece}
        yield from closing(item, index)
    yield _over(response)


def broken_off(error: RelayError) -> bytes:
    """For a mistake of ours: nobody knows by then how far the numbers of the stream are."""
    told = {"code": error.code, "message": error.message, "param": error.param}
    return named({"type": "error", **told, "sequence_number": 0})
