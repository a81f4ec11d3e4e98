"""Speech and transcripts asked for by themselves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Generic, TypeVar

from flask import Response, request

from utils import hubs
from utils.domain.aliases import followed
from utils.domain.callers import Caller
from utils.domain.chat import Inline, Usage
from utils.domain.sound_files import kinds
from utils.domain.spoken import Spoken
from utils.domain.stored_files import NewFile
from utils.domain.transcripts import Transcript
from utils.errors import InvalidRequest, ModelNotFound, RelayError
from utils.waiting import Waiting
from utils.web.admission.access import caller
from utils.web.calls import downloads
from utils.web.calls.calls import call
from utils.web.calls.downloads import handed_on
from utils.web.calls.work import attended, finished, streamed
from utils.web.chat.course import MENDABLE
from utils.web.http.notes import usage_headers
from utils.web.http.reply import event_stream
from utils.web.http.request import body
from utils.web.http.uploads import upload
from utils.web.media.media_models import LISTEN, SPEAK, Need, chosen
from utils.web.media.recording import IN_MEMORY, Recording
from utils.web.services.services import Services, services
from utils.wire.audio import speech, transcripts
from utils.wire.audio.listening import Transcription, Translation
from utils.wire.audio.speech import SpeechRequest
from utils.wire.openai_chunks import error_frame

log = logging.getLogger(__name__)

T = TypeVar("T")

TRANSLATOR = "whisper-1"  # how the others want to be asked is not known (onemin-api.md 10.3)


_SUFFIXES = {"text": "txt", "verbose_json": "json"}


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a model came to; if `instead`, in place of the one that was asked."""

    value: T
    model: str
    instead: bool


Heard = Answer[Transcript]


def spoken() -> Response:
    """It is paid for, so it is kept as a file if its client leaves."""
    who, relay, made = caller(), services(), call()
    asked = SpeechRequest.parse(body())

    def speak(model: str) -> Waiting[Spoken]:
        made.charge_media(model)
        return made.booked(relay.upstream.speech(asked.to_speech(model), who.payer), _usage)

    names = _named(asked.model or relay.config.default_speech_model, relay)
    work = _of_first(names, SPEAK, speak, relay, made.refusal)
    answer = finished(work, partial(_kept_speech, relay=relay, who=who))
    sound = answer.value
    keep = partial(_keep_speech, format=sound.format, relay=relay, who=who)
    response = _sounding(asked, sound, Recording(sound, keep, relay.shutdown))
    _tell(response, answer, answer.value.usage, [*asked.ignored, *answer.value.ignored])
    return response


def transcribed() -> Response:
    who, relay = caller(), services()
    asked = Transcription.read(request.form.to_dict(flat=False))
    names = _named(asked.model or relay.config.default_transcription_model, relay)
    return _heard(asked, names, who)


def translated() -> Response:
    who, relay = caller(), services()
    asked = Translation.read(request.form.to_dict(flat=False))
    model = chosen(asked.model or TRANSLATOR, LISTEN, relay)
    if model != TRANSLATOR:
        raise InvalidRequest(
            f"The model {model!r} does not translate recordings; {TRANSLATOR!r} does.",
            param="model",
            code="model_not_supported",
        )
    return _heard(asked, [model], who)


def _sounding(asked: SpeechRequest, sound: Spoken, recording: Recording) -> Response:
    """As it arrives."""
    if asked.stream_format != "sse":
        return handed_on(recording, kinds.MEDIA_TYPES[sound.format])
    response = event_stream(speech.frames(downloads.attended(recording), sound.usage))
    response.call_on_close(recording.close)
    return response


def _heard(asked: Translation, names: Sequence[str], who: Caller) -> Response:
    """Kept as speech is, if its client leaves before it is there."""
    relay, made = services(), call()
    file = _file(relay)
    asked.to_listening(file, names[0])  # raises what is wrong, whoever is asked

    def listen(model: str) -> Waiting[Transcript]:
        made.charge_media(model)
        work = relay.upstream.transcript(asked.to_listening(file, model), who.payer)
        return made.booked(work, _usage)

    work = _of_first(names, LISTEN, listen, relay, made.refusal)
    keep = partial(_kept_transcript, asked=asked, relay=relay, who=who)
    if isinstance(asked, Transcription) and asked.stream:
        return _streamed(work, asked, keep)
    answer = finished(work, keep)
    encoded = transcripts.encode(asked, answer.value)
    response = Response(encoded.body, mimetype=encoded.media_type)
    _tell(response, answer, answer.value.usage, [*asked.ignored, *answer.value.ignored])
    if encoded.estimated:
        response.headers["x-relay-estimated"] = ", ".join(encoded.estimated)
    return response


def _usage(made: Spoken | Transcript) -> Usage | None:
    return made.usage


def _streamed(
    work: Waiting[Heard], asked: Transcription, keep: Callable[[Heard], Waiting[None]]
) -> Response:
    """Who answers is told in the headers, unless they have to leave before it is known."""
    answers: list[Heard] = []
    attending = attended(_noted(work, answers), keep)
    response = streamed(attending, lambda heard: transcripts.frames(heard.value), error_frame)
    for answer in answers:
        _tell(response, answer, None, [*asked.ignored, *answer.value.ignored])
    return response


def _noted(work: Waiting[Heard], answers: list[Heard]) -> Waiting[Heard]:
    answer = yield from work
    answers.append(answer)
    return answer


def _file(relay: Services) -> Inline | None:
    if "file" not in request.files:
        return None
    given = upload("file", relay.config.max_audio_mb * 2**20)
    return Inline(data=given.stream.read(), name=given.filename or "")


def _named(name: str, relay: Services) -> list[str]:
    """Who is asked, and who after that."""
    followers = relay.fallbacks.get(name)
    if followers is None:
        followers = relay.fallbacks.get(followed(name, relay.catalog.at_hand(), relay.aliases))
    return [name, *(followers or ())]


def _of_first(
    names: Sequence[str],
    need: Need,
    ask: Callable[[str], Waiting[T]],
    relay: Services,
    failure: RelayError | None,
) -> Waiting[Answer[T]]:
    """The answer of the first that gives one. Raises what the last one raised that could be
    asked at all. `failure` is why the first of them cannot.
    """
    first = 1 if failure else 0
    for place, name in enumerate(names[first:], first):
        try:
            model = chosen(name, need, relay)
            return Answer((yield from ask(model)), model, instead=place > 0)
        except MENDABLE as error:
            if error.paid:
                raise
            if failure is None or not isinstance(error, ModelNotFound):
                failure = error
            log.warning("model %d of %d cannot answer: %s", place + 1, len(names), error.code)
    raise failure or ModelNotFound("No model is available.", param="model")


def _kept_speech(answer: Answer[Spoken], relay: Services, who: Caller) -> Waiting[None]:
    with closing(answer.value) as sound, SpooledTemporaryFile(IN_MEMORY) as file:
        for piece in sound.pieces:
            file.write(piece)
            yield
        file.seek(0)
        _keep_speech(file, sound.format, relay, who)


def _keep_speech(file: IO[bytes], format: str, relay: Services, who: Caller) -> None:
    new = NewFile(f"speech.{format}", "user_data")
    hubs.elsewhere(relay.files.add, file, new, who.owner)


def _kept_transcript(
    answer: Heard, asked: Translation, relay: Services, who: Caller
) -> Waiting[None]:
    """In the form that was asked for."""
    yield from ()
    form = asked.response_format
    name = f"transcript.{_SUFFIXES.get(form, form)}"
    body = transcripts.encode(asked, answer.value).body
    new = NewFile(name, "user_data")
    hubs.elsewhere(relay.files.add, BytesIO(body), new, who.owner)


def _tell(
    response: Response, answer: Answer[T], usage: Usage | None, ignored: Sequence[str]
) -> None:
    response.headers.update(usage_headers(usage))
    if answer.instead:
        response.headers["x-relay-fallback"] = answer.model
    if ignored:
        response.headers["x-relay-ignored"] = ", ".join(ignored)
