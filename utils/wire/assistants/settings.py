"""How answers are to be made: what assistants and runs both say of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from utils.errors import InvalidRequest
from utils.wire.assistants.tools import (
    Choice,
    FileIds,
    FileSearchTool,
    Named,
    ToolResources,
    Tools,
    check_names,
)
from utils.wire.body import Body
from utils.wire.chat.tools import ResponseFormat
from utils.wire.items import Item
from utils.wire.metadata import Metadata
from utils.wire.sampling import Limit

LONGEST_TEXT = 256_000  # characters

Instructions = Annotated[str, Field(max_length=LONGEST_TEXT)]
UNNAMED = "answer"


class Settings(Body):
    model: Annotated[str, Field(max_length=200)] | None = None
    instructions: Instructions | None = None
    tools: Tools | None = None
    response_format: Literal["auto"] | ResponseFormat | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    reasoning_effort: (
        Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None
    ) = None
    metadata: Metadata | None = None
    tool_resources: ToolResources | None = None
    file_ids: FileIds | None = None

    @property
    def sampling(self) -> dict[str, Any]:
        names = ("temperature", "top_p")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @property
    def ignored(self) -> list[str]:
        """The fields that change nothing."""
        searches = [tool for tool in self.tools or () if isinstance(tool, FileSearchTool)]
        return [*self.sampling, *(name for tool in searches for name in tool.unused)]

    @property
    def files(self) -> Named:
        resources = self.tool_resources.files if self.tool_resources else []
        own = [(f"file_ids[{index}]", id) for index, id in enumerate(self.file_ids or ())]
        return own + resources

    def shown(self) -> Item:
        """The fields that were given, as they are kept. Raises InvalidRequest."""
        check_names(self.tools or ())
        told = self.model_dump(by_alias=True, exclude_unset=True)
        for name, value in told.items():
            try:
                orjson.dumps(value)
            except TypeError:
                message = f"{name}: a number in it is too large"
                raise InvalidRequest(message, param=name) from None
        if self.tool_resources is not None:
            told["tool_resources"] = self.tool_resources.shown()
        match told.get("response_format"):
            case {"type": "json_schema", "json_schema": schema}:
                schema["name"] = schema.get("name") or UNNAMED
        return told


class Truncation(Body):
    """`auto` leaves out the oldest messages where all are too long."""

    type: Literal["auto", "last_messages"]
    last_messages: Limit | None = None


class RunSettings(Settings):
    tool_choice: Choice | None = None
    parallel_tool_calls: bool | None = None
    max_completion_tokens: Limit | None = None
    max_prompt_tokens: Limit | None = None
    truncation_strategy: Truncation | None = None
