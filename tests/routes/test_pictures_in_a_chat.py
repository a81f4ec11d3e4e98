"""Pictures of every turn, seen by a model that can see."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.replies import refusal
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.fetch.strangers import Stranger, page, redirect
from tests.routes.heard import heard, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.samples import GIF, JPEG, PDF, WEBP, png
from tests.serving import KEY, ThreadedRelay

KINDS = {"png": png(), "jpeg": JPEG, "webp": WEBP, "gif": GIF}
LOOK = {"type": "text", "text": "what do you see"}


def picture(data: bytes, kind: str = "png") -> dict[str, Any]:
    return link(f"data:image/{kind};base64,{base64.b64encode(data).decode()}")


def link(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def showing(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [LOOK, *parts]}]


def seen(onemin: Simulator) -> int:
    """How many pictures the last chat was given."""
    prompt = onemin.chats[-1].json["promptObject"]
    return len(prompt.get("attachments", {}).get("images", ()))


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    stranger = Stranger()
    yield stranger
    stranger.close()


@pytest.fixture
def relay_on_loopback(relay_with: RelayFactory) -> ThreadedRelay:
    """It may fetch what strangers on this machine serve."""
    return relay_with(fetch_allow_networks="127.0.0.0/8")


# What is shown


@whole_and_streamed
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_each_kind_is_seen(
    relay: ThreadedRelay, onemin: Simulator, kind: str, *, stream: bool
) -> None:
    reply = relay.chat(messages=showing(picture(KINDS[kind], kind)), stream=stream)
    assert heard(reply).text.startswith("I see 1 picture(s): ")
    [upload] = onemin.uploads
    assert (upload.data, upload.content_type) == (KINDS[kind], f"image/{kind}")
    assert upload.api_key == KEY


@pytest.mark.fault(74)
def test_a_picture_is_what_its_bytes_say(relay: ThreadedRelay, onemin: Simulator) -> None:
    mistaken = link(f"data:text/html;base64,{base64.b64encode(JPEG).decode()}")
    assert relay.chat(messages=showing(mistaken)).status_code == 200
    [upload] = onemin.uploads
    assert upload.content_type == "image/jpeg"
    assert upload.name.endswith(".jpg")


def test_the_upload_is_the_form_1min_ai_documents(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    relay.chat(messages=showing(picture(png())))
    [call] = [call for call in onemin.calls if call.path == "/api/assets"]
    assert call.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="asset"; filename="' in call.body
    assert call.headers["api-key"] == KEY
    [path] = onemin.chats[-1].json["promptObject"]["attachments"]["images"]
    assert path.startswith("images/")


@whole_and_streamed
def test_a_picture_without_a_word_is_a_message(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    messages = [{"role": "user", "content": [picture(png())]}]
    assert heard(relay.chat(messages=messages, stream=stream)).text
    assert seen(onemin) == 1


def test_pictures_of_every_turn_are_seen(relay: ThreadedRelay, onemin: Simulator) -> None:
    messages = [
        {"role": "user", "content": [picture(png(1)), picture(JPEG)]},
        {"role": "assistant", "content": "Nice."},
        {"role": "user", "content": [picture(png(2))]},
        {"role": "assistant", "content": "Nice again."},
        {"role": "user", "content": "what do you see"},
    ]
    choice = heard(relay.chat(messages=messages))
    assert choice.text.startswith("I see 3 picture(s): ")
    assert {upload.data for upload in onemin.uploads} == {png(1), JPEG, png(2)}


@pytest.mark.fault(70)
def test_a_picture_on_the_web_is_fetched_by_the_relay(
    relay_on_loopback: ThreadedRelay, onemin: Simulator, stranger: Stranger
) -> None:
    stranger.pages["/a.jpg"] = page(JPEG)
    stranger.pages["/moved"] = redirect("/a.jpg")
    for path in ("/a.jpg", "/moved"):
        reply = relay_on_loopback.chat(messages=showing(link(stranger.url + path)))
        assert heard(reply).text.startswith("I see 1 picture(s): ")
    assert [upload.data for upload in onemin.uploads] == [JPEG]
    assert not any(KEY in request for request in stranger.requests)


# Uploaded once


def test_a_chat_of_twenty_turns_about_one_picture_uploads_it_once(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    messages = showing(picture(png()))
    for turn in range(20):
        choice = heard(relay.chat(messages=messages, stream=bool(turn % 2)))
        messages += [
            {"role": "assistant", "content": choice.text},
            {"role": "user", "content": "what do you see"},
        ]
        assert choice.text.startswith("I see 1 picture(s): ")
        assert seen(onemin) == 1
    assert len(onemin.uploads) == 1


def test_two_callers_never_share_an_upload(relay: ThreadedRelay, onemin: Simulator) -> None:
    body = {"model": "gpt-4o-mini", "messages": showing(picture(png()))}
    for key in ("a-key", "b-key", "a-key"):
        reply = relay.post("/v1/chat/completions", body, headers={"x-api-key": key})
        assert heard(reply).text.startswith("I see 1 picture(s): ")
    assert [upload.api_key for upload in onemin.uploads] == ["a-key", "b-key"]
    first, second, third = (
        call.json["promptObject"]["attachments"]["images"] for call in onemin.chats
    )
    assert first == third != second


def test_several_answers_share_one_upload(relay: ThreadedRelay, onemin: Simulator) -> None:
    reply = relay.chat(messages=showing(picture(png())), n=4)
    assert len(reply.json()["choices"]) == 4
    assert len(onemin.uploads) == 1


# What is refused

PLACE = "messages[0].content[1].image_url"


@whole_and_streamed
def test_a_model_that_cannot_see_is_shown_nothing(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    reply = relay.chat(model="gpt-3.5-turbo", messages=showing(picture(png())), stream=stream)
    assert refused(reply) == (400, "model_not_supported", PLACE)
    assert not onemin.uploads
    assert not onemin.chats


def test_twenty_pictures_are_seen_and_no_more(relay: ThreadedRelay, onemin: Simulator) -> None:
    many = [picture(png(red)) for red in range(21)]
    reply = relay.chat(messages=showing(*many))
    assert refused(reply) == (400, None, "messages[0].content[21].image_url")
    assert not onemin.uploads
    assert heard(relay.chat(messages=showing(*many[:20], *many[:3]))).text
    assert len(onemin.uploads) == seen(onemin) == 20


@whole_and_streamed
@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (refusal(400, "UNSUPPORTED_FILE_TYPE", "Odd"), (400, "unsupported_file")),
        (refusal(500, "INTERNAL_SERVER_ERROR", "Oh"), (502, "upstream_error")),
        (refusal(401, "HTTP_EXCEPTION", "No"), (401, "invalid_api_key")),
        (refusal(200, "UNKNOWN_ERROR", "Odd"), (502, "upstream_error")),
    ],
)
def test_an_upload_that_fails_is_an_error_and_no_chat(
    relay: ThreadedRelay, onemin: Simulator, trouble: Any, told: object, *, stream: bool
) -> None:
    onemin.script_assets(trouble)
    reply = relay.chat(messages=showing(picture(png())), stream=stream)
    assert refused(reply)[:2] == told
    assert not onemin.chats
    assert heard(relay.chat(messages=showing(picture(png())), stream=stream)).text


@pytest.mark.parametrize("data", [b"no picture", PDF, b"<svg xmlns=''/>", b"\x89PN\0"])
def test_what_is_no_picture_is_refused_where_it_stands(
    relay: ThreadedRelay, onemin: Simulator, data: bytes
) -> None:
    reply = relay.chat(messages=showing(picture(data)))
    assert refused(reply) == (400, "unsupported_file", PLACE)
    assert not onemin.uploads
    assert not onemin.chats


@pytest.mark.fault(64)
def test_a_picture_on_this_machine_is_fetched_only_where_allowed(
    relay: ThreadedRelay, onemin: Simulator, stranger: Stranger
) -> None:
    stranger.pages["/a.jpg"] = page(JPEG)
    for url in (f"{stranger.url}/a.jpg", "http://169.254.169.254/", "http://[::1]/a.jpg"):
        reply = relay.chat(messages=showing(link(url)))
        assert refused(reply) == (400, "url_not_fetched", PLACE)
    assert not stranger.requests
    assert not onemin.chats


LED_ASTRAY = {
    "404": (page(b"gone", status="404 Not Found"), 400, "url_not_fetched"),
    "a page": (page(b"<html>no picture</html>"), 400, "unsupported_file"),
    "too large": (page(JPEG + bytes(2 * 2**20)), 413, "file_too_large"),
}


@pytest.mark.fault(69)
@pytest.mark.parametrize("name", LED_ASTRAY)
def test_what_a_link_does_not_lead_to_is_an_error(
    relay_with: RelayFactory, onemin: Simulator, stranger: Stranger, name: str
) -> None:
    answer, status, code = LED_ASTRAY[name]
    relay = relay_with(fetch_allow_networks="127.0.0.0/8", max_file_mb=1)
    stranger.pages["/a"] = answer
    reply = relay.chat(messages=showing(link(f"{stranger.url}/a")))
    assert refused(reply) == (status, code, PLACE)
    assert not onemin.chats


def test_a_file_id_nobody_gave_out_is_not_found(relay: ThreadedRelay) -> None:
    part = {"type": "image_file", "image_file": {"file_id": "file-1"}}
    reply = relay.chat(messages=showing(part))
    assert refused(reply) == (404, "not_found", "messages[0].content[1].image_file")


@whole_and_streamed
def test_what_a_tool_shows_to_a_model_that_cannot_see_is_told_in_words(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    """Or an agent that once looked at a picture could not go on."""
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "look"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": [LOOK, picture(png())]},
    ]
    reply = relay.chat(model="gpt-3.5-turbo", messages=messages, stream=stream)
    assert heard(reply).text
    assert seen(onemin) == 0
    assert "which you cannot see" in onemin.chats[-1].json["promptObject"]["prompt"]
