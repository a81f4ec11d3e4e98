"""Speech on its way from the asset host: one file, or several that are heard as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from utils.domain.sound_files import kinds, wav
from utils.errors import UpstreamFailed
from utils.onemin.media.asset_host import AssetHost, Download
from utils.waiting import Waiting


@dataclass(frozen=True, slots=True)
class SpokenFile:
    """In `pieces`, b"" for each moment of silence. Whoever has it closes it."""

    pieces: Iterator[bytes]
    size: int | None
    close: Callable[[], None]


def begun(urls: Sequence[str], form: str, host: AssetHost) -> Waiting[SpokenFile]:
    """All of them have begun, and are what they should be. Raises RelayError."""
    downloads = list[Download]()
    with ExitStack() as held:
        for url in urls:
            least = wav.LONGEST_HEAD if form == "wav" else kinds.HEAD
            download = yield from host.download(url, least)
            held.callback(download.close)
            if not kinds.is_sound(download.head, form):
                raise UpstreamFailed(f"1min.ai made something that is not {form}.")
            downloads.append(download)
        heads, size = _heads(downloads) if form == "wav" else _first(downloads)
        return SpokenFile(_pieces(heads, downloads), size, held.pop_all().close)


def _first(downloads: Sequence[Download]) -> tuple[list[bytes], int | None]:
    return [downloads[0].head], downloads[0].size


def _heads(downloads: Sequence[Download]) -> tuple[list[bytes], int | None]:
    """With true sizes, and the size of all."""
    heads, sizes = [d.head for d in downloads], [d.size for d in downloads if d.size]
    if len(sizes) < len(heads):
        if len(heads) == 1:
            return heads, None
        raise UpstreamFailed("1min.ai does not tell how long its sounds are.")
    if len(heads) == 1:
        return [wav.mended(heads[0], sizes[0])], sizes[0]
    joined = wav.joined(heads, sizes)
    if joined is None:
        raise UpstreamFailed("1min.ai's sounds do not fit together.")
    less = sum(map(len, heads)) - sum(map(len, joined))
    return joined, sum(sizes) - less


def _pieces(heads: Sequence[bytes], downloads: Sequence[Download]) -> Iterator[bytes]:
    for head, download in zip(heads, downloads, strict=True):
        yield head
        yield from download.rest
