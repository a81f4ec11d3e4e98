"""How the model behind the simulator answers, where the way it writes is what matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from simulator import ordinary
from simulator.conversation import Conversation
from simulator.declarations import Declared, Frame
from simulator.records import Usage
from simulator.replies import Adaptive, Control, Reply, says
from simulator.turn import Turn

MOST_LETTERS = 7  # of a piece


def in_pieces(seed: int, before: str = "") -> Adaptive:
    """What the model would say anyhow, `before` it something else, cut anywhere."""

    def reply(turn: Turn) -> Reply:
        return says(*pieces(before + ordinary.text(turn), Random(seed)))(turn)

    return reply


def writes(pieces: Callable[[Frame], Sequence[str | Control]], **how: Any) -> Adaptive:
    """An answer whose calls stand in the frame that its prompt asks for."""

    def reply(turn: Turn) -> Reply:
        return says(*pieces(frame(turn.prompt)), **how)(turn)

    return reply


def pieces(text: str, random: Random) -> Iterator[str]:
    at = 0
    while at < len(text):
        length = random.randint(1, MOST_LETTERS)
        yield text[at : at + length]
        at += length


def frame(prompt: str) -> Frame:
    tools = Declared.of(Conversation.of(prompt).texts("system")).tools
    assert tools, "the prompt declares no tools"
    return tools.frame


def broken_off(length: int, usage: Usage = "counted") -> Adaptive:
    """No more than the first letters of what the model would say."""
    return lambda turn: says(ordinary.text(turn)[:length], usage=usage)(turn)
