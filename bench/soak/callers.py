"""Who visits: callers with 1min.ai keys of their own, and some with keys of the relay's."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bench.errors import Failed
from bench.load import Address
from bench.targets import Target

Caller = Literal["own", "issued", "limited", "operator"]
Keys = Mapping[Caller, Sequence[str]]

POOL = "soak-pool-a,soak-pool-b"  # the relay's keys of 1min.ai, which pay for those it issued
OWN, ISSUED, LIMITED = 12, 6, 3
LIMITS = {"requests": 10, "concurrency": 2}


def keys(target: Target, token: str) -> Keys:
    address = target.address
    return {
        "own": [f"soak-own-{number}" for number in range(OWN)],
        "issued": [issued(address, token, f"issued {n}", {}) for n in range(ISSUED)],
        "limited": [issued(address, token, f"limited {n}", LIMITS) for n in range(LIMITED)],
        "operator": [token],
    }


def issued(address: Address, token: str, name: str, limits: Mapping[str, int]) -> str:
    """The secret of a key that has no limits but these."""
    free: dict[str, Any] = {"requests": 10**9, "tokens": 10**9}
    connection = http.client.HTTPConnection(*address, timeout=30)
    try:
        body = json.dumps({"name": name, **free, **limits})
        connection.request("POST", "/admin/keys", body, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise Failed(f"the relay issues no keys: {told.decode(errors='replace')}")
    return str(json.loads(told)["secret"])
