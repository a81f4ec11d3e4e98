"""1min.ai, for an operator who wants to know what of it works."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial

from utils.domain.catalog import Model
from utils.domain.chat import Batches, Chat
from utils.domain.files import File
from utils.domain.owner import owner
from utils.domain.payers import Payer
from utils.onemin import models
from utils.onemin.files.assets import Asset
from utils.onemin.files.uploads import Uploads
from utils.onemin.listing import listed
from utils.onemin.pool import Pool
from utils.onemin.transport import NativeSurface
from utils.onemin.witness import Notes, Witness
from utils.origin import Origin
from utils.waiting import Waiting


class Examination:
    """For one who asks one thing after another. Everything raises RelayError, without a key."""

    def __init__(
        self,
        witness: Witness,
        *,
        api: Origin,
        assets: Origin,
        uploads: Uploads,
        native: NativeSurface,
    ) -> None:
        self._witness = witness
        self._api = api
        self._assets = assets
        self._uploads = uploads
        self._native = native
        self._callers = Pool(())

    def reached(self) -> tuple[int, Mapping[str, str]]:
        """The status and the headers of a page that needs no key."""
        return self._api.looked(models.target(models.CHAT))

    def asset_host_reached(self) -> tuple[int, Mapping[str, str]]:
        return self._assets.looked("/")

    def models(self) -> list[Model]:
        return listed(self._witness.get)

    def uploaded(self, file: File, key: str) -> Waiting[Asset]:
        return self._callers.paid(Payer(owner(key), key), partial(self._uploads.asset, file))

    def native_models(self, key: str) -> list[str]:
        """Those that the account may ask for by 1min.ai's OpenAI-compatible chat."""
        return self._native.models(key)

    def native_chat(self, asked: Chat, key: str) -> Batches:
        return self._native.chat(asked, key)

    def noting(self) -> AbstractContextManager[Notes]:
        """Also of what a relay asks by the same witness."""
        return self._witness.noting()

    def close(self) -> None:
        """No connection is kept for later any more."""
        for each in (self._witness, self._api, self._assets, self._native):
            each.close()
