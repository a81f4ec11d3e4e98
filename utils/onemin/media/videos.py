"""Videos, which take minutes: they are begun, then asked for (onemin-api.md 8, 11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from utils.domain.chat import Attachment
from utils.domain.files import File
from utils.domain.payers import Payer
from utils.domain.videos import UNKNOWN, Progress, Shot, Started, VideoFile
from utils.errors import InvalidRequest, NotFound, TooLarge, UpstreamFailed
from utils.onemin import failures, records
from utils.onemin.client import Client
from utils.onemin.feature import Feature
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media.asset_host import AssetHost, AssetUrls, Download
from utils.onemin.media.video_parameters import TEXT, Place, Told, parameters
from utils.waiting import Waiting, together

LEAST = 16  # bytes that tell what a file is

_MARKS = (
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"GIF8", "image/gif"),  # an animation: the oldest models make those
)


class Videos:
    """Shared by all threads."""

    def __init__(
        self, client: Client, host: AssetHost, *, sources: Sources, uploads: Uploads
    ) -> None:
        self._client = client
        self._host = host
        self._sources = sources
        self._uploads = uploads

    def start(self, asked: Shot, payer: Payer) -> Waiting[Started]:
        """Raises RelayError; what the model does not do is refused before anything is sent."""
        row = parameters(asked.model)
        seconds, length = _choice(asked, "seconds", row.seconds)
        size, shape = _choice(asked, "size", row.sizes)
        prompt, kind = {"prompt": asked.prompt, **row.usual, **length, **shape}, TEXT
        if asked.image:
            place = _place(row.image, asked.image, asked.model)
            prompt |= yield from self._told(asked.image, place, payer)
            kind = place.feature
        feature = Feature(type=kind, model=asked.model, prompt=prompt, later=True)
        reply = yield from self._client.call(feature, payer)
        progress = read(reply, self._host.urls)
        if progress.error:
            raise progress.error
        return Started(call=_call(reply), seconds=seconds, size=size, progress=progress)

    def progress(self, call: str, payer: Payer) -> Waiting[Progress]:
        """Raises RelayError where 1min.ai does not tell; that a video failed is an answer."""
        return read((yield from self._client.result(call, payer)), self._host.urls)

    def file(self, url: str) -> Waiting[VideoFile]:
        """One that has begun to arrive. Raises RelayError; UpstreamFailed tells where the video
        is, for it is paid for.
        """
        try:
            download = yield from self._host.download(url, LEAST)
            return VideoFile(
                pieces=_pieces(download),
                close=download.close,
                media_type=_media_type(download),
                size=download.size,
            )
        except UpstreamFailed as error:
            error.message = f"{error.message.rstrip('.')}. The video is at: {url}"
            raise

    def _told(self, image: Attachment, place: Place, payer: Payer) -> Waiting[Told]:
        try:
            [file] = yield from together([self._file(image, payer)], 1)
            asset = yield from self._uploads.asset(file, payer)
        except (InvalidRequest, NotFound, TooLarge) as error:
            error.param = image.place
            raise
        return place.told(asset, file.type.media_type)

    def _file(self, image: Attachment, payer: Payer) -> Waiting[File]:
        yield  # a link may take its time
        return self._sources.file(image, payer)


def read(reply: Any, urls: AssetUrls) -> Progress:
    """Raises what was refused, or UpstreamFailed for what is no record at all."""
    match reply:
        case {"aiRecord": {"status": "PROCESSING"}}:
            return Progress()
        case {"aiRecord": {"status": "FAILURE" | "FAILED"} as failed}:
            return Progress(error=failures.of_record(failed))
    made = records.record(reply)
    if found := next(filter(None, records.results(made)), None):
        return Progress(url=urls.url(found), credits=records.credits(made))
    if made.get("status") == "SUCCESS":
        return Progress(error=UpstreamFailed("1min.ai made no video."))
    return Progress()


def _choice(asked: Shot, param: str, known: Mapping[str, Told]) -> tuple[str, Told]:
    """What it is called, and how the model is told. Raises InvalidRequest."""
    wanted = getattr(asked, param)
    name = wanted or next(iter(known), UNKNOWN)
    if wanted and wanted not in known:
        choices = f"must be one of {', '.join(known)}" if known else "cannot be chosen"
        message = f"{param}: with the model {asked.model!r} it {choices}"
        raise InvalidRequest(message, param=param)
    return name, known.get(name, {})


def _place(place: Place | None, image: Attachment, model: str) -> Place:
    if place is None:
        message = f"The model {model!r} takes no picture."
        raise InvalidRequest(message, param=image.place, code="model_not_supported")
    return place


def _call(reply: Any) -> str:
    match reply:
        case {"aiRecord": {"uuid": str(uuid)}} if uuid:
            return uuid
    raise UpstreamFailed("1min.ai did not say how to ask for the video")


def _media_type(download: Download) -> str:
    """Closes what is none. Raises UpstreamFailed."""
    for at, mark, media_type in _MARKS:
        if download.head[at : at + len(mark)] == mark:
            return media_type
    download.close()
    raise UpstreamFailed("1min.ai made something that is not a video.")


def _pieces(download: Download) -> Iterator[bytes]:
    yield download.head
    yield from download.rest
