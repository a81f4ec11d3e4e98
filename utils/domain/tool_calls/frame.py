"""How a tool call stands in a text. What the model is told and what is read come from here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utils.domain.chat import Tool, ToolCall, ToolChoice

NAME, ARGUMENTS = "name", "arguments"
TAG = "tool_call"
MOST_EXAMPLE = 6  # properties of an example
DEEPEST_EXAMPLE = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """`mark` is random for each request, so that no text holds a call by chance or design."""

    mark: str

    @property
    def opening(self) -> str:
        return f"<{TAG}_{self.mark}>"

    @property
    def closing(self) -> str:
        return f"</{TAG}_{self.mark}>"

    def call(self, name: str, arguments: str) -> str:
        """`arguments` is JSON."""
        told = f'{{"{NAME}": {_json(name)}, "{ARGUMENTS}": {arguments or "{}"}}}'
        return f"{self.opening}\n{told}\n{self.closing}"

    def history(self, text: str, calls: Iterable[ToolCall]) -> str:
        """What the model once answered, as it should answer again."""
        blocks = [self.call(call.name, call.arguments) for call in calls]
        return "\n".join([*filter(None, [text]), *blocks])

    def instructions(self, tools: Sequence[Tool], choice: ToolChoice, *, several: bool) -> str:
        listed = "\n".join(_declared(tool) for tool in tools)
        example = self.call(tools[0].name, _json(_example(tools[0].parameters)))
        return f"""\
You can call tools. These are all there are, each with the JSON Schema of its arguments:

{listed}

To call one, write a block like this in your answer, with the real name and arguments:

{example}

- "{ARGUMENTS}" is one JSON object that keeps to the schema of the tool.
- {_SEVERAL if several else _ONE}
- Stop after your last block. Results come in the next turn; never write one yourself.
- {_obligation(choice)}
- Nobody but you knows of these blocks: do not speak of them."""

    def correction(self, fault: str) -> str:
        """What to ask for after an answer that cannot be used."""
        return (
            f"Your last answer could not be carried out: {fault}. Write the whole call again, "
            f"corrected, as a {self.opening} block, then every call that came after it, and "
            "nothing else."
        )


_SEVERAL = "To call several tools at once, write one block after another."
_ONE = "Write one block at most."


def _obligation(choice: ToolChoice) -> str:
    if choice.name:
        return f"In this answer you must call the tool {choice.name}."
    if choice.required:
        return "In this answer you must call at least one of the tools."
    return "Where no tool is needed, just answer, without any block."


def _declared(tool: Tool) -> str:
    told: dict[str, Any] = {"name": tool.name}
    if tool.description:
        told["description"] = tool.description
    return _json({**told, "parameters": tool.parameters or {"type": "object"}})


def _example(schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A value of the right form, to show what a call looks like."""
    if options := schema.get("enum"):
        return options[0]
    kind = schema.get("type", "object" if depth == 0 or "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    match kind:
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "object" if depth < DEEPEST_EXAMPLE:
            return _example_object(schema, depth)
        case "array" if isinstance(schema.get("items"), dict):
            return [_example(schema["items"], depth + 1)]
    return _EXAMPLES.get(kind)


_EXAMPLES = {"string": "...", "boolean": True, "object": {}, "array": []}


def _example_object(schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    names = schema.get("required") or list(properties)[:1]
    return {
        name: _example(properties[name], depth + 1)
        for name in names[:MOST_EXAMPLE]
        if isinstance(properties.get(name), dict)
    }


_json = json.JSONEncoder(ensure_ascii=False).encode
