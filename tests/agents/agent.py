"""An agent as they are written everywhere: a loop, real functions, a list of messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.agents.sdk import Answer, Call, taking, tool, user

Functions = Mapping[str, Callable[..., Any]]
Ask = Callable[..., Answer]
Keep = Callable[[Answer], Any]

ADD = tool("add", taking(a="integer", b="integer"), description="Adds two numbers.")
WEATHER = tool("get-weather", taking(city="string"), description="The weather in a city.")
MOST_ROUNDS = 9


@dataclass(slots=True)
class Agent:
    """`keep` makes an answer a message of the conversation. A function returns the content of
    its result, whatever the client would send as one.
    """

    ask: Ask
    keep: Keep
    functions: Functions
    messages: list[Any] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def run(self, prompt: str, **fields: Any) -> str | None:
        self.messages.append(user(prompt))
        for _ in range(MOST_ROUNDS):
            answer = self.ask(messages=self.messages, **fields)
            self.answers.append(answer)
            if not answer.calls:
                return answer.content
            self.messages += [self.keep(answer), *map(self._result, answer.calls)]
        raise AssertionError("the model calls tools without end")

    @property
    def calls(self) -> list[Call]:
        return [call for answer in self.answers for call in answer.calls]

    def _result(self, call: Call) -> dict[str, Any]:
        content = self.functions[call.name](**json.loads(call.arguments))
        return {"role": "tool", "tool_call_id": call.id, "content": content}


# How an answer is kept


def by_hand(answer: Answer) -> dict[str, Any]:
    """As OpenAI's guide writes it."""
    calls = [call.as_sent() for call in answer.calls]
    return {"role": "assistant", "content": answer.content, "tool_calls": calls}


def without_content(answer: Answer) -> dict[str, Any]:
    return {name: value for name, value in by_hand(answer).items() if name != "content"}


def in_parts(answer: Answer) -> dict[str, Any]:
    """Content is a list of parts, or an empty text."""
    parts = [{"type": "text", "text": answer.content}] if answer.content else ""
    return {**by_hand(answer), "content": parts}


def as_the_object(answer: Answer) -> Any:
    return answer.message


def with_its_nulls(answer: Answer) -> Any:
    assert answer.message
    return answer.message.model_dump()
