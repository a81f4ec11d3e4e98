"""The servers that are called, each for as long as its answers may take."""

from __future__ import annotations

from utils.compatible.client import Client as CompatibleClient
from utils.config import Config
from utils.origin import Origin, Timeouts
from utils.relay_file import Backend
from utils.tls import tls_context

QUICK = 5  # seconds, for what somebody waits for


class Origins:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._tls = tls_context()

    def chat(self, path: str = "") -> Origin:
        patience = self._config.first_byte_timeout, self._config.total_timeout
        return self._origin(self._config.one_min_base_url, path, patience)

    def media(self) -> Origin:
        patience = self._config.media_timeout, self._config.media_timeout
        return self._origin(self._config.one_min_base_url, "", patience)

    def assets(self) -> Origin:
        patience = self._config.first_byte_timeout, self._config.media_timeout
        return self._origin(self._config.one_min_asset_url, "", patience)

    def quick(self, path: str = "") -> Origin:
        return self._origin(self._config.one_min_base_url, path, (QUICK, QUICK))

    def relay(self, url: str) -> Origin:
        """One that runs on this machine already."""
        patience = self._config.first_byte_timeout, self._config.total_timeout
        return self._origin(url, "", patience, "The running relay")

    def compatible(self, name: str, backend: Backend) -> CompatibleClient:
        patience = self._config.first_byte_timeout, self._config.total_timeout
        slow = self._config.media_timeout, self._config.media_timeout
        called = f"The server {name!r}"
        return CompatibleClient(
            chat=self._origin(backend.url, "", patience, called),
            quick=self._origin(backend.url, "", (QUICK, QUICK), called),
            slow=self._origin(backend.url, "", slow, called),
        )

    def _origin(
        self, url: str, path: str, patience: tuple[float, float], name: str = "1min.ai"
    ) -> Origin:
        """`patience`: until the first byte, and until the last."""
        first_byte, total = patience
        timeouts = Timeouts(
            connect=self._config.connect_timeout,
            first_byte=first_byte,
            idle=min(self._config.idle_timeout, total),
            total=total,
        )
        return Origin(
            url.rstrip("/") + path,
            name=name,
            timeouts=timeouts,
            size=self._config.threads,
            tls=self._tls,
        )
