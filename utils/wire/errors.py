"""An error, as each dialect shows it."""

from __future__ import annotations

from typing import Any

from utils.errors import RelayError


def openai_error(error: RelayError) -> dict[str, Any]:
    return {
        "error": {
            "message": error.message,
            "type": error.kind,
            "param": error.param,
            "code": error.code,
        }
    }
