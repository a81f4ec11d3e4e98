"""Nobody is told the server's keys, nor which account has paid."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from simulator.replies import refusal
from simulator.server import Simulator
from tests.onemin.pooled.pooling import GOOD, Pooled
from tests.secrets.known import found
from tests.serving import ASKED
from utils.config import Config, ConfigError
from utils.domain.owner import owner

KEYS = [f"{kind}-zq7serverkey8kp9xw{kind}" for kind in ("bad", "broke", "limited")]
SECRETS = {key: key.partition("-")[2] for key in KEYS}
FINGERPRINTS = {key: owner(key)[:8] for key in KEYS}
ASKED_FOR: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", ASKED),
    ("/v1/chat/completions", ASKED | {"stream": True}),
    ("/v1/images/generations", {"model": "dall-e-3", "prompt": "a cat"}),
]


@pytest.mark.fault(80, 81)
def test_no_answer_log_or_file_tells_a_key(
    pooled: Pooled, onemin: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    answers = ""
    with caplog.at_level(logging.DEBUG), pooled.relay(*KEYS) as relay:
        for key in (pooled.payer(*KEYS), "none"):
            onemin.script(refusal(400, "X", f"The key {key} is odd"))
            for path, body in ASKED_FOR:
                reply = pooled.post(relay, path, body)
                assert reply.status_code >= 400
                answers += f"{reply.headers} {reply.text}"
        assert "is odd" in answers
        assert not found(answers, SECRETS | FINGERPRINTS)
        assert all(fingerprint in caplog.text for fingerprint in FINGERPRINTS.values())
        assert not found(caplog.text, SECRETS)
        for file in pooled.folder.rglob("*"):
            text = file.read_text(errors="replace") if file.is_file() else ""
            assert not found(f"{file}{text}", SECRETS)


@pytest.mark.fault(80)
@pytest.mark.parametrize(
    "keys",
    ["zq7serverkey8, zq7serverkey8", "zq7server key8", "zq7serverkey8é", "zq7"],
)
def test_a_bad_setting_does_not_show_the_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONE_MIN_API_KEYS", keys)
    with pytest.raises(ConfigError) as caught:
        Config.load()
    told = str(caught.value)
    assert "ONE_MIN_API_KEYS" in told
    assert "zq7" not in told


def test_the_settings_show_no_keys() -> None:
    config = Config(_env_file=None, one_min_api_keys=f"{GOOD}, another-{GOOD}")
    assert [key.get_secret_value() for key in config.one_min_api_keys] == [
        GOOD,
        f"another-{GOOD}",
    ]
    assert GOOD not in f"{config!r} {config} {config.model_dump()} {config.model_dump_json()}"
