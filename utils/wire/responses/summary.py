"""The summary of a conversation, as a client carries it: opaque to it, not secret."""

from __future__ import annotations

import base64
import binascii

from utils.errors import InvalidRequest

_OURS = b"1min-relay summary:"


def written_summary(text: str) -> str:
    return base64.urlsafe_b64encode(_OURS + text.encode()).decode()


def read_summary(written: str, place: str) -> str:
    """Raises InvalidRequest for what another server wrote."""
    try:
        found = base64.b64decode(written, altchars=b"-_", validate=True)
        if found.startswith(_OURS):
            return found.removeprefix(_OURS).decode()
    except (binascii.Error, ValueError):
        pass
    raise InvalidRequest(f"{place}: it was not written by this relay", param=place)
