"""What is forgotten of a file that its owner has deleted."""

from __future__ import annotations

import hashlib

import pytest

from simulator.server import Simulator
from tests import samples
from tests.onemin.attaching import (
    KEY,
    Kept,
    contents,
    document,
    lone,
    picture,
    ready,
    recording,
)
from utils.domain.chat import Attachment, Inline
from utils.domain.owner import owner
from utils.onemin.files.attachments import Attachments
from utils.onemin.files.uploads import forget

FILES = {
    "png": picture(),
    "jpg": picture(samples.JPEG),
    "pdf": document(samples.PDF),
    "docx": document(samples.DOCX),
    "txt": document(b"some words", "a.txt"),
    "csv": document(b"a,b\n1,2\n", "a.csv"),
    "json": document(b'{"a": 1}', "a.json"),
}


class Forgetful(Kept):
    def delete(self, *keys: str) -> None:
        for key in keys:
            self.values.pop(key, None)


@pytest.fixture
def kept() -> Forgetful:
    return Forgetful()


def data(file: Attachment) -> bytes:
    assert isinstance(file.source, Inline)
    return file.source.data


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_was_forgotten_goes_up_anew(
    attachments: Attachments, kept: Forgetful, onemin: Simulator, kind: str
) -> None:
    file = FILES[kind]
    asked = lone("Look.", file)
    ready(attachments, asked)
    ready(attachments, asked, key="another-callers-1min-key")
    assert contents(onemin) == [data(file)] * 2
    forget(kept, (), hashlib.sha256(data(file)).hexdigest(), owner(KEY))
    ready(attachments, asked)
    assert contents(onemin) == [data(file)] * 3
    ready(attachments, asked, key="another-callers-1min-key")
    assert contents(onemin) == [data(file)] * 3
    assert len(kept.values) == 2


def test_nothing_else_is_forgotten(
    attachments: Attachments, kept: Forgetful, onemin: Simulator
) -> None:
    asked = lone("Look.", picture(), recording(samples.wav("yes")))
    ready(attachments, asked)
    forget(kept, (), hashlib.sha256(b"another").hexdigest(), owner(KEY))
    ready(attachments, asked)
    assert len(contents(onemin)) == 2
