"""Transcriptions and translations; the official openai package judges."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from openai import OpenAI
from openai.types.audio import TranscriptionTextDoneEvent, TranscriptionVerbose

from simulator.replies import Reply, refusal
from simulator.server import Simulator
from tests.eventual import eventually
from tests.raw import connected
from tests.routes.heard import refusal as refused
from tests.samples import PDF, wav
from tests.serving import HEADERS, ProcessRelay

SOUNDS = Path(__file__).parent.parent.parent / "sounds"
SAID = "This is what was said."
BUSY = refusal(503, "UNKNOWN_ERROR", "busy")


def sent(
    relay: ProcessRelay, what: str = "transcriptions", file: bytes | None = None, **form: str
) -> requests.Response:
    """Under a name and a type that are wrong."""
    files = {"file": ("a.pdf", file if file is not None else wav(), "image/png")}
    return relay.post(f"/v1/audio/{what}", None, files=files, data=form)


@pytest.mark.parametrize("form", ["json", "text", "srt", "vtt", "verbose_json"])
def test_the_sdk_reads_every_form(client: OpenAI, form: Any) -> None:
    heard = client.audio.transcriptions.create(
        model="whisper-1", file=("x", wav("One. Two.")), response_format=form
    )
    match form:
        case "json":
            assert heard.text == "One. Two."
        case "text":
            assert heard == "One. Two.\n"
        case "srt":
            assert "00:00:01,000 --> 00:00:02,000\nTwo." in heard
        case "vtt":
            assert "00:00:01.000 --> 00:00:02.000\nTwo." in heard
        case "verbose_json":
            assert [s.end for s in heard.segments] == [1, 2]
            assert heard.duration == pytest.approx(len(wav("One. Two.")[44:]) / 16000, abs=0.01)


def test_what_real_tools_record_goes_in(client: OpenAI, sim: Simulator) -> None:
    def heard(path: Path) -> TranscriptionVerbose:
        with path.open("rb") as file:
            return client.audio.transcriptions.create(
                model="latest_long", file=file, response_format="verbose_json",
                language="de", timestamp_granularities=["segment"],
            )  # fmt: skip

    paths = [path for path in SOUNDS.iterdir() if path.suffix != ".md"]
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = dict(zip(paths, pool.map(heard, paths), strict=True))
    assert {upload.data for upload in sim.uploads} >= {path.read_bytes() for path in paths}
    assert sim.features[-1].json["promptObject"]["language"] == "de-DE"
    for path, answer in answers.items():
        assert 0.6 < answer.duration < 1.2, path.name
        assert answer.language == "german"
        assert answer.segments
        assert (answer.segments[0].start, answer.segments[-1].end) == (0, answer.duration)


def test_what_nobody_told_is_named(served: ProcessRelay) -> None:
    reply = sent(
        served,
        model="latest_long",
        response_format="vtt",
        prompt="Ann",
        chunking_strategy="auto",
    )
    assert reply.headers["Content-Type"].startswith("text/vtt")
    assert reply.headers["x-relay-estimated"] == "segments"
    assert reply.headers["x-relay-ignored"] == "chunking_strategy, prompt"


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe"])
def test_a_transcript_streams(client: OpenAI, model: str) -> None:
    *deltas, done = client.audio.transcriptions.create(
        model=model, file=("x", wav("One. Two.")), stream=True
    )
    assert isinstance(done, TranscriptionTextDoneEvent)
    assert [getattr(event, "delta", "") for event in deltas] == ["One.", " Two."]
    assert done.text == "One. Two."
    assert done.usage


def test_another_model_stands_in_where_the_operator_says_so(
    served: ProcessRelay, sim: Simulator
) -> None:
    sim.script_features(BUSY)
    reply = sent(served, model="gpt-4o-transcribe")
    assert reply.json()["text"] == SAID
    assert reply.headers["x-relay-fallback"] == "whisper-1"


@pytest.mark.parametrize(
    ("model", "replies", "status"),
    [
        ("gpt-4o-transcribe", [BUSY, refusal(429, "RATE_LIMITED", "Slow down.")], 429),
        ("whisper-9", [BUSY], 502),
        ("gpt-4o-transcribe", [refusal(401, "UNAUTHORIZED", "No.")], 401),
    ],
)
def test_the_last_failure_is_told_where_no_model_answers(
    served: ProcessRelay, sim: Simulator, model: str, replies: list[Reply], status: int
) -> None:
    sim.script_features(*replies)
    assert sent(served, model=model).status_code == status


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ({"response_format": "srt"}, ("transcript.srt", b"1\n00:00:00,000 --> ")),
        ({"stream": "true"}, ("transcript.json", b'{"text":"Left alone.",')),
    ],
)
def test_a_paid_transcript_is_kept_for_who_has_left(
    served: ProcessRelay,
    client: OpenAI,
    sim: Simulator,
    form: dict[str, str],
    kept: tuple[str, bytes],
) -> None:
    number = len(sim.features)
    url, file = f"{served.url}/v1/audio/transcriptions", {"file": wav("Left alone.")}
    data = {"prompt": "[[scenario=processing]]", **form}
    request = requests.Request("POST", url, HEADERS, files=file, data=data).prepare()
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    assert isinstance(request.body, bytes)
    with connected(served.port) as leaving:
        start = f"POST {request.path_url} HTTP/1.1\r\nHost: relay\r\n{head}\r\n"
        leaving.sendall(start.encode() + request.body)
        sim.wait_for_features(number + 1)
    for _ in range(500):
        if found := [file for file in client.files.list() if file.filename == kept[0]]:
            break
    [one] = found
    assert one.purpose == "user_data"
    assert client.files.content(one.id).content.startswith(kept[1])
    client.files.delete(one.id)


def test_a_failure_before_the_first_word_of_a_stream_is_a_status(
    served: ProcessRelay, sim: Simulator
) -> None:
    sim.script_features(refusal(401, "UNAUTHORIZED", "No."))
    reply = sent(served, stream="true")
    assert refused(reply)[:2] == (401, "invalid_api_key")


@pytest.mark.parametrize(
    ("file", "form", "told"),
    [
        (b"", {}, (400, "empty_file", "file")),
        (PDF, {}, (400, "unsupported_file", "file")),
        (b"\0" * (2**20 + 1), {}, (413, "file_too_large", "file")),
        (b"\0" * (3 * 2**20), {}, (413, "request_too_large", None)),
        (None, {"model": "whisper-8"}, (404, "model_not_found", "model")),
        (None, {"model": "tts-1"}, (400, "model_not_supported", "model")),
        (None, {"timestamp_granularities[]": "word", "response_format": "verbose_json"},
         (400, None, "timestamp_granularities")),
        (None, {"url": "https://host/a.mp3"}, (400, None, "url")),
    ],
)  # fmt: skip
def test_a_transcription_that_cannot_be_is_refused_by_name(
    served: ProcessRelay, file: bytes | None, form: dict[str, str], told: object
) -> None:
    assert refused(sent(served, file=file, **form)) == told


@pytest.mark.parametrize("what", ["transcriptions", "translations"])
def test_a_body_without_a_recording_is_refused(served: ProcessRelay, what: str) -> None:
    reply = served.post(f"/v1/audio/{what}", {"model": "whisper-1"})
    assert refused(reply) == (400, None, "file")


def test_an_address_inside_the_relays_own_network_is_not_fetched(served: ProcessRelay) -> None:
    data = {"model": "whisper-1", "file_url": f"{served.url}/healthz"}
    reply = served.post("/v1/audio/transcriptions", None, data=data)
    assert refused(reply) == (400, "url_not_fetched", "file_url")


def test_no_sound_and_no_words_are_logged(
    served: ProcessRelay,
) -> None:
    sent(served, file=wav("A secret."), prompt="Another.")
    served.post("/v1/audio/speech", {"input": "A secret."})
    assert eventually(lambda: "/v1/audio/speech" in served.log.read_text())
    log = served.log.read_text()
    assert "secret" not in log
    assert "Another" not in log


# Translations


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
@pytest.mark.parametrize("form", ["json", "verbose_json"])
def test_the_sdk_reads_translations(client: OpenAI, sim: Simulator, form: Any) -> None:
    heard = client.audio.translations.create(
        model="whisper-1", file=("x", wav("One. Two.")), response_format=form
    )
    assert heard.text == "One. Two."
    assert sim.features[-1].json["type"] == "AUDIO_TRANSLATOR"
    assert getattr(heard, "language", "english") == "english"


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("gpt-4o-transcribe", (400, "model_not_supported", "model")),
        ("tts-1", (400, "model_not_supported", "model")),
        ("whisper-9", (404, "model_not_found", "model")),
    ],
)
def test_only_whisper_translates(served: ProcessRelay, model: str, told: object) -> None:
    assert refused(sent(served, "translations", model=model)) == told
