"""1min.ai's Models API (onemin-api.md 7)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from utils.domain.catalog import Model
from utils.errors import UpstreamFailed

CHAT = "UNIFY_CHAT_WITH_AI"
IMAGE, VARIATION = "IMAGE_GENERATOR", "IMAGE_VARIATOR"
SPEECH, TRANSCRIPTION = "TEXT_TO_SPEECH", "SPEECH_TO_TEXT"
TRANSLATION = "AUDIO_TRANSLATOR"  # of all who do it, only whisper-1 is asked
VIDEO = "TEXT_TO_VIDEO"
# The ways of editing an image, by the relay's names.
EDITS = {
    "edit": "IMAGE_EDITOR",
    "inpaint": "IMAGE_INPAINTER",
    "upscale": "IMAGE_UPSCALER",
    "extend": "IMAGE_EXTENDER",
    "remove-background": "BACKGROUND_REMOVER",
    "replace-background": "BACKGROUND_REPLACER",
    "search-and-replace": "SEARCH_AND_REPLACE",
    "remove-text": "TEXT_REMOVER",
    "remove-object": "IMAGE_OBJECT_REMOVER",
}
# Only the lists that have models of their own: an entry names all its features. Those who make
# videos of pictures alone are not asked.
FEATURES = (
    *(CHAT, IMAGE, VARIATION, SPEECH, TRANSCRIPTION),
    *("IMAGE_EDITOR", "IMAGE_INPAINTER", "BACKGROUND_REMOVER", VIDEO),
)
SNAPSHOT = Path(__file__).with_name("snapshot.json")


def snapshot() -> list[Model]:
    """The catalog as it was when this version of the relay was made."""
    file = json.loads(SNAPSHOT.read_bytes())
    entries = {entry["modelId"]: entry for entry in file["models"]}
    return merged(
        read({"models": [entries[name] for name in file["features"][feature]]}, feature)
        for feature in FEATURES
    )


def merged(lists: Iterable[list[Model]]) -> list[Model]:
    """Each model once. An entry names all its features, so the first one tells everything."""
    models: dict[str, Model] = {}
    for model in chain.from_iterable(lists):
        models.setdefault(model.id, model)
    return list(models.values())


def target(feature: str) -> str:
    return f"/models?feature={feature}"


def read(reply: Any, feature: str) -> list[Model]:
    """The active models of one feature. Raises UpstreamFailed."""
    match reply:
        case {"models": [*entries]}:
            return [_model(entry, feature) for entry in entries if _is_callable(entry)]
    raise UpstreamFailed("1min.ai sent something that is not a list of models")


def _is_callable(entry: Any) -> bool:
    match entry:
        case {"modelId": "NOT_APPLICABLE"}:
            return False
        case {"modelId": str(), "status": str(status)}:
            return status == "ACTIVE"
        case {"modelId": str()}:
            return True
    return False


def _model(entry: dict[str, Any], feature: str) -> Model:
    price = _dict(entry.get("creditMetadata"))
    features = (feature, *_list(entry.get("features")))
    reads = _list(_dict(entry.get("modality")).get("INPUT"))
    return Model(
        id=entry["modelId"],
        name=entry.get("name") or "",
        owner=entry.get("provider") or "1minai",
        created=_time(entry.get("createdAt")),
        chat=CHAT in features,
        vision="image" in reads,
        code="CODE_GENERATOR" in features,
        image=IMAGE in features,
        variation=VARIATION in features,
        speech=SPEECH in features,
        transcription=TRANSCRIPTION in features,
        video=VIDEO in features,
        edits=tuple(way for way, name in EDITS.items() if name in features),
        context=_number(price.get("CONTEXT")),
        max_output=_number(price.get("MAX_OUTPUT_TOKEN")),
        input_price=_price(price.get("INPUT")),
        output_price=_price(price.get("OUTPUT")),
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _price(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _time(value: object) -> int:
    try:
        return int(datetime.fromisoformat(str(value)).timestamp())
    except ValueError:
        return 0
