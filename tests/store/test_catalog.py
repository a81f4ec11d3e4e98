from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from threading import Event

import pytest

from utils.domain.catalog import Model
from utils.errors import UpstreamFailed
from utils.store.catalog import CatalogCache
from utils.store.shared import Nothing

PAINTER = Model(id="painter", image=True, variation=True)
OLDER = {
    name: value
    for name, value in asdict(PAINTER).items()
    if name not in ("image", "variation", "speech", "transcription")
}


def unreachable() -> list[Model]:
    raise UpstreamFailed("no list")


def cache(folder: Path) -> CatalogCache:
    return CatalogCache(unreachable, lambda: [Model(id="snapshot")], Nothing(), folder, "url")


def kept(folder: Path, value: object) -> CatalogCache:
    (folder / "catalog.json").write_text(json.dumps(value))
    return cache(folder)


def test_a_copy_on_disk_serves_with_all_that_is_known_of_its_models(tmp_path: Path) -> None:
    catalog = kept(tmp_path, [asdict(PAINTER)]).at_hand()
    assert catalog.models == {"painter": PAINTER}
    assert not catalog.live


@pytest.mark.parametrize(
    "value",
    [
        [OLDER],  # it would turn a painter into a model that can do nothing
        [asdict(PAINTER), OLDER],
        [asdict(PAINTER) | {"newer": 1}],
        [asdict(PAINTER) | {"id": 7}],
        [7],
        [None],
        {"models": []},
        7,
        None,
    ],
)
def test_a_copy_of_another_version_counts_for_nothing(tmp_path: Path, value: object) -> None:
    assert [*kept(tmp_path, value).at_hand().models] == ["snapshot"]


def test_what_was_heard_is_kept_on_disk(tmp_path: Path) -> None:
    asked = Event()

    def fetch() -> list[Model]:
        asked.set()
        return [PAINTER]

    heard = CatalogCache(fetch, list, Nothing(), tmp_path, "url").current()
    assert asked.is_set()
    assert heard.live
    assert heard.models == {"painter": PAINTER}
    assert cache(tmp_path).at_hand().models == {"painter": PAINTER}
