"""Rank files of our own, loaded once for tiktoken."""

import binascii
import hashlib
import lzma
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tiktoken

from utils import hubs

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """A rank file, and what else tiktoken must be told to use it."""

    name: str
    sha256: str  # of the unpacked file
    pattern: str
    specials: Mapping[str, int]
    loading: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def path(self) -> Path:
        return _DATA / f"{self.name}.tiktoken.xz"


# Sums, patterns and specials are those of tiktoken_ext/openai_public.py; a test compares them.
O200K = Vocabulary(
    name="o200k_base",
    sha256="446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    pattern=r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    specials={"<|endoftext|>": 199999, "<|endofprompt|>": 200018},
)
CL100K = Vocabulary(
    name="cl100k_base",
    sha256="223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    pattern=r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    specials={
        "<|endoftext|>": 100257,
        "<|fim_prefix|>": 100258,
        "<|fim_middle|>": 100259,
        "<|fim_suffix|>": 100260,
        "<|endofprompt|>": 100276,
    },
)


def encoding(vocabulary: Vocabulary) -> tiktoken.Encoding:
    """Loaded when it is first asked for, once for all threads, who may share it."""
    return _encodings.get(vocabulary.name) or hubs.elsewhere(_load, vocabulary)


def preload() -> threading.Thread:
    """Load what most models need in the background: up to a second of work.

    Call it in the process that counts: forked meanwhile, a child's lock would stay locked.
    """
    thread = threading.Thread(target=encoding, args=(O200K,), name="tokenizer", daemon=True)
    thread.start()
    return thread


def ranks(path: Path, sha256: str) -> dict[bytes, int]:
    """The rank of each token in a file, if it is the file of that sum."""
    data = _unpacked(path)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise RuntimeError(f"The rank file {path} is damaged: its sum is another.")
    lines = (line.split(b" ") for line in data.splitlines())
    return {binascii.a2b_base64(token): int(rank) for token, rank in lines}


_encodings: dict[str, tiktoken.Encoding] = {}


def _load(vocabulary: Vocabulary) -> tiktoken.Encoding:
    with vocabulary.loading:
        if vocabulary.name not in _encodings:
            _encodings[vocabulary.name] = tiktoken.Encoding(
                vocabulary.name,
                pat_str=vocabulary.pattern,
                mergeable_ranks=ranks(vocabulary.path, vocabulary.sha256),
                special_tokens=dict(vocabulary.specials),
            )
        return _encodings[vocabulary.name]


def _unpacked(path: Path) -> bytes:
    try:
        return lzma.decompress(path.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        raise RuntimeError(f"The rank file {path} is damaged or missing: {error}") from error
