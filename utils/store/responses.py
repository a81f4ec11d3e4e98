"""Responses, and what was said in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import orjson
from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from utils.errors import ContextTooLong, InvalidRequest, NotFound
from utils.store.conversations import BATCH, MOST_TEXT, Item, encoded, named
from utils.store.database import Database
from utils.store.response_rows import (
    INPUT,
    OUTPUT,
    insert_items,
    inserted,
    items,
    responses,
)

DAY = 86400
SILENCE = 60  # seconds without a sign of life, after which a background response has failed
PENDING = ("queued", "in_progress")
DELETED = "deleted"  # before it was finished
INTERRUPTED = {
    "code": "server_error",
    "message": "The relay stopped before this response was finished.",
}
MOST_LINKS = 10_000
PRUNING = 3600  # seconds
PRUNED = 500  # responses at once

PARAM = "previous_response_id"


@dataclass(frozen=True, slots=True)
class Kept:
    """`body` is the response as OpenAI shows it, without its output; `previous` is the id of
    the one it continues.
    """

    id: str
    body: dict[str, Any]
    input: list[dict[str, Any]] = field(default_factory=list)
    output: list[dict[str, Any]] = field(default_factory=list)
    previous: str = ""


class ResponseStore:
    """Another owner's are answered like unknown ones, and so is one that was of no use for too
    long: neither made nor continued, nor one of those that a continued one continues.
    """

    def __init__(
        self, database: Database, days: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._lasting = days * DAY
        self._clock = clock
        self._lock = Lock()
        self._pruned = float("-inf")

    def begin(self, kept: Kept, owner: str) -> None:
        """Of a response that is made in the background: `alive` has to be called meanwhile."""
        with self._database.begin() as connection:
            connection.execute(insert(responses), self._row(kept, owner))
            insert_items(connection, kept.id, _sides(kept))

    def keep(self, kept: Kept, owner: str) -> bool:
        """In the place of what `begin` has kept. False, and nothing is kept, when it was
        cancelled or deleted meanwhile.
        """
        self._prune()
        row = self._row(kept, owner)
        pending = and_(_is_pending(kept.id), responses.c.owner == owner)
        with self._database.begin() as connection:
            if connection.execute(update(responses).where(pending).values(row)).rowcount:
                connection.execute(delete(items).where(items.c.response == kept.id))
            elif not inserted(connection, row):
                return False
            insert_items(connection, kept.id, _sides(kept))
            if kept.previous:
                self._use(connection, kept.previous, owner)
        return True

    def find(self, id: str, owner: str) -> Kept | None:
        with self._database.read() as connection:
            return self._found(connection, id, owner)

    def cancel(self, id: str, owner: str) -> Kept | None:
        """The response, cancelled if it was not finished."""
        with self._database.begin() as connection:
            kept = self._found(connection, id, owner)
            if kept is None or kept.body["status"] not in PENDING:
                return kept
            body = kept.body | {"status": "cancelled"}
            connection.execute(
                update(responses)
                .where(_is_pending(id))
                .values(status="cancelled", body=encoded(body))
            )
            return self._found(connection, id, owner)  # it may have been finished first

    def delete(self, id: str, owner: str) -> bool:
        with self._database.begin() as connection:
            unfinished = connection.execute(  # its name stays, or `keep` would bring it back
                update(responses)
                .where(_is_pending(id), self._visible(owner))
                .values(status=DELETED, body="{}")
            ).rowcount
            if unfinished:
                connection.execute(delete(items).where(items.c.response == id))
                return True
            gone = delete(responses).where(responses.c.id == id, self._visible(owner))
            return connection.execute(gone).rowcount > 0

    def alive(self, id: str) -> bool:
        """Told by whoever makes it, every few seconds: whether it is wanted still."""
        with self._database.begin() as connection:
            noted = connection.execute(
                update(responses).where(_is_pending(id)).values(seen=int(self._clock()))
            )
            return noted.rowcount > 0

    def history(self, id: str, owner: str) -> list[Item]:
        """What was said up to this response and in it, oldest first. Raises NotFound when it,
        or one that it continues, is gone.
        """
        with self._database.read() as connection:
            chain = self._chain(id, owner)
            self._check(id, connection.execute(select(chain).order_by(chain.c.depth)).all())
            said = select(items.c.body).join(chain, items.c.response == chain.c.id)
            size = select(func.sum(func.length(said.subquery().c.body)))
            if (connection.execute(size).scalar() or 0) > MOST_TEXT:
                raise _too_long()
            said = said.order_by(chain.c.depth.desc(), items.c.side, items.c.position)
            return [orjson.loads(row.body) for row in connection.execute(said)]

    def items(self, ids: Sequence[str], owner: str) -> dict[str, Item]:
        """Those of them that there are, in responses or conversations."""
        found: dict[str, Item] = {}
        if not ids:
            return found
        with self._database.read() as connection:
            for start in range(0, len(ids), BATCH):
                asked = ids[start : start + BATCH]
                found |= named(connection, asked, owner)
                own = select(items.c.item, items.c.body).join(responses)
                own = own.where(items.c.item.in_(asked), self._visible(owner))
                rows = connection.execute(own.order_by(responses.c.created))
                found |= {row.item: orjson.loads(row.body) for row in rows}
        return found

    def _row(self, kept: Kept, owner: str) -> dict[str, Any]:
        now = int(self._clock())
        return {
            "id": kept.id,
            "owner": owner,
            "created": now,
            "previous": kept.previous,
            "status": kept.body["status"],
            "seen": now,
            "body": encoded(kept.body),
        }

    def _visible(self, owner: str) -> ColumnElement[bool]:
        return and_(
            responses.c.owner == owner,
            responses.c.seen >= self._clock() - self._lasting,
            responses.c.status != DELETED,
        )

    def _is_running(self, row: Row[Any]) -> bool:
        return row.status in PENDING and self._clock() - row.seen <= SILENCE

    def _found(self, connection: Connection, id: str, owner: str) -> Kept | None:
        asked = select(responses).where(responses.c.id == id, self._visible(owner))
        row = connection.execute(asked).first()
        if row is None:
            return None
        body = orjson.loads(row.body)
        if row.status in PENDING and not self._is_running(row):
            body |= {"status": "failed", "error": INTERRUPTED}
        own = select(items).where(items.c.response == id).order_by(items.c.position)
        sides: dict[str, list[Item]] = {INPUT: [], OUTPUT: []}
        for item in connection.execute(own):
            sides[item.side].append(orjson.loads(item.body))
        return Kept(id, body, sides[INPUT], sides[OUTPUT], row.previous)

    def _chain(self, id: str, owner: str) -> CTE:
        """The response and those before it, each with how far back it is."""
        told = responses.c.id, responses.c.previous, responses.c.status, responses.c.seen
        last = select(*told, literal(0).label("depth"))
        last = last.where(responses.c.id == id, self._visible(owner))
        chain = last.cte("chain", recursive=True)
        before = select(*told, chain.c.depth + 1).where(
            responses.c.id == chain.c.previous,
            self._visible(owner),
            chain.c.depth < MOST_LINKS,
        )
        return chain.union_all(before)

    def _use(self, connection: Connection, id: str, owner: str) -> None:
        """So that no chat ends because its beginning is old."""
        now, chain = self._clock(), self._chain(id, owner)
        aged = responses.c.seen < now - self._lasting / 10
        used = update(responses).where(responses.c.id.in_(select(chain.c.id)), aged)
        connection.execute(used.values(seen=int(now)))

    def _check(self, id: str, links: Sequence[Row[Any]]) -> None:
        if len(links) > MOST_LINKS:
            raise _too_long()
        if not links:
            raise NotFound(f"There is no response {id[:100]!r}.", param=PARAM)
        if missing := links[-1].previous:
            raise NotFound(
                f"The response {id!r} cannot be continued: one before it was deleted, "
                f"{missing[:100]!r}.",
                param=PARAM,
            )
        if self._is_running(links[0]):
            raise InvalidRequest(f"The response {id!r} is not finished yet.", param=PARAM)

    def _prune(self) -> None:
        """Some of the oldest, if there are any and nobody did it lately."""
        with self._lock:
            if self._clock() - self._pruned < PRUNING:
                return
            self._pruned = self._clock()
        old = select(responses.c.id).where(responses.c.seen < self._clock() - self._lasting)
        some = old.limit(PRUNED).with_for_update(skip_locked=True)
        with self._database.begin() as connection:
            gone = connection.execute(delete(responses).where(responses.c.id.in_(some)))
            if gone.rowcount == PRUNED:
                self._pruned = float("-inf")  # there may be more


def _is_pending(id: str) -> ColumnElement[bool]:
    return and_(responses.c.id == id, responses.c.status.in_(PENDING))


def _sides(kept: Kept) -> dict[str, list[Item]]:
    return {INPUT: kept.input, OUTPUT: kept.output}


def _too_long() -> ContextTooLong:
    return ContextTooLong("The responses before are too long to be read.", param=PARAM)
