"""What the scripted model can tell of the files attached to a prompt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.assets.storage import Asset
from simulator.model import last_turn

SEE = re.compile(r"\bwhat do you see\b", re.IGNORECASE)
READ = re.compile(r"\bwhat do you read\b", re.IGNORECASE)
TEXTS = ("txt", "csv", "json")
MOST_READ = 200


@dataclass(frozen=True, slots=True)
class Attached:
    """Pictures by name: those at an address of the caller's are never fetched here."""

    pictures: tuple[str, ...] = ()
    documents: tuple[Asset, ...] = ()


def answer(prompt: str, attached: Attached) -> str | None:
    """None when the prompt asks for neither pictures nor documents."""
    turn = last_turn(prompt)
    told = list[str]()
    if SEE.search(turn):
        told.append(_seen(attached.pictures))
    if READ.search(turn):
        told.append(_read(attached.documents))
    return "\n".join(told) or None


def _seen(pictures: tuple[str, ...]) -> str:
    names = f": {', '.join(pictures)}" if pictures else "."
    return f"I see {len(pictures)} picture(s){names}"


def _read(documents: tuple[Asset, ...]) -> str:
    return "\n".join(map(_excerpt, documents)) or "I have nothing to read."


def _excerpt(document: Asset) -> str:
    if document.extension not in TEXTS:
        return f"({document.extension})"
    return document.data.decode(errors="replace")[:MOST_READ]
