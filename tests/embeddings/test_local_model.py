"""The relay's own model, against what PyTorch makes of the same weights."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

import numpy as np
import pytest

from utils.domain.embeddings import Embedded, Embedding, Vector
from utils.errors import ContextTooLong, InvalidRequest
from utils.local_embeddings.server import MOST_LETTERS, LocalEmbeddings
from utils.tokens.vocabularies import CL100K, encoding
from utils.waiting import Waiting

# The first four numbers of BertModel's, of transformers 5.23 on torch 2.14, and the last two.
VECTORS = {
    "The cat sits on the mat.": (0.134177, -0.0329, -0.024804, 0.041439, 0.020302, 0.060122),
    "Die Katze sitzt auf der Matte.": (
        -0.027636, 0.013218, 0.088642, -0.050096, 0.103828, 0.067573
    ),
    "a": (-0.036433, 0.034704, -0.04596, 0.034326, -0.004781, 0.094287),
    "日本語のテキスト": (0.001654, 0.14298, 0.068165, -0.022778, -0.038571, -0.00019),
    "def f(x): return x + 1": (-0.047863, 0.063794, -0.010804, 0.014587, 0.13571, -0.018038),
}  # fmt: skip


@pytest.fixture(scope="module")
def local() -> LocalEmbeddings:
    return LocalEmbeddings.installed()


def asked(*inputs: str | Sequence[int], dimensions: int | None = None) -> Embedding:
    return Embedding(model="all-minilm-l6-v2", inputs=inputs, dimensions=dimensions)


def answer(work: Waiting[Embedded]) -> Embedded:
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: Embedded = end.value
            return value


def likeness(one: Vector, other: Vector) -> float:
    return float(np.dot(one, other))


def test_its_vectors_are_those_of_pytorch(local: LocalEmbeddings) -> None:
    vectors = answer(local.embed(asked(*VECTORS))).vectors
    ends = [(*vector[:4], *vector[-2:]) for vector in vectors]
    np.testing.assert_allclose(ends, [*VECTORS.values()], atol=2e-6)
    assert {len(vector) for vector in vectors} == {384}


def test_a_text_has_the_same_vector_in_any_company(local: LocalEmbeddings) -> None:
    long = "word " * 200
    together = answer(local.embed(asked("alone", long, "Ä", long, "other", long))).vectors
    for text, vector in zip(("alone", long, "Ä"), together, strict=False):
        [alone] = answer(local.embed(asked(text))).vectors
        np.testing.assert_allclose(vector, alone, atol=1e-6)


def test_what_means_the_same_is_near(local: LocalEmbeddings) -> None:
    eating, meal, market = answer(
        local.embed(
            asked("A man is eating food.", "Someone eats a meal.", "The stock market fell.")
        )
    ).vectors
    assert likeness(eating, eating) == pytest.approx(1)
    assert likeness(eating, meal) > 0.7
    assert likeness(eating, market) < 0.2


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("HELLO", "hello"),
        ("Crème brûlée", "creme brulee"),
        ("a\u0000b\u200bc", "abc"),
        ("中文", "中 文"),
        ("don't", "don ' t"),
        ("two\u2003words\u3000here", "two words here"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("x" * 101, "\U0001f9ff"),  # it knows neither
    ],
)
def test_texts_are_read_as_bert_reads_them(
    local: LocalEmbeddings, text: str, same: str
) -> None:
    one, other = answer(local.embed(asked(text, same))).vectors
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_mark_in_a_text_is_no_mark(local: LocalEmbeddings) -> None:
    one, other = answer(local.embed(asked("[SEP]", "[ sep ]"))).vectors
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_tokens_are_those_of_openai(local: LocalEmbeddings) -> None:
    text = "Die Katze sitzt auf der Matte."
    tokens = encoding(CL100K).encode(text)
    one, other = answer(local.embed(asked(text, tokens))).vectors
    assert one == other


def test_its_word_pieces_are_what_is_used(local: LocalEmbeddings) -> None:
    usage = answer(local.embed(asked("The cat sits.", "unaffable"))).usage
    assert usage is not None
    # [CLS] the cat sits . [SEP]; [CLS] una ##ffa ##ble [SEP]
    assert (usage.input_tokens, usage.source) == (6 + 5, "upstream")


def test_256_word_pieces_are_read_and_one_more_is_not(local: LocalEmbeddings) -> None:
    usage = answer(local.embed(asked("word " * 254))).usage
    assert usage is not None
    assert usage.input_tokens == 256
    with pytest.raises(ContextTooLong) as caught:
        answer(local.embed(asked("word", "word " * 255)))
    assert caught.value.param == "input[1]"


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        (asked("x" * (MOST_LETTERS + 1)), "input"),
        (asked([200_000]), "input"),
        (asked("x", [2**31]), "input[1]"),
        (asked("x", dimensions=256), "dimensions"),
    ],
)
def test_what_it_cannot_do_is_named(
    local: LocalEmbeddings, wrong: Embedding, param: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        answer(local.embed(wrong))
    assert caught.value.param == param


def test_who_leaves_makes_room_for_others(local: LocalEmbeddings) -> None:
    left = local.embed(asked(*["word " * 200] * 50))
    next(left)
    left.close()
    assert answer(local.embed(asked("a"))).vectors


def test_a_short_question_does_not_wait_for_a_long_one(local: LocalEmbeddings) -> None:
    long = local.embed(asked(*["word " * 200] * 2000))
    next(long)
    over: list[Embedded] = []
    thread = Thread(target=lambda: over.append(answer(local.embed(asked("a")))), daemon=True)
    thread.start()
    while not over:
        next(long)  # raises StopIteration should the short one have to wait to the end
    thread.join()
    assert over[0].vectors
