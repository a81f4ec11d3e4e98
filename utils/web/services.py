"""What a request may reach for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Protocol, cast

from flask import Flask, current_app

from utils.config import Config
from utils.domain.catalog import Model, Permission
from utils.domain.chat import Batches, Chat
from utils.domain.drawings import Drawing, Order
from utils.domain.media import Speech
from utils.domain.spoken import Spoken
from utils.domain.transcripts import Listening, Transcript
from utils.domain.videos import Progress, Shot, Started, VideoFile
from utils.store.assistants import AssistantStore
from utils.store.catalog import CatalogCache
from utils.store.conversations import ConversationStore
from utils.store.database import Database
from utils.store.files import FileStore
from utils.store.responses import ResponseStore
from utils.store.runs import RunStore
from utils.store.shared import Shared
from utils.store.threads import ThreadStore
from utils.store.uploads import UploadStore
from utils.store.videos import VideoStore
from utils.waiting import Waiting
from utils.web.shutdown import Shutdown


class Upstream(Protocol):
    """Whoever answers. A new back-end is one class with these methods."""

    def chat(self, asked: Chat, model: Model | None, key: str) -> Batches: ...
    def order(self, asked: Drawing, key: str) -> Waiting[Order]: ...
    def picture(self, url: str) -> Waiting[bytes]: ...
    def speech(self, asked: Speech, key: str) -> Waiting[Spoken]: ...
    def transcript(self, asked: Listening, key: str) -> Waiting[Transcript]: ...
    def video(self, asked: Shot, key: str) -> Waiting[Started]: ...
    def video_progress(self, call: str, key: str) -> Waiting[Progress]: ...
    def video_file(self, url: str) -> Waiting[VideoFile]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Shared by all threads of a process: every part is frozen or locked."""

    config: Config
    upstream: Upstream
    catalog: CatalogCache
    shared: Shared
    database: Database
    responses: ResponseStore
    conversations: ConversationStore
    files: FileStore
    assistants: AssistantStore
    threads: ThreadStore
    runs: RunStore
    uploads: UploadStore
    videos: VideoStore
    permission: Permission
    aliases: Mapping[str, str]
    fallbacks: Mapping[str, Sequence[str]]
    seats: BoundedSemaphore  # one for each call that may be under way
    shutdown: Shutdown

    def close(self) -> None:
        """Close the connections that are kept for later."""
        self.upstream.close()
        self.shared.close()
        self.database.close()

    def attach(self, app: Flask) -> None:
        app.extensions["relay"] = self


def services() -> Services:
    return cast(Services, current_app.extensions["relay"])
