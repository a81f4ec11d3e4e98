from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from simulator.server import Simulator
from tests.onemin.attaching import LARGEST, Kept, Library, Web
from utils.onemin.client import Client
from utils.onemin.files.once import Once
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media.asset_host import AssetHost, AssetUrls
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.media_chat import MediaChat
from utils.origin import Origin, Timeouts
from utils.store.pictures import Pictures
from utils.store.shared import Memory


@pytest.fixture
def media(client: Client, onemin: Simulator) -> Iterator[MediaChat]:
    timeouts = Timeouts(connect=2, first_byte=10, idle=10, total=20)
    origin = Origin(onemin.asset_url, name="1min.ai", timeouts=timeouts, size=2)
    with closing(AssetHost(AssetUrls(onemin.asset_url), origin)) as host:
        yield MediaChat(
            Deferred(client, patience=20, pause=0.01),
            host,
            pictures=Pictures(Memory()),
            sources=Sources(Web(), Library(), LARGEST),
            uploads=Uploads(client, Once(Kept())),
        )
