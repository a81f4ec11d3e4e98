"""PostgreSQL, which may be gone, or stand still where it is."""

from __future__ import annotations

from typing import Any, Self, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout, _WaitTimeout
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, make_url

T = TypeVar("T")

CONNECTING = 5  # seconds
BUSY = 10_000  # milliseconds that a statement waits for another's transaction
SLOW = 30_000  # milliseconds, for one statement
PROMPT = 2  # seconds: a ping, and what begins a transaction, take no time
LOOKS = 0.1  # seconds, psycopg's own


class Silent(psycopg.OperationalError, TimeoutError):
    """The server said nothing for longer than it may."""


class Waiting(psycopg.Connection[Any]):
    """It does not wait without end. The system of a server that stands still goes on to
    acknowledge what it is sent, so no timer of TCP ends; nor do the server's own.
    """

    @classmethod
    def connect(cls, *where: Any, **options: Any) -> Self:
        try:
            return super().connect(*where, **options)
        except ConnectionTimeout as error:
            raise Silent(str(error)) from error

    def wait(self, gen: PQGen[T], interval: float = LOOKS, timeout: float | None = None) -> T:
        idle = self.pgconn.transaction_status == TransactionStatus.IDLE
        patience = PROMPT if idle else PROMPT + SLOW / 1000
        try:
            return super().wait(gen, interval, patience if timeout is None else timeout)
        except _WaitTimeout as error:
            self.close()
            raise Silent("the server stands still") from error


def engine(url: str, pool: dict[str, Any]) -> Engine:
    network = {
        "connect_timeout": CONNECTING,
        "keepalives_idle": CONNECTING,
        "tcp_user_timeout": BUSY,
    }
    query = make_url(url).query
    made = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={
            "prepare_threshold": None,  # a pooler in between would lose what was prepared
            **{name: value for name, value in network.items() if name not in query},
        },
        **pool,
    )
    event.listen(made, "do_connect", _connected)
    event.listen(made, "begin", _bound)
    return made


def _connected(
    _dialect: object, _record: object, where: list[Any], options: dict[str, Any]
) -> Waiting:
    return Waiting.connect(*where, **options)


def _bound(connection: Connection) -> None:
    connection.exec_driver_sql(
        f"SET LOCAL lock_timeout={BUSY}; SET LOCAL statement_timeout={SLOW};"
        f"SET LOCAL idle_in_transaction_session_timeout={SLOW}"  # others wait for its locks
    )
