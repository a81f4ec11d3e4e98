# mypy: ignore-errors
# It runs where its imports are, beside the guide's code.
"""Streams, calls a tool and answers it."""

import json

from guide import client

MODEL = "gpt-4o-mini"
asked = [{"role": "user", "content": "count to 5"}]
stream = client.chat.completions.create(model=MODEL, messages=asked, stream=True)
pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
assert "".join(pieces) == "1, 2, 3, 4, 5", pieces
assert len([piece for piece in pieces if piece]) > 1

parameters = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
}
tools = [{"type": "function", "function": {"name": "add", "parameters": parameters}}]
asked = [{"role": "user", "content": 'plan: add {"a": 2, "b": 3}; say It is {result}'}]
first = (
    client.chat.completions.create(model=MODEL, messages=asked, tools=tools).choices[0].message
)
[call] = first.tool_calls
result = sum(json.loads(call.function.arguments).values())
asked += [first, {"role": "tool", "tool_call_id": call.id, "content": str(result)}]
last = (
    client.chat.completions.create(model=MODEL, messages=asked, tools=tools).choices[0].message
)
assert last.content == "It is 5", last

assert MODEL in [model.id for model in client.models.list()]
