"""How long recordings last, by files that espeak-ng and ffmpeg made (tests/sounds)."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from tests import samples
from utils.domain.files import File, FileType, file_type
from utils.domain.sound_files.duration import Duration, duration

SOUNDS = Path(__file__).parent.parent / "sounds"
MEASURED = [path for path in sorted(SOUNDS.glob("*.*")) if path.suffix != ".md"]


def told(data: bytes) -> Duration:
    kind = file_type(data)
    assert kind
    return duration(File(data, kind))


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("said.wav", 0.953),
        ("piped.wav", 0.953),
        ("said.mp3", 1.152),  # which counts what the encoder filled up
        ("plain.mp3", 1.152),
        ("said.m4a", 0.953),
        ("said.webm", 0.96),
        ("recorder.webm", 0.941),  # when its last piece begins
        ("said.ogg", 0.953),
        ("vorbis.ogg", 0.953),
        ("said.flac", 0.953),
    ],
)
def test_a_file_tells_how_long_it_is(name: str, seconds: float) -> None:
    assert told((SOUNDS / name).read_bytes()) == Duration(seconds, measured=True)


@pytest.mark.parametrize(
    "data",
    [
        (SOUNDS / "fragmented.mp4").read_bytes(),
        samples.OGG,
        samples.FLAC,
        samples.M4A,
        samples.WEBM,
        b"RIFF\0\0\0\0WAVEfmt ",
    ],
)
def test_one_that_does_not_is_measured_by_its_size(data: bytes) -> None:
    assert told(data) == Duration(round(len(data) / 4000, 3), measured=False)


def test_a_length_that_cannot_be_is_not_believed() -> None:
    data = bytearray((SOUNDS / "said.m4a").read_bytes())
    at = data.index(b"mvhd") + 16
    assert struct.unpack_from(">II", data, at) == (1000, 953)
    data[at : at + 8] = struct.pack(">II", 1, 13 * 3600)
    assert not told(bytes(data)).measured


def test_whatever_the_bytes_are_there_is_an_answer() -> None:
    chance = random.Random(1)
    for path in MEASURED:
        data = path.read_bytes()
        kind = file_type(data)
        assert kind
        for _ in range(200):
            broken = bytearray(data[: chance.randrange(1, len(data))])
            for _ in range(chance.randrange(20)):
                broken[chance.randrange(len(broken))] = chance.choice((0, 255, 127))
            assert duration(File(bytes(broken), kind)).seconds >= 0


@pytest.mark.parametrize(
    ("extension", "data"),
    [
        ("mp3", b"\xff" * 2**22),
        ("webm", b"\xa3\x81\0" * 2**20),
        ("webm", b"\x18\x53\x80\x67\xff" * 2**20),
        ("m4a", b"\0\0\0\x08abcd" * 2**19),
        ("wav", b"RIFF\0\0\0\0WAVE" + b"abcd\0\0\0\0" * 2**19),
    ],
)
def test_a_file_of_millions_of_parts_is_not_read_to_its_end(
    extension: str, data: bytes
) -> None:
    found = duration(File(data, FileType("audio", "", extension)))
    assert found == Duration(round(len(data) / 4000, 3), measured=False)
