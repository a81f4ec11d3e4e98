"""Builds the relay and serves it: `python app.py`."""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore, Thread

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from routes import BLUEPRINTS
from utils.compatible.client import Client as CompatibleClient
from utils.compatible.upstream import Compatible
from utils.config import Config, ConfigError, dotenv
from utils.domain.catalog import Permission
from utils.domain.chat import WebSearch
from utils.errors import RelayError
from utils.fetch import Fetcher
from utils.onemin import models
from utils.onemin.client import Client
from utils.onemin.files.attachments import Attachments
from utils.onemin.files.once import Once
from utils.onemin.files.recordings import Recordings
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads, forget
from utils.onemin.media.asset_host import AssetHost, AssetUrls
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.drawings import Drawings
from utils.onemin.media.media import Media
from utils.onemin.media.media_chat import MediaChat
from utils.onemin.media.sounds import Sounds
from utils.onemin.media.videos import Videos
from utils.onemin.transport import Transports
from utils.onemin.upstream import OneMin
from utils.origin import Origin, Timeouts
from utils.relay_file import RelayFile
from utils.store.assistants import AssistantStore
from utils.store.catalog import CatalogCache
from utils.store.conversations import ConversationStore
from utils.store.database import Database
from utils.store.file_lists import FileLists
from utils.store.files import FileStore
from utils.store.pictures import Pictures
from utils.store.responses import ResponseStore
from utils.store.runs import RunStore
from utils.store.shared import Memcached, Memory, Nothing, Shared
from utils.store.storage import Storage
from utils.store.threads import ThreadStore
from utils.store.uploads import UploadStore
from utils.store.videos import VideoStore
from utils.tls import tls_context
from utils.tokens import vocabularies
from utils.web import cors, errors, limits, log, paths
from utils.web.services import Services
from utils.web.serving import Server, listener, raise_file_limit
from utils.web.shutdown import Shutdown
from utils.web.workers import Workers

QUICK, FETCHING = 5, 60  # seconds, for what somebody waits for, and for a user's file


def create_app(config: Config, services: Services) -> Flask:
    """Wire one relay together. Hooks run in this order, their after-hooks in the other."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_mb * 2**20
    app.url_map.merge_slashes = False  # `paths` does it, without a redirect
    services.attach(app)
    log.init_app(app)
    cors.init_app(app, config)
    limits.init_app(app, config)
    errors.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    paths.init_app(app)
    if hops := config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops)  # type: ignore[method-assign]
    return app


def connect(config: Config, file: RelayFile) -> Services:
    """Open everything the relay talks to. Nothing is called before the first request."""
    shared, database = _shared(config), Database(config.database)
    own = shared if config.memcached_host else Memory()
    room = config.max_storage_mb * 2**20
    storage = Storage(database, Path(config.data_dir) / "files", most=room)
    files = FileStore(storage, FileLists(shared), partial(forget, own))
    upstream = _onemin(config, own, files)
    return Services(
        config=config,
        upstream=upstream,
        shared=shared,
        database=database,
        responses=ResponseStore(database, config.keep_responses_days),
        conversations=ConversationStore(database),
        files=files,
        assistants=AssistantStore(database),
        threads=ThreadStore(database),
        runs=RunStore(database),
        uploads=UploadStore(storage, files, config.max_file_mb * 2**20),
        videos=VideoStore(database),
        catalog=CatalogCache(
            fetch=upstream.models,
            snapshot=models.snapshot,
            shared=shared,
            folder=Path(config.data_dir),
            name=config.one_min_base_url,
        ),
        permission=Permission(
            frozenset(config.subset_of_one_min_permitted_models),
            config.permit_models_from_subset_only,
        ),
        aliases=file.aliases,
        fallbacks=file.fallbacks,
        seats=BoundedSemaphore(config.threads),
        shutdown=Shutdown(),
    )


def _onemin(config: Config, own: Shared, files: FileStore) -> OneMin:
    origins = _Origins(config)
    client = Client(chat=origins.chat(), media=origins.media(), quick=origins.quick())
    native = Compatible(
        CompatibleClient(chat=origins.chat("/openai/v1"), quick=origins.quick("/openai/v1"))
    )
    once, deferred = Once(own), Deferred(client, patience=config.media_timeout)
    uploads = Uploads(client, once)
    sources = Sources(_fetcher(config), files, config.max_file_mb * 2**20)
    recordings = Recordings(deferred, uploads, once, config.default_transcription_model)
    host = AssetHost(AssetUrls(config.one_min_asset_url), origins.assets())
    pictures, largest = Pictures(own), config.max_audio_mb * 2**20
    return OneMin(
        client,
        WebSearch(config.web_search_num_of_site, config.web_search_max_word),
        attachments=Attachments(sources, uploads, recordings),
        media=Media(
            MediaChat(deferred, host, pictures=pictures, sources=sources, uploads=uploads),
            Drawings(deferred, host, pictures=pictures, sources=sources, uploads=uploads),
            Sounds(deferred, host, sources=sources, uploads=uploads, largest=largest),
            Videos(client, host, sources=sources, uploads=uploads),
        ),
        transports=Transports(config.one_min_chat, native),
    )


def _fetcher(config: Config) -> Fetcher:
    return Fetcher(
        allow_networks=config.fetch_allow_networks,
        limit=config.max_file_mb * 2**20,
        deadline=FETCHING,
    )


class _Origins:
    """The servers of 1min.ai, each for as long as its answers may take."""

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

    def _origin(self, url: str, path: str, patience: tuple[float, float]) -> Origin:
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
            name="1min.ai",
            timeouts=timeouts,
            size=self._config.threads,
            tls=self._tls,
        )


def _shared(config: Config) -> Memcached | Nothing:
    if not config.memcached_host:
        return Nothing()
    return Memcached(config.memcached_host, config.memcached_port, config.threads)


def serve(config: Config, file: RelayFile, place: socket.socket) -> None:
    """One process's work. Everything is made here, after the fork."""
    log.configure(config)
    vocabularies.preload()
    services = connect(config, file)
    Thread(target=_opened, args=(services.database,), daemon=True).start()
    server = Server(create_app(config, services), config, place, services.shutdown)
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    server.run()
    services.close()


def _opened(database: Database) -> None:
    """It logs what is wrong; chats are answered all the same."""
    with suppress(RelayError):
        database.open()


def greeting(config: Config, port: int) -> str:
    """What an operator wants to know first."""
    host = "127.0.0.1" if config.host in ("0.0.0.0", "::") else config.host
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"
    return f"""\
1min.ai relay on {config.host}:{port}, talking to {config.one_min_base_url}
Base URL for clients: {base}
Try it:
  curl {base}/chat/completions -H "Authorization: Bearer $ONE_MIN_API_KEY" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "gpt-4o-mini", "messages": [{{"role": "user", "content": "Hello!"}}]}}'
"""


def main() -> int:
    try:
        config = Config.load()
        file = RelayFile.of(config, {**dotenv(), **os.environ})
        place = listener(config)
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"The relay cannot start. {error}\n")
        return 2
    raise_file_limit()
    sys.stdout.write(greeting(config, place.getsockname()[1]))
    sys.stdout.flush()
    if config.workers == 1:
        serve(config, file, place)
    else:
        Workers(config.workers, partial(serve, config, file, place)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
