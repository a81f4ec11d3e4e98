"""/v1/threads, both directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from utils.wire.assistants.messages import MOST_MESSAGES, NewMessage
from utils.wire.assistants.tools import Named, ToolResources
from utils.wire.body import Body
from utils.wire.items import Item
from utils.wire.metadata import Metadata
from utils.wire.stamp import Stamp

Messages = Annotated[list[NewMessage], Field(max_length=MOST_MESSAGES, fail_fast=True)]


class Changes(Body):
    """What can be changed of a message or a run."""

    metadata: Metadata | None = None

    def to_changes(self) -> Item:
        """The fields that were given, which replace what was there."""
        return {"metadata": self.metadata or {}} if self.model_fields_set else {}


class ThreadChanges(Changes):
    tool_resources: ToolResources | None = None

    @property
    def files(self) -> Named:
        return self.tool_resources.files if self.tool_resources else []

    def to_changes(self) -> Item:
        resources = self.tool_resources.shown() if self.tool_resources else {}
        told = {"metadata": self.metadata or {}, "tool_resources": resources}
        return {name: told[name] for name in told if name in self.model_fields_set}


class NewThread(ThreadChanges):
    messages: Messages | None = None

    @property
    def files(self) -> Named:
        own = self.tool_resources.files if self.tool_resources else []
        return own + files_of(self.messages or (), "messages")

    def to_thread(self, stamp: Stamp) -> Item:
        return {
            "id": f"thread_{stamp.token}",
            "object": "thread",
            "created_at": stamp.created,
            "metadata": {},
            "tool_resources": {},
            **self.to_changes(),
        }

    def to_messages(self, stamp: Stamp, place: str = "messages") -> list[Item]:
        """Raises InvalidRequest."""
        return shown_messages(self.messages or (), f"thread_{stamp.token}", stamp, place)


def shown_messages(
    sent: Sequence[NewMessage], thread: str, stamp: Stamp, place: str
) -> list[Item]:
    """Raises InvalidRequest."""
    return [
        message.to_message(thread, stamp, index, f"{place}[{index}].")
        for index, message in enumerate(sent)
    ]


def files_of(sent: Sequence[NewMessage], place: str) -> Named:
    return [
        (f"{place}[{index}].{field}", id)
        for index, message in enumerate(sent)
        for field, id in message.files
    ]
