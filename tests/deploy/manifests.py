"""deploy/kubernetes/ as kubectl reads it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml
from dotenv import dotenv_values

from tests.serving import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
EXAMPLES = ("secret.example.yaml", "ingress.example.yaml")

Manifest = Mapping[str, Any]


@cache
def kustomization() -> Manifest:
    found: Manifest = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    return found


@cache
def manifests() -> tuple[Manifest, ...]:
    """What is applied, and the examples."""
    files = (*kustomization()["resources"], *EXAMPLES)
    texts = ((FOLDER / name).read_text() for name in files)
    return tuple(each for text in texts for each in yaml.safe_load_all(text))


def manifest(kind: str, name: str = "relay") -> Any:
    [found] = [
        each for each in manifests() if (each["kind"], each["metadata"]["name"]) == (kind, name)
    ]
    return found


def pod(name: str = "relay") -> Any:
    return manifest("Deployment", name)["spec"]["template"]


def container(name: str = "relay") -> Any:
    [found] = pod(name)["spec"]["containers"]
    return found


def settings() -> dict[str, Any]:
    return dotenv_values(FOLDER / "settings.env")
