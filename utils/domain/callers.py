"""Who calls, and what they may."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import Literal, get_args

from utils.domain.payers import Payer

Scope = Literal[
    "models:read",
    "chat:base",
    "embeddings:base",
    "moderations:base",
    "rerank:base",
    "audio:transcribe",
    "audio:speech",
    "images:generate",
    "videos:generate",
    "files:manage",
    "assistants:manage",
]
SCOPES: frozenset[Scope] = frozenset(get_args(Scope))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a key may do. `models` are patterns as `fnmatch` reads them; none allow every one.

    Requests and tokens are a minute's, tokens and credits of a budget a calendar month's in
    UTC. None leaves a limit to the operator's settings, 0 means that there is none; a budget
    of None is none.
    """

    scopes: frozenset[Scope] = SCOPES
    models: tuple[str, ...] = ()
    requests: int | None = None
    tokens: int | None = None
    concurrency: int | None = None
    monthly_tokens: int | None = None
    monthly_credits: float | None = None

    @property
    def has_budget(self) -> bool:
        return self.monthly_tokens is not None or self.monthly_credits is not None


ALL = Grant()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`owner` is whose files, responses and ledger rows these are: a name that is safe to keep.
    `key_id` names a relay key. `known` says whether somebody vouches for the caller: the
    relay's keys, or 1min.ai; nothing is kept for one that nobody does, and its calls count for
    its `address`.
    """

    owner: str
    payer: Payer
    address: str
    grant: Grant = ALL
    key_id: str = ""
    known: bool = False

    @property
    def counted_as(self) -> str:
        """Whose limits its calls use up."""
        return self.owner if self.known else f"address {_network(self.address)}"


def _network(address: str) -> str:
    """Of IPv6, one customer has at least 2^64 addresses. Some proxies tell a port as well."""
    if ":" not in address:
        return address
    host = address.rpartition(":")[0] if "." in address and address.count(":") == 1 else address
    host = host.removeprefix("[").partition("]")[0]
    try:
        ip = IPv6Address(host)
    except ValueError:
        return host
    return str(ip.ipv4_mapped or IPv6Network((ip, 64), strict=False))
