# mypy: ignore-errors
# It runs where its imports are, beside the guide's code.
"""Streams, calls a tool and answers it."""

from guide import client

ASKED = {"model": "us.anthropic.claude-sonnet-5", "max_tokens": 500}
with client.messages.stream(
    messages=[{"role": "user", "content": "count to 5"}], **ASKED
) as stream:
    pieces = list(stream.text_stream)
assert "".join(pieces) == "1, 2, 3, 4, 5", pieces
assert len(pieces) > 1

number = {"type": "integer"}
schema = {"type": "object", "properties": {"a": number, "b": number}}
tools = [{"name": "add", "input_schema": schema}]
asked = [{"role": "user", "content": 'plan: add {"a": 2, "b": 3}; say It is {result}'}]
first = client.messages.create(messages=asked, tools=tools, **ASKED)
call = first.content[-1]
result = {
    "type": "tool_result",
    "tool_use_id": call.id,
    "content": str(sum(call.input.values())),
}
asked += [
    {"role": "assistant", "content": first.content},
    {"role": "user", "content": [result]},
]
last = client.messages.create(messages=asked, tools=tools, **ASKED)
assert last.content[0].text == "It is 5", last
