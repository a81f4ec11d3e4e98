"""Documents and recordings in a chat."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.replies import refusal
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.fetch.strangers import Stranger, page
from tests.routes.heard import heard, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.samples import DOCX, MP3, PDF, XLSX, png, wav
from tests.serving import HEADERS, KEY, ThreadedRelay


def file(data: bytes, name: str) -> dict[str, Any]:
    encoded = base64.b64encode(data).decode()
    return {"type": "file", "file": {"file_data": encoded, "filename": name}}


def recording(data: bytes, kind: str = "wav") -> dict[str, Any]:
    encoded = base64.b64encode(data).decode()
    return {"type": "input_audio", "input_audio": {"data": encoded, "format": kind}}


def with_parts(text: str, *parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "text", "text": text}, *parts]}]


def prompt_object(onemin: Simulator) -> dict[str, Any]:
    told: dict[str, Any] = onemin.chats[-1].json["promptObject"]
    return told


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    stranger = Stranger()
    yield stranger
    stranger.close()


# Documents

TAKEN = {
    "a.pdf": (PDF, "application/pdf"),
    "b.docx": (DOCX, "wordprocessingml.document"),
    "c.xlsx": (XLSX, "spreadsheetml.sheet"),
    "d.txt": (b"some words", "text/plain"),
    "e.csv": (b"a,b\n1,2\n", "text/csv"),
    "f.json": (b'{"a": 1}', "application/json"),
    "no-extension": (PDF, "application/pdf"),
    "mistaken.txt": (PDF, "application/pdf"),
}


@whole_and_streamed
@pytest.mark.parametrize("name", TAKEN)
def test_what_1min_ai_takes_goes_up_and_is_named(
    relay: ThreadedRelay, onemin: Simulator, name: str, *, stream: bool
) -> None:
    data, kind = TAKEN[name]
    messages = with_parts("what do you read", file(data, name))
    assert heard(relay.chat(messages=messages, stream=stream)).text
    [upload] = onemin.uploads
    assert upload.data == data
    assert upload.content_type.endswith(kind)
    [uuid] = prompt_object(onemin)["attachments"]["files"]
    assert len(uuid) == 36


def test_a_text_that_went_up_is_read(relay: ThreadedRelay) -> None:
    messages = with_parts("what do you read", file(b"The code is 4711.", "a.txt"))
    assert heard(relay.chat(messages=messages)).text == "The code is 4711."


@whole_and_streamed
@pytest.mark.parametrize("name", ["a.md", "a.py", "Makefile", "../a.md"])
def test_a_text_1min_ai_does_not_take_goes_into_the_message(
    relay: ThreadedRelay, onemin: Simulator, name: str, *, stream: bool
) -> None:
    source = "# Tïtle\n\n\treturn 1  \n"
    messages = with_parts("Explain.", file(source.encode(), name))
    assert heard(relay.chat(messages=messages, stream=stream)).text
    assert not onemin.uploads
    prompt = prompt_object(onemin)["prompt"]
    assert prompt.startswith("Explain.")
    assert source in prompt
    assert "../" not in prompt


def test_a_text_that_was_refused_after_all_goes_into_the_message(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_assets(refusal(400, "UNSUPPORTED_FILE_TYPE", "Unsupported file type"))
    messages = with_parts("Explain.", file(b"some words", "a.txt"))
    assert heard(relay.chat(messages=messages)).text
    assert "some words" in prompt_object(onemin)["prompt"]
    assert "attachments" not in prompt_object(onemin)


def test_documents_of_every_turn_go_along_and_each_goes_up_once(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    messages = with_parts("First.", file(PDF, "a.pdf"))
    for _ in range(3):
        heard(relay.chat(messages=messages))
        messages += [
            {"role": "assistant", "content": "Yes."},
            *with_parts("And this?", file(DOCX, "b.docx")),
        ]
    assert [upload.data for upload in onemin.uploads] == [PDF, DOCX]
    assert len(prompt_object(onemin)["attachments"]["files"]) == 2


def test_a_document_on_the_web_is_fetched(
    relay_with: RelayFactory, onemin: Simulator, stranger: Stranger
) -> None:
    stranger.pages["/a.pdf"] = page(PDF)
    relay = relay_with(fetch_allow_networks="127.0.0.0/8")
    part = {"type": "file", "file": {"file_url": f"{stranger.url}/a.pdf"}}
    assert heard(relay.chat(messages=with_parts("Explain.", part))).text
    assert [upload.data for upload in onemin.uploads] == [PDF]


# By their ids


def kept(relay: ThreadedRelay, name: str, data: bytes, key: str = KEY) -> str:
    """Its id."""
    headers = {"Authorization": f"Bearer {key}"}
    form = {"files": {"file": (name, data)}, "data": {"purpose": "user_data"}}
    reply = relay.post("/v1/files", None, headers=headers, **form)
    return str(reply.json()["id"])


def by_id(id: str, kind: str = "file") -> dict[str, Any]:
    return {"type": kind, kind: {"file_id": id}}


@whole_and_streamed
def test_a_kept_text_is_read(relay: ThreadedRelay, *, stream: bool) -> None:
    id = kept(relay, "notes.txt", b"The code is 4711.")
    messages = with_parts("what do you read", by_id(id))
    assert heard(relay.chat(messages=messages, stream=stream)).text == "The code is 4711."


def test_kept_files_of_every_kind_go_along(relay: ThreadedRelay, onemin: Simulator) -> None:
    """What they are is told by their bytes."""
    document, picture = kept(relay, "a.png", PDF), kept(relay, "a", png())
    source = kept(relay, "a.py", b"return 1")
    parts = by_id(document), by_id(picture, "image_file"), by_id(source)
    assert heard(relay.chat(messages=with_parts("what do you see", *parts))).text
    assert {upload.data for upload in onemin.uploads} == {PDF, png()}
    told = prompt_object(onemin)
    assert len(told["attachments"]["files"]) == len(told["attachments"]["images"]) == 1
    assert "--- attached file: a.py ---\nreturn 1" in told["prompt"]


def test_a_kept_file_goes_up_once(relay: ThreadedRelay, onemin: Simulator) -> None:
    part = by_id(kept(relay, "a.pdf", PDF))
    for again in (part, part, file(PDF, "a.pdf")):
        heard(relay.chat(messages=with_parts("Explain.", again)))
    assert len(onemin.uploads) == 1


def test_a_deleted_file_was_never_sent(relay: ThreadedRelay, onemin: Simulator) -> None:
    """As far as the relay remembers: if it comes again, it goes up again."""
    for _ in range(2):
        id = kept(relay, "a.pdf", PDF)
        heard(relay.chat(messages=with_parts("Explain.", by_id(id))))
        relay.session.delete(f"{relay.url}/v1/files/{id}", headers=HEADERS, timeout=30)
    assert len(onemin.uploads) == 2


@pytest.mark.fault(72)
@pytest.mark.parametrize("whose", ["another's", "deleted"])
def test_a_file_that_is_not_the_callers_is_not_found_where_it_stands(
    relay: ThreadedRelay, onemin: Simulator, whose: str
) -> None:
    id = kept(relay, "a.pdf", PDF, KEY if whose == "deleted" else "another-callers-key")
    if whose == "deleted":
        relay.session.delete(f"{relay.url}/v1/files/{id}", headers=HEADERS, timeout=30)
    reply = relay.chat(messages=with_parts("Explain.", by_id(id)))
    assert refused(reply) == (404, "not_found", PLACE)
    assert not onemin.chats
    assert not onemin.uploads


def test_a_kept_file_of_another_kind_is_refused_where_it_stands(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    part = by_id(kept(relay, "a.png", PDF), "image_file")
    place = "messages[0].content[1].image_file"
    reply = relay.chat(messages=with_parts("Look.", part))
    assert refused(reply) == (400, "unsupported_file", place)
    assert not onemin.chats


PLACE = "messages[0].content[1].file"


@whole_and_streamed
def test_a_file_id_nobody_gave_out_is_not_found(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    part = {"type": "file", "file": {"file_id": "file-1"}}
    reply = relay.chat(messages=with_parts("Explain.", part), stream=stream)
    assert refused(reply) == (404, "not_found", PLACE)
    assert not onemin.chats


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (bytes(range(256)), 400, "unsupported_file"),
        (png(), 400, "unsupported_file"),
        (b"PK\x03\x04" + bytes(50), 400, "unsupported_file"),
        (PDF + bytes(2**20), 413, "file_too_large"),
    ],
    ids=["bytes", "a picture", "an archive", "too large"],
)
def test_what_is_no_document_is_refused_where_it_stands(
    relay_with: RelayFactory, onemin: Simulator, data: bytes, status: int, code: str
) -> None:
    relay = relay_with(max_file_mb=1)
    reply = relay.chat(messages=with_parts("Explain.", file(data, "a.pdf")))
    assert refused(reply) == (status, code, PLACE)
    assert not onemin.chats


def test_a_secret_file_name_stays_out_of_errors(relay: ThreadedRelay) -> None:
    reply = relay.chat(messages=with_parts("Explain.", file(b"\0", "SECRET.pdf")))
    assert reply.status_code == 400
    assert "SECRET" not in reply.text


# Recordings


@whole_and_streamed
def test_a_recording_is_written_down_before_the_model_is_asked(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    messages = with_parts("Translate.", recording(wav("Guten Morgen")))
    assert heard(relay.chat(messages=messages, stream=stream)).text
    [feature] = onemin.features
    assert (feature.json["type"], feature.json["model"]) == ("SPEECH_TO_TEXT", "whisper-1")
    assert prompt_object(onemin)["prompt"] == "Translate.\nGuten Morgen"
    assert "attachments" not in prompt_object(onemin)


def test_a_recording_alone_is_what_was_said(relay: ThreadedRelay, onemin: Simulator) -> None:
    messages = [{"role": "user", "content": [recording(wav("say exactly: yes"))]}]
    assert heard(relay.chat(messages=messages)).text == "yes"


def test_a_recording_is_written_down_once_however_often_it_is_sent(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    messages = with_parts("Translate.", recording(wav("Guten Morgen")))
    for _ in range(3):
        heard(relay.chat(messages=messages))
        messages += [{"role": "assistant", "content": "Yes."}, *with_parts("Again.")]
    assert len(onemin.uploads) == len(onemin.features) == 1


def test_the_operator_chooses_who_listens(relay_with: RelayFactory, onemin: Simulator) -> None:
    relay = relay_with(default_transcription_model="gpt-4o-transcribe")
    heard(relay.chat(messages=with_parts("Translate.", recording(MP3, "mp3"))))
    assert onemin.features[-1].json["model"] == "gpt-4o-transcribe"


def test_a_recording_that_cannot_be_written_down_is_an_error(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_features(refusal(500, "INTERNAL_SERVER_ERROR", "Oh"))
    reply = relay.chat(messages=with_parts("Translate.", recording(wav("a"))))
    assert refused(reply)[:2] == (502, "upstream_error")
    assert not onemin.chats


def test_what_is_no_recording_is_refused_where_it_stands(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    reply = relay.chat(messages=with_parts("Translate.", recording(png())))
    place = "messages[0].content[1].input_audio"
    assert refused(reply) == (400, "unsupported_file", place)
    assert not onemin.chats
