"""What a request may reach for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore
from typing import Protocol

from flask import Flask, current_app, g

from utils.config import Config
from utils.domain.breaker import Breakers
from utils.domain.catalog import Permission
from utils.domain.payers import AccountState
from utils.relay_file import RelayFile
from utils.store.answers import Answers
from utils.store.assistants import AssistantStore
from utils.store.budgets import Budgets
from utils.store.catalog import ServedCatalog
from utils.store.conversations import ConversationStore
from utils.store.database import Database
from utils.store.files import FileStore
from utils.store.keyring import Keyring
from utils.store.keys import KeyStore
from utils.store.ledger import Ledger
from utils.store.recent_calls import CallList
from utils.store.responses import ResponseStore
from utils.store.runs import RunStore
from utils.store.shared import Shared
from utils.store.threads import ThreadStore
from utils.store.uploads import UploadStore
from utils.store.usage import UsageReports
from utils.store.videos import VideoStore
from utils.store.vouched import Vouched
from utils.web.services.backends import Backends
from utils.web.services.bodies import Bodies
from utils.web.services.limits import Limits
from utils.web.services.metrics import Metrics
from utils.web.services.retries import RetryBudget
from utils.web.services.shutdown import Shutdown


class Pool(Protocol):
    """The relay's own accounts."""

    def state(self) -> Sequence[AccountState]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Shared by all threads of a process: every part is frozen or locked."""

    config: Config
    upstream: Backends
    pool: Pool
    catalog: ServedCatalog
    shared: Shared
    answers: Answers
    database: Database
    responses: ResponseStore
    conversations: ConversationStore
    files: FileStore
    assistants: AssistantStore
    threads: ThreadStore
    runs: RunStore
    uploads: UploadStore
    videos: VideoStore
    keys: KeyStore
    keyring: Keyring
    vouched: Vouched
    limits: Limits
    budgets: Budgets
    ledger: Ledger
    usage: UsageReports
    recent_calls: CallList
    metrics: Metrics = field(default_factory=Metrics)
    permission: Permission
    aliases: Mapping[str, str] = field(default_factory=dict)
    fallbacks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    restart: bool = False  # whether they go on with a text that broke off
    retries: RetryBudget = field(default_factory=RetryBudget)
    breakers: Breakers = field(default_factory=Breakers)  # of 1min.ai
    seats: BoundedSemaphore  # one for each call that may be under way
    thread_seats: BoundedSemaphore  # and for each of those that hold a thread
    slow_seats: BoundedSemaphore  # and for each of those that take minutes
    bodies: Bodies
    shutdown: Shutdown = field(default_factory=Shutdown)

    def close(self) -> None:
        """Close the connections that are kept for later."""
        self.upstream.close()
        self.ledger.close()
        self.limits.close()
        self.shared.close()
        self.database.close()

    def following(self, file: RelayFile) -> Services:
        """The same, as this relay.yaml wants it."""
        upstream = self.upstream.following(file.backends)
        return replace(
            self,
            upstream=upstream,
            catalog=self.catalog.following(upstream.models.values(), file.prices),
            aliases=file.aliases,
            fallbacks=file.fallbacks,
            restart=file.restart,
        )

    def attach(self, app: Flask) -> None:
        """For the requests that begin from now on."""
        app.extensions["relay"] = self


def services() -> Services:
    """What this request may use: less than there is, where its key is for less. It is the same
    from its beginning to its end.
    """
    kept = g._get_current_object()  # each attribute of `g` is a look-up
    relay: Services | None = kept.get("relay")
    if relay is None:
        relay = kept.relay = current_app.extensions["relay"]
    return relay
