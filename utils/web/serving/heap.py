"""Memory: what the C library keeps of it, and how often Python looks for what is lost."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # mallopt(3)
LARGE = 128 * 2**10  # bytes that are given back at once
COLLECT = (10_000, 20, 20)  # objects; calls free nearly all they make without being looked for


def give_back() -> None:
    """Before any thread begins: glibc would keep a heap for each, and grow its idea of large
    with every large body. Another C library is left as it is.
    """
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_ARENA_MAX, 1)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)


def settle() -> None:
    """Once all is made that lasts. No collection looks at it again: one took 70 ms, in which
    nobody heard a word.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
