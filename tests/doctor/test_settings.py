"""What `flask doctor` tells of settings, without asking anybody."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.doctor.conftest import Doctor
from utils.config import Config
from utils.relay_file import RelayFile
from utils.web.operator.doctor import settings


@pytest.fixture
def away(settings: dict[str, str]) -> dict[str, str]:
    """Nobody is there to be asked."""
    settings["ONE_MIN_BASE_URL"] = settings["ONE_MIN_ASSET_URL"] = "http://127.0.0.1:9"
    return settings


def test_a_bad_setting_is_told_and_the_rest_looked_at(doctor: Doctor) -> None:
    told = doctor("--free", ADMIN_TOKEN="short", DEFAULT_CHAT_MODEL="no-such-model")
    assert told.exit == 1
    assert told.not_well() == {"settings", "catalog"}
    assert told.said("settings").startswith("ADMIN_TOKEN=…: must have 16 characters")
    assert "DEFAULT_CHAT_MODEL (no-such-model)" in told.said("catalog")


def test_settings_that_do_not_go_together_are_told(doctor: Doctor) -> None:
    told = doctor("--free", PERMIT_MODELS_FROM_SUBSET_ONLY="true")
    assert told.not_well() == {"settings"}
    assert told.status("key") == "ok"  # by the other settings, as they are


@pytest.mark.usefixtures("away")
def test_an_env_file_that_cannot_be_read_is_told(doctor: Doctor, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"PORT=\xff")
    told = doctor("--free")
    assert ".env is not UTF-8 text" in told.said("settings")
    assert told.status("env file") == "skipped"
    file.unlink()
    file.symlink_to("/proc/self/mem")  # for root, who may read all else
    assert ".env cannot be read" in doctor("--free").said("settings")


@pytest.mark.parametrize(
    ("name", "value", "checks"),
    [
        ("ONE_MIN_BASE_URL", "1min", ("1min.ai", "clock", "catalog", "key", "upload")),
        ("ONE_MIN_ASSET_URL", "ftp://x", ("asset host",)),
        ("ONE_MIN_API_KEYS", "short", ("key", "upload", "native models", "callers")),
        ("ONE_MIN_CHAT", "best", ("native models",)),
        ("MEMCACHED_HOST", "a b", ("memcached", "processes")),
        ("MEMCACHED_PORT", "0", ("memcached",)),
        ("DATABASE_URL", "mysql://x", ("database",)),
        ("PORT", "x", ("running relay",)),
        ("THREADS", "0", ("processes", "open files")),
        ("ALLOW_PASSTHROUGH", "x", ("callers",)),
    ],
)
def test_what_stands_on_a_wrong_setting_is_skipped(
    doctor: Doctor, onemin: Simulator, name: str, value: str, checks: tuple[str, ...]
) -> None:
    """The default's server would be looked at in place of the operator's."""
    told = doctor("--free", **{name: value})
    assert told.not_well() == {"settings"}
    for check in checks:
        assert (told.status(check), told.said(check).strip()) == ("skipped", f"{name} is wrong")


def test_a_key_that_is_given_needs_none_in_the_settings(doctor: Doctor) -> None:
    told = doctor("--free", "--key", ONE_MIN_API_KEYS="short", ONE_MIN_API_KEY="a-key-of-mine")
    assert told.not_well() == {"settings"}
    assert told.status("upload") == "ok"


@pytest.mark.usefixtures("away")
def test_a_misspelt_name_is_told_with_the_one_that_is_meant(
    doctor: Doctor, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("MEMCACHE_HOST=localhost\nHOUSE_KEY=a\nONE_MIN_X=1\n")
    told = doctor("--free", ONE_MIN_CHATS="auto", OTHER="x", RELAY_SERVICE_HOST="10.0.0.1")
    assert told.said("names") == (
        "no setting is called ONE_MIN_CHATS, MEMCACHE_HOST, ONE_MIN_X "
        "Write ONE_MIN_CHAT in place of ONE_MIN_CHATS, "
        "MEMCACHED_HOST in place of MEMCACHE_HOST."
    )


@pytest.mark.usefixtures("away")
def test_keys_that_others_may_read_are_told(doctor: Doctor, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("ONE_MIN_API_KEYS=the-key-of-mine\n")
    file.chmod(0o644)
    told = doctor("--free")
    assert "chmod 600 .env" in told.said("env file")
    assert "the-key" not in told.text
    file.chmod(0o600)
    assert doctor("--free").status("env file") == "ok"


@pytest.mark.usefixtures("away")
def test_a_key_of_the_operator_s_own_is_no_misspelling(doctor: Doctor, tmp_path: Path) -> None:
    """As ONE_MIN_API_KEYS it would pay for everybody."""
    (tmp_path / ".env").write_text("ONE_MIN_API_KEY=the-key-of-mine\n")
    told = doctor("--free")
    assert told.status("names") == "ok"
    assert "ONE_MIN_API_KEY is your own, which clients and --key send" in told.said("names")


@pytest.mark.usefixtures("away")
def test_lines_of_the_env_file_that_say_nothing_are_told_and_not_logged(
    doctor: Doctor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / ".env"
    file.write_text("THREADS=4\n\n\n\nONE_MIN_API_KEYS the-key-of-mine\nWORKERS=1\nB='\n")
    file.chmod(0o600)
    told = doctor("--free")
    assert told.status("env file") == "warning"
    assert Config.load().threads == 4
    assert not caplog.records
    assert ".env line 5 cannot be read; .env line 7 cannot be read" in told.said("env file")
    assert "the-key" not in told.text


@pytest.mark.usefixtures("away")
def test_processes_that_share_nothing_are_told(doctor: Doctor) -> None:
    told = doctor("--free", WORKERS="2")
    assert "MEMCACHED_HOST" in told.said("processes")


@pytest.mark.usefixtures("away")
def test_a_folder_that_cannot_be_written_to_is_told(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = doctor("--free", DATA_DIR=str(tmp_path / "file" / "data"))
    assert told.status("data folder") == "failed"
    assert "DATA_DIR" in told.said("data folder")


@pytest.mark.usefixtures("away")
def test_a_mistake_in_relay_yaml_is_told_with_its_place(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "relay.yaml").write_text("fallbacks:\n  a: [b, b]\nalias: {}\n")
    told = doctor("--free")
    assert "relay.yaml: alias: is not known here" in told.said("relay.yaml")
    assert "fallbacks" in told.said("relay.yaml")
    assert told.said("names in it").strip() == "relay.yaml is wrong"


def test_names_that_lead_nowhere_are_told(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "relay.yaml").write_text(
        "aliases:\n  fast: gpt-4o-mini\n  slow: gpt-9\nfallbacks:\n  fast: [gpt-4o, gone]\n"
    )
    told = doctor("--free")
    assert told.not_well() == {"names in it"}
    assert "aliases.slow (gpt-9), fallbacks.fast (gone)" in told.said("names in it")


@pytest.mark.long
def test_the_model_that_is_asked_is_one_of_1min_s_own(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "relay.yaml").write_text(
        "aliases:\n  fast: gpt-4.1-mini\n"
        "backends:\n  house:\n    base_url: http://127.0.0.1:9\n    models:\n      small:\n"
    )
    for default, model in (("small", "gpt-4o-mini"), ("fast", "gpt-4.1-mini")):
        told = doctor(DEFAULT_CHAT_MODEL=default)
        assert told.status("catalog") == "ok"
        assert told.said("chat").startswith(f"{model} answers")


def test_a_back_end_that_anybody_may_have_paid_is_told() -> None:
    paying = {"base_url": "http://127.0.0.1:9", "api_key": "k", "models": {"m": {}}}
    file = RelayFile.model_validate({"backends": {"house": paying}})
    config = Config(_env_file=None, host="0.0.0.0")
    assert settings.callers(config, file).status == "warning"
    for safe in ({"host": "127.0.0.1"}, {"host": "localhost"}, {"allow_passthrough": False}):
        assert settings.callers(Config(_env_file=None, **safe), file).status == "ok"


def test_too_few_open_files_are_told() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = Config(_env_file=None).model_copy(update={"threads": hard})
    assert "ulimit" in settings.open_files(many).mend
