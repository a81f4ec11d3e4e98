"""What one picture, character or second costs, from the published table (onemin-api.md 7)."""

from __future__ import annotations

from simulator.turn import Turn

UNPUBLISHED = 1000


def price(turn: Turn) -> int:
    """Tables nest by model version, feature, quality, size or mode, each only if it matters."""
    given = turn.prompt_object
    node: object = turn.model.prices
    names = [turn.type, *(str(given.get(name)) for name in ("quality", "size", "mode"))]
    for name in names:
        if isinstance(node, dict) and name in node:
            node = node[name]
    if isinstance(node, dict):
        node = node.get("ALL")
    return round(node) if isinstance(node, int | float) else UNPUBLISHED
