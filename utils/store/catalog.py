"""The catalog as last heard from upstream: in memory, in Memcached, on disk."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from threading import Lock, Thread

import orjson

from utils import hubs
from utils.domain.catalog import Catalog, Model
from utils.errors import RelayError
from utils.relay_file import Price
from utils.store.shared import Shared

log = logging.getLogger(__name__)

FRESH = 300  # seconds a copy in memory counts as fresh
SHARED = 3600  # seconds a copy in Memcached does
RETRY = 10  # seconds between two tries while upstream fails
PATIENCE = 4  # seconds a caller waits for the very first list: LibreChat gives up after 5

_FIELDS = {field.name for field in fields(Model)}


class CatalogCache:
    """One fetch at a time, in the background; meanwhile, and while it fails, the last copy
    serves. Shared by all threads.
    """

    def __init__(
        self,
        fetch: Callable[[], list[Model]],
        snapshot: Callable[[], list[Model]],
        shared: Shared,
        folder: Path,
        name: str,
    ) -> None:
        """`name` tells this upstream's copy in Memcached from another's."""
        self._fetch = fetch
        self._snapshot = snapshot
        self._shared = shared
        self._file = folder / "catalog.json"
        self._name = f"catalog:2:{name}"
        self._lock = Lock()
        self._catalog: Catalog | None = None
        self._heard = self._tried = float("-inf")
        self._refresh: Thread | None = None

    def at_hand(self) -> Catalog:
        """What is known now. Nobody waits; an old copy is renewed meanwhile."""
        if time.monotonic() - self._heard >= FRESH:
            self._refreshing(self._renew, RETRY)
        if catalog := self._catalog:
            return catalog
        with self._lock:
            if not self._catalog:
                self._catalog = Catalog.of(self._last_good(), live=False)
            return self._catalog

    def current(self) -> Catalog:
        """What upstream lists, or listed last; waits only where nothing was heard yet."""
        catalog = self.at_hand()
        return catalog if catalog.live else self._after(self._refreshing(self._renew, RETRY))

    def renewed(self) -> Catalog:
        """Asked for anew, unless that was just done: for a model that the last list lacks."""
        return self._after(self._refreshing(self._ask, 3 * RETRY))

    def state(self) -> str:
        """`live`; `stale` while it cannot be renewed; `snapshot` while nobody was heard yet."""
        if not self.at_hand().live:
            return "snapshot"
        with self._lock:
            under_way = self._refresh and self._refresh.is_alive()
            is_old = time.monotonic() - self._heard >= FRESH
        return "stale" if is_old and not under_way else "live"

    def _after(self, refresh: Thread | None) -> Catalog:
        if refresh:
            hubs.elsewhere(refresh.join, PATIENCE)
        return self.at_hand()

    def _refreshing(self, how: Callable[[], None], pause: float) -> Thread | None:
        """The fetch that is under way, a new one, or None when the last one is too recent."""
        with self._lock:
            if self._refresh and self._refresh.is_alive():
                return self._refresh
            if time.monotonic() - self._tried < pause:
                return None
            self._tried = time.monotonic()
            self._refresh = Thread(target=how, name="catalog", daemon=True)
            self._refresh.start()
            return self._refresh

    def _renew(self) -> None:
        """From another process, if one has asked lately, else from upstream."""
        copy = self._shared.get(self._name)
        try:
            models = _decoded(copy) if copy else None
        except (ValueError, TypeError):
            models = None
        if models:
            self._hear(models)
        else:
            self._ask()

    def _ask(self) -> None:
        try:
            models = self._fetch()
        except RelayError as error:
            log.warning("the catalog could not be fetched: %s", error.message)
            return
        if not models:
            log.warning("the catalog came empty; the last one stays")
            return
        self._hear(models)
        self._shared.set(self._name, _encoded(models), SHARED)
        self._keep(models)

    def _hear(self, models: list[Model]) -> None:
        with self._lock:
            self._catalog, self._heard = Catalog.of(models, live=True), time.monotonic()

    def _keep(self, models: list[Model]) -> None:
        """On disk, whole or not at all."""
        fresh = self._file.with_suffix(f".{os.getpid()}.new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(_encoded(models))
            fresh.replace(self._file)
        except OSError as error:
            log.warning("the catalog could not be kept on disk: %s", error.strerror)

    def _last_good(self) -> list[Model]:
        try:
            return _decoded(self._file.read_bytes())
        except (OSError, ValueError, TypeError):
            return self._snapshot()


def _encoded(models: Iterable[Model]) -> bytes:
    return orjson.dumps([asdict(model) for model in models])


def _decoded(data: bytes) -> list[Model]:
    """Raises ValueError or TypeError for what another version, or nobody, has written: one that
    knew less of models would make a painter one that can do nothing.
    """
    entries = orjson.loads(data)
    if not all(isinstance(entry, dict) and entry.keys() == _FIELDS for entry in entries):
        raise ValueError("not models as this version knows them")
    models = [Model(**entry | {"edits": tuple(entry["edits"])}) for entry in entries]
    if not all(isinstance(model.id, str) for model in models):
        raise ValueError("a model without a name")
    return models


class ServedCatalog:
    """What is served here: upstream's models, the operator's own, and the operator's prices.
    Of two by one name the operator's counts. Shared by all threads.
    """

    def __init__(
        self,
        cache: CatalogCache,
        own: Iterable[Model] = (),
        prices: Mapping[str, Price] | None = None,
    ) -> None:
        self._cache = cache
        self._own = {model.id: model for model in own}
        self._prices = prices or {}
        self._last: tuple[Catalog, Catalog] | None = None

    def following(self, own: Iterable[Model], prices: Mapping[str, Price]) -> ServedCatalog:
        """The same with other models and prices of the operator's."""
        return ServedCatalog(self._cache, own, prices)

    def at_hand(self) -> Catalog:
        """As `CatalogCache.at_hand`."""
        return self._served(self._cache.at_hand())

    def current(self) -> Catalog:
        """As `CatalogCache.current`."""
        return self._served(self._cache.current())

    def renewed(self) -> Catalog:
        """As `CatalogCache.renewed`."""
        return self._served(self._cache.renewed())

    def state(self) -> str:
        """As `CatalogCache.state`."""
        return self._cache.state()

    def _served(self, listed: Catalog) -> Catalog:
        """Merged once for each list."""
        last = self._last
        if last is None or last[0] is not listed:
            models = {**listed.models, **self._own}
            for id, price in self._prices.items():
                if model := models.get(id):
                    input, output = price.input, price.output
                    models[id] = replace(model, input_price=input, output_price=output)
            last = self._last = listed, Catalog(models, listed.live)
        return last[1]
