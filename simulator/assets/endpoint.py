"""POST /api/assets, and the asset host behind `fileContent.path` (onemin-api.md 6, 8)."""

from __future__ import annotations

import hashlib
from typing import Any

from simulator.accounts import Account
from simulator.admission import Admission, Refused
from simulator.assets.kinds import folder
from simulator.assets.links import HOST_PATH, is_sound
from simulator.assets.multipart import UNTOLD, NoForm, Part, parts
from simulator.assets.storage import Asset, Storage
from simulator.checks import fault
from simulator.http import Request
from simulator.replies import Reply, refusal, whole

FIELD = "asset"
BUCKET = "asset.1min.ai"
MOST_BYTES = 50 * 1024 * 1024
XML = {"Content-Type": "application/xml"}
# About one valid upload in six fails, and a retry mends it; its code was never recorded.
CORRUPT = refusal(400, "UNKNOWN_ERROR", "The file could not be processed, it may be corrupt.")


class Assets:
    def __init__(self, admission: Admission, storage: Storage) -> None:
        self._admission = admission
        self._storage = storage

    def upload(self, request: Request) -> Reply:
        try:
            account = self._admission.caller(request)
            file = _checked(_form(request))
        except Refused as refused:
            return refused.reply
        return whole(self._kept(account, *file))

    def download(self, request: Request) -> Reply:
        """No credentials: whoever knows the address has the file."""
        key = request.path.removeprefix(HOST_PATH)
        asset = self._storage.at(key)
        if not is_sound(key, request.query):
            return _complaint(403, "SignatureDoesNotMatch")
        if asset is None:
            return _complaint(404, "NoSuchKey")
        return Reply(headers={"Content-Type": asset.media_type}, body=(asset.data,))

    def _kept(self, account: Account, part: Part, name: str, place: str) -> dict[str, Any]:
        # S3 is told nothing of an upload's type, so that is how it comes back.
        asset = self._storage.keep(account.team_id, place, name, part.data, UNTOLD)
        return {
            "asset": _stored(asset, part.media_type, account),
            "fileContent": _content(asset),
        }


def _form(request: Request) -> list[Part]:
    try:
        return parts(request.headers.get("content-type", ""), request.body)
    except NoForm as error:
        raise Refused(_invalid(str(error))) from error


def _checked(form: list[Part]) -> tuple[Part, str, str]:
    """The one file of the form, its name without folders, and where it belongs."""
    files = [part for part in form if part.filename is not None]
    if [part.name for part in files] != [FIELD]:
        raise Refused(_invalid("there must be exactly one file"))
    [part] = files
    name = str(part.filename).replace("\\", "/").rpartition("/")[2]
    if len(part.data) > MOST_BYTES:
        raise Refused(refusal(413, "HTTP_EXCEPTION", "File too large"))
    place = folder(name, part.media_type)
    if place is None:
        message = f"Unsupported file type: {part.media_type}"
        raise Refused(refusal(400, "UNSUPPORTED_FILE_TYPE", message))
    return part, name, place


def _invalid(message: str) -> Reply:
    details = [fault(FIELD, message)]
    text = "Request body validation failed"
    return refusal(400, "REQUEST_BODY_VALIDATION_FAILED", text, details)


def _stored(asset: Asset, media_type: str, account: Account) -> dict[str, Any]:
    told = {
        "fieldname": FIELD,
        "originalname": asset.name,
        "encoding": "7bit",
        "mimetype": media_type,
    }
    return {
        **told,
        "size": len(asset.data),
        "bucket": BUCKET,
        "key": asset.key,
        "acl": "private",
        "contentType": asset.media_type,
        "contentDisposition": None,
        "contentEncoding": None,
        "storageClass": "STANDARD",
        "serverSideEncryption": None,
        "metadata": {"team-id": account.team_id, "user-id": account.user_id, **told},
        "location": f"https://{BUCKET}.s3.us-east-1.amazonaws.com/{asset.key}",
        "etag": f'"{hashlib.md5(asset.data, usedforsecurity=False).hexdigest()}"',
    }


def _content(asset: Asset) -> dict[str, Any]:
    created = asset.created.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "uuid": asset.uuid,
        "path": asset.key,
        "type": asset.extension,
        "name": asset.key.rpartition("/")[2],
        "content": "",
        "status": "ACTIVE",
        "metadata": {"token": 0, "character": 0},
        "createdAt": created,
    }


def _complaint(status: int, code: str) -> Reply:
    """S3 answers in XML."""
    page = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return Reply(status, XML, (page.encode(),))
