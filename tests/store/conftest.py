from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.postgresql import PostgreSQL
from utils.store.database import Database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty database of each kind, for the tests of one module."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('data')}/relay.db"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.create()


@pytest.fixture(scope="module")
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def owner() -> str:
    """Nobody who was there before: tests share a database."""
    return uuid4().hex
