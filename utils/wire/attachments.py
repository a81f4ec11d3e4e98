"""Files inside a request, as every dialect spells them."""

from __future__ import annotations

import base64
import binascii

from utils.domain.chat import Inline, Link
from utils.errors import InvalidRequest


def source(url: str, place: str) -> Inline | Link:
    """Where a file is: in a data URL itself, or on the web. Raises InvalidRequest."""
    url = url.strip()
    if url[:5].lower() == "data:":
        return Inline(data=decoded(url, place))
    if url[:8].lower().startswith(("http://", "https://")):
        return Link(url)
    raise InvalidRequest(f"{place}: must be a data: or http(s) URL", param=place)


def decoded(data: str, place: str) -> bytes:
    """The bytes of a data URL, or of base64 alone. Raises InvalidRequest."""
    if data[:5].lower() == "data:":
        head, comma, data = data.partition(",")
        if not comma or not head.lower().endswith(";base64"):
            raise InvalidRequest(f"{place}: a data URL must hold base64", param=place)
    text = data.translate(_WITHOUT_SPACE).rstrip("=")
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(f"{place}: this is not base64", param=place) from None
    if not found:
        raise InvalidRequest(f"{place}: there is nothing in it", param=place)
    return found


_WITHOUT_SPACE = dict.fromkeys(map(ord, " \t\r\n"))
