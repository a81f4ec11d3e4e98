"""The record in which 1min.ai reports what became of a call (onemin-api.md 2.3, 2.5)."""

from __future__ import annotations

import re
from typing import Any

from utils import payload
from utils.domain.chat import Citation, FinishReason, Usage
from utils.errors import UpstreamFailed
from utils.letters import joined
from utils.onemin import failures

Record = dict[str, Any]

_FILE = re.compile(r"(?:development/)?(?:images|audios|videos|documents)/\S{1,500}")

REASONS: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
}


def record(reply: Any) -> Record:
    """The record in a reply. Raises what the reply complains of, whatever its HTTP status."""
    match reply:
        case {"aiRecord": {"status": "FAILURE" | "FAILED"} as failed}:
            raise failures.of_record(failed)
        case {"aiRecord": {"status": "PROCESSING"}}:
            raise UpstreamFailed("1min.ai put the answer off")
        case {"aiRecord": dict() as made}:
            return made
        case dict() if failures.is_refusal(reply):
            raise failures.of_reply(200, reply)
    raise UpstreamFailed("1min.ai sent something that is not an answer")


def text(made: Record) -> str:
    """The answer: the first text, or all of them."""
    return joined("".join(results(made)))


def results(made: Record) -> list[str]:
    """Texts, or the places of files, in one of the shapes that were seen."""
    detail = made.get("aiRecordDetail")
    if not isinstance(detail, dict) or "resultObject" not in detail:
        detail = made  # an older shape had no detail
    match detail.get("resultObject"):
        case str(whole):
            return [whole]
        case [*parts]:
            return [part for part in parts if isinstance(part, str)]
    return []


def is_file(result: str) -> bool:
    """Whether it is the place of one, on the asset host."""
    return bool(_FILE.fullmatch(result))


def citations(made: Record) -> tuple[Citation, ...]:
    """The pages of a web search, told in one of three places (onemin-api.md 2.3)."""
    detail = made.get("aiRecordDetail")
    if not isinstance(detail, dict):
        return ()
    asked, found = detail.get("promptObject"), detail.get("resultObject")
    pages = [
        *_list(asked.get("searchContentList") if isinstance(asked, dict) else None),
        *_list(detail.get("searchContentList")),
        *(
            page
            for part in _list(found)
            if isinstance(part, dict)
            for page in _list(part.get("searchResults"))
        ),
    ]
    return tuple(dict.fromkeys(filter(None, map(_citation, pages)))) if pages else ()


def _citation(page: Any) -> Citation | None:
    match page:
        case {"url": str(url), "title": str(title)} if url.startswith(_WEB):
            return Citation(url, title)
        case {"url": str(url)} if url.startswith(_WEB):
            return Citation(url)
    return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_WEB = ("https://", "http://")


def usage(made: Record) -> Usage | None:
    """None where 1min.ai did not count: absent, or all zero."""
    told = _metadata(made)
    read, written = (
        payload.tokens(told.get("inputToken")),
        payload.tokens(told.get("outputToken")),
    )
    if read is None or written is None or not read + written:
        return None
    return Usage(read, written, "upstream", credits(made))


def credits(made: Record) -> float | None:
    """What the call took; also where no tokens were counted."""
    return payload.credits(_metadata(made).get("credit"))


def _metadata(made: Record) -> dict[str, Any]:
    told = made.get("metadata")
    return told if isinstance(told, dict) else {}


def reason(made: Record) -> FinishReason:
    """Why the model stopped. No page names the field; these are where others keep it."""
    for place in (made.get("metadata"), made.get("aiRecordDetail"), made.get("additionalData")):
        if isinstance(place, dict):
            for name in ("finishReason", "finish_reason", "stopReason", "stop_reason"):
                if name in place:
                    return REASONS.get(str(place[name]).lower(), "stop")
    return "stop"
