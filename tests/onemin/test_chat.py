from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from utils.domain.chat import Chat, Finish, Message, TextDelta, Usage, WebSearch
from utils.errors import InvalidRequest, RelayError, UpstreamFailed
from utils.onemin.chat import build, read_whole
from utils.onemin.feature import Feature
from utils.onemin.files.attached import Prepared

USUAL = WebSearch(3, 1000)
HI = Message(role="user", text="hi")


def built(
    *, images: tuple[str, ...] = (), files: tuple[str, ...] = (), **fields: Any
) -> Feature:
    chat = Chat(**{"model": "m", "messages": (HI,), **fields})
    return build(Prepared(chat, images, files), USUAL)


def test_a_chat_becomes_the_documented_call() -> None:
    feature = built(model="gpt-4o-mini")
    assert feature.target == "/api/chat-with-ai"
    assert orjson.loads(feature.body()) == {
        "type": "UNIFY_CHAT_WITH_AI",
        "model": "gpt-4o-mini",
        "promptObject": {
            "prompt": "hi",
            "settings": {
                "webSearchSettings": {"webSearch": False},
                "historySettings": {"isMixed": False, "historyMessageLimit": 0},
                "withMemories": False,
            },
        },
    }


def test_a_stream_is_asked_for_in_the_url() -> None:
    feature = built(stream=True)
    assert feature.target == "/api/chat-with-ai?isStreaming=true"


def test_a_conversation_becomes_one_prompt() -> None:
    messages = (Message(role="system", text="Be brief."), HI)
    prompt = built(messages=messages).prompt["prompt"]
    assert prompt == "### System:\nBe brief.\n\n### User:\nhi\n\n### Assistant:"


def test_every_letter_of_a_prompt_arrives() -> None:
    text = ' é東😀\u2028\0\t"\\\r\n '
    feature = built(messages=(Message(role="user", text=text),))
    assert json.loads(feature.body())["promptObject"]["prompt"] == text


@pytest.mark.parametrize(
    ("asked", "sites", "words"),
    [
        (WebSearch(), 3, 1000),
        (WebSearch(sites=1), 1, 1000),
        (WebSearch(words=50), 3, 50),
        (WebSearch(7, 70), 7, 70),
    ],
)
def test_what_a_search_leaves_open_is_as_usual(
    asked: WebSearch, sites: int, words: int
) -> None:
    feature = built(web_search=asked)
    settings = feature.prompt["settings"]["webSearchSettings"]
    assert settings == {"webSearch": True, "numOfSite": sites, "maxWord": words}


def test_files_go_beside_the_prompt_and_only_where_there_are_some() -> None:
    both = built(images=("images/a.png",), files=("0b0c",)).prompt
    assert both["attachments"] == {"images": ("images/a.png",), "files": ("0b0c",)}
    body = orjson.loads(built(images=("images/a.png",)).body())
    assert body["promptObject"]["attachments"]["images"] == ["images/a.png"]
    assert "attachments" not in built().prompt


# An answer in one record


def recorded(**fields: Any) -> bytes:
    return json.dumps({"aiRecord": {"status": "SUCCESS", **fields}}).encode()


ANSWER = recorded(
    metadata={"inputToken": 300, "outputToken": 18, "credit": 56},
    aiRecordDetail={"resultObject": ["Grüße, 東京 😀"]},
)


def test_a_record_is_a_text_and_an_end_however_it_is_cut() -> None:
    for at in range(len(ANSWER) + 1):
        *waiting, last = read_whole([ANSWER[:at], b"", ANSWER[at:]])
        assert waiting == [[], [], []]
        assert last == [
            TextDelta("Grüße, 東京 😀"),
            Finish("stop", Usage(300, 18, "upstream", 56)),
        ]


@pytest.mark.parametrize(
    ("body", "refused", "message"),
    [
        (b"", UpstreamFailed, "1min.ai sent something that cannot be read"),
        (b"{", UpstreamFailed, "1min.ai sent something that cannot be read"),
        (ANSWER[:-1], UpstreamFailed, "1min.ai sent something that cannot be read"),
        (b"[" * 100_000, UpstreamFailed, "1min.ai sent something that cannot be read"),
        (b"\xff", UpstreamFailed, "1min.ai sent something that cannot be read"),
        (b"9" * 5000, UpstreamFailed, "1min.ai sent something that cannot be read"),
        (b"<html>504</html>", UpstreamFailed, "1min.ai sent something that cannot be read"),
        (b"null", UpstreamFailed, "1min.ai sent something that cannot be read"),
        (b"[1, 2]", UpstreamFailed, "1min.ai sent something that is not an answer"),
        (b"42", UpstreamFailed, "1min.ai sent something that is not an answer"),
        (b'"text"', UpstreamFailed, "1min.ai sent something that is not an answer"),
        (b"{}", UpstreamFailed, "1min.ai sent something that is not an answer"),
        (b'{"aiRecord": null}', UpstreamFailed, "1min.ai sent something that is not an answer"),
        (b'{"aiRecord": [1]}', UpstreamFailed, "1min.ai sent something that is not an answer"),
        (recorded(status="PROCESSING"), UpstreamFailed, "1min.ai put the answer off"),
        (recorded(status="FAILURE"), UpstreamFailed, "1min.ai failed to answer (HTTP 200)."),
        (
            b'{"errorCode":"INVALID_REQUEST","message":"Missing model"}',
            InvalidRequest,
            "Missing model",
        ),
    ],
)
def test_what_is_no_answer_is_a_failure(
    body: bytes, refused: type[RelayError], message: str
) -> None:
    with pytest.raises(RelayError) as error:
        list(read_whole([body]))
    assert (type(error.value), error.value.message) == (refused, message)


def test_half_a_letter_in_a_record_can_be_sent_on() -> None:
    [_, [delta, _]] = read_whole([recorded(aiRecordDetail={"resultObject": ["a\ud83d"]})])
    assert delta == TextDelta("a\ufffd")
