"""multipart/form-data, as much of it as an upload uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

UNTOLD = "application/octet-stream"


class NoForm(Exception):
    """The body is not multipart/form-data."""


@dataclass(frozen=True, slots=True)
class Part:
    """`filename` is None for a plain field."""

    name: str
    filename: str | None
    media_type: str
    data: bytes


def parts(content_type: str, body: bytes) -> list[Part]:
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise NoForm("the content type is not multipart/form-data with a boundary")
    return list(_parts(b"\r\n--" + boundary.encode(), b"\r\n" + body))


def _parts(mark: bytes, body: bytes) -> Iterator[Part]:
    _, *pieces = body.split(mark)
    if not pieces or not pieces[-1].startswith(b"--"):
        raise NoForm("the form has no end")
    for piece in pieces[:-1]:
        head, blank, data = piece.partition(b"\r\n\r\n")
        if not blank:
            raise NoForm("a part has no head")
        yield _part(head, data)


def _part(head: bytes, data: bytes) -> Part:
    fields = Message()
    for line in head.decode(errors="replace").strip().split("\r\n"):
        name, _, value = line.partition(":")
        fields[name.strip()] = value.strip()
    field = str(fields.get_param("name", "", header="content-disposition"))
    media_type = fields.get_content_type() if "content-type" in fields else UNTOLD
    return Part(field, fields.get_filename(), media_type, data)
