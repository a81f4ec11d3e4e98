"""Faults by name, for use from outside the process: `[[scenario=cut]]` in a prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator import replies
from simulator.frames import done_frame, encoded, frame
from simulator.ordinary import ordinary
from simulator.records import record
from simulator.replies import BUSY, Cut, Hang, Pause, Reply, Reset, Script
from simulator.turn import Turn

FIRST_EVENT_DELAY = 12.0
PIECES = ("Here is", " the begin", "ning of", " an ans", "wer.")
TEXT = "".join(PIECES)


def fixed(script: Script) -> Callable[[Turn], Reply]:
    return lambda turn: script if isinstance(script, Reply) else script(turn)


def fails_once(turn: Turn) -> Reply:
    """500, and for the same prompt again an answer (onemin-api.md 12)."""
    return SERVER_FAULT if turn.account.fails_first(turn.prompt) else ordinary(turn)


def error_event(turn: Turn, *pieces: str, field: str = "error") -> Reply:
    """Without a stream the same failure is a FAILURE record."""
    message = "The AI provider failed to answer"
    if not turn.streaming:
        return replies.failure("EXTERNAL_API_RESPONSE_WITH_ERROR", message)(turn)
    content = (frame("content", content=piece) for piece in pieces)
    return replies.stream(*content, frame("error", **{field: message}))


def empty_text(turn: Turn) -> Reply:
    answer = {"aiRecord": record(turn, "")}
    if not turn.streaming:
        return replies.whole(answer)
    return replies.stream(frame("result", **answer), done_frame())


def raw_text(turn: Turn) -> Reply:
    return Reply(headers=replies.TEXT, body=(TEXT.encode(),), framing="chunked")


def malformed(turn: Turn) -> Reply:
    """JSON cut short; in a stream one event is no JSON, and the others are whole."""
    answer = {"aiRecord": record(turn, TEXT)}
    if not turn.streaming:
        data = encoded(answer)
        return Reply(headers=replies.JSON, body=(data[: len(data) // 2],))
    content = [frame("content", content=piece) for piece in PIECES]
    broken = b'event: content\ndata: {"content":"' + b"\xff\xfe\n\n"
    return replies.stream(
        *content[:2], broken, *content[2:], frame("result", **answer), done_frame()
    )


def nameless(turn: Turn) -> Reply:
    """Events without a name, ended by the sentinel of other services (onemin-api.md 2.4)."""
    if not turn.streaming:
        return ordinary(turn)
    content = (b"data: " + encoded({"content": piece}) + b"\n\n" for piece in PIECES)
    return replies.stream(*content, b"data: [DONE]\n\n")


def slow_first(turn: Turn) -> Reply:
    """The head at once, then nothing for long."""
    delay = turn.wishes.delay
    return ordinary(turn).after(Pause(FIRST_EVENT_DELAY if delay is None else delay)).headed()


def searched(turn: Turn) -> Reply:
    """A search's results ahead of the text, and its pages told in the other place (2.3)."""
    pages = [{"url": "https://example.com/1", "title": "Example"}]
    result = [{"type": "web_search", "searchResults": pages}, TEXT]
    value = record(turn, TEXT, result=result)
    value["aiRecordDetail"]["promptObject"].pop("searchContentList")
    value["aiRecordDetail"]["searchContentList"] = pages
    return replies.recorded(turn, value, *PIECES)


def old_shape(turn: Turn) -> Reply:
    """The record without `aiRecordDetail`, as once was (onemin-api.md 2.3)."""
    value = record(turn, TEXT)
    value["resultObject"] = value.pop("aiRecordDetail")["resultObject"]
    return replies.recorded(turn, value, *PIECES)


def string_result(turn: Turn) -> Reply:
    return replies.recorded(turn, record(turn, TEXT, result=TEXT), *PIECES)


def error_message(turn: Turn) -> dict[str, Any]:
    """The failed record with its reason in the other place (onemin-api.md 2.5)."""
    value = record(turn, "", status="FAILED", result=[])
    value["aiRecordDetail"]["errorMessage"] = replies.BUSY
    return value


SERVER_FAULT = replies.refusal(500, "INTERNAL_SERVER_ERROR", "Internal server error")
ELSEWHERE = {"Location": "https://app.1min.ai/login"}
TRUE_CAUSE = [{"field": "size", "message": "size must be one of 1024x1024, 1536x1024"}]

# Whatever was asked, on any endpoint.
FAULTS: Mapping[str, Reply] = {
    "status-500": SERVER_FAULT,
    "html-522": replies.html(522),
    "html-200": replies.html(200),
    "empty-body": Reply(headers=replies.JSON, body=(b"",)),
    "error-code-200": replies.refusal(200, "OPEN_AI_UNEXPECTED_ERROR", BUSY),
    "busy": replies.refusal(400, "OPEN_AI_UNEXPECTED_ERROR", BUSY, TRUE_CAUSE),
    "form-a": replies.refusal(400, "INVALID_REQUEST", "Invalid request", form="A"),
    "rate-limited": replies.refusal(
        429, "RATE_LIMITED", "Too many requests", headers={"Retry-After": "2"}
    ),
    "silent": Reply(body=(Hang(),)),
    "redirect": Reply(302, ELSEWHERE, (b"",)),
}

SCENARIOS: Mapping[str, Callable[[Turn], Reply]] = {
    **{name: fixed(reply) for name, reply in FAULTS.items()},
    "status-500-once": fails_once,
    "empty-text": empty_text,
    "failure-200": fixed(replies.failure("EXTERNAL_API_RESPONSE_WITH_ERROR", BUSY)),
    "failed-200": lambda turn: replies.recorded(turn, error_message(turn)),
    "processing": fixed(replies.record(status="PROCESSING", result=[], metadata=None)),
    "error-event": lambda turn: error_event(turn, *PIECES[:3]),
    "error-event-first": error_event,
    "error-event-message": lambda turn: error_event(turn, *PIECES[:3], field="message"),
    "cut": fixed(replies.says(*PIECES[:3], Cut())),
    "reset": fixed(replies.says(*PIECES[:3], Reset())),
    "stall": fixed(replies.says(*PIECES[:3], Hang())),
    "repeat": fixed(replies.says(*PIECES, repeat_last=True)),
    "no-result": fixed(replies.says(*PIECES, result=False)),
    "no-done": fixed(replies.says(*PIECES, done=False)),
    "raw-text": raw_text,
    "crlf": fixed(replies.says(*PIECES, line_end="\r\n")),
    "cr": fixed(replies.says(*PIECES, line_end="\r")),
    "nameless": nameless,
    "malformed": malformed,
    "mojibake": fixed(replies.says("An en dash: 1\u00e2\u20ac\u201c2.")),
    "missing-metadata": fixed(replies.says(*PIECES, usage=None)),
    "string-result": string_result,
    "search-result": searched,
    "old-shape": old_shape,
    "slow-first": slow_first,
}
