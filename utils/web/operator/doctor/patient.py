"""What is looked at: a relay of the operator's settings, and those it stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from utils.config import Config
from utils.domain.catalog import Model
from utils.domain.chat import Batches, Chat
from utils.domain.files import File
from utils.domain.payers import Balance
from utils.relay_file import RelayFile
from utils.waiting import Waiting
from utils.web.services.services import Services

Looked = tuple[int, Mapping[str, str]]  # a status, and headers by their names in lower case


class Notes(Protocol):
    """`deviations` tells by field where answers were not as the relay relies on."""

    @property
    def deviations(self) -> Sequence[str]: ...
    @property
    def balance(self) -> Balance | None: ...


class OneMin(Protocol):
    """1min.ai, beside what the relay asks of it. `noting` is around what one check asks of
    both.
    """

    def reached(self) -> Looked: ...
    def asset_host_reached(self) -> Looked: ...
    def models(self) -> list[Model]: ...
    def uploaded(self, file: File, key: str) -> Waiting[Any]: ...
    def native_models(self, key: str) -> list[str]: ...
    def native_chat(self, asked: Chat, key: str) -> Batches: ...
    def noting(self) -> AbstractContextManager[Notes]: ...
    def close(self) -> None: ...


class Running(Protocol):
    """A relay that serves already."""

    @property
    def url(self) -> str: ...
    def told(self, path: str) -> tuple[int, Any]: ...
    def chat(self, asked: Chat, key: str) -> Batches: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Patient:
    relay: Services
    file: RelayFile
    onemin: OneMin
    running: Running

    def close(self) -> None:
        self.relay.close()
        self.onemin.close()
        self.running.close()


Examine = Callable[[Config, RelayFile], Patient]
