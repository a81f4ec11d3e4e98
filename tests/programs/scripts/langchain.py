# mypy: ignore-errors
# It runs where its imports are, beside the guide's code.
"""Streams, calls a tool and answers it, fills a form in three ways."""

from guide import claude, model
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel


class Person(BaseModel):
    name: str
    age: int


@tool
def add(a: int, b: int) -> int:
    """The sum."""
    return a + b


pieces = list(model.stream("count to 5"))
assert "".join(piece.text for piece in pieces) == "1, 2, 3, 4, 5"
assert any(piece.usage_metadata for piece in pieces), "stream_usage had no effect"

asked = [HumanMessage('plan: add {"a": 2, "b": 3}; say It is {result}')]
for chat in (model, claude):
    bound = chat.bind_tools([add])
    first = bound.invoke(asked)
    answers = [
        ToolMessage(add.invoke(call["args"]), tool_call_id=call["id"])
        for call in first.tool_calls
    ]
    assert bound.invoke([*asked, first, *answers]).text == "It is 5"

ADA = Person(name="Ada", age=36)
for method in ("json_schema", "json_mode"):
    form = model.with_structured_output(Person, method=method)
    assert form.invoke('answer with {"name": "Ada", "age": 36}') == ADA
form = model.with_structured_output(Person, method="function_calling")
assert form.invoke('call Person with {"name": "Ada", "age": 36}') == ADA
