"""The models 1min.ai lists and their prices, from the snapshot the relay falls back on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "utils" / "onemin" / "snapshot.json"
EMPTY = (
    b'{"models":[],"total":0}'  # without a feature, or with an unknown one (onemin-api.md 7)
)


@dataclass(frozen=True, slots=True)
class Model:
    """Prices are credits per token; `prices` is the published table, for other features."""

    id: str
    provider: str | None = None
    input: float = 1.0
    output: float = 4.0
    prices: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalog:
    models: Mapping[str, Model]
    features: Mapping[str, frozenset[str]]
    listings: Mapping[str, bytes]

    @classmethod
    @cache
    def read(cls) -> Catalog:
        file = json.loads(FILE.read_bytes())
        entries = {entry["modelId"]: entry for entry in file["models"]}
        features: dict[str, list[str]] = file["features"]
        return cls(
            models={name: _model(entry) for name, entry in entries.items()},
            features={feature: frozenset(ids) for feature, ids in features.items()},
            listings={
                feature: _listing([entries[name] for name in ids])
                for feature, ids in features.items()
            },
        )

    def listing(self, feature: str) -> bytes:
        return self.listings.get(feature, EMPTY)

    def serves(self, model: str, feature: str) -> bool:
        return model in self.features[feature]

    def model(self, name: str) -> Model:
        """Also for a name nobody lists: a scripted reply needs no known model."""
        return self.models.get(name) or Model(name)


def _model(entry: dict[str, Any]) -> Model:
    """Newer entries were published without prices; those get middling ones."""
    price = entry["creditMetadata"] or {}
    if not {"INPUT", "OUTPUT"} <= price.keys():
        return Model(entry["modelId"], entry["provider"], prices=price)
    return Model(
        entry["modelId"],
        entry["provider"],
        price["INPUT"],
        price["OUTPUT"],
        price,
    )


def _listing(entries: list[dict[str, Any]]) -> bytes:
    answer = {"models": entries, "total": len(entries)}
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
