"""How many files, of which sockets are most, a process may have open."""

from __future__ import annotations

import resource
import sys

OWN = 128  # for what is no call: the database, Memcached, files


def raise_limit() -> None:
    """Let this process open all it may: a call takes two sockets, a waiting client one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def most() -> int:
    """That a process can have, once it has raised its limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return hard if hard > 0 else sys.maxsize


def needed(threads: int) -> int:
    """By as many calls at once, without a client that only waits."""
    return 2 * threads + OWN


def clients(threads: int) -> int:
    """How many may be connected, so that descriptors are left for their calls. As many as come
    in one turn are more for a moment.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    left = files - needed(threads) if files > 0 else sys.maxsize
    return max(16, min(4 * threads + 256, left))
