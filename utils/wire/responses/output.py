"""What an answer's runs are as items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from utils.domain.chat import Citation, Finish
from utils.domain.reply import Reply
from utils.domain.runs import Run
from utils.wire.items import Item, item_id
from utils.wire.responses.custom_input import custom_input
from utils.wire.responses.tools import Declared

Status = Literal["in_progress", "completed", "incomplete"]


@dataclass(frozen=True, slots=True)
class Output:
    """`query` is what was searched for, None where nothing was. `summarised` is whether the
    client asked for thoughts as a summary, `sealed` whether it asked for them encrypted.
    """

    token: str
    tools: Mapping[str, Declared]
    query: str | None
    summarised: bool
    sealed: bool

    def items(self, reply: Reply) -> list[Item]:
        search = [] if self.query is None else [self.search()]
        last = len(reply.runs) - 1
        return search + [
            self.last_item(run, reply.finish) if index == last else self.item(run)
            for index, run in enumerate(reply.runs)
        ]

    def search(self) -> Item:
        """Always the first item: 1min.ai searches, then the model answers."""
        item = {"type": "web_search_call", "status": "completed"}
        return {**self._head(item, 0), "action": {"type": "search", "query": self.query}}

    def index(self, run: Run) -> int:
        return run.index + (self.query is not None)

    def item(
        self, run: Run, status: Status = "completed", citations: Iterable[Citation] = ()
    ) -> Item:
        match run.kind:
            case "call":
                return self._call(run, status)
            case "reasoning":
                item: Item = {"type": "reasoning", "status": status, **self._thought(run.text)}
            case "refusal":
                item = _message({"type": "refusal", "refusal": run.text}, status)
            case "text":
                pages = [_citation(page) for page in citations]
                part = {"type": "output_text", "text": run.text}
                item = _message({**part, "annotations": pages, "logprobs": []}, status)
        return self._head(item, self.index(run))

    def last_item(self, run: Run, finish: Finish) -> Item:
        """The one that an answer which was cut off ends in. What a text cites comes with its
        end; an answer that ends in something else leaves no text to cite in.
        """
        is_cut = finish.reason in REASONS
        return self.item(run, "incomplete" if is_cut else "completed", finish.citations)

    def _call(self, run: Run, status: Status) -> Item:
        assert run.call
        tool = self.tools.get(run.call.name)
        called = {"call_id": run.call.id, "name": tool.name if tool else run.call.name}
        if tool and tool.namespace:
            called["namespace"] = tool.namespace
        if tool and tool.kind == "custom":
            item = {"type": "custom_tool_call", **called, "input": custom_input(run.text)}
        elif tool and tool.kind == "search":
            item = _search_for_tools(run)
        else:
            item = {"type": "function_call", **called, "arguments": run.text}
        return self._head({**item, "status": status}, self.index(run))

    def _thought(self, text: str) -> Item:
        thought: Item = {"summary": [], "content": [{"type": "reasoning_text", "text": text}]}
        if self.summarised:
            thought = {"summary": [{"type": "summary_text", "text": text}], "content": []}
        return thought | ({"encrypted_content": None} if self.sealed else {})

    def _head(self, item: Item, index: int) -> Item:
        return {"id": item_id(item, f"{self.token}_{index}"), **item}


def _search_for_tools(run: Run) -> Item:
    """Its arguments are an object, so there is none before the last letter is there."""
    assert run.call
    try:
        arguments = orjson.loads(run.text)
    except orjson.JSONDecodeError:
        arguments = {}
    call = {"call_id": run.call.id, "execution": "client", "arguments": arguments}
    return {"type": "tool_search_call", **call}


REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


def _message(part: Item, status: Status) -> Item:
    return {"type": "message", "status": status, "role": "assistant", "content": [part]}


def _citation(page: Citation) -> dict[str, Any]:
    """1min.ai does not tell which words a page is behind, so a citation spans none."""
    return {
        "type": "url_citation",
        "start_index": 0,
        "end_index": 0,
        "url": page.url,
        "title": page.title or page.url,
    }
