"""Speech and transcripts as the relay brings them about at 1min.ai."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from simulator.features import sounds as made
from simulator.replies import Cut, Hang, Pause, Reply, failure, html, refusal, whole
from simulator.server import Simulator
from tests.onemin.attaching import CORRUPT, KEY, UNSUPPORTED, Kept, Library, Page, Web, returned
from tests.paying import own
from tests.samples import PDF, wav
from utils.domain.chat import Inline, Link
from utils.domain.media import Recording, Speech
from utils.domain.spoken import Spoken
from utils.domain.transcripts import Listening, Segment, Transcript
from utils.errors import InvalidRequest, RelayError, TooLarge, UnsupportedFile, UpstreamFailed
from utils.onemin.client import Client
from utils.onemin.files.once import Once
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media.asset_host import AssetHost, AssetUrls
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.sounds import Sounds
from utils.origin import Origin, Timeouts

SAID = Path(__file__).parent.parent / "sounds" / "said.wav"
LARGEST = 16_000


@pytest.fixture
def sounds(client: Client, onemin: Simulator, web: Web) -> Iterator[Sounds]:
    timeouts = Timeouts(connect=2, first_byte=1, idle=1, total=5)
    origin = Origin(onemin.asset_url, name="1min.ai", timeouts=timeouts, size=2)
    with closing(AssetHost(AssetUrls(onemin.asset_url), origin)) as host:
        yield Sounds(
            Deferred(client, patience=10, pause=0.01),
            host,
            sources=Sources(web, Library(), 2 * LARGEST),
            uploads=Uploads(client, Once(Kept())),
            largest=LARGEST,
        )


def spoken(sounds: Sounds, model: str = "tts-1", **fields: Any) -> Spoken:
    asked = Speech(**{"text": "Good morning.", "model": model, **fields})
    return returned(sounds.speech(asked, own(KEY)))


def whole_of(speech: Spoken) -> bytes:
    with closing(speech):
        return b"".join(speech.pieces)


def heard(
    sounds: Sounds, source: Inline | Link | None = None, model: str = "whisper-1", **how: Any
) -> Transcript:
    source = source or Inline(data=SAID.read_bytes(), name="../said.mp3")
    recording = Recording(audio="", model=model, **how)
    return returned(sounds.transcript(Listening(source, "there", recording), own(KEY)))


# Speech


def test_the_text_is_spoken_as_it_is(sounds: Sounds, onemin: Simulator) -> None:
    for model in ("tts-1", "qwen3-tts-flash"):
        spoken(sounds, model, text=" Good\nmorning. ").close()
        assert onemin.features[-1].json["promptObject"]["text"] == " Good\nmorning. "


@pytest.mark.parametrize("form", ["mp3", "wav", "pcm", "flac", "aac", "opus"])
def test_speech_is_brought_from_the_asset_host(
    sounds: Sounds, onemin: Simulator, form: str
) -> None:
    speech = spoken(sounds, format=form)
    data = whole_of(speech)
    assert data == made.sound(form, 0.1)
    assert (speech.format, speech.size, speech.ignored) == (form, len(data), ())
    assert speech.usage.source == "estimated"
    [call] = onemin.features
    assert call.json["async"] is True


def test_the_wav_of_qwen_is_mended(sounds: Sounds) -> None:
    speech = spoken(sounds, "qwen3-tts-flash", voice="alloy", speed=2)
    with wave.open(io.BytesIO(whole_of(speech))) as file:
        assert file.getnframes() == 2400
    assert (speech.format, speech.ignored) == ("wav", ("voice", "speed"))


def test_what_is_too_long_for_one_call_is_joined(sounds: Sounds, onemin: Simulator) -> None:
    text = " ".join(f"This is sentence number {number}." for number in range(60))
    speech = spoken(sounds, "qwen3-tts-flash", text=text)
    data = whole_of(speech)
    texts = [call.json["promptObject"]["text"] for call in onemin.features]
    assert len(texts) == 3
    assert max(map(len, texts)) <= 600
    assert " ".join(sorted(texts, key=text.index)) == text
    assert speech.size == len(data)
    with wave.open(io.BytesIO(data)) as file:
        assert file.getnframes() == sum(round(len(text) * 0.005 * 24_000) for text in texts)
        assert len(file.readframes(10**6)) == 2 * file.getnframes()


@pytest.mark.parametrize(
    "replies",
    [
        [made.streamed_wav(1), made.streamed_wav(1).replace(b"\xc0\x5d", b"\x40\x1f", 1)],
        [made.streamed_wav(1), made.wav(1) + b"LIST\4\0\0\0note"],
        [made.streamed_wav(1), made.sound("mp3", 1)],
    ],
)
def test_sounds_that_do_not_fit_together_are_a_failure(
    sounds: Sounds, onemin: Simulator, replies: list[bytes]
) -> None:
    onemin.script_downloads(*[Reply(body=(reply,)) for reply in replies])
    with pytest.raises(UpstreamFailed, match=r"do not fit together|is not wav") as raised:
        spoken(sounds, "qwen3-tts-flash", text="One. " * 200)
    assert raised.value.message.count(onemin.asset_url) == 2


def test_a_length_nobody_tells_is_not_made_up(sounds: Sounds, onemin: Simulator) -> None:
    head = made.streamed_wav(0.1)
    onemin.script_downloads(Reply(body=(head[:20], Pause(0.01), head[20:]), framing="chunked"))
    speech = spoken(sounds, format="wav")
    assert whole_of(speech) == head
    assert speech.size is None


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(body=(b"<?xml version='1.0'?><Error/>",)), "not mp3"),
        (Reply(body=(made.wav(0.1),)), "not mp3"),
        (Reply(body=(b"",)), "not mp3"),
        (Reply(404, body=(b"<Error/>",)), "HTTP 404"),
        (html(200), "a page"),
        (Reply(body=(Cut(),)), "1min.ai"),
    ],
)
def test_what_is_no_such_sound_is_a_failure_that_tells_where_it_is(
    sounds: Sounds, onemin: Simulator, reply: Reply, message: str
) -> None:
    onemin.script_downloads(reply)
    with pytest.raises(UpstreamFailed, match=message) as raised:
        spoken(sounds)
    assert f" The sound is at: {onemin.asset_url}/audios/" in raised.value.message


def test_a_sound_that_breaks_off_is_not_whole(sounds: Sounds, onemin: Simulator) -> None:
    onemin.script_downloads(Reply(body=(made.sound("mp3", 1), Cut(), b"x")))
    speech = spoken(sounds)
    with pytest.raises(UpstreamFailed), closing(speech):
        b"".join(speech.pieces)


def test_closing_a_sound_hangs_up(sounds: Sounds, onemin: Simulator) -> None:
    onemin.script_downloads(Reply(body=(made.sound("mp3", 1), Hang()), framing="chunked"))
    spoken(sounds).close()
    assert onemin.calls[-1].hung_up.wait(5)


@pytest.mark.parametrize(
    ("model", "fields", "param"),
    [
        ("tts-1", {"voice": "nobody"}, "voice"),
        ("tts-1", {"speed": 9}, "speed"),
        ("tts-1", {"text": "x" * 5000}, "input"),
        ("tts-1", {"format": "midi"}, "response_format"),
        ("google-tts", {"format": "flac"}, "response_format"),
        ("qwen3-tts-flash", {"format": "mp3"}, "response_format"),
    ],
)
def test_a_refusal_names_what_the_client_sent(
    sounds: Sounds, model: str, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        spoken(sounds, model, **fields)
    assert raised.value.param == param


def test_a_failure_in_the_record_is_raised(sounds: Sounds, onemin: Simulator) -> None:
    onemin.script_features(failure("PROVIDER_ERROR", "the provider is down"))
    with pytest.raises(RelayError):
        spoken(sounds)


# Transcripts


def test_a_recording_is_written_down(sounds: Sounds, onemin: Simulator) -> None:
    transcript = heard(sounds, language="en-GB", prompt="Ann", temperature=0.5)
    assert transcript.text == "This is what was said."
    assert (transcript.duration.seconds, transcript.segments) == (0.953, None)
    assert (transcript.language, transcript.ignored) == ("en", ())
    told = onemin.features[0].json
    assert (told["type"], told["async"]) == ("SPEECH_TO_TEXT", True)
    path = told["promptObject"].pop("audioUrl")
    assert path.endswith("_said.wav"), "named by its bytes, without the folders"
    assert told["promptObject"] == {
        "response_format": "text",
        "language": "en",
        "prompt": "Ann",
        "temperature": 0.5,
    }


def test_whisper_tells_when_something_was_said(sounds: Sounds) -> None:
    transcript = heard(sounds, Inline(data=wav("One. Two.")), timed=True)
    assert transcript.text == "One. Two."
    assert transcript.segments == [Segment(0, 1, "One."), Segment(1, 2, "Two.")]


def test_words_where_times_were_asked_are_words(sounds: Sounds, onemin: Simulator) -> None:
    onemin.script_features(whole({"aiRecord": {"aiRecordDetail": {"resultObject": "One."}}}))
    transcript = heard(sounds, timed=True)
    assert (transcript.text, transcript.segments) == ("One.", None)


def test_subtitles_that_somebody_reads_out_stay_words(sounds: Sounds) -> None:
    said = "1\n00:00:00,000 --> 00:00:01,000\nA"
    assert heard(sounds, Inline(data=wav(said))).text == said


def test_another_language_is_translated(sounds: Sounds, onemin: Simulator) -> None:
    transcript = heard(sounds, translated=True, language="de")
    told = onemin.features[0].json
    assert (told["type"], told["model"]) == ("AUDIO_TRANSLATOR", "whisper-1")
    assert transcript.language == "en"


@pytest.mark.parametrize(
    ("model", "language", "ignored"),
    [
        ("latest_long", "de-DE", ("prompt", "temperature")),
        ("gpt-4o-transcribe", "de", ("temperature",)),
        ("qwen3-asr-flash", "de", ("prompt", "temperature")),
        ("elevenlabs-speech-to-text", "", ("language", "prompt", "temperature")),
    ],
)
def test_what_a_model_has_no_use_for_is_named(
    sounds: Sounds, model: str, language: str, ignored: tuple[str, ...]
) -> None:
    told = heard(sounds, model=model, language="de", prompt="Ann", temperature=0.5)
    assert (told.language, told.ignored) == (language, ignored)


def test_silence_is_an_empty_text(sounds: Sounds, onemin: Simulator) -> None:
    onemin.script_features(whole({"aiRecord": {"aiRecordDetail": {"resultObject": []}}}))
    assert heard(sounds, timed=True).text == ""


def test_a_recording_that_is_refused_as_corrupt_is_sent_again(
    sounds: Sounds, onemin: Simulator
) -> None:
    onemin.script_assets(CORRUPT)
    assert heard(sounds).text
    assert len(onemin.uploads) == 2


def test_a_recording_can_be_fetched(sounds: Sounds, web: Web) -> None:
    web.pages["https://host/a.pdf"] = Page(wav("From afar."), "a.pdf")
    assert heard(sounds, Link("https://host/a.pdf")).text == "From afar."


def test_one_that_1min_keeps_is_not_fetched_by_its_address(
    sounds: Sounds, web: Web, onemin: Simulator
) -> None:
    speech = spoken(sounds)
    speech.close()
    url = f"{onemin.asset_url}{onemin.calls[-1].path.removeprefix('/asset-host')}"
    assert heard(sounds, Link(url)).duration.measured
    assert not web.fetched


@pytest.mark.parametrize(
    ("data", "refused"),
    [(b"", UnsupportedFile), (PDF, UnsupportedFile), (wav("x" * LARGEST), TooLarge)],
)
def test_what_is_no_recording_is_refused_where_it_is(
    sounds: Sounds, onemin: Simulator, data: bytes, refused: type[RelayError]
) -> None:
    with pytest.raises(refused) as raised:
        heard(sounds, Inline(data=data, name="a.wav"))
    assert raised.value.param == "there"
    assert not onemin.calls


def test_a_refusal_of_the_file_or_a_field_names_it(sounds: Sounds, onemin: Simulator) -> None:
    onemin.script_assets(UNSUPPORTED)
    with pytest.raises(UnsupportedFile) as raised:
        heard(sounds)
    assert raised.value.param == "there"
    onemin.script_features(refusal(400, "MISSING_REQUIRED_FIELDS", "language: is required"))
    with pytest.raises(InvalidRequest) as named:
        heard(sounds)
    assert named.value.param == "language"
    with pytest.raises(InvalidRequest) as guessed:
        heard(sounds, temperature=3)
    assert guessed.value.param == "temperature"


def test_leaving_while_a_recording_is_heard_hangs_up(sounds: Sounds, onemin: Simulator) -> None:
    onemin.script_features(Reply(body=(Hang(),)))
    recording = Recording(audio="", model="whisper-1")
    wait = sounds.transcript(Listening(Inline(data=wav()), "file", recording), own(KEY))
    while not onemin.features:
        next(wait)
    wait.close()
    assert onemin.features[0].hung_up.wait(5)
