from __future__ import annotations

from collections.abc import Mapping

import pytest

from utils.domain.aliases import followed, resolve
from utils.domain.catalog import Catalog, Model
from utils.onemin.models import snapshot

SNAPSHOT = Catalog.of(snapshot(), live=True)


def chats(*names: str) -> Catalog:
    return Catalog.of([Model(id=name, chat=True) for name in names], live=True)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        # Claude Code
        ("claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-sonnet-4-5-20250929", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-sonnet-4-5[1m]", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("anthropic/claude-sonnet-4.5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("anthropic.claude-sonnet-4-5-v1", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-sonnet-4-5@20250929", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("anthropic/claude-opus-4-6[1m]", "us.anthropic.claude-opus-4-6-v1"),
        ("claude-opus-4-5", "us.anthropic.claude-opus-4-5-20251101-v1:0"),
        ("claude-haiku-4-5", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-3-5-haiku-latest", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-3-5-haiku-20241022", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-3-7-sonnet-latest", "us.anthropic.claude-sonnet-5"),
        ("claude-sonnet-4-20250514", "us.anthropic.claude-sonnet-5"),
        ("claude-opus-4-1", "us.anthropic.claude-opus-5-5"),
        ("sonnet", "us.anthropic.claude-sonnet-5"),
        ("opus", "us.anthropic.claude-opus-5-5"),
        ("haiku", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        # Codex and OpenAI
        ("gpt-5-codex", "gpt-5.3-codex"),
        ("gpt-5.1-codex", "gpt-5.3-codex"),
        ("gpt-5.1-codex-max", "gpt-5.3-codex"),
        ("gpt-5.2-codex", "gpt-5.3-codex"),
        ("codex-mini-latest", "gpt-5.3-codex"),
        ("gpt-5-chat-latest", "gpt-5"),
        ("gpt-5.1-chat-latest", "gpt-5.1"),
        ("gpt-4o-latest", "gpt-4o"),
        ("chatgpt-4o-latest", "gpt-4o"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4.1-2025-04-14", "gpt-4.1"),
        ("gpt-3.5-turbo-0125", "gpt-3.5-turbo"),
        ("gpt-4", "gpt-4o"),
        ("gpt-4-0613", "gpt-4o"),
        ("gpt-4-turbo-2024-04-09", "gpt-4-turbo"),
        ("gpt-4-1106-preview", "gpt-4-turbo"),
        ("gpt-4.5-preview", "gpt-4.1"),
        ("gpt-4.5-preview-2025-02-27", "gpt-4.1"),
        ("o4-mini", "o3-mini"),
        ("o1", "o3"),
        ("o1-preview", "o3"),
        ("o1-pro", "o3-pro"),
        ("gpt-oss-20b", "openai/gpt-oss-20b"),
        # the others
        ("gemini-2.5-flash-latest", "gemini-2.5-flash"),
        ("gemini-2.5-pro-preview-06-05", "gemini-2.5-pro"),
        ("gemini-2.0-flash-001", "gemini-3.8-flash"),
        ("gemini-flash-latest", "gemini-3.8-flash"),
        ("gemini-flash-lite-latest", "gemini-3.1-flash-lite-preview"),
        ("gemini-pro-latest", "gemini-3.1-pro-preview"),
        ("deepseek-chat", "deepseek-flash"),
        ("deepseek-reasoner", "deepseek-flash"),
        ("deepseek-v3", "deepseek-flash"),
        ("mistral-nemo", "open-mistral-nemo"),
        ("mistral-large-2411", "mistral-large-latest"),
        ("command-r", "command-r-08-2024"),
        # with the vendor before it
        ("openai/gpt-4o", "gpt-4o"),
        ("openai/gpt-4o-2024-08-06", "gpt-4o"),
        ("google/gemini-2.5-pro", "gemini-2.5-pro"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("mistralai/mistral-nemo", "open-mistral-nemo"),
        ("mistralai/mistral-large", "mistral-large-latest"),
        ("x-ai/grok-4.5", "grok-4.5"),
    ],
)
def test_a_name_that_clients_hard_code_means(name: str, model: str) -> None:
    assert name not in SNAPSHOT.models
    assert resolve(name, SNAPSHOT, {}) == model


def test_every_model_means_itself() -> None:
    for name in SNAPSHOT.models:
        assert resolve(name, SNAPSHOT, dict.fromkeys(SNAPSHOT.models, "gpt-4o")) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gpt",
        "gpt-7",
        "gpt-5.3",
        "gpt-5.5-mini",
        "gpt-5.3-chat-latest",
        "claude",
        "claude-2.1",
        "claude-instant",
        "opus-magnum",
        "gpt-5-sonnet",
        "gemini",
        "gemini-2.5-flash-preview-tts",
        "gemini-embedding-001",
        "o4-mini-deep-research",
        "codex",
        "deepseek-coder",
        "x-ai/grok-4",
        "azure/gpt-4o",
        "GPT-4o",
        "gpt-4o ",
        "gpt-4o\n",
        "openai/",
        "openai/openai/gpt-4o",
        "[1m]",
        "openai/dall-e-3",
        "whisper",
    ],
)
def test_a_name_nobody_knows_stays_unknown(name: str) -> None:
    known = [model for model in SNAPSHOT.models.values() if model.id != "gpt-5.3-codex"]
    assert resolve(name, Catalog.of(known, live=True), {}) is None


@pytest.mark.parametrize(
    ("name", "served", "model"),
    [
        # the same version, however it is spelled, goes before a newer one
        ("claude-sonnet-4-0", ["claude-sonnet-5", "claude-sonnet-4-20250514"], 1),
        ("gemini-2.5-flash-latest", ["gemini-3-flash", "gemini-2.5-flash-preview"], 1),
        ("gpt-5.1-codex", ["gpt-5-codex", "gpt-5.1-codex-2025-11-13", "gpt-5.3-codex"], 1),
        # else the newest, and ten comes after nine
        ("opus", ["claude-opus-4-9", "claude-opus-4-10", "claude-opus-4"], 1),
        ("sonnet", ["claude-3-7-sonnet-20250219", "claude-sonnet-4-20250514"], 1),
        ("gemini-pro-latest", ["gemini-10-pro", "gemini-9.5-pro"], 0),
        ("claude-haiku-9", ["claude-haiku-4-5", "claude-3-haiku"], 0),
        # of one version: the asked date, what is released, undated, plain, newer
        ("claude-opus-5-20270101", ["claude-opus-5", "us.anthropic.claude-opus-5-20270101"], 1),
        ("openai/gpt-4o", ["gpt-4o-latest", "gpt-4o"], 1),
        ("gemini-3-flash-001", ["gemini-3-flash-preview", "gemini-3-flash"], 1),
        ("gemini-flash-latest", ["gemini-3-flash-preview", "gemini-3-flash-20261001"], 1),
        ("opus", ["us.anthropic.claude-opus-5", "claude-opus-5"], 1),
        ("mistral-large", ["mistral-large-2512", "mistral-large-latest"], 1),
        ("gpt-4o", ["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"], 1),
        # a line of its own goes before the one it is a part of
        ("codex-mini-latest", ["gpt-5.3-codex", "gpt-5.1-codex-mini"], 1),
        ("gpt-5.1-codex-max", ["gpt-5.1-codex-mini", "gpt-5-codex"], 1),
        ("gemini-flash-latest", ["gemini-3.1-flash-lite", "gemini-2.5-flash"], 1),
        # what took a name's place, the nearest first
        ("deepseek-v3", ["deepseek-v4-pro", "deepseek-v4-flash", "deepseek-chat"], 2),
        ("deepseek-chat", ["deepseek-v4-flash", "deepseek-v5-flash", "deepseek-v5-pro"], 1),
        ("open-mistral-nemo", ["mistral-nemo"], 0),
        ("gpt-4", ["gpt-4-turbo", "gpt-4.1"], 1),
    ],
)
def test_of_what_is_served_a_name_means(name: str, served: list[str], model: int) -> None:
    assert resolve(name, chats(*served), {}) == served[model]
    assert resolve(name, chats(*reversed(served)), {}) == served[model]


@pytest.mark.parametrize(
    ("name", "served"),
    [
        ("haiku", "claude-sonnet-5"),
        ("claude-opus-4-1", "claude-sonnet-4-1"),
        ("gpt-5-codex", "gpt-5-codex-mini"),
        ("o1", "o1-mini"),
        ("gemini-flash-latest", "gemini-2.5-flash-lite"),
        ("deepseek-chat", "deepseek-v4-pro"),
        ("gpt-4o", "gpt-4o-mini"),
        ("gpt-4", "gpt-5"),
    ],
)
def test_a_model_of_another_kind_does_not_stand_in(name: str, served: str) -> None:
    assert resolve(name, chats(served), {}) is None


def test_only_a_chat_model_is_chosen() -> None:
    painter, talker = Model(id="claude-opus-9"), Model(id="claude-opus-4", chat=True)
    catalog = Catalog.of([painter, talker], live=True)
    assert resolve("claude-opus-9[1m]", catalog, {}) == "claude-opus-4"
    assert resolve("opus", Catalog.of([painter], live=True), {}) is None


def test_a_model_that_does_not_chat_still_means_itself() -> None:
    assert resolve("dall-e-3", SNAPSHOT, {}) == "dall-e-3"


@pytest.mark.parametrize(
    ("name", "aliases", "model"),
    [
        ("fast", {"fast": "gpt-4o-mini"}, "gpt-4o-mini"),
        ("a", {"a": "b", "b": "c", "c": "gpt-4o"}, "gpt-4o"),
        ("a", {"a": "sonnet"}, "us.anthropic.claude-sonnet-5"),
        ("a", {"a": "gpt-4o", "gpt-4o": "gpt-5"}, "gpt-4o"),
        ("sonnet", {"sonnet": "gpt-5"}, "gpt-5"),
        ("sonnet[1m]", {"sonnet": "gpt-5"}, "gpt-5"),
        ("anthropic/sonnet", {"sonnet": "gpt-5"}, "gpt-5"),
        ("anthropic/sonnet", {"sonnet": "gpt-5", "anthropic/sonnet": "o3"}, "o3"),
        ("openai/gpt-4o", {"gpt-4o": "gpt-5"}, "gpt-4o"),
        ("openai/gpt-oss-20b", {"gpt-oss-20b": "gpt-5"}, "openai/gpt-oss-20b"),
        ("sonnet", {"sonnet": "unheard-of"}, None),
        ("other", {"fast": "gpt-4o-mini"}, None),
        ("a", {"a": "b", "b": "a"}, None),
    ],
)
def test_the_operators_aliases_go_before_ours_but_not_before_a_model(
    name: str, aliases: Mapping[str, str], model: str | None
) -> None:
    assert resolve(name, SNAPSHOT, aliases) == model


def test_an_alias_leads_to_a_model_that_is_served_elsewhere() -> None:
    aliases = {"house": "ours", "ours": "qwen-at-home"}
    assert followed("house", SNAPSHOT, aliases) == "qwen-at-home"
    assert followed("gpt-4o", SNAPSHOT, aliases) == "gpt-4o"


@pytest.mark.parametrize("digits", ["9" * 5000, "٣" * 5000, "9" * 200])
def test_a_version_of_any_length_is_only_unknown(digits: str) -> None:
    assert resolve(f"claude-sonnet-{digits}", SNAPSHOT, {}) is None
    assert resolve("sonnet", chats(f"claude-sonnet-{digits}"), {}) is None


def test_a_name_longer_than_any_model_is_not_even_read() -> None:
    assert resolve("openai/" + "x" * 200, chats("x" * 200), {}) == "x" * 200
    assert resolve("openai/" + "x" * 300, chats("x" * 300), {}) is None


def test_an_empty_catalog_knows_nothing() -> None:
    assert resolve("sonnet", chats(), {}) is None
