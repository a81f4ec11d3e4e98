"""What is nearly right: bytes and JSON, changed at a few places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tests.domain.json_values import SCALARS

ODD: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", " ", "a\0b", "\ud800", [], {}, [[]], [None], {"": {}},
    {"type": "text"}, {"type": "nothing"}, "a" * 3000,
]  # fmt: skip
BYTES = [b"", b"\0", b"\r", b"\n", b"\r\n\r\n", b"\xff", b'"', b"{", b"-1", b"data: ", b"--x--"]


@st.composite
def changed_json(draw: st.DrawFn, samples: Sequence[Any]) -> Any:
    """One of the samples, with something else, or nothing, at up to three places in it."""
    value = [deepcopy(draw(st.sampled_from(samples)))]
    for _ in range(draw(st.integers(1, 3))):
        inside, key = draw(st.sampled_from([*_places(value)]))
        if draw(st.booleans()) or inside is value:
            inside[key] = draw(st.sampled_from(ODD) | SCALARS)
        else:
            del inside[key]
    return value[0]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Whatever holds something, and where."""
    if isinstance(value, dict | list):
        for key in [*(value if isinstance(value, dict) else range(len(value)))]:
            yield value, key
            yield from _places(value[key])


@st.composite
def changed_bytes(draw: st.DrawFn, samples: Sequence[bytes]) -> bytes:
    """One of the samples, with something else in the place of some of its bytes."""
    value = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(value)))
        gone = draw(st.integers(0, 3) | st.integers(0, len(value)))
        value = (
            value[:at]
            + draw(st.sampled_from(BYTES) | st.binary(max_size=4))
            + value[at + gone :]
        )
    return value
