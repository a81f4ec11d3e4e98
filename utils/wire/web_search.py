"""How OpenAI's endpoints for text ask for a web search of 1min.ai."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain.chat import WebSearch
from utils.wire.body import Body


class WebSearchOptions(Body):
    search_context_size: Literal["low", "medium", "high"] | None = None
    user_location: dict[str, Any] | None = None


class Searching(Body):
    web_search: bool | None = None
    web_search_options: WebSearchOptions | None = None
    num_of_site: Annotated[int, Field(ge=1, le=50)] | None = None
    max_word: Annotated[int, Field(ge=1, le=100_000)] | None = None

    def searching(self, *, online: bool, by_tool: bool) -> WebSearch | None:
        """A plain no wins: a search costs credits. A search that is one tool of several is for
        the model to choose, and 1min.ai lets none choose: `by_tool` means that it is the only
        one that may be called.
        """
        if self.web_search is False:
            return None
        if not (online or self.web_search or self.web_search_options or by_tool):
            return None
        return WebSearch(self.num_of_site, self.max_word)

    @property
    def unused_options(self) -> list[str]:
        """1min.ai lets nobody choose what they are about."""
        options = self.web_search_options
        if options is None:
            return []
        return [
            f"web_search_options.{name}"
            for name in WebSearchOptions.model_fields
            if getattr(options, name) is not None
        ]
