"""1min.ai, as a relay calls it."""

from __future__ import annotations

from utils.assembly.origins import Origins
from utils.compatible.client import Client as CompatibleClient
from utils.compatible.upstream import Compatible
from utils.config import Config
from utils.domain.chat import WebSearch
from utils.fetch import Fetcher
from utils.onemin.client import Client
from utils.onemin.files.attachments import Attachments
from utils.onemin.files.once import Once
from utils.onemin.files.recordings import Recordings
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media.asset_host import AssetHost, AssetUrls
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.drawings import Drawings
from utils.onemin.media.makers import Makers
from utils.onemin.media.media import Media
from utils.onemin.media.media_chat import MediaChat
from utils.onemin.media.sounds import Sounds
from utils.onemin.media.videos import Videos
from utils.onemin.pool import Pool
from utils.onemin.text_chat import TextChat
from utils.onemin.transport import Transports
from utils.onemin.upstream import OneMin
from utils.store.files import FileStore
from utils.store.pictures import Pictures
from utils.store.shared import Shared

FETCHING = 60  # seconds, for a user's file


def pool(config: Config) -> Pool:
    """Whoever shares a Memcached shares these keys."""
    keys = [key.get_secret_value() for key in config.one_min_api_keys]
    return Pool(keys, alone=config.workers == 1 and not config.memcached_host)


def client(config: Config) -> Client:
    origins = Origins(config)
    return Client(chat=origins.chat(), media=origins.media(), quick=origins.quick())


def native_surface(config: Config) -> Compatible:
    origins = Origins(config)
    return Compatible(
        CompatibleClient(chat=origins.chat("/openai/v1"), quick=origins.quick("/openai/v1"))
    )


def onemin(
    config: Config, client: Client, own: Shared, files: FileStore, accounts: Pool
) -> OneMin:
    once, deferred = Once(own), Deferred(client, patience=config.media_timeout)
    uploads = Uploads(client, once)
    sources = Sources(_fetcher(config), files, config.max_file_mb * 2**20)
    recordings = Recordings(deferred, uploads, once, config.default_transcription_model)
    host = AssetHost(AssetUrls(config.one_min_asset_url), Origins(config).assets())
    pictures, largest = Pictures(own), config.max_audio_mb * 2**20
    return OneMin(
        client,
        text=TextChat(
            client,
            WebSearch(config.web_search_num_of_site, config.web_search_max_word),
            attachments=Attachments(sources, uploads, recordings),
            transports=Transports(config.one_min_chat, native_surface(config)),
        ),
        media=Media(
            MediaChat(deferred, host, pictures=pictures, sources=sources, uploads=uploads),
            Drawings(deferred, host, pictures=pictures, sources=sources, uploads=uploads),
            Sounds(deferred, host, sources=sources, uploads=uploads, largest=largest),
            Videos(client, host, sources=sources, uploads=uploads),
        ),
        pool=accounts,
        makers=Makers(own, accounts.names),
    )


def _fetcher(config: Config) -> Fetcher:
    return Fetcher(
        allow_networks=config.fetch_allow_networks,
        limit=config.max_file_mb * 2**20,
        deadline=FETCHING,
    )
