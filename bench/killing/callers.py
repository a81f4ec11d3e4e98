"""Those who call, each from a thread of its own, until the relay is killed."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Event

from bench.answers import Answer
from bench.killing import visits
from bench.killing.told import Told
from bench.killing.visits import Caller
from bench.load import READ_SIZE, Address, Exchange
from bench.soak.requests import Request, Visit, Wrong

AT_ONCE = 8
PATIENCE = 30.0  # seconds for an answer
PAUSE = 0.1  # of a caller who has reached a limit
CALLS = ("POST /v1/chat", "POST /v1/messages", "POST /v1/images", "POST /v1/responses ")


@dataclass(frozen=True, slots=True)
class Callers:
    """Their keys, what they were told, and a number for each visit."""

    keys: Sequence[str]
    limited: str
    told: Told
    numbers: Iterator[int]

    @contextmanager
    def calling(self, address: Address) -> Iterator[Event]:
        """What is yielded is to be set just before the relay is killed: until then an answer
        that is not right is told.
        """
        over = Event()
        with ThreadPoolExecutor(AT_ONCE + 1) as pool:
            begun = [pool.submit(self._mixed, address, over) for _ in range(AT_ONCE)]
            begun.append(pool.submit(self._limited, address, over))
            try:
                yield over
            finally:
                over.set()
            for each in begun:
                each.result()

    def _mixed(self, address: Address, over: Event) -> None:
        dice = random.Random()
        while not over.is_set():
            self._visit(dice.choice(visits.MIX), dice.choice(self.keys), address, over)

    def _limited(self, address: Address, over: Event) -> None:
        while not over.wait(PAUSE):
            self._visit(visits.limited, self.limited, address, over)

    def _visit(
        self, visit: Callable[[Caller], Visit], key: str, address: Address, over: Event
    ) -> None:
        number = next(self.numbers)
        with closing(visit(Caller(key, number, self.told))) as asking:
            request = next(asking)
            for id in (f"killed-{number}-{turn}" for turn in count()):
                try:
                    request = asking.send(self._answered(request, id, address))
                except StopIteration:
                    return
                except (Wrong, OSError, ValueError, LookupError) as error:
                    if not over.is_set():
                        shown = error.shown if isinstance(error, Wrong) else ""
                        self.told.wrong[id] = f"{visit.__name__}: {error} {shown}"
                    return

    def _answered(self, request: Request, id: str, address: Address) -> Answer:
        """Raises ConnectionError for one that is broken off."""
        line, end, rest = request.data.partition(b"\r\n")
        self.told.asked.add(id)
        exchange = Exchange(time.monotonic())
        with socket.create_connection(address, PATIENCE) as connection:
            connection.sendall(line + end + b"X-Request-Id: " + id.encode() + end + rest)
            while not exchange.complete:
                if not (data := connection.recv(READ_SIZE)):
                    raise ConnectionResetError("an answer was broken off")
                exchange.take(time.monotonic(), data)
        answer = Answer(exchange)
        whole = b'"background"' not in rest
        if whole and line.decode().startswith(CALLS) and answer.status == 200:
            self.told.ended[id] = time.time()
        return answer


def callers(keys: Sequence[str], limited: str) -> Callers:
    return Callers(keys, limited, Told(), count(1))
