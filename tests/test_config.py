from __future__ import annotations

import re
from pathlib import Path

import pytest

from utils import config
from utils.config import Config, ConfigError

README = Path(__file__).parent.parent / "README.md"


def test_a_variable_is_its_field_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "80")
    monkeypatch.setenv("IDLE_TIMEOUT", "1.5")
    monkeypatch.setenv("PERMIT_MODELS_FROM_SUBSET_ONLY", "true")
    monkeypatch.setenv("SUBSET_OF_ONE_MIN_PERMITTED_MODELS", " gpt-4o, openai/gpt-oss-20b,,")
    settings = Config.load()
    assert (settings.port, settings.idle_timeout) == (80, 1.5)
    assert settings.subset_of_one_min_permitted_models == ("gpt-4o", "openai/gpt-oss-20b")


def test_networks_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FETCH_ALLOW_NETWORKS", " 10.0.0.0/8, fd00::/8,127.0.0.1,")
    allowed = Config.load().fetch_allow_networks
    assert [str(network) for network in allowed] == ["10.0.0.0/8", "fd00::/8", "127.0.0.1/32"]


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("CORS_ORIGINS", "")
    assert (Config.load().port, Config.load().cors_origins) == (5001, ("*",))


def test_a_dotenv_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=81\nTHREADS=7\nSOMETHING_ELSE=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "80")
    assert (Config.load().port, Config.load().threads) == (80, 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("THREADS", "0"),
        ("WORKERS", "-1"),
        ("IDLE_TIMEOUT", "0"),
        ("ONE_MIN_BASE_URL", "api.1min.ai"),
        ("ONE_MIN_BASE_URL", "https://api.1min.ai:99999"),
        ("ONE_MIN_BASE_URL", "http://:80"),
        ("ONE_MIN_BASE_URL", "https://host/?x=1"),
        ("LOG_LEVEL", "LOUD"),
        ("MEMCACHED_HOST", "127.0.0.1:11211"),
        ("PERMIT_MODELS_FROM_SUBSET_ONLY", "true"),
        ("RATE_LIMIT_REQUESTS", "many"),
        ("ONE_MIN_ASSET_URL", "asset.1min.ai"),
        ("ONE_MIN_CHAT", "both"),
        ("CONTEXT_TRIM", "newest"),
        ("FETCH_ALLOW_NETWORKS", "10.0.0.0/8,home"),
        ("FETCH_ALLOW_NETWORKS", "10.0.0.1/8"),
        ("MAX_FILE_MB", "0"),
        ("MAX_STORAGE_MB", "0"),
        ("MAX_STORAGE_MB", "plenty"),
        ("MEDIA_TIMEOUT", "0"),
        ("DATABASE_URL", "relay.db"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///data/"),
        ("DATABASE_URL", "sqlite:///relay.db?mode=ro"),
        ("DATABASE_URL", "postgresql://host:port/name"),
        ("DATABASE_URL", "postgresql://host:99999/name"),
        ("KEEP_RESPONSES_DAYS", "0"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "page.example"),
        ("CORS_ORIGINS", "https://page.example/"),
        ("CORS_ORIGINS", "https://*.page.example"),
        ("CORS_ORIGINS", r"https://page\.example"),
        ("CORS_ORIGINS", "*,https://page.example"),
    ],
)
def test_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=name):
        Config.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONE_MIN_BASE_URL", "https://user:secret@host"),
        ("DATABASE_URL", "mysql://user:secret@host/name"),
        ("DATABASE_URL", "postgresql://user:secret/pa@host/name"),
        ("DATABASE_URL", "postgresql://user:pa@secret@host/name"),
    ],
)
def test_a_password_in_a_bad_value_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=name) as refused:
        Config.load()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "used"),
    [
        ("", "sqlite:///folder/relay.db"),
        ("sqlite:///other/relay.db", "sqlite:///other/relay.db"),
        ("sqlite:////srv/relay.db", "sqlite:////srv/relay.db"),
        ("postgres://u:p%40@host/name", "postgresql+psycopg://u:p%40@host/name"),
        ("postgresql://[::1]:80/name?a=b@c", "postgresql+psycopg://[::1]:80/name?a=b@c"),
        ("postgresql+psycopg:///name", "postgresql+psycopg:///name"),
    ],
)
def test_the_database_is_a_file_among_the_data_unless_told(
    monkeypatch: pytest.MonkeyPatch, value: str, used: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", value)
    monkeypatch.setenv("DATA_DIR", "folder")
    assert Config.load().database == used


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("THREADS", "y")
    with pytest.raises(ConfigError, match=r"(?s)PORT='x'.*THREADS='y'"):
        Config.load()


@pytest.mark.parametrize("bad", ["PORT", "DEFAULT_IMAGE_MODEL"])
def test_only_mistakes_are_as_if_they_were_not_set(
    monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setenv("SUBSET_OF_ONE_MIN_PERMITTED_MODELS", "gpt-4o")
    monkeypatch.setenv("PERMIT_MODELS_FROM_SUBSET_ONLY", "true")
    monkeypatch.setenv("CARRIER", "threads")
    meant = Config.load()
    monkeypatch.setenv(bad, "bad")
    with pytest.raises(ConfigError, match=f"{bad}='bad'"):
        Config.load()
    assert Config.without_mistakes() == meant


def test_the_readme_shows_these_settings() -> None:
    shown = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", README.read_text(), re.S)
    assert shown
    assert shown[1] == config.table()
