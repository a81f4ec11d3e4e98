from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from utils.config import Config, ConfigError
from utils.relay_file import RelayFile

EXAMPLE = Path(__file__).parent.parent / "relay.example.yaml"
SECTIONS = "aliases, fallbacks, restart, backends, prices, family_factors"
ENVIRON = {"HOUSE_MODEL": "gpt-4o", "EMPTY": "", "KEY": "sk-secret"}

Written = Callable[[str], RelayFile]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """What is loaded from a file that holds this text."""
    path = tmp_path / "relay.yaml"

    def load(text: str) -> RelayFile:
        path.write_text(text)
        return RelayFile.load(path, ENVIRON)

    return load


def complaints(written: Written, text: str) -> list[str]:
    """Of each complaint, all but the file's name, which it begins with."""
    with pytest.raises(ConfigError) as refused:
        written(text)
    lines = str(refused.value).split("\n")
    return [line.split("relay.yaml: ", 1)[1] for line in lines]


def test_without_a_file_there_are_no_aliases_and_no_fallbacks() -> None:
    file = RelayFile.load(None, {})
    assert (file.aliases, file.fallbacks) == ({}, {})


def test_the_example_loads() -> None:
    file = RelayFile.load(EXAMPLE, {})
    assert file.aliases["fast"] == "gpt-4o-mini"
    assert file.fallbacks["gpt-5"] == ("gpt-5-mini", "fast")


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "---\n", "aliases:\n  # a: b\n", "aliases: ~\nfallbacks: {}"]
)
def test_a_section_with_nothing_below_it_is_empty(written: Written, text: str) -> None:
    assert written(text) == RelayFile()


def test_a_word_is_a_text_whatever_yaml_takes_it_for(written: Written) -> None:
    file = written("aliases: {no: on, 012: 1e3, 22:30: 2001-01-01, 'null': '~', 4.10: =}")
    assert file.aliases == {
        "no": "on",
        "012": "1e3",
        "22:30": "2001-01-01",
        "null": "~",
        "4.10": "=",
    }


def test_a_variable_is_filled_in(written: Written) -> None:
    file = written("aliases:\n  house: ${HOUSE_MODEL}-mini\nfallbacks: {a: ['${HOUSE_MODEL}']}")
    assert file.aliases == {"house": "gpt-4o-mini"}
    assert file.fallbacks == {"a": ("gpt-4o",)}


def test_what_a_variable_holds_is_not_filled_in_again(tmp_path: Path) -> None:
    path = tmp_path / "relay.yaml"
    path.write_text("aliases:\n  a: ${X}\n")
    assert RelayFile.load(path, {"X": "${Y}", "Y": "z"}).aliases == {"a": "${Y}"}


def test_aliases_may_form_a_chain_and_share_an_end(written: Written) -> None:
    aliases = {"a": "b", "b": "c", "c": "gpt-4o", "d": "b"}
    assert written("aliases: {a: b, b: c, c: gpt-4o, d: b}").aliases == aliases


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("servers: {}", [f"servers: is not known here; known are {SECTIONS}"]),
        ("aliases: {gpt-4: a, gpt-4: b}", ["aliases.gpt-4: is there twice"]),
        ("aliases: {}\naliases: {}", ["aliases: is there twice"]),
        ("aliases: {'012': a, 012: b}", ["aliases.012: is there twice"]),
        (
            "aliases:\n  gpt-4: ${NOPE}",
            ["aliases.gpt-4: ${NOPE} is not set in the environment"],
        ),
        (
            "fallbacks: {a: [b, '${EMPTY}']}",
            ["fallbacks.a[1]: ${EMPTY} is not set in the environment"],
        ),
        (
            "aliases: {a: '${}', b: 'x${KEY', c: '${not one}'}",
            [f"aliases.{a}: has a ${{ that is not the beginning of ${{NAME}}" for a in "abc"],
        ),
        ("aliases: {a: a}", ["aliases: a → a leads in a circle"]),
        ("aliases: {a: b, b: c, c: b}", ["aliases: a → b → c → b leads in a circle"]),
        ("fallbacks: {a: [b, a]}", ["fallbacks: a would ask the same model twice"]),
        ("fallbacks: {a: [b, b]}", ["fallbacks: a would ask the same model twice"]),
        ("aliases: [a]", ["aliases: must hold lines like name: model"]),
        ("fallbacks: {a: b}", ["fallbacks.a: must be a list"]),
        ("fallbacks: {a:}", ["fallbacks.a: must be a list"]),
        ("- a", [f"must hold sections: {SECTIONS}"]),
        ("42", [f"must hold sections: {SECTIONS}"]),
        ("aliases: {[a]: b}", ["aliases: has a list or a mapping for a name"]),
        ("aliases: {a: !env b}", ["aliases.a: has a tag, !env, which is not supported"]),
        (
            "aliases: {a: !!int 4}",
            ["aliases.a: has a tag, tag:yaml.org,2002:int, which is not supported"],
        ),
        ("a: &x [*x]", ["line 1, column 8: *name is not supported"]),
        ("\taliases:", ["line 1, column 1: found character '\\t' that cannot start any token"]),
        ("aliases: {}\n---\n", ["line 2, column 1: but found another document"]),
        ("a: \0", ["holds a character that YAML does not allow"]),
        ("[" * 10_000, ["is nested too deeply"]),
        ("# " + "x" * 300_000, ["is larger than 256 KiB"]),
    ],
)
def test_a_bad_file_is_refused(written: Written, text: str, refused: list[str]) -> None:
    assert complaints(written, text) == refused


@pytest.mark.parametrize("value", ["null", "~", "", "[b]", "{b: c}"])
def test_an_alias_means_one_text(written: Written, value: str) -> None:
    told = "aliases.a: must be one text; the word null is one only in quotes"
    assert complaints(written, f"aliases:\n  a: {value}") == [told]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("aliases: {'': b}", "aliases.''"),
        ("aliases: {a: ''}", "aliases.a"),
        ("aliases: {a: ' '}", "aliases.a"),
        ("aliases: {'a ': b}", "aliases.'a '"),
        ("fallbacks: {'': [b]}", "fallbacks.''"),
        ("fallbacks: {gpt-4.1: [b, '']}", "fallbacks.gpt-4.1[1]"),
    ],
)
def test_a_name_is_neither_empty_nor_padded(written: Written, text: str, place: str) -> None:
    told = f"{place}: a name must not be empty or begin or end with a space"
    assert complaints(written, text) == [told]


def test_every_bad_entry_is_named_at_once(written: Written) -> None:
    named = complaints(written, "aliases: {a: '', b: [c]}\nfallbacks: {d: e}\nservers: {}")
    assert [line.split(":")[0] for line in named] == [
        "aliases.a",
        "aliases.b",
        "fallbacks.d",
        "servers",
    ]


@pytest.mark.parametrize(
    "value", ["{x: '${KEY}'}", "${KEY} '", "' ${KEY}'", "[sk-secret", "'\\"]
)
def test_no_value_is_shown(written: Written, value: str) -> None:
    for line in complaints(written, f"aliases: {{}}\nfallbacks: {value}\n"):
        assert "secret" not in line


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "relay.yaml"
    path.write_bytes(b"aliases: {a: \xff}")
    with pytest.raises(ConfigError, match=r"relay\.yaml: is not UTF-8 text"):
        RelayFile.load(path, {})


def test_a_mark_before_the_text_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "relay.yaml"
    path.write_bytes(b"\xef\xbb\xbfaliases: {a: b}")
    assert RelayFile.load(path, {}).aliases == {"a": "b"}


@pytest.mark.parametrize("place", ["absent.yaml", "."])
def test_a_named_file_must_be_readable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    monkeypatch.setenv("CONFIG_FILE", str(tmp_path / place))
    with pytest.raises(ConfigError, match="cannot be read"):
        RelayFile.of(Config.load(), {})


def test_the_default_file_is_used_where_it_exists(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert RelayFile.of(Config.load(), {}) == RelayFile()
    (tmp_path / "relay.yaml").write_text("aliases: {a: b}")
    assert RelayFile.of(Config.load(), {}).aliases == {"a": "b"}


def test_the_default_named_aloud_must_exist(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFIG_FILE", "relay.yaml")
    with pytest.raises(ConfigError, match=r"relay\.yaml: cannot be read: No such file"):
        RelayFile.of(Config.load(), {})
