"""Videos that callers have paid for, and what was last heard of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Table,
    Text,
    and_,
    func,
    insert,
    select,
    update,
)

from utils.domain.paging import Paging
from utils.domain.videos import Video
from utils.errors import InvalidRequest, NotFound
from utils.store.database import Database, metadata
from utils.store.owned import body_of, delete_owned, is_owned
from utils.store.pages import page, shown_columns

MOST = 1000  # videos of one owner
PAUSE = 1000  # milliseconds between two times that 1min.ai is asked how far a video is

_videos = Table(
    "videos",
    metadata,
    *shown_columns(),
    Column("owner", Text, nullable=False, index=True),
    Column("asked", BigInteger, nullable=False),  # in milliseconds since 1970
)


class VideoStore:
    """Another owner's are answered like unknown ones: `find`, `tell` and `delete` raise
    NotFound for those. Shared by all threads.
    """

    def __init__(
        self, database: Database, *, most: int = MOST, clock: Callable[[], float] = time.time
    ) -> None:
        """`most` are kept for one owner."""
        self._database = database
        self._most = most
        self._clock = clock

    def check(self, owner: str) -> None:
        """Before one more is paid for. Raises InvalidRequest, and Unavailable."""
        kept = select(func.count()).where(_videos.c.owner == owner)
        with self._database.read() as connection:
            if connection.execute(kept).scalar_one() < self._most:
                return
        message = f"There are {self._most} videos already, which is the most that is kept."
        raise InvalidRequest(f"{message} Delete some.", code="too_many_videos")

    def add(self, video: Video, owner: str) -> None:
        """It is paid for, so there is always room."""
        row = {"id": video.id, "owner": owner, "body": _encoded(video), "asked": 0}
        with self._database.begin() as connection:
            connection.execute(insert(_videos), row)

    def find(self, id: str, owner: str) -> Video:
        with self._database.read() as connection:
            return _found(connection, id, owner)

    def is_due(self, id: str) -> bool:
        """Whether to ask 1min.ai now. Of all that ask this at once, one hears yes."""
        now = int(self._clock() * 1000)
        due = and_(_videos.c.id == id, _videos.c.asked <= now - PAUSE)
        with self._database.begin() as connection:
            return connection.execute(update(_videos).where(due).values(asked=now)).rowcount > 0

    def tell(self, told: Video, owner: str) -> Video:
        """What is known now: what is over stays as it is."""
        with self._database.begin() as connection:
            kept = _found(connection, told.id, owner, locked=True)
            if kept.over:
                return kept
            new = (
                update(_videos)
                .where(is_owned(_videos, told.id, owner))
                .values(body=_encoded(told))
            )
            connection.execute(new)
        return told

    def page(self, wanted: Paging, owner: str) -> tuple[list[Video], bool]:
        with self._database.read() as connection:
            rows, more = page(connection, _videos, _videos.c.owner == owner, wanted)
        return [_decoded(row.body) for row in rows], more

    def delete(self, id: str, owner: str) -> None:
        """1min.ai keeps what it has, and ends what it has begun: its API cannot be told to."""
        with self._database.begin() as connection:
            if not delete_owned(connection, _videos, id, owner):
                raise _none(id)


def _found(connection: Connection, id: str, owner: str, *, locked: bool = False) -> Video:
    found = body_of(connection, _videos, id, owner, locked=locked)
    if found is None:
        raise _none(id)
    return Video(**found)


def _encoded(video: Video) -> str:
    return orjson.dumps(asdict(video)).decode()


def _decoded(body: str) -> Video:
    return Video(**orjson.loads(body))


def _none(id: str) -> NotFound:
    return NotFound(f"No video found with id {id[:100]!r}.", param="video_id")
