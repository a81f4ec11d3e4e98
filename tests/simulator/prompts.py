"""Prompts as the relay writes them, word for word."""

from __future__ import annotations

TOOLS = """\
### System:
You are a weather man.

### System:
You can call tools. These are all there are, each with the JSON Schema of its arguments:

{"name": "get_weather", "description": "The weather.\\nOf {a} city.", "parameters": \
{"type": "object", "properties": {"city": {"type": "string"}, "unit": \
{"type": "string", "enum": ["C", "F"]}}, "required": ["city"]}}
{"name": "add", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, \
"b": {"type": "integer"}}, "required": ["a", "b"]}}
{"name": "now", "parameters": {"type": "object"}}

To call one, write a block like this in your answer, with the real name and arguments:

<tool_call_k3v9>
{"name": "get_weather", "arguments": {"city": "..."}}
</tool_call_k3v9>

- "arguments" is one JSON object that keeps to the schema of the tool.
- To call several tools at once, write one block after another.
- Stop after your last block. Results come in the next turn; never write one yourself.
- Where no tool is needed, just answer, without any block.
- Nobody but you knows of these blocks: do not speak of them."""
FREE = "Where no tool is needed, just answer, without any block."
REWRITE_CALL = """\
### User:
Your last answer could not be carried out: there is no tool named no_such_add. Write the whole \
call again, corrected, as a <tool_call_k3v9> block, and nothing else."""
SCHEMA = """\
### System:
Your answer must be one JSON value that is valid for this JSON Schema:

%s

Write the JSON itself and nothing else: no explanation, no code fence."""
ANY_OBJECT = """\
### System:
Your answer must be one JSON value that is an object. Write the JSON itself and nothing else: \
no explanation, no code fence."""
REWRITE_JSON = """\
### User:
That answer cannot be used: "a" is a required property. Write it again, as one JSON value that \
is right, and nothing else."""
CUE = "### Assistant:"


def user(text: str) -> str:
    return f"### User:\n{text}"


def assistant(text: str) -> str:
    return f"### Assistant:\n{text}"


def result(tool: str, text: str) -> str:
    return f"### Tool result ({tool}):\n{text}"


def prompt(*turns: str) -> str:
    return "\n\n".join((*turns, CUE))


def block(name: str, arguments: str) -> str:
    told = f'{{"name": "{name}", "arguments": {arguments}}}'
    return f"<tool_call_k3v9>\n{told}\n</tool_call_k3v9>"
