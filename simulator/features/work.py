"""What each feature makes of a call that nobody refused."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulator.admission import Refused
from simulator.assets.kinds import FOLDERS
from simulator.assets.storage import Asset, Storage
from simulator.features import sounds
from simulator.features.pictures import DEFAULT, MOST_SIDE, dimensions, png, size
from simulator.features.prices import price
from simulator.features.videos import mp4
from simulator.model import said
from simulator.replies import provider_refusal
from simulator.turn import Turn
from simulator.wishes import without

SPOKEN = "This is what was said."
SENTENCE = re.compile(r"\S.*?(?:[.!?](?=\s|$)|$)", re.DOTALL)
SAYS = re.compile(rb"say:([^;]*);")
FOUR_AT_ONCE = ("midjourney", "magic-art")
RECORDINGS = (*FOLDERS["audios"], *FOLDERS["videos"])
SECONDS_PER_CHARACTER = 0.005
LARGEST_RECORDING = {"qwen3-asr-flash": 10 * 1024 * 1024}


@dataclass(frozen=True, slots=True)
class Call:
    """A feature call with the files it names; one at another host's address is not fetched."""

    turn: Turn
    files: Mapping[str, Asset | None]
    storage: Storage

    @property
    def recording(self) -> Asset | None:
        return self.files.get("audioUrl")


@dataclass(frozen=True, slots=True)
class Made:
    """Keys of files, or texts."""

    result: list[str]
    credit: int
    files: bool = False


def pictures(call: Call) -> Made:
    given, model = call.turn.prompt_object, call.turn.model
    number = 4 if model.id.startswith(FOUR_AT_ONCE) else _number(call.turn)
    width, height = dimensions(given)
    keys = [
        _kept(call, "images", "png", png(width, height, f"{call.turn.prompt}{index}"))
        for index in range(number)
    ]
    return Made(keys, price(call.turn) * number, files=True)


def altered(call: Call) -> Made:
    """As large as what it is made of, or larger where that is the point."""
    image, given = call.files.get("imageUrl"), call.turn.prompt_object
    width, height = size(image.data) if image else DEFAULT
    if call.turn.type == "IMAGE_UPSCALER":
        width, height = min(4 * width, MOST_SIDE), min(4 * height, MOST_SIDE)
    if call.turn.type == "IMAGE_EXTENDER":
        width += int(given.get("left", 0)) + int(given.get("right", 0))
        height += int(given.get("up", 0)) + int(given.get("down", 0))
    data = png(width, height, f"{call.turn.type}{call.turn.prompt}")
    return Made([_kept(call, "images", "png", data)], price(call.turn), files=True)


def speech(call: Call) -> Made:
    text = str(call.turn.prompt_object["text"])
    seconds = max(0.1, len(text) * SECONDS_PER_CHARACTER)
    form = speech_form(call.turn)
    streamed = call.turn.model.id == "qwen3-tts-flash"
    data = sounds.streamed_wav(seconds) if streamed else sounds.sound(form, seconds)
    return Made([_kept(call, "audios", form, data)], price(call.turn) * len(text), files=True)


def transcript(call: Call) -> Made:
    recording = call.recording
    if recording is None:
        return Made([written(call.turn, SPOKEN)], price(call.turn))
    if recording.extension not in RECORDINGS:
        raise Refused(provider_refusal("file", "Invalid file format."))
    if len(recording.data) > LARGEST_RECORDING.get(call.turn.model.id, len(recording.data)):
        raise Refused(provider_refusal("file", "The audio is too large, at most 10 MB."))
    seconds = math.ceil(len(recording.data) / sounds.BYTES_PER_SECOND)
    words = written(call.turn, without(heard(recording)) or SPOKEN)
    return Made([words], price(call.turn) * seconds)


def video(call: Call) -> Made:
    data = mp4(f"{call.turn.model.id}{call.turn.prompt}")
    return Made([_kept(call, "videos", "mp4", data)], price(call.turn), files=True)


def code(call: Call) -> Made:
    words = said(call.turn.prompt, call.turn.model.id)
    return Made([words], price(call.turn))


def heard(recording: Asset | None) -> str:
    """The words between `say:` and `;` anywhere in the file, directives and all."""
    match = SAYS.search(recording.data) if recording else None
    return match[1].decode(errors="replace") if match else ""


def written(turn: Turn, words: str) -> str:
    """Only whisper's subtitles tell when something was said: of its JSON the record has the
    words alone (onemin-api.md 10.1).
    """
    form = turn.prompt_object.get("response_format")
    if turn.model.id != "whisper-1" or form not in ("srt", "vtt"):
        return words
    return subtitles(SENTENCE.findall(words), point="," if form == "srt" else ".")


def subtitles(sentences: list[str], *, point: str) -> str:
    """A second each."""
    cues = [
        f"00:{at // 60:02}:{at % 60:02}{point}000 --> "
        f"00:{(at + 1) // 60:02}:{(at + 1) % 60:02}{point}000\n{sentence}\n\n"
        for at, sentence in enumerate(sentences)
    ]
    if point == ".":
        return "".join(["WEBVTT\n\n", *cues])
    return "".join(f"{number}\n{cue}" for number, cue in enumerate(cues, 1))


def speech_form(turn: Turn) -> str:
    """Each provider names the format in its own field, and in its own way."""
    if turn.model.id == "qwen3-tts-flash":
        return "wav"
    given = turn.prompt_object
    fields = ("response_format", "output_format", "audioEncoding")
    asked = next((str(given[name]).lower() for name in fields if name in given), "mp3")
    known = {"linear16": "wav", "ogg_opus": "opus"}
    form = known.get(asked, asked.partition("_")[0])
    return form if form in sounds.FORMS else "mp3"


def _number(turn: Turn) -> int:
    given = (turn.prompt_object.get(name) for name in ("n", "samples", "num_outputs"))
    return next((int(number) for number in given if number is not None), 1)


def _kept(call: Call, folder: str, extension: str, data: bytes) -> str:
    kinds = {**sounds.MEDIA_TYPES, "mp4": "video/mp4"}
    media_type = kinds.get(extension, f"image/{extension}")
    name = f"{uuid.uuid4().hex}.{extension}"
    owner = call.turn.account.team_id
    return call.storage.keep(owner, folder, name, data, media_type).key


WORK: Mapping[str, Callable[[Call], Made]] = {
    "IMAGE_GENERATOR": pictures,
    "IMAGE_VARIATOR": pictures,
    "IMAGE_EDITOR": pictures,
    "IMAGE_INPAINTER": pictures,
    "IMAGE_UPSCALER": altered,
    "IMAGE_EXTENDER": altered,
    "BACKGROUND_REMOVER": altered,
    "BACKGROUND_REPLACER": altered,
    "SEARCH_AND_REPLACE": altered,
    "TEXT_REMOVER": altered,
    "IMAGE_OBJECT_REMOVER": altered,
    "TEXT_TO_SPEECH": speech,
    "SPEECH_TO_TEXT": transcript,
    "AUDIO_TRANSLATOR": transcript,
    "TEXT_TO_VIDEO": video,
    "IMAGE_TO_VIDEO": video,
    "CODE_GENERATOR": code,
}
