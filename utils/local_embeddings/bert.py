"""The layers of a BERT, and the one vector that they make of a text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from utils.local_embeddings.weights import Weights

Array = NDArray[np.float32]

HEADS = 12
_EPSILON = np.float32(1e-12)

# Abramowitz and Stegun 7.1.26, right to 1.5e-7: numpy knows no error function.
_ERF = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ERF_STEP = 0.3275911


class Bert:
    """Shared by all threads: it only reads its weights."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._layers = sum(name.endswith("output.dense.bias") for name in weights) // 2

    def embedded(self, texts: Sequence[Sequence[int]]) -> list[Array]:
        """A vector of length 1 for each text. What is done to each word by itself is done for
        all texts at once.
        """
        ends = np.cumsum([len(text) for text in texts])
        words = self._placed(texts)
        for layer in range(self._layers):
            words = self._layer(f"encoder.layer.{layer}", words, ends[:-1])
        means = [part.mean(0) for part in np.split(words, ends[:-1])]
        return [mean / np.linalg.norm(mean) for mean in means]

    def _placed(self, texts: Sequence[Sequence[int]]) -> Array:
        tables = "word_embeddings", "position_embeddings", "token_type_embeddings"
        words, places, kinds = (self._weights[f"embeddings.{name}.weight"] for name in tables)
        ids = np.concatenate([np.asarray(text, int) for text in texts])
        at = np.concatenate([np.arange(len(text)) for text in texts])
        return self._normed("embeddings", words[ids] + places[at] + kinds[0])

    def _layer(self, name: str, words: Array, ends: NDArray[np.int_]) -> Array:
        heard = self._attention(f"{name}.attention", words, ends)
        words = self._normed(f"{name}.attention.output", words + heard)
        thought = _gelu(self._dense(f"{name}.intermediate", words))
        return self._normed(f"{name}.output", words + self._dense(f"{name}.output", thought))

    def _attention(self, name: str, words: Array, ends: NDArray[np.int_]) -> Array:
        """Within each text."""
        parts = (
            np.split(self._linear(f"{name}.self.{part}", words), ends)
            for part in ("query", "key", "value")
        )
        heard = [_attended(*map(_headed, text)) for text in zip(*parts, strict=True)]
        return self._dense(f"{name}.output", np.concatenate(heard))

    def _dense(self, name: str, words: Array) -> Array:
        return self._linear(f"{name}.dense", words)

    def _linear(self, name: str, words: Array) -> Array:
        result: Array = words @ self._weights[f"{name}.weight"].T
        result += self._weights[f"{name}.bias"]
        return result

    def _normed(self, name: str, words: Array) -> Array:
        """The same array, changed."""
        words -= words.mean(-1, keepdims=True)
        words /= np.sqrt(np.square(words).mean(-1, keepdims=True) + _EPSILON)
        words *= self._weights[f"{name}.LayerNorm.weight"]
        words += self._weights[f"{name}.LayerNorm.bias"]
        return words


def _headed(words: Array) -> Array:
    """As (heads, words, features)."""
    return words.reshape(len(words), HEADS, -1).transpose(1, 0, 2)


def _attended(query: Array, key: Array, value: Array) -> Array:
    scores: Array = query @ key.transpose(0, 2, 1)
    scores *= np.float32(query.shape[-1] ** -0.5)
    scores -= scores.max(-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(-1, keepdims=True)
    heard: Array = np.matmul(scores, value).transpose(1, 0, 2)
    return heard.reshape(len(heard), -1)


def _gelu(x: Array) -> Array:
    """x times the part of a normal distribution that is below x."""
    size = np.abs(x)
    step = 1 / (1 + np.float32(_ERF_STEP * 0.5**0.5) * size)
    above = np.full_like(x, _ERF[0])
    for factor in _ERF[1:]:
        above *= step
        above += np.float32(factor)
    above *= step
    above *= np.exp(x * x * np.float32(-0.5))
    above *= size
    above *= np.float32(-0.5)
    above += np.maximum(x, 0)
    return above
