"""What a client notes on a thing that the relay keeps for it."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainValidator

MOST_PAIRS, LONGEST_NAME, LONGEST_VALUE = 16, 64, 512


def _pairs(value: object) -> dict[str, str]:
    """Not left to pydantic, which would gather every fault of a million."""
    if not isinstance(value, dict) or len(value) > MOST_PAIRS:
        raise ValueError(f"must be an object with at most {MOST_PAIRS} members")
    for name, text in value.items():
        if len(name) > LONGEST_NAME or not isinstance(text, str) or len(text) > LONGEST_VALUE:
            raise ValueError(
                f"must have names of at most {LONGEST_NAME} characters, and as values texts "
                f"of at most {LONGEST_VALUE}"
            )
    return value


Metadata = Annotated[dict[str, str], PlainValidator(_pairs)]
