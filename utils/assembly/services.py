"""What the requests of one process share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore

from utils.assembly.onemin import client as one_min_client
from utils.assembly.onemin import onemin, pool
from utils.assembly.origins import Origins
from utils.compatible.servers import Servers
from utils.config import Config
from utils.domain.catalog import Permission
from utils.onemin import models
from utils.onemin.client import Client
from utils.onemin.files.uploads import forget
from utils.onemin.upstream import OneMin
from utils.relay_file import RelayFile
from utils.store.answers import Answers
from utils.store.assistants import AssistantStore
from utils.store.budgets import Budgets
from utils.store.catalog import CatalogCache, ServedCatalog
from utils.store.conversations import ConversationStore
from utils.store.database import Database
from utils.store.file_lists import FileLists
from utils.store.files import FileStore
from utils.store.journal import Journal
from utils.store.keyring import Keyring
from utils.store.keys import KeyStore
from utils.store.ledger import Ledger
from utils.store.recent_calls import CallList
from utils.store.responses import ResponseStore
from utils.store.runs import RunStore
from utils.store.shared import Memcached, Memory, Nothing, Shared
from utils.store.storage import Storage
from utils.store.threads import ThreadStore
from utils.store.uploads import UploadStore
from utils.store.usage import UsageReports
from utils.store.videos import VideoStore
from utils.store.vouched import Vouched
from utils.web.calls.seats import THREADS
from utils.web.services.backends import Backends
from utils.web.services.backends import Server as BackEnd
from utils.web.services.bodies import Bodies, room
from utils.web.services.limits import Limits
from utils.web.services.services import Services


def connect(config: Config, file: RelayFile, client: Client | None = None) -> Services:
    """Open everything the relay talks to; 1min.ai by this `client`, if there is one already.
    Nothing is called before the first request.
    """
    shared, database = _shared(config), Database(config.database)
    own = shared if config.memcached_host else Memory()
    storage, accounts = _storage(config, database), pool(config)
    files = FileStore(storage, FileLists(shared), partial(forget, own, accounts.names))
    upstream = onemin(config, client or one_min_client(config), own, files, accounts)
    seats, loop = BoundedSemaphore(config.threads), config.carrier == "loop"
    relay = _remembering(config, database)(
        config=config,
        upstream=Backends(upstream, Servers(Origins(config).compatible), _local(config)),
        pool=accounts,
        shared=shared,
        answers=Answers(shared, _longest(config)),
        files=files,
        uploads=UploadStore(storage, files, config.max_file_mb * 2**20),
        vouched=Vouched(shared),
        limits=Limits(config),
        catalog=_catalog(config, upstream, shared),
        permission=_permission(config),
        seats=seats,
        thread_seats=BoundedSemaphore(min(config.threads, THREADS)) if loop else seats,
        slow_seats=BoundedSemaphore(config.threads) if loop else seats,
        bodies=Bodies(room(config.workers)),
    )
    return relay.following(file)


def _remembering(config: Config, database: Database) -> partial[Services]:
    """With all that needs nothing but the database."""
    keys, journal = KeyStore(database), Journal(Path(config.data_dir) / "ledger")
    return partial(
        Services,
        database=database,
        responses=ResponseStore(database, config.keep_responses_days),
        conversations=ConversationStore(database),
        assistants=AssistantStore(database),
        threads=ThreadStore(database),
        runs=RunStore(database),
        videos=VideoStore(database),
        keys=keys,
        keyring=Keyring(keys),
        budgets=Budgets(database, _longest(config)),
        ledger=Ledger(database, journal, config.keep_usage_days),
        usage=UsageReports(database),
        recent_calls=CallList(database),
    )


def _storage(config: Config, database: Database) -> Storage:
    room = config.max_storage_mb * 2**20
    return Storage(database, Path(config.data_dir) / "files", most=room)


def _catalog(config: Config, upstream: OneMin, shared: Shared) -> ServedCatalog:
    cache = CatalogCache(
        fetch=upstream.models,
        snapshot=models.snapshot,
        shared=shared,
        folder=Path(config.data_dir),
        name=config.one_min_base_url,
    )
    return ServedCatalog(cache)


def _permission(config: Config) -> Permission:
    subset = frozenset(config.subset_of_one_min_permitted_models)
    return Permission(subset, config.permit_models_from_subset_only)


def _local(config: Config) -> Mapping[str, BackEnd]:
    """What this process serves itself, imported only here: nobody else needs its packages."""
    if not config.local_embeddings:
        return {}
    from utils.local_embeddings.server import NAME, LocalEmbeddings

    return {NAME: LocalEmbeddings.installed()}


def _longest(config: Config) -> float:
    """Seconds after which no call is under way any more: one may be made of several."""
    return 4 * max(config.total_timeout, config.media_timeout)


def _shared(config: Config) -> Memcached | Nothing:
    if not config.memcached_host:
        return Nothing()
    return Memcached(config.memcached_host, config.memcached_port)
