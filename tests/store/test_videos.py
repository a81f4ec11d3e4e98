from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from utils.domain.paging import Paging
from utils.domain.videos import Progress, Video
from utils.errors import InvalidRequest, NotFound, UpstreamFailed
from utils.store.database import Database
from utils.store.videos import VideoStore

NOW = 1_700_000_000
THERE = Progress(url="https://asset.1min.ai/videos/a.mp4", credits=7.5)
OTHER = "somebody-else"


@pytest.fixture
def store(database: Database) -> VideoStore:
    return VideoStore(database, most=2)


def added(store: VideoStore, owner: str, prompt: str = "a cat") -> Video:
    video = Video(
        id=f"video_{uuid4().hex[:24]}",
        call="a-call",
        model="sora-2",
        prompt=prompt,
        seconds="4",
        size="720x1280",
        created=NOW,
    )
    store.add(video, owner)
    return video


def test_a_video_is_kept_as_it_is(store: VideoStore, owner: str) -> None:
    video = added(store, owner, "ein Kätzchen \U0001f408\0")
    assert store.find(video.id, owner) == video


def test_what_is_heard_of_it_is_kept(store: VideoStore, owner: str) -> None:
    video = added(store, owner)
    begun = store.tell(video.after(Progress(), NOW), owner)
    assert store.find(video.id, owner) == begun == replace(video, status="in_progress")
    done = store.tell(begun.after(THERE, NOW + 60), owner)
    assert store.find(video.id, owner) == done
    assert (done.status, done.url, done.completed, done.credits) == (
        *("completed", THERE.url),
        *(NOW + 60, 7.5),
    )


@pytest.mark.parametrize("first", [THERE, Progress(error=UpstreamFailed("no"))])
def test_what_is_over_stays_as_it_is(store: VideoStore, owner: str, first: Progress) -> None:
    video = added(store, owner)
    over = store.tell(video.after(first, NOW), owner)
    for late in (Progress(), THERE, Progress(error=UpstreamFailed("late"))):
        assert store.tell(video.after(late, NOW + 9), owner) == over
    assert store.find(video.id, owner) == over


def test_it_is_asked_for_once_a_second_however_many_ask(database: Database, owner: str) -> None:
    moments = [NOW, NOW, NOW + 0.999, NOW + 1]
    store = VideoStore(database, clock=lambda: moments[0])
    one, other = added(store, owner), added(store, owner)
    heard = []
    while len(moments) > 1:
        del moments[0]
        with ThreadPoolExecutor(6) as pool:
            heard.append(sum(pool.map(store.is_due, [one.id] * 12)))
    assert heard == [1, 0, 1]
    assert store.is_due(other.id)


def test_others_do_not_see_it(store: VideoStore, owner: str) -> None:
    video = added(store, owner)
    for ask in (store.find, store.delete):
        with pytest.raises(NotFound):
            ask(video.id, OTHER)
    with pytest.raises(NotFound):
        store.tell(video, OTHER)
    assert store.page(Paging(), OTHER) == ([], False)
    assert store.find(video.id, owner) == video


def test_a_deleted_video_stays_gone(store: VideoStore, owner: str) -> None:
    video = added(store, owner)
    store.delete(video.id, owner)
    for again in (
        lambda: store.find(video.id, owner),
        lambda: store.delete(video.id, owner),
        lambda: store.tell(video.after(THERE, NOW), owner),
    ):
        with pytest.raises(NotFound):
            again()
    assert not store.is_due(video.id)


def test_they_are_listed_in_pages(store: VideoStore, owner: str) -> None:
    made = [added(store, owner, f"film {number}") for number in range(3)]
    assert store.page(Paging(limit=2), owner) == (made[:0:-1], True)
    assert store.page(Paging(after=made[1].id), owner) == (made[:1], False)
    assert store.page(Paging(newest_first=False), owner) == (made, False)
    with pytest.raises(InvalidRequest) as raised:
        store.page(Paging(after="video_none"), owner)
    assert raised.value.param == "after"


def test_there_is_an_end_to_how_many_are_kept(store: VideoStore, owner: str) -> None:
    store.check(owner)
    first, _ = added(store, owner), added(store, owner)
    with pytest.raises(InvalidRequest, match="2 videos"):
        store.check(owner)
    store.check(OTHER)
    store.delete(first.id, owner)
    store.check(owner)
