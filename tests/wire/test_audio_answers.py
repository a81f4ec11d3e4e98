"""How /v1/audio answers."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import orjson
import pytest

from utils.domain.chat import Usage
from utils.domain.sound_files.duration import Duration
from utils.domain.transcripts import Segment, Transcript
from utils.errors import UpstreamFailed
from utils.wire.audio import speech, transcripts
from utils.wire.audio.listening import Transcription, Translation

USAGE = Usage(3, 4)
TOLD = Transcript(
    text="One. Two.",
    duration=Duration(2.2, measured=True),
    usage=USAGE,
    segments=[Segment(0, 1, "One."), Segment(1, 2, "Two.")],
    language="de-DE",
)
GUESSED = Transcript(text="One. Two.", duration=Duration(9, measured=False), usage=USAGE)
SILENT = Transcript(text="", duration=Duration(9, measured=True), usage=USAGE)
UNTOLD = ("seek", "avg_logprob", "no_speech_prob", "tokens")


def asked(form: str) -> Transcription:
    return Transcription.read({"response_format": [form]})


@pytest.mark.parametrize(
    ("form", "heard", "body", "kind", "estimated"),
    [
        ("text", TOLD, "One. Two.\n", "text/plain", ()),
        ("srt", TOLD, "1\n00:00:00,000 --> 00:00:01,000\nOne.\n\n"
         "2\n00:00:01,000 --> 00:00:02,000\nTwo.\n\n", "text/plain", ()),
        ("vtt", GUESSED, "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nOne.\n\n"
         "00:00:04.000 --> 00:00:09.000\nTwo.\n\n", "text/vtt", ("segments",)),
        ("srt", SILENT, "", "text/plain", ()),
        ("vtt", SILENT, "WEBVTT\n\n", "text/vtt", ()),
    ],
)  # fmt: skip
def test_forms_that_are_text(
    form: str, heard: Transcript, body: str, kind: str, estimated: tuple[str, ...]
) -> None:
    encoded = transcripts.encode(asked(form), heard)
    assert encoded == transcripts.Encoded(body.encode(), kind, estimated)


def test_json_tells_what_was_heard_and_how_long_it_was() -> None:
    encoded = transcripts.encode(asked("json"), TOLD)
    usage = {"type": "duration", "seconds": 3}
    assert orjson.loads(encoded.body) == {"text": "One. Two.", "usage": usage}
    assert orjson.loads(transcripts.encode(Translation(), TOLD).body) == {"text": "One. Two."}


@pytest.mark.parametrize(
    ("heard", "language", "ends", "estimated"),
    [
        (TOLD, "german", [1, 2], UNTOLD),
        (GUESSED, "unknown", [4, 9], ("duration", "language", "segments", *UNTOLD)),
        (SILENT, "unknown", [], ("language",)),
    ],
)
def test_verbose_json_says_what_of_it_is_a_guess(
    heard: Transcript, language: str, ends: list[float], estimated: tuple[str, ...]
) -> None:
    encoded = transcripts.encode(asked("verbose_json"), heard)
    body = orjson.loads(encoded.body)
    assert (body["task"], body["language"]) == ("transcribe", language)
    assert (body["duration"], body["text"]) == (heard.duration.seconds, heard.text)
    assert [segment["end"] for segment in body["segments"]] == ends
    assert encoded.estimated == estimated


def test_sound_is_told_in_pieces_of_whole_letters() -> None:
    frames = [*speech.frames([b"", b"a", b"bcdef", b"g"], USAGE)]
    events = [orjson.loads(frame.removeprefix(b"data: ")) for frame in frames]
    assert [event["type"].rpartition(".")[2] for event in events] == ["delta"] * 2 + ["done"]
    assert base64.b64decode("".join(event["audio"] for event in events[:-1])) == b"abcdefg"
    told = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    assert events[-1]["usage"] == told


def test_a_sound_that_breaks_off_ends_with_an_error() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"abc"
        raise UpstreamFailed("gone")

    frames = [*speech.frames(pieces(), USAGE)]
    assert b'"delta"' not in frames[-1]
    assert orjson.loads(frames[-1][6:])["error"]["message"] == "gone"
    assert not any(b"done" in frame for frame in frames)


def test_a_transcript_is_told_by_the_sentence_and_then_all_of_it() -> None:
    *deltas, done = (orjson.loads(frame[6:]) for frame in transcripts.frames(TOLD))
    assert deltas == [
        {"type": "transcript.text.delta", "delta": text} for text in ("One.", " Two.")
    ]
    usage = {"type": "tokens", "input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    assert done == {"type": "transcript.text.done", "text": "One. Two.", "usage": usage}
