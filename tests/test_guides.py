"""The guides for clients can be followed. `make programs` follows them; this reads them."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.programs.guide import ADDRESS, GUIDES, Fence, guides
from tests.programs.run import PROGRAMS
from tests.serving import KEY, ROOT, ThreadedRelay

FENCES = [
    pytest.param(fence, id=f"{guide.name}, {fence.file or fence.language}")
    for guide in guides().values()
    for fence in guide.fences
]
PARSED: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "python": ast.parse,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
MODEL = re.compile(r"\b(?:gpt-|claude-[a-z]+-|us\.anthropic\.)[\w.-]*\d[\w-]*")
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("fence", FENCES)
def test_what_a_guide_shows_is_well_formed(fence: Fence) -> None:
    if fence.language == "sh":
        subprocess.run(["sh", "-n"], input=fence.code, text=True, timeout=5, check=True)
    elif fence.language != "js":  # the trial reads that
        assert PARSED[fence.language](fence.code)


def test_each_model_and_address_of_a_guide_is_there(relay: ThreadedRelay) -> None:
    models = set(MODEL.findall(GUIDES))
    assert {"gpt-4o-mini", "us.anthropic.claude-sonnet-5", "claude-sonnet-4-5"} <= models
    for model in models:
        assert relay.chat(model=model).status_code == 200, model
    addresses = set(re.findall(rf"{ADDRESS}(?:/v1)?(?![\w.])", GUIDES))
    assert addresses == {ADDRESS, f"{ADDRESS}/v1"}


def test_a_chat_by_curl_is_answered(relay: ThreadedRelay) -> None:
    done = subprocess.run(
        ["sh", "-ec", guides()["curl"].code("sh", relay.url)],
        env={"PATH": os.environ["PATH"], "ONE_MIN_API_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert json.loads(done.stdout)["choices"][0]["message"]["content"]


def test_a_guide_says_what_was_tried_and_the_trial_tries_it() -> None:
    for program in PROGRAMS:
        assert program.guide.packages(program.registry), program.name
        for place in program.asks:
            assert place.removesuffix(":443") in program.guide.text
    tried = {program.told for program in PROGRAMS} | {"curl"}
    for name, guide in guides().items():
        assert name in tried or "Not tried here" in guide.text


def test_the_readme_points_to_each_guide() -> None:
    pointed = re.findall(r"\(docs/clients\.md#([^)]+)\)", README)
    assert sorted(pointed) == sorted(name.lower().replace(" ", "-") for name in guides())
