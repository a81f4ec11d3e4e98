"""What is the same for everybody: packed once, and held once however many are sent it."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

from flask import Response
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header
from werkzeug.wsgi import wrap_file

from utils.web.http.request import current, short

AnyResponse = TypeVar("AnyResponse", bound=Response)


@dataclass(frozen=True, slots=True)
class Packed:
    """Bytes as they may leave: whole, or gzipped. `tag` tells one content from another."""

    whole: bytes
    gzipped: bytes
    tag: str

    @classmethod
    def of(cls, data: bytes) -> Packed:
        return cls(data, gzip.compress(data, mtime=0), hashlib.sha256(data).hexdigest()[:32])


def packed_answer(packed: Packed, kind: type[AnyResponse], media_type: str) -> AnyResponse:
    """Kept by the browser, which asks each time whether it is still so. Who takes it slowly
    holds none of it: waitress reads such a file as its client does, and BytesIO copies nothing.
    """
    zipped = parse_accept_header(short("Accept-Encoding"), Accept)["gzip"] > 0
    data = packed.gzipped if zipped else packed.whole
    body = wrap_file(current().environ, BytesIO(data))
    answer = kind(body, content_type=media_type, direct_passthrough=True)
    answer.content_length = len(data)
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Vary"] = "Accept, Accept-Encoding"
    if zipped:
        answer.headers["Content-Encoding"] = "gzip"
    answer.set_etag(f"{packed.tag}-gzip" if zipped else packed.tag)
    answer.make_conditional(current())
    return answer
