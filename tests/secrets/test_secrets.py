"""Whatever happens, nobody is told a key, an account or, in a log, what was said."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.replies import refusal
from simulator.server import Simulator
from tests.secrets.cases import (
    ANSWERS,
    BREAKS,
    CASES,
    COMPLAINT,
    CRASH,
    FILES,
    LEDGERS,
    MEDIA,
)
from tests.secrets.known import ANSWER, KEY, SAID, SECRETS, USED, found
from tests.secrets.places import TYPED
from tests.serving import process


@dataclass(frozen=True)
class Told:
    answers: Mapping[str, str]
    log: str
    files: Mapping[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """By two relays that log all they can, and that live through every case."""
    forms = ("text", "json")
    with ThreadPoolExecutor(len(forms)) as pool:
        first, second = pool.map(life, forms, map(tmp_path_factory.mktemp, forms))
    return Told(
        {name: first.answers[name] + second.answers[name] for name in CASES},
        first.log + second.log,
        {**first.files, **second.files},
    )


def life(log_format: str, folder: Path) -> Told:
    settings = {
        "LOG_LEVEL": "DEBUG",
        "LOG_FORMAT": log_format,
        "MAX_BODY_MB": "1",
        "FIRST_BYTE_TIMEOUT": "0.5",
        "IDLE_TIMEOUT": "0.5",
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FLASK_DEBUG": "1",  # as somebody may have it in their environment
    }
    (folder / "sitecustomize.py").write_text(CRASHING)
    with Simulator() as onemin, process(onemin.url, folder, **settings) as relay:
        if log_format == "json":  # this one never hears a list of models
            onemin.script_models(*[refusal(400, "X", COMPLAINT.replace(KEY, ""))] * 100)
        answers = {name: case(relay, onemin) for name, case in CASES.items()}
        assert {call.headers["api-key"] for call in onemin.chats} == {KEY}
        relay.session.close()
        assert relay.end() == 0
    paths = [path for path in folder.rglob("*") if path.is_file()]
    files = {str(path): path.read_text(errors="replace") for path in paths}
    return Told(answers, files.pop(str(relay.log)), files)


# Every Python imports it. A library then fails the way some do: with its input in the message.
CRASHING = f"""
import orjson
dumps = orjson.dumps
def crash(value, *options):
    if {CRASH!r} in str(value):
        raise ValueError(f"cannot encode {{value}}")
    return dumps(value, *options)
orjson.dumps = crash
"""


@pytest.mark.fault(80, 81)
@pytest.mark.parametrize("name", CASES)
def test_no_answer_tells_a_secret(told: Told, name: str) -> None:
    assert not found(told.answers[name], SECRETS)


@pytest.mark.fault(80)
@pytest.mark.parametrize("secret", SECRETS | SAID)
def test_no_log_tells_a_secret_or_what_was_said(told: Told, secret: str) -> None:
    word = {secret: (SECRETS | SAID)[secret]}
    assert not [line[:120] for line in told.log.splitlines() if found(line, word)]


@pytest.mark.fault(80)
def test_no_file_tells_a_secret_or_what_was_said(told: Told) -> None:
    assert any(name.endswith("data/catalog.json") for name in told.files)
    for name, text in told.files.items():
        assert not found(name + text, SECRETS | SAID)


@pytest.mark.fault(80)
@pytest.mark.parametrize("path", LEDGERS)
def test_nothing_that_was_said_is_counted_by_name(told: Told, path: str) -> None:
    assert told.answers[path].startswith("200 ")
    assert not found(told.answers[path], SECRETS | SAID)


def test_every_case_came_to_pass(told: Told) -> None:
    """Or the tests above would prove nothing."""
    assert all(told.answers.values())
    for name in ("an answer, whole", "an answer, streamed", "a client that leaves"):
        assert ANSWER in told.answers[name]
    for name in BREAKS:
        assert ANSWER in told.answers[f"{name} in the middle"]
    for name in ANSWERS.keys() - {"an answer", "half a letter"}:
        assert '"error"' in told.answers[f"{name}, whole"]
    for name in {**FILES, **MEDIA}.keys() - {"a file"}:
        assert '"error"' in told.answers[name]
    assert "ValueError" in told.log
    assert told.log.count("relay.calls") >= 2 * (len(CASES) - len(TYPED))


@pytest.mark.fault(81)
def test_the_harmless_words_of_a_refusal_stay(told: Told) -> None:
    for name in ("a refusal", "form A", "details", "a refusal in a 200", "a 422"):
        assert "Odd" in told.answers[f"{name}, whole"]


def test_a_crash_is_told_as_an_error_wherever_it_happens(told: Told) -> None:
    for name in ("over a prompt", "over an answer", "at the start", "in the middle"):
        assert '"error"' in told.answers[f"a crash {name}"]
        assert "[DONE]" not in told.answers[f"a crash {name}"]


@pytest.mark.parametrize("text", [KEY, KEY.upper(), f"*{KEY[3:11]}*", f"{USED}"])
def test_a_secret_would_be_found(text: str) -> None:
    assert len(found(f"It is {text}.", SECRETS)) == 1
    assert not found(f"It is {text[:7]}.", SECRETS)
