"""What the linters of each kind of file say of those that an operator starts from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from tests.deploy.manifests import manifests
from tests.serving import ROOT

YAML = """{extends: default, rules: {
    document-start: disable, line-length: {max: 105}, comments-indentation: disable}}"""
VERSION = "1.37"  # of Kubernetes
# What is in question there: that a slow client holds up a thread, as it does not here; and a
# header that browsers do not forget for a year.
WANTED = "proxy_buffering_off,hsts_header"


def found(program: str, *arguments: str | Path) -> str:
    """What it complains of."""
    command = [str(Path(sys.executable).parent / program), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    assert not found("hadolint", "--failure-threshold", "warning", "Dockerfile")


def test_the_compose_file_is_one() -> None:
    """By the schema that comes with check-jsonschema: its command takes half a second."""
    kept = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = jsonschema_rs.validator_for(json.loads(kept.read_text()), offline=True)
    schema.validate(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


def test_yamllint_finds_nothing_in_any_yaml() -> None:
    places = ("docker-compose.yml", "relay.example.yaml", "deploy")
    assert not found("yamllint", "--strict", "-d", YAML, *places)


def test_gixy_finds_nothing_in_the_configuration_of_nginx(tmp_path: Path) -> None:
    for name, source in (("nginx", "nginx"), ("relays", "relays"), ("listen", "tls")):
        shutil.copy(ROOT / "deploy" / f"{source}.conf", tmp_path / f"{name}.conf")
    assert not found("gixy", "--skips", WANTED, tmp_path / "nginx.conf")


@pytest.mark.parametrize("told", manifests(), ids=lambda told: told["kind"])
def test_the_api_of_kubernetes_takes_each_manifest_as_it_is(told: Any) -> None:
    kubernetes_validate.validate(told, VERSION, strict=True)
    assert "namespace" not in told["metadata"]
