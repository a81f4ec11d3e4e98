"""What is asked of a response, beside what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from utils.domain.chat import Chat, Message, Structure, WebSearch
from utils.domain.schemas import Schema
from utils.wire.body import Body
from utils.wire.chat.tools import ObjectFormat, ResponseFormat, SchemaFormat, TextFormat
from utils.wire.items import Item
from utils.wire.metadata import Metadata
from utils.wire.responses.input import Conversed
from utils.wire.responses.items import DECLARING, later_tools
from utils.wire.responses.parts import AsSent
from utils.wire.responses.tools import (
    Choice,
    Declared,
    SearchTool,
    Tools,
    chosen,
    declared,
    has_grammar,
    searches,
    shown_choice,
    shown_tool,
)
from utils.wire.sampling import Limit, Sampling, Stops, model_and_search, refusing
from utils.wire.web_search import Searching

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Included = Annotated[str, Field(pattern=r"^[\w.]{1,64}$")]


class FlatSchemaFormat(AsSent):
    type: Literal["json_schema"]
    name: str | None = None
    schema_: Annotated[dict[str, Any], Field(alias="schema")]
    strict: bool | None = None

    def to_structure(self) -> Structure:
        return Structure(self.schema_, self.name or "", bool(self.strict))


class TextOptions(Body):
    format: (
        Annotated[TextFormat | ObjectFormat | FlatSchemaFormat, Field(discriminator="type")]
        | None
    ) = None
    verbosity: Literal["low", "medium", "high"] | None = None


class ReasoningOptions(Body):
    effort: Effort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    generate_summary: Literal["auto", "concise", "detailed"] | None = None


class ResponseRequest(Sampling, Searching, Conversed):
    stream: bool | None = None
    store: bool | None = None
    background: bool | None = None
    tools: Tools | None = None
    tool_choice: Choice | None = None
    parallel_tool_calls: bool | None = None
    max_tool_calls: Limit | None = None
    max_output_tokens: Limit | None = None
    stop: Stops = ()
    text: TextOptions | None = None
    response_format: ResponseFormat | None = None
    reasoning: ReasoningOptions | None = None
    reasoning_effort: Effort | None = None
    truncation: Literal["auto", "disabled"] | None = None
    include: Annotated[list[Included], Field(max_length=32, fail_fast=True)] | None = None
    metadata: Metadata | None = None
    prompt_cache_key: str | None = None
    safety_identifier: str | None = None
    prompt: Annotated[None, refusing(None)] = None
    top_logprobs: Annotated[None, refusing(None, 0)] = None

    @field_validator("background")
    @classmethod
    def _is_kept(cls, background: bool | None, info: ValidationInfo) -> bool | None:
        """Or nobody could ask for it."""
        if background and info.data.get("store") is False:
            raise ValueError("it needs store")
        return background

    @property
    def ignored(self) -> list[str]:
        """The fields of this request that change nothing."""
        searching = self._searches_by_tool
        searched = [tool for tool in self.tools or () if isinstance(tool, SearchTool)]
        return [
            *self.unused,
            *(["tools.web_search"] if searched and not self._searching(online=False) else []),
            *(name for tool in searched if searching for name in tool.unused),
            *self.unused_options,
            *(["tools.format.grammar"] if has_grammar(self.tools or ()) else []),
            *(["max_tool_calls"] if self.max_tool_calls else []),
            *(["text.verbosity"] if self.text and self.text.verbosity else []),
            *(f"include.{name}" for name in self.include or () if name != _ALWAYS_THERE),
        ]

    def to_chat(self, messages: tuple[Message, ...], tools: Mapping[str, Declared]) -> Chat:
        """Raises InvalidRequest for what can be told to be wrong without knowing the model."""
        model, online = model_and_search(self.model)
        told, choice = chosen(tools, None if self._searches_by_tool else self.tool_choice)
        return Chat(
            model=model,
            messages=messages,
            stream=bool(self.stream),
            web_search=self._searching(online=online),
            tools=() if self._searches_by_tool else told,
            tool_choice=choice,
            parallel_calls=self.parallel_tool_calls is not False,
            structure=self._structure(),
            stops=self.stop,
            max_tokens=self.max_output_tokens,
            effort=self._effort or "",
            sampling=self.sampling,
            trims=self.truncation == "auto",
            field="input",
        )

    def declared(self, history: Sequence[Item]) -> dict[str, Declared]:
        """Raises InvalidRequest."""
        return declared(self.tools or (), [*later_tools(history), *self._later])

    @property
    def wants_summary(self) -> bool:
        return self._summary is not None

    def echo(self) -> dict[str, Any]:
        """What an answer repeats of the request."""
        verbosity = self.text.verbosity if self.text else None
        return {
            "background": bool(self.background),
            "conversation": {"id": self.conversation_id} if self.conversation_id else None,
            "instructions": self.instructions,
            "max_output_tokens": self.max_output_tokens,
            "max_tool_calls": self.max_tool_calls,
            "metadata": self.metadata or {},
            "parallel_tool_calls": self.parallel_tool_calls is not False,
            "previous_response_id": self.previous or None,
            "prompt_cache_key": self.prompt_cache_key,
            "reasoning": {"effort": self._effort, "summary": self._summary},
            "safety_identifier": self.safety_identifier,
            "service_tier": "default",
            "store": self.store is not False,
            "temperature": self.temperature,
            "text": {"format": self._shown_format(), "verbosity": verbosity},
            "tool_choice": shown_choice(self.tool_choice),
            "tools": [shown_tool(tool) for tool in self.tools or ()],
            "top_logprobs": 0,
            "top_p": self.top_p,
            "truncation": self.truncation or "disabled",
            "user": self.user,
        }

    def _searching(self, *, online: bool) -> WebSearch | None:
        return self.searching(online=online, by_tool=self._searches_by_tool)

    @property
    def _searches_by_tool(self) -> bool:
        offered = [*(self.tools or ()), *(tool for tools in self._later for tool in tools)]
        return searches(offered, self.tool_choice)

    @property
    def _later(self) -> list[Tools]:
        return [item.tools for item in self._items if isinstance(item, DECLARING)]

    @property
    def _effort(self) -> Effort | None:
        return (self.reasoning and self.reasoning.effort) or self.reasoning_effort

    @property
    def _summary(self) -> str | None:
        asked = self.reasoning or ReasoningOptions()
        return asked.summary or asked.generate_summary

    @property
    def _format(self) -> TextFormat | ObjectFormat | FlatSchemaFormat | SchemaFormat | None:
        return (self.text and self.text.format) or self.response_format

    def _structure(self) -> Structure | None:
        """Raises InvalidRequest for a schema that is none."""
        structure = self._format.to_structure() if self._format else None
        if structure and isinstance(self._format, FlatSchemaFormat):
            Schema.of(structure.schema, "text.format.schema")
        return structure

    def _shown_format(self) -> dict[str, Any]:
        match self._format:
            case FlatSchemaFormat(name=name) as asked:
                return {**asked.as_sent(), "name": name or UNNAMED}
            case SchemaFormat(json_schema=asked):
                named = {"type": "json_schema", "name": asked.name or UNNAMED}
                return {**named, "schema": asked.schema_ or {}, "strict": asked.strict}
            case None:
                return {"type": "text"}
            case asked:
                return {"type": asked.type}


UNNAMED = "answer"
_ALWAYS_THERE = "message.input_image.image_url"
