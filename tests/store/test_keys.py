from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from sqlalchemy import text

from tests.store.keeping import Clock
from utils.domain.callers import Grant
from utils.domain.keys import SECRET
from utils.domain.paging import Paging
from utils.errors import Conflict, InvalidRequest, NotFound
from utils.store.database import Database
from utils.store.keys import KeyStore, hash_of

NARROW = Grant(
    scopes=frozenset(("chat:base", "models:read")),
    models=("gpt-4o*", "ünï"),
    requests=5,
    tokens=0,
    concurrency=None,
    monthly_tokens=10**12,
    monthly_credits=1.5,
)


@pytest.fixture
def store(database: Database) -> KeyStore:
    return KeyStore(database)


@pytest.mark.fault(80)
@pytest.mark.parametrize("grant", [Grant(), NARROW])
def test_a_key_is_kept_as_it_is_but_for_its_secret(
    store: KeyStore, database: Database, grant: Grant
) -> None:
    key, secret = store.create("my läptop", grant, 4_000_000_000)
    assert SECRET.fullmatch(secret)
    assert store.find(key.id) == key
    assert (key.grant, key.expires, len(key.owner)) == (grant, 4_000_000_000, 64)
    with database.read() as connection:
        held = connection.execute(text("SELECT * FROM keys")).all()
    assert secret[9:] not in str(held)
    assert sha256(secret.encode()).hexdigest() in str(held)


@pytest.mark.fault(77)
def test_a_key_is_found_by_its_whole_secret_only(store: KeyStore) -> None:
    key, secret = store.create("a", Grant())
    assert store.holding(hash_of(secret)) == (key, True)
    for other in (secret[:-1], secret + "a", secret.swapcase(), ""):
        assert store.holding(hash_of(other)) is None


def test_a_rotated_key_has_another_secret_and_the_same_owner(store: KeyStore) -> None:
    key, old = store.create("a", NARROW)
    rotated, new = store.rotate(key.id)
    assert rotated == key
    assert store.holding(hash_of(new)) == (key, True)
    assert store.holding(hash_of(old)) is None
    assert store.holding(hash_of(old), key.id) == (key, False)


def test_a_revoked_key_stays_listed_and_revoked(database: Database) -> None:
    clock = Clock()
    store = KeyStore(database, clock=clock)
    key, _ = store.create("a", Grant())
    revoked = store.revoke(key.id)
    clock.ahead = 60
    assert store.revoke(key.id) == store.find(key.id) == revoked
    assert revoked.state(0) == "revoked"
    with pytest.raises(Conflict):
        store.rotate(key.id)


def test_a_change_keeps_the_rest(store: KeyStore) -> None:
    key, secret = store.create("a", NARROW)
    changed = store.update(key.id, lambda key: replace(key, name="b"))
    assert store.holding(hash_of(secret)) == (changed, True)
    assert changed == replace(key, name="b")


def test_keys_are_listed_in_pages(store: KeyStore) -> None:
    keys = [store.create(str(number), Grant())[0] for number in range(5)]
    newest, more = store.page(Paging(limit=3))
    assert (newest, more) == ([*reversed(keys)][:3], True)
    rest, _ = store.page(Paging(limit=2, after=newest[-1].id))
    assert rest == [keys[1], keys[0]]


def test_nobodys_key_is_not_found(store: KeyStore) -> None:
    for asked in (store.find, store.revoke, store.rotate):
        with pytest.raises(NotFound):
            asked("key_nobodys")


def test_a_key_cannot_begin_expired(store: KeyStore) -> None:
    with pytest.raises(InvalidRequest, match="expires_at"):
        store.create("a", Grant(), 1)


def test_a_scope_of_a_newer_version_counts_for_nothing(
    store: KeyStore, database: Database
) -> None:
    key, _ = store.create("a", NARROW)
    with database.begin() as connection:
        connection.execute(
            text('UPDATE keys SET scopes = \'["chat:base", "dreams:read"]\' WHERE id = :id'),
            {"id": key.id},
        )
    assert store.find(key.id).grant.scopes == {"chat:base"}
