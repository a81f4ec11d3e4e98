"""Speech and transcripts asked for by themselves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Generic, TypeVar

from flask import Response, request

from utils.domain.aliases import followed
from utils.domain.chat import Batches, Finish, Inline, TextDelta, Usage
from utils.domain.owner import owner
from utils.domain.sound_files import kinds
from utils.domain.spoken import Spoken
from utils.domain.stored_files import NewFile
from utils.domain.transcripts import Transcript, sentences
from utils.errors import InvalidRequest, ModelNotFound, RelayError
from utils.waiting import Waiting, silence
from utils.web import downloads
from utils.web.answer import attended, committed
from utils.web.candidates import MENDABLE
from utils.web.downloads import handed_on
from utils.web.media_models import Need, chosen
from utils.web.notes import usage_headers
from utils.web.reply import event_stream
from utils.web.request import api_key, body, has_left
from utils.web.seats import seats
from utils.web.services import Services, services
from utils.web.uploads import upload
from utils.web.work import done, finished
from utils.wire.audio import speech, transcripts
from utils.wire.audio.listening import Transcription, Translation
from utils.wire.audio.speech import SpeechRequest

log = logging.getLogger(__name__)

T = TypeVar("T")

TRANSLATOR = "whisper-1"  # how the others want to be asked is not known (onemin-api.md 10.3)
IN_MEMORY = 2**20  # bytes of speech that is kept for who has left, before it goes to the disk
SPEAK = Need("speak", lambda model: model.speech)
LISTEN = Need("write down what is said", lambda model: model.transcription)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a model came to; if `instead`, in place of the one that was asked."""

    value: T
    model: str
    instead: bool


def spoken() -> Response:
    """Speech is paid for, so it is kept as a file if its client leaves before it has begun."""
    key, relay, asked = api_key(), services(), SpeechRequest.parse(body())

    def speak(model: str) -> Waiting[Spoken]:
        return relay.upstream.speech(asked.to_speech(model), key)

    names = _named(asked.model or relay.config.default_speech_model, relay)
    work = _of_first(names, SPEAK, speak, relay)
    answer = finished(work, partial(_kept, relay=relay, key=key))
    response = _sounding(asked, answer.value)
    _tell(response, answer, answer.value.usage, [*asked.ignored, *answer.value.ignored])
    return response


def transcribed() -> Response:
    key, relay = api_key(), services()
    asked = Transcription.read(request.form.to_dict(flat=False))
    names = _named(asked.model or relay.config.default_transcription_model, relay)
    return _heard(asked, names, key)


def translated() -> Response:
    key, relay = api_key(), services()
    asked = Translation.read(request.form.to_dict(flat=False))
    model = chosen(asked.model or TRANSLATOR, LISTEN, relay)
    if model != TRANSLATOR:
        raise InvalidRequest(
            f"The model {model!r} does not translate recordings; {TRANSLATOR!r} does.",
            param="model",
            code="model_not_supported",
        )
    return _heard(asked, [model], key)


def _sounding(asked: SpeechRequest, sound: Spoken) -> Response:
    """As it arrives."""
    if asked.stream_format != "sse":
        return handed_on(sound, kinds.MEDIA_TYPES[sound.format])
    response = event_stream(speech.frames(downloads.attended(sound), sound.usage))
    response.call_on_close(sound.close)
    return response


def _heard(asked: Translation, names: Sequence[str], key: str) -> Response:
    relay = services()
    file = _file(relay)
    asked.to_listening(file, names[0])  # raises what is wrong, whoever is asked

    def listen(model: str) -> Waiting[Transcript]:
        return relay.upstream.transcript(asked.to_listening(file, model), key)

    work = _of_first(names, LISTEN, listen, relay)
    if isinstance(asked, Transcription) and asked.stream:
        return _streamed(work, asked, relay)
    answer = done(work)
    encoded = transcripts.encode(asked, answer.value)
    response = Response(encoded.body, mimetype=encoded.media_type)
    _tell(response, answer, answer.value.usage, [*asked.ignored, *answer.value.ignored])
    if encoded.estimated:
        response.headers["x-relay-estimated"] = ", ".join(encoded.estimated)
    return response


def _streamed(
    work: Waiting[Answer[Transcript]], asked: Transcription, relay: Services
) -> Response:
    """Who answers is told in the headers, unless they have to leave before it is known."""
    answers: list[Answer[Transcript]] = []
    events = attended(_batches(work, answers, relay), has_left(), relay)
    response = event_stream(transcripts.frames(committed(events, relay)))
    response.call_on_close(events.close)
    for answer in answers:
        _tell(response, answer, None, [*asked.ignored, *answer.value.ignored])
    return response


def _batches(
    work: Waiting[Answer[Transcript]], answers: list[Answer[Transcript]], relay: Services
) -> Batches:
    with closing(work), seats(1, relay):
        answer = yield from silence(work)
        answers.append(answer)
        deltas = [TextDelta(sentence) for sentence in sentences(answer.value.text)]
        yield [*deltas, Finish(usage=answer.value.usage)]


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
    names: Sequence[str], need: Need, ask: Callable[[str], Waiting[T]], relay: Services
) -> Waiting[Answer[T]]:
    """The answer of the first that gives one. Raises what the last one raised that could be
    asked at all.
    """
    failure: RelayError | None = None
    for place, name in enumerate(names):
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


def _kept(answer: Answer[Spoken], relay: Services, key: str) -> Waiting[None]:
    with closing(answer.value) as sound, SpooledTemporaryFile(IN_MEMORY) as file:
        for piece in sound.pieces:
            file.write(piece)
            yield
        file.seek(0)
        new = NewFile(f"speech.{sound.format}", "user_data")
        relay.files.add(file, new, owner(key))


def _tell(
    response: Response, answer: Answer[T], usage: Usage | None, ignored: Sequence[str]
) -> None:
    response.headers.update(usage_headers(usage))
    if answer.instead:
        response.headers["x-relay-fallback"] = answer.model
    if ignored:
        response.headers["x-relay-ignored"] = ", ".join(ignored)
