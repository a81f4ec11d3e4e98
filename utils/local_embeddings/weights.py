"""A file of weights, in the format `safetensors`."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_NO_WEIGHTS = ("__metadata__", "embeddings.position_ids")

Weights = Mapping[str, NDArray[np.float32]]


def read(path: Path) -> Weights:
    """By name. They stay in the file, which all processes of a machine read from one copy in
    memory. Raises ValueError for numbers that are no float32.
    """
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(content[:8], "little")
    told = json.loads(content[8:start])
    return {
        name: _array(content, start, **entry)
        for name, entry in told.items()
        if name not in _NO_WEIGHTS
    }


def _array(
    content: mmap.mmap, start: int, *, dtype: str, shape: list[int], data_offsets: list[int]
) -> NDArray[np.float32]:
    if dtype != "F32":
        raise ValueError(f"weights of the kind {dtype}")
    begin, end = data_offsets
    return np.frombuffer(content, "<f4", (end - begin) // 4, start + begin).reshape(shape)
