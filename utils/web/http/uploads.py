"""A file that comes in a form. It is on the disk already, where werkzeug put what is large."""

from __future__ import annotations

import os

from flask import request
from werkzeug.datastructures import FileStorage

from utils.errors import InvalidRequest, TooLarge


def upload(field: str, largest: int) -> FileStorage:
    """`largest` is in bytes. Raises InvalidRequest, and TooLarge."""
    given = request.files.get(field)
    if given is None:
        raise InvalidRequest(
            f"{field}: a file is required, with its name, in multipart/form-data", param=field
        )
    if len(request.files.getlist(field)) > 1:
        raise InvalidRequest(f"{field}: one file, not several", param=field)
    size = given.stream.seek(0, os.SEEK_END)
    given.stream.seek(0)
    if not size:
        raise InvalidRequest("The file is empty.", param=field, code="empty_file")
    if size > largest:
        raise TooLarge(
            f"The file is larger than {largest / 2**20:g} MiB.",
            param=field,
            code="file_too_large",
        )
    return given
