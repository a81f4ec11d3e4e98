"""The model behind the simulator: what it says to a flat prompt.

It does what the last user turn says. A word that may stand anywhere in it:

    say exactly: TEXT                   TEXT, to the end of the turn
    count to 7                          the numbers
    think: TEXT.                        <think>TEXT</think> comes first

Where a system turn declares tools and shows how a call is written:

    call NAME with {…} and call …       these calls, at once
    first say TEXT, then call …         TEXT before them
    call … and say exactly: TEXT        TEXT once their results are there
    plan: NAME {…}; NAME {…} + NAME {…}; say TEXT
                                        a round of calls for each step, TEXT in the end

A tool's result may hold the same words, except for a plan's later steps. `{result}` in a TEXT
or in JSON is what a tool returned last. Where one must be called and the turn names none, the
first is called with arguments made up from its schema.

Where a system turn demands JSON, `answer with {…}` has it word for word; without these words it
is made up from the schema.

`[[tools=STYLE]]` and `[[json=STYLE]]` make the model sloppy. Calls as hermes, qwen, mistral,
llama, anthropic, deepseek or fenced have them, or with their frame left open: missing-close.
JSON fenced or with prose around. And what is wrong until the model is asked to write it again,
or for good with `-always` behind it: bad-name, bad-arguments, prose-only; broken, invalid.
"""

from __future__ import annotations

import re

from simulator.conversation import Conversation
from simulator.declarations import Declared
from simulator.instructions import thought
from simulator.obedience import Obedience, Task
from simulator.wishes import wishes
from simulator.writing import unknown_style

COUNT = re.compile(r"\bcount to (\d{1,4})\b", re.IGNORECASE)
QUOTED = 60


def said(prompt: str, model: str) -> str:
    wish = wishes(prompt)
    if complaint := unknown_style(wish):
        return complaint
    conversation = Conversation.of(prompt)
    declared = Declared.of(conversation.texts("system"))
    task = Task.of(conversation, declared.tools)
    thoughts, words = thought(task.words)
    answer = Obedience(conversation, declared, task, wish).answer(words)
    if answer is None:
        answer = _small_talk(words, model)
    return f"<think>{thoughts}</think>\n\n{answer}" if thoughts else answer


def last_turn(prompt: str) -> str:
    """The last stretch with words in it; a closing "Assistant:" is a cue, not a turn."""
    return Conversation.of(prompt).last.text


def _small_talk(words: str, model: str) -> str:
    if match := COUNT.search(words):
        return ", ".join(str(number) for number in range(1, int(match[1]) + 1))
    question = " ".join(words.split())[:QUOTED]
    return f"Hello! This is {model}, happy to help. You said: “{question}”."
