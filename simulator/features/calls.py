"""A feature call, refused or understood: in 1min.ai's order (onemin-api.md 15.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.accounts import Account
from simulator.admission import Refused
from simulator.assets.links import key_of
from simulator.assets.storage import Asset, Storage
from simulator.catalog import Catalog
from simulator.checks import FEATURE, Faults, fault
from simulator.features.provider import complaint
from simulator.features.requirements import missing
from simulator.features.work import WORK, Call, heard
from simulator.replies import Reply, provider_refusal, refusal
from simulator.turn import Turn
from simulator.wishes import wishes

CHAT_TYPES = (FEATURE, "CHAT")
FILE_FIELDS = (
    *("imageUrl", "maskUrl", "audioUrl", "referenceImage1", "referenceImage2"),
    *("imageTailUrl", "reference_image_path"),
)
ADDRESSES = ("http://", "https://")


def body_faults(body: Any) -> Faults:
    if not isinstance(body, dict):
        return [fault("body", "body must be an object")]
    return [
        fault(name, f"{name} must be a string")
        for name in ("type", "model")
        if not isinstance(body.get(name), str)
    ]


def turn(body: Mapping[str, Any], account: Account, catalog: Catalog) -> Turn:
    """Of a body whose top level has no faults: the type, its model, then promptObject."""
    feature, model = body["type"], catalog.model(body["model"])
    if feature not in WORK:
        raise Refused(_not_done(feature, catalog))
    if not catalog.serves(model.id, feature):
        message = f"Model {model.id} is not supported for feature {feature}"
        raise Refused(refusal(400, "UNSUPPORTED_MODEL", message))
    given = body.get("promptObject")
    if not isinstance(given, dict):
        details = [fault("promptObject", "promptObject must be an object")]
        code, message = "PROMPT_OBJECT_VALIDATION_FAILED", "Invalid prompt object"
        raise Refused(refusal(422, code, message, details))
    if absent := missing(feature, model.id, given):
        message = "Missing required fields"
        raise Refused(refusal(400, "MISSING_REQUIRED_FIELDS", message, absent))
    return Turn.of(body, account, model, streaming=False)


def call(turn: Turn, storage: Storage, host: str) -> Call:
    """What only shows once the call is passed on: values, and files that are not there."""
    if found := complaint(turn):
        raise Refused(provider_refusal(*found))
    given = turn.prompt_object
    files = {
        name: _file(name, str(given[name]), turn.account, storage, host)
        for name in FILE_FIELDS
        if name in given
    }
    for reference in given.get("reference_image_urls") or ():
        _file("reference_image_urls", str(reference), turn.account, storage, host)
    words = f"{turn.prompt} {heard(files.get('audioUrl'))}".strip()
    return Call(replace(turn, prompt=words, wishes=wishes(words)), files, storage)


def _file(
    field: str, reference: str, account: Account, storage: Storage, host: str
) -> Asset | None:
    """None for an absolute URL of another host: nothing is fetched."""
    asset = storage.owned(account.team_id, key_of(host, reference) or reference)
    if asset is None and not reference.startswith(ADDRESSES):
        raise Refused(provider_refusal(field, "The file could not be downloaded."))
    return asset


def _not_done(feature: str, catalog: Catalog) -> Reply:
    """1min.ai's words for chat and for what never was; ours for what is not built here."""
    chat = feature in CHAT_TYPES or feature.startswith("CHAT_WITH_")
    if feature in catalog.features and not chat:
        return refusal(501, "NOT_SIMULATED", f"The simulator does no {feature}")
    return refusal(400, "UNKNOWN_ERROR", f"Unsupported feature type: {feature}")
