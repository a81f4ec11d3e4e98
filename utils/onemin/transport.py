"""Which of 1min.ai's two chats answers: the flat one (onemin-api.md 2), here called unify, or
the OpenAI-compatible one (3), here called native.
"""

from __future__ import annotations

from contextlib import closing
from typing import Literal, Protocol

from utils.domain.chat import Ask, Batches, Chat, Native
from utils.domain.payers import Payer
from utils.errors import NotFound
from utils.onemin.native_models import NativeModels

Transport = Literal["unify", "native"]
Mode = Literal["unify", "native", "auto"]


class NativeSurface(Protocol):
    """The OpenAI-compatible surface."""

    def chat(self, asked: Chat, key: str) -> Batches: ...
    def models(self, key: str) -> list[str]: ...
    def close(self) -> None: ...


def transport(mode: Mode, asked: Chat, *, listed: bool) -> Transport:
    """`listed` says whether native serves the model; only `auto` asks."""
    if mode == "auto":
        return "native" if listed and needs_native(asked) else "unify"
    return mode


def needs_native(asked: Chat) -> bool:
    """Whether it asks for what the flat chat lacks, and for nothing that only that one has."""
    if asked.web_search or asked.audio or asked.attachments:
        return False
    return bool(asked.tools or asked.structure or asked.effort or asked.sampling)


class Transports:
    """Shared by all threads."""

    def __init__(self, mode: Mode, native: NativeSurface) -> None:
        self._mode = mode
        self._native = native
        self._models = NativeModels(native.models)

    @property
    def only_native(self) -> bool:
        return self._mode == "native"

    def native(self, payer: Payer) -> Ask:
        """The answer of the native surface, which says first that it is one."""

        def asked(chat: Chat) -> Batches:
            with closing(self._native.chat(chat, payer.key)) as batches:
                for batch in batches:
                    yield [Native(), *batch] if batch else batch
                    if batch:
                        break
                yield from batches

        return asked

    def choosing(self, unify: Ask, native: Ask, payer: Payer) -> Ask:
        """One of the two ways to ask."""
        if self._mode == "unify":
            return unify

        def asked(chat: Chat) -> Batches:
            listed = False
            if self._mode == "auto" and needs_native(chat):
                listed = yield from self._models.hold(chat.model, payer)
            if transport(self._mode, chat, listed=listed) == "unify":
                yield from unify(chat)
            elif self._mode == "native":
                yield from native(chat)
            else:
                yield from unless_refused(native(chat), unify, chat)

        return asked

    def close(self) -> None:
        self._native.close()


def unless_refused(native: Batches, unify: Ask, chat: Chat) -> Batches:
    """The answer of native; of unify when native does not know the model or the address, for
    then nothing was billed. After an event, or any other failure, something may have been.
    """
    answered = False
    with closing(native):
        try:
            for batch in native:
                answered = answered or bool(batch)
                yield batch
            return
        except NotFound:
            if answered:
                raise
    yield from unify(chat)
