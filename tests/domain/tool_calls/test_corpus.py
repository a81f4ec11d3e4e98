"""Answers as models write them, good and bad, each with what is made of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cuts import pieces
from tests.domain.tool_calls.reading import Result, read

HERE = Path(__file__).parent / "corpus"
CORPUS: dict[str, dict[str, Any]] = {
    f"{path.stem}: {name}": entry
    for path in sorted(HERE.glob("*.yaml"))
    for name, entry in yaml.safe_load(path.read_text("utf-8")).items()
}


def told(result: Result) -> dict[str, Any]:
    """In the words of the corpus: arguments as values, or as text where they are unfinished."""
    return {
        "text": result.text,
        "calls": [{name: _meant(arguments)} for name, arguments in result.calls],
        "problem": result.problem,
    }


def _meant(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def expected(entry: dict[str, Any]) -> dict[str, Any]:
    """What is not said is this: an answer without calls and problems is text as it stands."""
    calls, problem = entry.get("calls", []), entry.get("problem")
    text = entry.get("text", "" if calls or problem else entry["answer"])
    return {"text": text, "calls": calls, "problem": problem}


@pytest.mark.parametrize("name", CORPUS)
def test_an_answer_means_this_however_it_is_cut(name: str) -> None:
    entry = CORPUS[name]
    for cut in ([entry["answer"]], pieces(entry["answer"], 1), *random_cuts(entry["answer"])):
        result = read(cut, truncated=entry.get("truncated", False))
        assert told(result) == expected(entry), cut


def random_cuts(text: str) -> Iterator[list[str]]:
    for seed in range(6):
        rng, cut, at = random.Random(seed), [], 0
        while at < len(text):
            cut.append(text[at : at + rng.randint(1, 7)])
            at += len(cut[-1])
        yield cut


def test_the_corpus_is_large_and_says_nothing_by_mistake() -> None:
    assert len(CORPUS) >= 160
    assert {key for entry in CORPUS.values() for key in entry} <= {
        "answer",
        "text",
        "calls",
        "problem",
        "truncated",
    }
