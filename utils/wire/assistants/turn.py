"""One turn of a run: a chat, and what is told of its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from utils.domain.chat import Chat, Finish, Message, Streamed, ToolCall, WebSearch
from utils.domain.runs import runs
from utils.errors import InvalidRequest, RelayError
from utils.wire.assistants.messages import document, read_message
from utils.wire.assistants.settings import RunSettings, Truncation
from utils.wire.assistants.stream import Keep, RunStream, broken_off, opening
from utils.wire.assistants.tools import chosen
from utils.wire.body import Body
from utils.wire.comments import HEARTBEAT
from utils.wire.items import Item
from utils.wire.sampling import model_and_search
from utils.wire.stamp import Stamp

Budget = Literal["max_prompt_tokens", "max_completion_tokens"]


class Spent(Body):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class KeptRun(RunSettings):
    """`instructions` and `file_ids` are those of several, put together."""

    instructions: str | None = None
    file_ids: list[str]
    usage: Spent | None = None

    @property
    def spent(self) -> Spent:
        return self.usage or Spent()

    @property
    def truncation(self) -> Truncation:
        return self.truncation_strategy or Truncation(type="auto")

    def left(self, budget: Budget) -> int | None:
        """Tokens; None where there is no limit."""
        most, used = getattr(self, budget), getattr(self.spent, budget.removeprefix("max_"))
        return None if most is None else most - used


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`run` is as it was before. `thread` was made for it, `step` has the outputs with which
    it goes on. `over` is the budget that leaves nothing for an answer.
    """

    run: Item
    asked: KeptRun
    chat: Chat
    thread: Item | None = None
    step: Item | None = None
    over: Budget | None = None

    @property
    def ignored(self) -> list[str]:
        return self.asked.ignored

    def frames(
        self, batches: Streamed, stamp: Stamp, keep: Keep, clock: Callable[[], float]
    ) -> Iterator[bytes]:
        """One write for each batch; a comment where nothing in it has a place here. `keep` is
        given what the turn came to before that is told.
        """
        stream = RunStream(self.begun(stamp), stamp, keep, clock)
        if self.over:
            yield stream.ended(Finish("length"), self.over)
            return
        for batch in runs(batches):
            yield stream.told(batch) or HEARTBEAT

    def opening(self, stamp: Stamp) -> bytes:
        """What is told before there is an answer."""
        return opening(self.run, self.begun(stamp), self.thread, self.step)

    def begun(self, stamp: Stamp) -> Item:
        """The run under way."""
        started = self.run["started_at"] or stamp.created
        return self.run | {"status": "in_progress", "started_at": started}

    def error_frame(self, error: RelayError) -> bytes:
        return broken_off(error)


def turn(
    run: Item,
    messages: Sequence[Item],
    steps: Sequence[Item] = (),
    *,
    stream: bool,
    thread: Item | None = None,
) -> Turn:
    """`messages` are all of the thread, `steps` those that the run has taken, each with the
    outputs of its calls. Raises InvalidRequest.
    """
    asked = KeptRun.model_validate(run)
    model, online = model_and_search(asked.model)
    calls = [step for step in steps if step["type"] == "tool_calls"]
    tools, choice = chosen(asked.tools or (), asked.tool_choice, has_called=bool(calls))
    left = asked.left("max_completion_tokens")
    form = asked.response_format
    chat = Chat(
        model=model,
        messages=_messages(run, asked, messages, steps),
        stream=stream,
        web_search=WebSearch() if online else None,
        tools=tools,
        tool_choice=choice,
        parallel_calls=asked.parallel_tool_calls is not False,
        structure=form.to_structure() if form and form != "auto" else None,
        max_tokens=left,
        effort=asked.reasoning_effort or "",
        sampling=asked.sampling,
        trims=asked.truncation.type == "auto",
    )
    over: Budget | None = "max_completion_tokens" if left is not None and left <= 0 else None
    step = calls[-1] if calls else None
    return Turn(run=run, asked=asked, chat=chat, thread=thread, step=step, over=over)


def _messages(
    run: Item, asked: KeptRun, messages: Sequence[Item], steps: Sequence[Item]
) -> tuple[Message, ...]:
    """Raises InvalidRequest when there is nothing to answer."""
    told: list[Message] = []
    own: dict[str, Message] = {}
    for index, kept in enumerate(messages):
        message = read_message(kept, f"messages[{index}]")
        if kept["run_id"] == run["id"]:
            own[kept["id"]] = message
        else:
            told.append(message)
    told = told[-asked.truncation.last_messages :] if asked.truncation.last_messages else told
    if asked.instructions:
        told.insert(0, Message(role="system", text=asked.instructions))
    if not any(message.text.strip() or message.attachments for message in told):
        raise InvalidRequest("This thread has no messages to answer.", param="thread_id")
    return tuple(_with_files(asked.file_ids, told) + _said(own, steps))


def _with_files(ids: Sequence[str], told: list[Message]) -> list[Message]:
    """What the user said last is never left out, so it bears the files of the whole run."""
    if not ids:
        return told
    users = [index for index, message in enumerate(told) if message.role == "user"]
    place = users[-1] if users else 0
    files = [document(id, f"file_ids[{index}]") for index, id in enumerate(ids)]
    bearer = replace(told[place], attachments=(*told[place].attachments, *files))
    return [*told[:place], bearer, *told[place + 1 :]]


def _said(own: dict[str, Message], steps: Sequence[Item]) -> list[Message]:
    """What the run itself said and called, with what came of it."""
    told: list[Message] = []
    for step in steps:
        details = step["step_details"]
        if step["type"] == "message_creation":
            id = details["message_creation"]["message_id"]
            told += [own[id]] if id in own else []  # or it was deleted
        else:
            told = _called(told, details["tool_calls"])
    return told


def _called(told: list[Message], calls: Sequence[dict[str, Any]]) -> list[Message]:
    """A text before calls is one message with them."""
    made = tuple(
        ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in calls
    )
    results = [
        Message(role="tool", text=call["function"].get("output") or "", call_id=call["id"])
        for call in calls
    ]
    if told and told[-1].role == "assistant" and not told[-1].tool_calls:
        return [*told[:-1], replace(told[-1], tool_calls=made), *results]
    return [*told, Message(role="assistant", text="", tool_calls=made), *results]
