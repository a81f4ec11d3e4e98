"""Counting tokens, judged by tiktoken's own definitions and by ids it gave for our files."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktoken_ext import openai_public  # type: ignore[import-untyped]

from utils.tokens.counts import count, count_turn, count_up_to, pieces
from utils.tokens.families import family
from utils.tokens.memory import Memory
from utils.tokens.vocabularies import CL100K, O200K, Vocabulary, encoding, preload, ranks

ROOT = Path(__file__).parent.parent
VECTORS = json.loads((ROOT / "tests/tokenizer_vectors.json").read_text("utf-8"))["vectors"]
VOCABULARIES = pytest.mark.parametrize("vocabulary", [O200K, CL100K], ids=lambda v: v.name)
ONE_SOON = pytest.mark.parametrize(
    "vocabulary",
    [O200K, pytest.param(CL100K, marks=pytest.mark.long)],
    ids=lambda vocabulary: vocabulary.name,
)

# In a process of its own: whatever asks for a socket dies, and rank files read are told.
WATCHED = """
import sys, threading
read = []
def watch(event, args):
    if event.startswith("socket."):
        raise SystemExit(f"the network was asked for: {event} {args}")
    if event == "open" and str(args[0]).endswith(".tiktoken.xz"):
        read.append(str(args[0]).rpartition("/")[2])
sys.addaudithook(watch)
from utils.tokens.counts import count
from utils.tokens.vocabularies import preload
"""


def watched(script: str) -> str:
    command = [sys.executable, "-W", "error", "-c", WATCHED + script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ids(text: str, vocabulary: Vocabulary) -> list[int]:
    return encoding(vocabulary).encode(text, disallowed_special=())


# Our files


@VOCABULARIES
def test_every_vector_has_the_ids_tiktoken_gives_it(vocabulary: Vocabulary) -> None:
    wrong = [v["text"] for v in VECTORS if ids(v["text"], vocabulary) != v[vocabulary.name]]
    assert wrong == []
    assert len(VECTORS) == 199


@pytest.mark.parametrize(
    ("model", "name"), [("gpt-4o", "o200k_base"), ("gpt-4", "cl100k_base")]
)
def test_every_vector_counts_as_many_tokens_as_it_has_ids(model: str, name: str) -> None:
    wrong = [v["text"] for v in VECTORS if count(v["text"], model) != len(v[name])]
    assert wrong == []


@VOCABULARIES
def test_a_vocabulary_is_the_one_tiktoken_defines(
    vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ours(url: str, expected_hash: str) -> dict[bytes, int]:
        assert url.endswith(f"/{vocabulary.name}.tiktoken")
        return ranks(vocabulary.path, expected_hash)

    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", ours)
    theirs = openai_public.ENCODING_CONSTRUCTORS[vocabulary.name]()
    built = encoding(vocabulary)
    assert built.name == theirs["name"]
    assert built._pat_str == theirs["pat_str"]
    assert built._special_tokens == theirs["special_tokens"]
    assert built._mergeable_ranks == theirs["mergeable_ranks"]
    assert built.n_vocab == theirs.get("explicit_n_vocab", built.n_vocab)


def test_gpt_oss_has_the_pattern_and_the_ranks_of_o200k(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: {})
    assert openai_public.o200k_harmony()["pat_str"] == O200K.pattern


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [flipped, lambda content: content[:-1000], lambda _: b"", lambda _: b"not xz"],
    ids=["a flipped bit", "cut short", "empty", "not compressed"],
)
def test_a_damaged_rank_file_is_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    file = tmp_path / "o200k_base.tiktoken.xz"
    file.write_bytes(damage(O200K.path.read_bytes()))
    with pytest.raises(RuntimeError, match=r"o200k_base\.tiktoken\.xz is damaged"):
        ranks(file, O200K.sha256)


def test_a_sound_file_with_other_ranks_is_damaged() -> None:
    with pytest.raises(RuntimeError, match=r"cl100k_base\.tiktoken\.xz is damaged"):
        ranks(CL100K.path, O200K.sha256)


def test_a_missing_rank_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"gone\.xz is damaged or missing"):
        ranks(tmp_path / "gone.xz", O200K.sha256)


# When they are loaded


def test_counting_asks_for_no_network() -> None:
    said = watched("print(count('Hello, world!', 'gpt-4o'), count('Hello, world!', 'gpt-4'))")
    assert said.split() == ["4", "4"]


def test_importing_reads_no_file_and_starts_no_thread() -> None:
    assert watched("print(read, threading.active_count())") == "[] 1\n"


def test_preloading_reads_o200k_in_a_daemon_thread_and_cl100k_waits_for_its_model() -> None:
    said = watched("""
thread = preload()
print(thread.daemon)
thread.join()
print(*read)
count("Hello", "claude-opus-5")
print(*read)
count("Hello", "gpt-4")
print(*read)
""")
    o200k, cl100k = "o200k_base.tiktoken.xz", "cl100k_base.tiktoken.xz"
    assert said.splitlines() == ["True", o200k, o200k, f"{o200k} {cl100k}"]


def test_sixteen_threads_at_once_load_a_file_once() -> None:
    said = watched("""
from concurrent.futures import ThreadPoolExecutor
preload()
with ThreadPoolExecutor(16) as threads:
    counts = set(threads.map(lambda _: count("Hello, world!", "gpt-4o"), range(16)))
print(counts, *read)
""")
    assert said == "{4} o200k_base.tiktoken.xz\n"


def test_preloading_twice_does_no_harm() -> None:
    for thread in (preload(), preload()):
        thread.join()
    assert count("Hello, world!", "gpt-4o") == 4


# Which vocabulary, and how far off it is


@pytest.mark.parametrize(
    ("model", "vocabulary", "percent"),
    [
        ("gpt-4o", O200K, 100),
        ("gpt-4o-mini-2024-07-18", O200K, 100),
        ("gpt-4.1-nano", O200K, 100),
        ("gpt-4.5-preview", O200K, 100),
        ("chatgpt-4o-latest", O200K, 100),
        ("gpt-5", O200K, 100),
        ("gpt-5.2-codex", O200K, 100),
        ("gpt-6-mini", O200K, 100),
        ("gpt-oss-120b", O200K, 100),
        ("o1", O200K, 100),
        ("o3-mini", O200K, 100),
        ("o4-mini-deep-research", O200K, 100),
        ("openai/gpt-4o", O200K, 100),
        ("openrouter/openai/gpt-oss-20b", O200K, 100),
        ("gpt-4", CL100K, 100),
        ("gpt-4-turbo", CL100K, 100),
        ("openai/gpt-4-0613", CL100K, 100),
        ("gpt-3.5-turbo", CL100K, 100),
        ("text-embedding-3-small", CL100K, 100),
        ("claude-opus-5", O200K, 115),
        ("anthropic/claude-3-5-sonnet", O200K, 115),
        ("deepseek-chat", O200K, 105),
        ("deepseek-ai/DeepSeek-V3", O200K, 105),
        ("gemini-3-pro", O200K, 110),
        ("grok-4", O200K, 110),
        ("mistral-large-latest", O200K, 110),
        ("meta/meta-llama-3-70b-instruct", O200K, 110),
        ("gpt-4x", O200K, 110),
        ("not-gpt-4o", O200K, 110),
        ("openai/", O200K, 110),
        ("", O200K, 110),
    ],
)
def test_a_model_has_its_vocabulary_and_its_factor(
    model: str, vocabulary: Vocabulary, percent: int
) -> None:
    found = family(model)
    assert (found.vocabulary.name, found.percent) == (vocabulary.name, percent)


@pytest.mark.parametrize(
    ("tokens", "model", "adjusted"),
    [
        (0, "claude-opus-5", 0),
        (1, "claude-opus-5", 2),
        (100, "claude-opus-5", 115),
        (101, "claude-opus-5", 117),
        (20, "deepseek-chat", 21),
        (21, "deepseek-chat", 23),
        (100, "gemini-3-pro", 110),  # as floats, 100 * 1.1 rounds up to 111
        (100, "gpt-5", 100),
    ],
)
def test_an_adjusted_count_is_rounded_up(tokens: int, model: str, adjusted: int) -> None:
    assert count(" a" * tokens, model) == adjusted


# Chats


@pytest.mark.parametrize(
    ("texts", "names", "model", "tokens"),
    [
        ([], 0, "gpt-4o", 3),
        ([""], 0, "gpt-4o", 6),
        (["Hello, world!"], 0, "gpt-4o", 4 + 3 + 3),
        (["Hello, world!"], 1, "gpt-4o", 4 + 3 + 1 + 3),
        (["Hello, world!", "Hello"], 0, "gpt-4", 4 + 1 + 2 * 3 + 3),
        (["Hello", "Hello"], 0, "claude-opus-5", 3 + 2 * 3 + 3),
    ],
)
def test_a_chat_is_its_texts_and_what_the_format_adds(
    texts: list[str], names: int, model: str, tokens: int
) -> None:
    assert count_turn(texts, "", model, names) == (tokens, 0)
    assert count_turn(texts, "Hi there", model, names) == (tokens, count("Hi there", model))


def cpu_seconds(texts: list[str]) -> float:
    start = time.thread_time()
    count_turn(texts, "", "gpt-4o")
    return time.thread_time() - start


def test_a_chat_seen_before_costs_almost_nothing() -> None:
    texts = [f"{n} " + "The quick brown fox jumps. " * 40 for n in range(200)]
    assert cpu_seconds(texts) > 10 * cpu_seconds(texts)


def test_a_long_text_is_counted_once() -> None:
    text = "The quick brown fox jumps. " * 10_000
    tokens = count_up_to(text, "gpt-4o", 100_000)
    assert count(text, "gpt-4o") == tokens
    assert count_up_to(text, "gpt-4o", 10) == tokens  # it would stop at 10, were it not known


def test_a_text_is_remembered_for_each_vocabulary() -> None:
    text = "नमस्ते दुनिया"
    counts = [count(text, model) for model in ("gpt-4", "gpt-4o", "gpt-4")]
    assert counts == [len(ids(text, v)) for v in (CL100K, O200K, CL100K)]


FRAGMENTS = st.sampled_from(
    ["a", " ", "\n", "don't", "東", "😀", "\ud83d", "<|endoftext|>", "<|", "1"]
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(parts=st.lists(st.lists(FRAGMENTS, max_size=9).map("".join), max_size=6))
def test_texts_counted_together_count_as_they_do_alone(parts: list[str]) -> None:
    texts = [f"{n}{text}" for n, text in enumerate(parts)]
    alone = sum(len(encoding(O200K).encode(text, disallowed_special=())) for text in texts)
    assert count_turn(texts, "", "gpt-4o") == (alone + 3 * len(texts) + 3, 0)


def test_a_memory_forgets_what_was_longest_unused() -> None:
    memory = Memory(4)
    memory.add({("a", "v"): 1, ("b", "v"): 2})
    assert memory.known([("a", "v")]) == {("a", "v"): 1}
    memory.add({("c", "v"): 3})
    assert memory.known([(text, "v") for text in "abc"]) == {("a", "v"): 1, ("c", "v"): 3}


def test_a_memory_keeps_no_more_than_its_size_whatever_comes_at_once() -> None:
    memory = Memory(8)
    keys = [(str(n), "v") for n in range(100)]
    memory.add(dict.fromkeys(keys, 1))
    assert len(memory.known(keys)) <= 8


def test_a_memory_may_be_shared_by_threads() -> None:
    memory = Memory(8)
    keys = [(str(n), "v") for n in range(20)]

    def use(seed: int) -> None:
        for n in random.Random(seed).choices(range(20), k=3000):
            assert memory.known([keys[n]]) in ({}, {keys[n]: n})
            memory.add({keys[n]: n})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    assert len(memory.known(keys)) <= 8 + 8  # each thread may have added one more at once


# Any text


def megabyte(alphabet: str) -> str:
    return "".join(random.Random(1).choices(alphabet, k=1_000_000))


NASTY = {
    "a million spaces": " " * 1_000_000,
    "a million line ends": "\n" * 1_000_000,
    "no-break spaces": "\u00a0" * 1_000_000,
    "blank lines": " \n" * 500_000,
    "one letter": "a" * 1_000_000,
    "one capital": "A" * 1_000_000,
    "digits": megabyte("0123456789"),
    "random letters": megabyte("abcdefghijklmnopqrstuvwxyz"),
    "any case": megabyte("aA"),
    "apostrophes": "'" * 1_000_000,
    "accents on nothing": "\u0301" * 500_000,
    "joined faces": "😀\u200d" * 150_000,
    "ideographs": "東" * 350_000,
    "null bytes": "\0" * 1_000_000,
    "halves of letters": "\ud83d" * 350_000,
    "special tokens": "<|endoftext|>" * 77_000,
    "prose": "The quick brown fox jumps over the lazy dog.\n" * 22_000,
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_a_megabyte_of_anything_counts_within_a_second(text: str) -> None:
    count("", "gpt-4o")
    start = time.thread_time()
    assert 0 < count(text, "gpt-4o") <= len(text.encode("utf-8", "replace")) * 3
    assert time.thread_time() - start < 1


def test_five_megabytes_of_one_letter_are_counted() -> None:
    assert count("a" * 5_000_000, "gpt-4o") == 625_000


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4"])
@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "\udc00\ud800",
        "a\udfffb",
        "<|endoftext|>",
        "<|fim_prefix|>",
        "\ufeff",
        "\uffff",
    ],
    ids=ascii,
)
def test_a_strange_text_counts_like_any_other(text: str, model: str) -> None:
    assert 0 < count(text, model) < 10


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    text=st.text(st.characters(exclude_categories=())),  # halves of letters too
    model=st.sampled_from(["gpt-4o", "gpt-4", "claude-opus-5", "grok-4"]),
)
def test_any_text_counts(text: str, model: str) -> None:
    assert bool(text) <= count(text, model) <= len(text.encode("utf-8", "replace")) * 4


# Pieces

ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
WORDS = st.lists(
    st.from_regex(r"[\w,.'(){}=/-]{1,12}", fullmatch=True), min_size=1, max_size=20
)


def long(fragment: str) -> str:
    return (fragment * (120_000 // len(fragment) + 1))[:120_000]


@ONE_SOON
@settings(derandomize=True, deadline=None, max_examples=15)
@given(fragment=ANYTHING)
def test_a_long_text_in_pieces_counts_nearly_as_the_whole(
    vocabulary: Vocabulary, fragment: str
) -> None:
    text = long(fragment)
    cut = list(pieces(text))
    assert "".join(cut) == text
    assert max(map(len, cut)) <= 50_000
    tokens = sum(len(ids(piece, vocabulary)) for piece in cut)
    assert abs(tokens - len(ids(text, vocabulary))) <= 5 * (len(cut) - 1)


@ONE_SOON
@settings(derandomize=True, deadline=None, max_examples=15)
@given(words=WORDS, gap=st.sampled_from([" ", "\n", "\n\n", "\r\n", " \n"]))
def test_prose_and_code_in_pieces_count_exactly_as_the_whole(
    vocabulary: Vocabulary, words: list[str], gap: str
) -> None:
    text = long(gap.join([*words, "so it goes\nand goes "]))
    tokens = sum(len(ids(piece, vocabulary)) for piece in pieces(text))
    assert tokens == len(ids(text, vocabulary))


def test_a_text_is_cut_before_the_last_single_space_between_letters() -> None:
    first, second = pieces("a" * 49_000 + " bb " + "c" * 990 + "  " + "d" * 10_000)
    assert first == "a" * 49_000 + " bb"
    assert second.startswith(" ccc")


def test_a_text_is_cut_after_a_line_end_before_a_letter() -> None:
    first, second = pieces("a" * 49_000 + ";\n" + "b" * 10_000)
    assert first == "a" * 49_000 + ";\n"
    assert second == "b" * 10_000


@pytest.mark.parametrize(("size", "expected"), [(0, [0]), (50_000, [50_000])])
def test_a_short_text_stays_whole(size: int, expected: list[int]) -> None:
    assert [len(piece) for piece in pieces("a" * size)] == expected


def test_sixteen_threads_share_a_vocabulary() -> None:
    texts = [vector["text"] for vector in VECTORS] * 20
    with ThreadPoolExecutor(16) as threads:
        shared = list(threads.map(lambda text: ids(text, O200K), texts))
    assert shared == [vector["o200k_base"] for vector in VECTORS] * 20
