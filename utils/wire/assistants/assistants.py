"""/v1/assistants, both directions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from utils.wire.assistants.settings import Settings
from utils.wire.items import Item
from utils.wire.stamp import Stamp

# What a field is that was not given, or given as null.
_PLAIN: dict[str, Any] = {
    "name": None,
    "description": None,
    "instructions": None,
    "tools": [],
    "tool_resources": {},
    "file_ids": [],
    "metadata": {},
    "temperature": None,
    "top_p": None,
    "response_format": "auto",
    "reasoning_effort": None,
}


class AssistantFields(Settings):
    name: Annotated[str, Field(max_length=256)] | None = None
    description: Annotated[str, Field(max_length=512)] | None = None

    def to_assistant(self, stamp: Stamp) -> Item:
        """`stamp` has the model that it is given if it names none. Raises InvalidRequest."""
        return {
            "id": f"asst_{stamp.token}",
            "object": "assistant",
            "created_at": stamp.created,
            "model": stamp.model,
            **_PLAIN,
            **self.to_changes(),
        }

    def to_changes(self) -> Item:
        """The fields that were given, which replace what was there. Raises InvalidRequest."""
        told = {
            name: _PLAIN.get(name) if value is None else value
            for name, value in self.shown().items()
        }
        return {name: value for name, value in told.items() if name != "model" or value}
