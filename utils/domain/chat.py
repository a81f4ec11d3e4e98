"""A chat turn: what is asked, and the events that answer it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from utils.domain.media import AudioFormat, Sound
from utils.errors import RelayError

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`arguments` is JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """A file's bytes, as the client sent them. Its name proves nothing."""

    data: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    url: str


@dataclass(frozen=True, slots=True)
class FileId:
    id: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message. `place` is where the client put it: `messages[0].content[1]`."""

    kind: Literal["image", "document", "audio"]
    source: Inline | Link | FileId
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn. A tool's message answers the call `call_id`."""

    role: Role
    text: str
    name: str = ""
    call_id: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function the client offers. `parameters` is a JSON Schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Whether a tool must be called; `name` says which one, when only one will do."""

    required: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Structure:
    """The JSON that an answer must be. An empty `schema` asks for any object."""

    schema: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    strict: bool = False


@dataclass(frozen=True, slots=True)
class WebSearch:
    """None leaves a number to the operator's setting."""

    sites: int | None = None
    words: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What is asked. An empty `model` means the operator's default. `audio` asks for sound in
    place of text. `trims` lets a chat too long for its model lose its oldest turns.
    `field` is what the client calls the messages.

    `sampling` holds what only a back-end of OpenAI's kind understands, in its own words:
    temperature, top_p, seed, penalties.
    """

    model: str
    messages: tuple[Message, ...]
    stream: bool = False
    web_search: WebSearch | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = ToolChoice()
    parallel_calls: bool = True
    structure: Structure | None = None
    stops: tuple[str, ...] = ()
    max_tokens: int | None = None
    effort: str = ""
    choices: int = 1
    sampling: Mapping[str, Any] = field(default_factory=dict)
    audio: AudioFormat | None = None
    trims: bool = False
    field: str = "messages"

    @property
    def attachments(self) -> list[Attachment]:
        return [one for message in self.messages for one in message.attachments]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, and the credits they cost where that is known; `approximate` where other calls
    may be among them.
    """

    input_tokens: int
    output_tokens: int
    source: Literal["upstream", "estimated"] = "upstream"
    credits: float | None = None
    approximate: bool = False

    def __add__(self, other: Usage) -> Usage:
        """What two calls cost. It is as good as the worse known of them."""
        unknown = self.credits is None or other.credits is None
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            "upstream" if self.source == other.source == "upstream" else "estimated",
            None if unknown else (self.credits or 0) + (other.credits or 0),
            self.approximate or other.approximate,
        )


# An answer is a run of events: any number of deltas, then one Finish. The arguments of a tool
# call follow it, up to the next call, text or end.


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """What the model thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class CallBegun:
    """A tool call whose arguments are to come."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ArgumentsDelta:
    """A piece of the last call's arguments, which together are JSON."""

    text: str


@dataclass(frozen=True, slots=True)
class RefusalDelta:
    """Why the model does not give the structured answer it was asked for."""

    text: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """The model was asked once more, and that was paid for, because of this."""

    what: Literal["tool_calls", "response_format"]


@dataclass(frozen=True, slots=True)
class Native:
    """The back-end that answers takes OpenAI's own parameters, `sampling` among them."""


@dataclass(frozen=True, slots=True)
class Answering:
    """This model answers now: `instead` of another if that could not, and without the oldest
    messages, as many as were too much for it.
    """

    model: str
    instead: str = ""
    trimmed_messages: int = 0
    trimmed_tokens: int = 0
    media: bool = False  # it takes nothing from the chat but the last message
    backend: str = ""  # the configured server that has it, if not 1min.ai


@dataclass(frozen=True, slots=True)
class Choice:
    """What follows in this batch belongs to this choice of several; to the first, untold."""

    index: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A page the answer draws on."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """`usage` is None until somebody has counted. `stop_sequence` is the one that was met."""

    reason: FinishReason = "stop"
    usage: Usage | None = None
    citations: tuple[Citation, ...] = ()
    stop_sequence: str = ""


Delta = TextDelta | ReasoningDelta | CallBegun | ArgumentsDelta | RefusalDelta
WORDED = (TextDelta, ReasoningDelta, ArgumentsDelta, RefusalDelta)  # that have a text
Note = Corrected | Native | Answering  # how the answer came about
Event = Delta | Sound | Note | Choice | Finish

# Events travel in batches, one for each read from upstream: all that was waiting is translated
# and written at once. An empty batch means that nothing came for a moment.
Batches = Generator[Sequence[Event]]
Ask = Callable[["Chat"], Batches]  # closing what it returns hangs up


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The answer is under way, but has nothing new to say."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Takes the place of Finish when the answer breaks off half-way."""

    error: RelayError


# What a stream to a client is made of.
Streamed = Iterator[Sequence[Event | Heartbeat | Failed]]
