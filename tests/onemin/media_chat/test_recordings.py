from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulator.replies import whole
from simulator.server import Simulator
from tests import samples
from tests.onemin.attaching import CORRUPT, LARGEST
from tests.onemin.media_chat.asking import answer, chat, refused, said, sent, shown
from utils.domain.chat import Attachment, FileId, Inline, Link, Message, Usage
from utils.errors import InvalidRequest, NotFound, RelayError, TooLarge, UnsupportedFile
from utils.onemin.media.media_chat import MediaChat
from utils.tokens import counts


def recording(source: Inline | Link | FileId, kind: Any = "audio") -> Attachment:
    return Attachment(kind, source, "messages[0].content[1]")


WAV = Inline(data=samples.wav("Good morning."), name="a.mp3")


@pytest.mark.parametrize(
    "model", ["whisper-1", "latest_long", "qwen3-asr-flash", "gpt-4o-transcribe"]
)
def test_a_recording_is_uploaded_and_written_down(
    media: MediaChat, onemin: Simulator, model: str
) -> None:
    text, usage = answer(media, chat(model, said("", recording(WAV))))
    assert text == "Good morning."
    [upload] = onemin.uploads
    assert upload.data == WAV.data
    assert sent(onemin)["audioUrl"].endswith("a.wav")
    tokens = counts.count("Good morning.", model)
    assert usage == Usage(0, tokens, "estimated", None)


def test_several_recordings_are_written_down_one_by_one(
    media: MediaChat, onemin: Simulator
) -> None:
    second = Inline(data=samples.wav("Good night."))
    asked = said("Transcribe these.", recording(WAV), recording(second))
    text, usage = answer(media, chat("whisper-1", asked))
    assert text == "Good morning.\n\nGood night."
    assert len(onemin.features) == 2
    spoken = sum(counts.count(said, "whisper-1") for said in ("Good morning.", "Good night."))
    asked_for = counts.count("Transcribe these.", "whisper-1")
    assert (usage.input_tokens, usage.output_tokens) == (asked_for, spoken)


def test_a_recording_in_which_nothing_is_said_has_an_empty_text(
    media: MediaChat, onemin: Simulator
) -> None:
    detail: dict[str, Any] = {"resultObject": []}
    onemin.script_features(whole({"aiRecord": {"status": "SUCCESS", "aiRecordDetail": detail}}))
    assert answer(media, chat("whisper-1", said("", recording(WAV))))[0] == ""


@pytest.mark.parametrize(
    ("message", "url"),
    [
        (said("", recording(Link("https://host.example/a.mp3"))), "https://host.example/a.mp3"),
        (said("Please write down https://host.example/a.mp3."), "https://host.example/a.mp3"),
        (
            said("\U0001f50a [Audio.mp3](http://host.example/a?b=c)"),
            "http://host.example/a?b=c",
        ),
    ],
)
def test_a_linked_recording_is_left_to_1min_ai_to_fetch(
    media: MediaChat, onemin: Simulator, message: Message, url: str
) -> None:
    text, _ = answer(media, chat("whisper-1", message))
    assert text == "This is what was said."
    assert sent(onemin)["audioUrl"] == url
    assert not onemin.uploads


def test_speech_of_this_chat_is_a_recording_too(media: MediaChat, onemin: Simulator) -> None:
    spoken, _ = answer(media, chat("tts-1", said("Hello!")))
    answer(media, chat("whisper-1", said(spoken)))
    path = shown(spoken)[0].removeprefix(f"{onemin.asset_url}/")
    assert sent(onemin)["audioUrl"] == path


def test_an_upload_refused_as_corrupt_is_tried_once_more(
    media: MediaChat, onemin: Simulator
) -> None:
    onemin.script_assets(CORRUPT)
    assert answer(media, chat("whisper-1", said("", recording(WAV))))[0] == "Good morning."


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (recording(Inline(data=samples.png())), UnsupportedFile),
        (recording(Inline(data=b"")), UnsupportedFile),
        (recording(Inline(data=samples.wav() + bytes(LARGEST))), TooLarge),
        (recording(FileId("file-0")), NotFound),
        (recording(FileId("file-1")), UnsupportedFile),  # it is a picture
        (recording(Link("file:///etc/passwd")), InvalidRequest),
        (recording(Link("https://host.example/a b")), InvalidRequest),
        (recording(WAV, "image"), InvalidRequest),
        (recording(WAV, "document"), InvalidRequest),
    ],
)
def test_what_is_no_recording_is_refused_by_its_place(
    media: MediaChat, onemin: Simulator, file: Attachment, kind: type[RelayError]
) -> None:
    error = refused(media, chat("whisper-1", said("", file)))
    assert (type(error), error.param) == (kind, "messages[0].content[1]")
    assert not onemin.calls


def test_there_may_be_only_so_many_recordings(media: MediaChat, onemin: Simulator) -> None:
    files = [replace(recording(WAV), place=str(at)) for at in range(6)]
    error = refused(media, chat("whisper-1", said("", *files)))
    assert (type(error), error.param) == (InvalidRequest, "5")
    assert not onemin.calls


@pytest.mark.parametrize("text", ["", "Write this down.", "ftp://host.example/a.mp3"])
def test_without_a_recording_there_is_nothing_to_hear(
    media: MediaChat, onemin: Simulator, text: str
) -> None:
    earlier = said("https://host.example/a.mp3", recording(WAV))
    error = refused(media, chat("whisper-1", earlier, said(text)))
    assert (type(error), error.param) == (InvalidRequest, "messages")
    assert not onemin.calls
