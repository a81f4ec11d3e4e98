"""What a model is lent that it lacks, in the order of product.md 6.5."""

from __future__ import annotations

from collections.abc import Callable

from utils.domain import filters
from utils.domain.chat import Ask, Chat
from utils.domain.structure import structured
from utils.domain.tool_calls.emulation import calling
from utils.domain.tool_calls.frame import Frame


def conversing(
    ask: Ask, chat: Chat, frame: Callable[[Chat], Frame], ids: Callable[[], str]
) -> Ask:
    """For a model that only reads and writes text: tools, and how hard to think. `frame` makes
    the frame of a chat's calls, `ids` the id of a call.
    """
    ask = filters.thinking(ask)
    if chat.effort in filters.EFFORTS:
        ask = filters.trying(ask)
    return calling(ask, frame(chat), ids) if chat.tools else ask


def bounded(ask: Ask, chat: Chat) -> Ask:
    """For any model: where the answer stops, and that it is the JSON that was asked for."""
    if chat.stops:
        ask = filters.stopping(ask)
    if chat.max_tokens is not None:
        ask = filters.limiting(ask)
    return structured(ask) if chat.structure else ask
