"""What the C library keeps of memory that is free again."""

from __future__ import annotations

import ctypes
from contextlib import suppress

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # mallopt(3)
LARGE = 128 * 2**10  # bytes that are given back at once


def give_back() -> None:
    """Before any thread begins: glibc would keep a heap for each, and grow its idea of large
    with every large body. Another C library is left as it is.
    """
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_ARENA_MAX, 1)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)
