"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.demo import demo
from tests.serving import ROOT, ProcessRelay, process

README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"```(sh|python)\n(.*?)```", README, re.S)


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessRelay]:
    with (
        Simulator() as onemin,
        process(onemin.url, tmp_path_factory.mktemp("relay")) as relay,
    ):
        yield relay


@pytest.mark.parametrize(("language", "code"), EXAMPLES)
def test_each_example_runs(relay: ProcessRelay, language: str, code: str) -> None:
    program = [sys.executable, "-c"] if language == "python" else ["sh", "-c"]
    code = code.replace("http://127.0.0.1:5001", relay.url).replace("curl ", "curl -sSf ")
    done = subprocess.run(
        [*program, code],
        env={"PATH": os.environ["PATH"], "ONE_MIN_API_KEY": "a-key"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"gpt-4o-mini|1, 2, 3, 4, 5", done.stdout)


def test_there_are_examples_for_curl_and_the_sdk() -> None:
    assert {language for language, _ in EXAMPLES} == {"sh", "python"}


def test_the_demo_prints_what_the_readme_shows() -> None:
    with demo([sys.executable, "-m", "simulator.demo"], ROOT) as told:
        pass
    shown = re.search(r"```\n(1min\.ai \(simulated\).*?)```", README, re.S)
    assert shown
    assert without_chance(told) == without_chance(shown[1])


def without_chance(text: str) -> str:
    return re.sub(r":\d+|token \S+", "", text)


def test_every_linked_file_exists() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / Path(target)).exists()
