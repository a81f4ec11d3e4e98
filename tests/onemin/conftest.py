from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from simulator.server import Simulator
from tests.onemin.attaching import LARGEST, Kept, Library, Web, attachments_of
from utils.onemin.client import Client
from utils.onemin.files.attachments import Attachments
from utils.onemin.files.sources import Sources
from utils.origin import Origin, Timeouts


@pytest.fixture
def client(onemin: Simulator) -> Iterator[Client]:
    timeouts = Timeouts(connect=2, first_byte=10, idle=10, total=20)
    origin = Origin(onemin.url, name="1min.ai", timeouts=timeouts, size=8)
    with closing(Client(chat=origin, media=origin, quick=origin)) as client:
        yield client


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def attachments(client: Client, web: Web, kept: Kept) -> Attachments:
    return attachments_of(client, Sources(web, Library(), LARGEST), kept)
