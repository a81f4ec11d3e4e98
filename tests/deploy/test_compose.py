"""docker-compose.yml: one relay alone, and with the profile `scale` several behind nginx."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
import yaml

from tests.serving import ROOT
from utils.config import Config

TEXT = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
DEFAULT = Config.model_fields["port"].default
OWN = {"POSTGRES_PASSWORD", "NGINX_LISTEN", "TLS_PORT"}  # what no relay reads
RELAYS = ("relay", "relays")


@cache
def compose() -> Any:
    return yaml.safe_load(TEXT)


def service(name: str) -> Any:
    return compose()["services"][name]


def names(profile: str | None) -> set[str]:
    found = compose()["services"].items()
    return {name for name, told in found if told.get("profiles") == (profile and [profile])}


def test_without_a_profile_there_are_a_relay_and_its_memcached() -> None:
    assert names(None) == {"relay", "memcached"}
    assert names("scale") == {"nginx", "relays", "postgresql"}


def test_to_start_nginx_is_to_start_all_but_the_single_relay() -> None:
    """Which docker compose takes from what depends on what."""
    wanted, found = ["nginx"], set()
    while wanted:
        found.add(name := wanted.pop())
        for needed, condition in service(name).get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}
            wanted.append(needed)
    assert found == {"nginx", "relays", "postgresql", "memcached"}


@pytest.mark.parametrize("name", sorted(names(None) | names("scale")))
def test_each_service_is_contained(name: str) -> None:
    told = service(name)
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert told["restart"] == "unless-stopped"
    assert told["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert re.fullmatch(r"\d+[mg]", told["mem_limit"])
    assert "privileged" not in told
    assert "network_mode" not in told


@pytest.mark.parametrize("name", sorted({*names(None), *names("scale")} - {*RELAYS}))
def test_each_service_says_whether_it_is_well(name: str) -> None:
    """The relays do so by their image."""
    assert service(name)["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@pytest.mark.parametrize("name", ["memcached", "postgresql", "relays"])
def test_what_trusts_whoever_reaches_it_is_reached_from_inside_only(name: str) -> None:
    assert "ports" not in service(name)


@pytest.mark.parametrize(("name", "volume"), [("relay", "data"), ("relays", "files")])
def test_a_relay_writes_to_its_volume_and_to_tmp_only(name: str, volume: str) -> None:
    """Two that have databases of their own share no files either."""
    relay = service(name)
    assert relay["tmpfs"] == ["/tmp"]
    assert relay["volumes"] == [f"{volume}:/app/data"]
    assert relay["environment"]["DATA_DIR"] == "/app/data"
    assert "VOLUME /app/data" in (ROOT / "Dockerfile").read_text()
    assert volume in compose()["volumes"]


@pytest.mark.parametrize("name", RELAYS)
def test_a_relay_has_time_to_finish_its_streams(name: str) -> None:
    assert int(service(name)["stop_grace_period"].removesuffix("s")) > 30


@pytest.mark.parametrize("name", RELAYS)
def test_a_relay_can_start_with_the_settings_it_is_given(name: str) -> None:
    told = service(name)["environment"]
    others = {"TMPDIR", "PGPASSWORD"}  # Python's and PostgreSQL's own
    settings = {key.lower(): value for key, value in told.items() if key not in others}
    assert settings.keys() <= Config.model_fields.keys()
    config = Config(_env_file=None, **settings)
    assert (config.memcached_host, config.port) == ("memcached", DEFAULT)


def test_only_relays_behind_nginx_have_a_proxy_and_a_database_of_all() -> None:
    assert service("relays")["environment"]["TRUSTED_PROXIES"] == "1"
    assert service("relays")["environment"]["DATABASE_URL"].endswith("@postgresql/relay")
    assert (
        service("relay")["environment"].keys().isdisjoint(("TRUSTED_PROXIES", "DATABASE_URL"))
    )


def test_the_published_port_leads_to_the_relay_or_to_nginx() -> None:
    inside = service("relay")["environment"]["PORT"]
    assert service("relay")["ports"] == [f"${{PORT:-{DEFAULT}}}:{inside}"]
    assert service("nginx")["ports"] == [f"${{PORT:-{DEFAULT}}}:80", "${TLS_PORT:-5443}:443"]


def test_nginx_is_given_files_that_there_are() -> None:
    for volume in service("nginx")["volumes"]:
        path, inside, how = volume.replace("${NGINX_LISTEN:-listen}", "tls").split(":")
        assert (ROOT / path).exists()
        assert inside.startswith("/etc/nginx/")
        assert how == "ro"


def test_the_certificates_key_is_kept_out_of_git() -> None:
    assert (ROOT / "deploy/certificates/.gitignore").read_text().endswith("*\n!.gitignore\n")


def test_what_may_be_said_in_env_is_a_setting_or_shown_in_the_example() -> None:
    asked = {*re.findall(r"\$\{([A-Z_]+)", TEXT)}
    shown = {*re.findall(r"^#? ?([A-Z_]+)=", EXAMPLE, re.MULTILINE)}
    assert asked & shown >= OWN
    assert {"PORT", "MEMCACHED_HOST", "LOG_LEVEL"} < shown
    assert {name.lower() for name in (asked | shown) - OWN} <= Config.model_fields.keys()
