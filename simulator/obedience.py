"""What the scripted model answers when it is told to call tools or to answer with JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.conversation import Conversation, Message
from simulator.declarations import Declared, Tools
from simulator.instances import instance
from simulator.instructions import Call, Script, filled, filled_json, json_answer
from simulator.wishes import Wishes, without
from simulator.writing import json_written, written


@dataclass(frozen=True, slots=True)
class Task:
    """Whose words count, and how many rounds of calls already followed them. `result` is what
    a tool returned last, also if somebody spoke since.
    """

    words: str
    rounds: int
    result: str | None

    @classmethod
    def of(cls, conversation: Conversation, tools: Tools | None) -> Task:
        messages, calls = conversation.messages, _callers(conversation, tools)
        asking = _asking(messages, calls)
        return cls(
            without(messages[asking].text) if messages else "",
            sum(at > asking for at in calls),
            next(reversed(conversation.texts("tool")), None),
        )


@dataclass(frozen=True, slots=True)
class Obedience:
    conversation: Conversation
    declared: Declared
    task: Task
    wish: Wishes

    def answer(self, words: str) -> str | None:
        """None when nothing is asked for that takes obedience. `words` are the task's."""
        script, rounds = self._script(words)
        tools = self.declared.tools
        if tools and (calls := self._due(tools, script, rounds)):
            return self._calls(tools, calls, "" if rounds else script.before)
        if script.final is not None and (not tools or rounds >= len(script.steps)):
            return filled(script.final, self.task.result)
        if self.declared.schema is not None:
            return self._json(words)
        if results := self.conversation.results:
            return "The tool said: " + "\n".join(results)
        return None

    def _script(self, words: str) -> tuple[Script, int]:
        """And the round it is in. Once the user's is through, a tool's result may have one."""
        script, rounds = Script.of(words) or Script(), self.task.rounds
        results = self.conversation.results
        if results and script.final is None and rounds >= len(script.steps):
            return Script.of(results[-1]) or Script(), 0
        return script, rounds

    def _due(self, tools: Tools, script: Script, rounds: int) -> Sequence[Call]:
        if rounds < len(script.steps):
            return tools.known(script.steps[rounds])
        if tools.obliged and script.final is None:
            return [Call(tools.obliged, _json(instance(tools.schemas[tools.obliged])))]
        return ()

    def _calls(self, tools: Tools, calls: Sequence[Call], before: str) -> str:
        given = [call.given(self.task.result) for call in calls]
        again = self.conversation.again
        block = written(given, tools, self.wish.tools, again)
        return f"{before}\n{block}" if before and not again else block

    def _json(self, words: str) -> str:
        schema = self.declared.schema
        text = json_answer(words) or _json(instance(schema))
        text = filled_json(text, self.task.result)
        return json_written(text, schema, self.wish.json, self.conversation.again)


def _callers(conversation: Conversation, tools: Tools | None) -> list[int]:
    """Where the model called tools."""
    return [
        at
        for at, message in enumerate(conversation.messages)
        if tools and message.role == "assistant" and tools.frame.opening in message.text
    ]


def _asking(messages: Sequence[Message], calls: Sequence[int]) -> int:
    """Where the words stand that count: a script that is not through yet, whatever was said
    since, unless an answer without calls ended it; else the last turn that is no tool's.
    """
    for at in reversed(range(len(messages))):
        if messages[at].role == "user" and _unfinished(messages[at].text, at, calls):
            return at
        if messages[at].role == "assistant" and at not in calls and messages[at + 1 :]:
            break
    users = [at for at, message in enumerate(messages) if message.role == "user"]
    if users and messages[-1].role == "tool":
        return users[-1]
    return max((at for at, message in enumerate(messages) if message.text), default=-1)


def _unfinished(text: str, at: int, calls: Sequence[int]) -> bool:
    script = Script.of(without(text))
    rounds = sum(call > at for call in calls)
    return script is not None and (rounds < len(script.steps) or script.final is not None)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
