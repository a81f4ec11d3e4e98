"""POST /v1/completions, both directions: OpenAI's older endpoint, a text and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo, field_validator

from utils.domain.chat import (
    Chat,
    Failed,
    Finish,
    Message,
    Streamed,
    TextDelta,
    WebSearch,
)
from utils.domain.reply import Reply
from utils.errors import InvalidRequest, RelayError
from utils.wire.comments import HEARTBEAT
from utils.wire.openai_chunks import (
    DONE,
    StreamOptions,
    Told,
    by_choice,
    error_frame,
    frame,
    usage,
)
from utils.wire.sampling import Choices, Limit, Sampling, Stops, model_and_search, refusing
from utils.wire.stamp import Stamp

FILL_IN = (
    "You are given the beginning and the end of a text. Answer with what belongs between them "
    "and with nothing else: repeat neither, explain nothing, add no quotes and no code fence."
)


def _one_text(prompt: object) -> str:
    match prompt:
        case str(text) | [str(text)]:
            return text
        case [str(), *_]:
            raise ValueError("this relay takes one prompt in a request")
        case [int(), *_] | [[*_], *_]:
            raise ValueError("this relay takes text, not token ids")
    raise ValueError("must be a text")


class Completions(Sampling):
    prompt: Annotated[str, PlainValidator(_one_text)]
    model: str | None = None
    suffix: str | None = None
    echo: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    stop: Stops = ()
    max_tokens: Limit | None = None
    n: Choices | None = None
    best_of: int | None = None
    logprobs: Annotated[None, refusing(None)] = None

    @field_validator("best_of")
    @classmethod
    def _keeps_all(cls, best_of: int | None, info: ValidationInfo) -> int | None:
        """Without log probabilities nobody knows which answer is best."""
        if best_of not in (None, info.data.get("n") or 1):
            raise ValueError("this relay supports no other number than that of n")
        return best_of

    @property
    def ignored(self) -> list[str]:
        """The fields of this request that change nothing."""
        return self.unused

    def to_chat(self) -> Chat:
        """Raises InvalidRequest when there is nothing to go on from."""
        if not (self.prompt.strip() or self.suffix):
            raise InvalidRequest("prompt: it has no content", param="prompt")
        model, online = model_and_search(self.model)
        return Chat(
            model=model,
            messages=self._messages(),
            stream=bool(self.stream),
            web_search=WebSearch() if online else None,
            stops=self.stop,
            max_tokens=self.max_tokens,
            choices=self.n or 1,
            sampling=self.sampling,
        )

    def _messages(self) -> tuple[Message, ...]:
        """A gap before a suffix has to be explained; a prompt alone goes as it is."""
        if not self.suffix:
            return (Message(role="user", text=self.prompt),)
        gap = f"<beginning>{self.prompt}</beginning>\n<end>{self.suffix}</end>"
        return Message(role="system", text=FILL_IN), Message(role="user", text=gap)

    @property
    def _echoed(self) -> str:
        return self.prompt if self.echo else ""

    def encode(self, replies: list[Reply], stamp: Stamp) -> dict[str, Any]:
        return {
            **_head(stamp),
            "choices": [
                _choice(index, self._echoed + reply.text, reply.finish.reason)
                for index, reply in enumerate(replies)
            ],
            "usage": usage(reply.finish for reply in replies),
        }

    def frames(self, batches: Streamed, stamp: Stamp) -> Iterator[bytes]:
        """One write for each batch; a comment where nothing in it has a place here."""
        options = self.stream_options or StreamOptions()
        head, choices = _head(stamp), self.n or 1
        no_usage = {"usage": None} if options.include_usage else {}
        ends: list[Finish] = []

        def chunk(index: int, text: str, reason: str | None = None) -> bytes:
            return frame({**head, "choices": [_choice(index, text, reason)], **no_usage})

        def ending() -> bytes:
            if len(ends) < choices:
                return b""
            if not options.include_usage:
                return DONE
            return frame({**head, "choices": [], "usage": usage(ends)}) + DONE

        def told(index: int, event: Told) -> bytes:
            match event:
                case TextDelta():
                    return chunk(index, event.text)
                case Failed():
                    return self.error_frame(event.error)
                case Finish():
                    ends.append(event)
                    return chunk(index, "", event.reason) + ending()
            return b""

        opening = b"".join(chunk(i, self.prompt) for i in range(choices) if self._echoed)
        for batch in batches:
            write = opening + b"".join(told(i, event) for i, event in by_choice(batch))
            yield write or HEARTBEAT
            opening = b""

    def error_frame(self, error: RelayError) -> bytes:
        return error_frame(error)


def _head(stamp: Stamp) -> dict[str, Any]:
    return {
        "id": f"cmpl-{stamp.token}",
        "object": "text_completion",
        "created": stamp.created,
        "model": stamp.model,
    }


def _choice(index: int, text: str, reason: str | None) -> dict[str, Any]:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": reason}
