from __future__ import annotations

import pytest

from simulator.replies import Reply
from simulator.server import Simulator
from tests.onemin.media_chat.asking import (
    answer,
    batches,
    chat,
    downloaded,
    refused,
    said,
    sent,
    shown,
)
from utils.domain.chat import Finish, Usage
from utils.domain.media import AudioFormat, Sound
from utils.errors import InvalidRequest, UpstreamFailed
from utils.onemin.media.media_chat import MediaChat
from utils.tokens import counts


@pytest.mark.parametrize("model", ["tts-1", "tts-1-hd", "google-tts", "elevenlabs-tts"])
def test_a_speech_model_says_the_last_user_message(
    media: MediaChat, onemin: Simulator, model: str
) -> None:
    text, usage = answer(media, chat(model, said("Not this."), said("Hello, Ann!")))
    [url] = shown(text)
    assert text == f"\U0001f50a [Audio.mp3]({url})"
    assert downloaded(onemin, url).startswith(b"\xff\xfb")
    assert sent(onemin)["text"] == "Hello, Ann!"
    assert usage == Usage(counts.count("Hello, Ann!", model), 0, "estimated", None)


def test_a_link_names_the_format_that_it_is(media: MediaChat) -> None:
    text, _ = answer(media, chat("qwen3-tts-flash", said("Hello!")))
    assert text.startswith("\U0001f50a [Audio.wav](")


def test_nothing_to_say_is_refused(media: MediaChat, onemin: Simulator) -> None:
    error = refused(media, chat("tts-1", said("  ")))
    assert (type(error), error.param) == (InvalidRequest, "messages")
    assert not onemin.features


def test_speech_that_was_asked_for_as_sound_is_sound(
    media: MediaChat, onemin: Simulator
) -> None:
    asked = chat("tts-1", said("Hello!"), audio=AudioFormat("nova", "wav"))
    [sound, finish] = batches(media, asked)[-1]
    assert isinstance(sound, Sound)
    assert (sound.format, sound.transcript) == ("wav", "Hello!")
    assert sound.data.startswith(b"RIFF")
    assert isinstance(finish, Finish)
    assert (sent(onemin)["voice"], sent(onemin)["response_format"]) == ("nova", "wav")


def test_sound_that_cannot_be_fetched_is_a_failure(media: MediaChat, onemin: Simulator) -> None:
    onemin.script_downloads(Reply(404))
    error = refused(media, chat("tts-1", said("Hello!"), audio=AudioFormat()))
    assert isinstance(error, UpstreamFailed)
