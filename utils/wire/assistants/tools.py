"""What an assistant may use: functions, and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from utils.domain.chat import Tool, ToolChoice
from utils.errors import InvalidRequest
from utils.wire.body import Body
from utils.wire.chat import tools as chat
from utils.wire.chat.tools import FunctionTool, NamedTool
from utils.wire.metadata import Metadata
from utils.wire.sampling import refusing

MOST_TOOLS = 128
MOST_FILES = 20  # a chat can have no more

FileIds = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=100)]],
    Field(max_length=MOST_FILES, fail_fast=True),
]
Named = list[tuple[str, str]]  # ids of files, each with the field that names it


class RankingOptions(Body):
    score_threshold: Annotated[float, Field(ge=0, le=1)]
    ranker: Literal["auto", "default_2024_08_21"] | None = None


class FileSearch(Body):
    max_num_results: Annotated[int, Field(ge=1, le=50)] | None = None
    ranking_options: RankingOptions | None = None


class FileSearchTool(Body):
    """The model reads its files whole, so there is nothing to rank."""

    type: Literal["file_search"]
    file_search: FileSearch | None = None

    @property
    def unused(self) -> list[str]:
        asked = self.file_search or FileSearch()
        return [
            f"tools.file_search.{name}"
            for name in FileSearch.model_fields
            if getattr(asked, name) is not None
        ]


def without_code(value: Any) -> Any:
    """`retrieval` is what file_search was once called."""
    match value:
        case {"type": "code_interpreter"}:
            raise ValueError("this relay does not support code_interpreter")
        case {"type": "retrieval"}:
            return {**value, "type": "file_search"}
    return value


AnyTool = Annotated[
    Annotated[FunctionTool | FileSearchTool, Field(discriminator="type")],
    BeforeValidator(without_code),
]
Tools = Annotated[list[AnyTool], Field(max_length=MOST_TOOLS, fail_fast=True)]


class FileSearchChoice(Body):
    type: Literal["file_search"]


Choice = (
    Literal["none", "auto", "required"]
    | Annotated[
        Annotated[NamedTool | FileSearchChoice, Field(discriminator="type")],
        BeforeValidator(without_code),
    ]
)


def check_names(tools: Sequence[AnyTool]) -> None:
    """Raises InvalidRequest for two functions of the same name."""
    names: set[str] = set()
    for index, tool in enumerate(tools):
        if isinstance(tool, FunctionTool):
            if tool.function.name in names:
                place = f"tools[{index}].function.name"
                message = f"{place}: declared twice: {tool.function.name!r}"
                raise InvalidRequest(message, param=place)
            names.add(tool.function.name)


def chosen(
    tools: Sequence[AnyTool], choice: Choice | None, *, has_called: bool
) -> tuple[tuple[Tool, ...], ToolChoice]:
    """The functions that may be called, and whether one must be: only once, or a run would
    never end. Raises InvalidRequest.
    """
    if isinstance(choice, FileSearchChoice):
        if not any(isinstance(tool, FileSearchTool) for tool in tools):
            raise InvalidRequest("tool_choice: there is no such tool", param="tool_choice")
        choice = "auto"
    if has_called and choice != "none":
        choice = "auto"
    functions = [tool.to_tool() for tool in tools if isinstance(tool, FunctionTool)]
    return chat.chosen(functions, choice)


class CodeFiles(Body):
    file_ids: Annotated[None, refusing(None, [])] = None


class VectorStore(Body):
    """One that is made of files on the spot."""

    file_ids: FileIds | None = None
    metadata: Metadata | None = None


def _no_stores(value: object) -> None:
    if value not in (None, []):
        raise ValueError(
            "this relay keeps no vector stores: name the files in vector_stores[0].file_ids"
        )


class SearchedFiles(Body):
    vector_store_ids: Annotated[None, PlainValidator(_no_stores)] = None
    vector_stores: Annotated[list[VectorStore], Field(max_length=1)] | None = None


class ToolResources(Body):
    code_interpreter: CodeFiles | None = None
    file_search: SearchedFiles | None = None

    @property
    def files(self) -> Named:
        stores = (self.file_search and self.file_search.vector_stores) or ()
        place = "tool_resources.file_search.vector_stores[0].file_ids"
        return [
            (f"{place}[{index}]", id)
            for store in stores
            for index, id in enumerate(store.file_ids or ())
        ]

    def shown(self) -> dict[str, Any]:
        if self.file_search is None:
            return {}
        stores = self.file_search.model_dump(exclude_unset=True).get("vector_stores")
        made = {"vector_stores": stores} if stores else {}
        return {"file_search": {"vector_store_ids": [], **made}}
