from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.server import Simulator
from tests import samples
from tests.onemin.attaching import (
    BLIND,
    LARGEST,
    PNG,
    Page,
    Web,
    chat,
    document,
    lone,
    message,
    picture,
    ready,
    recording,
    texts,
)
from utils.domain.chat import Attachment, FileId, Link
from utils.errors import ContextTooLong, InvalidRequest, NotFound, TooLarge, UnsupportedFile
from utils.onemin.files.attachments import MOST, Attachments


def test_a_link_is_fetched_each_time_and_uploaded_once(
    attachments: Attachments, onemin: Simulator, web: Web
) -> None:
    web.pages["https://a.b/cat"] = Page(PNG, "cat.gif")
    asked = lone("", Attachment("image", Link("https://a.b/cat"), "here"))
    assert ready(attachments, asked) == ready(attachments, asked)
    assert web.fetched == ["https://a.b/cat"] * 2
    assert [upload.name for upload in onemin.uploads] == ["cat.png"]


def test_a_link_that_fails_names_its_place(attachments: Attachments, web: Web) -> None:
    web.pages["https://a.b/"] = InvalidRequest(
        "The URL does not answer.", code="url_not_fetched"
    )
    asked = lone("", Attachment("document", Link("https://a.b/"), "messages[0].content[1]"))
    with pytest.raises(InvalidRequest, match="does not answer") as raised:
        ready(attachments, asked)
    assert raised.value.param == "messages[0].content[1]"
    assert raised.value.code == "url_not_fetched"


def test_an_uploaded_file_is_found_by_its_owner_only(
    attachments: Attachments, onemin: Simulator
) -> None:
    asked = lone("", Attachment("image", FileId("file-1"), "here"))
    ready(attachments, asked)
    assert [upload.name for upload in onemin.uploads] == ["cat.png"]
    with pytest.raises(NotFound):
        ready(attachments, asked, key="another-callers-key")


def test_an_id_that_nobody_gave_out_is_not_found_where_it_stands(
    attachments: Attachments,
) -> None:
    with pytest.raises(NotFound, match="There is no file") as raised:
        ready(attachments, lone("", Attachment("document", FileId("file-2"), "there")))
    assert raised.value.param == "there"


def test_a_file_that_every_turn_repeats_fails_at_its_first_place(
    attachments: Attachments,
) -> None:
    turns = [message("?", picture(b"BM\0", f"messages[{number}]")) for number in range(3)]
    with pytest.raises(UnsupportedFile) as raised:
        ready(attachments, chat(*turns))
    assert raised.value.param == "messages[0]"


# What is refused


def test_a_model_without_eyes_is_told_before_anything_is_uploaded(
    attachments: Attachments, onemin: Simulator
) -> None:
    asked = lone("", document(samples.PDF, "a.pdf"), picture(place="messages[0].content[1]"))
    with pytest.raises(InvalidRequest, match="does not see pictures") as raised:
        ready(attachments, asked, model=BLIND)
    assert raised.value.param == "messages[0].content[1]"
    assert raised.value.code == "model_not_supported"
    assert onemin.calls == []


def test_a_model_without_eyes_can_read_and_listen(attachments: Attachments) -> None:
    asked = lone("", document(samples.PDF, "a.pdf"), recording(samples.wav("Hello")))
    made = ready(attachments, asked, model=BLIND)
    assert len(made.files) == 1
    assert texts(made) == ["Hello"]


def test_of_a_model_nobody_knows_1min_ai_decides(attachments: Attachments) -> None:
    assert ready(attachments, lone("", picture()), model=None).images


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (picture(samples.PDF), "not a JPEG, PNG, WebP or GIF"),
        (picture(b"<svg/>"), "not a JPEG, PNG, WebP or GIF"),
        (picture(b"BM\0\0"), "not a JPEG, PNG, WebP or GIF"),
        (document(samples.archive("a.txt"), "a.pdf"), "not a PDF"),
        (document(b"hello\0", "a.txt"), "not a PDF"),
        (document(PNG, "a.pdf"), "not a PDF"),
        (recording(PNG), "not WAV"),
        (recording(b"hello"), "not WAV"),
        (picture(b""), "empty"),
        (document(b"", "a.txt"), "empty"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    attachments: Attachments, onemin: Simulator, file: Attachment, told: str
) -> None:
    with pytest.raises(UnsupportedFile, match=told) as raised:
        ready(attachments, lone("Hi", replace(file, place="messages[0].content[1]")))
    assert raised.value.status == 400
    assert raised.value.param == "messages[0].content[1]"
    assert onemin.calls == []


def test_a_file_over_the_limit_is_refused(attachments: Attachments, onemin: Simulator) -> None:
    with pytest.raises(TooLarge, match="larger than 1 MiB") as raised:
        ready(attachments, lone("", document(b"a" * (LARGEST + 1), "a.txt", "there")))
    assert raised.value.param == "there"
    assert onemin.calls == []
    ready(attachments, lone("", document(b"a" * LARGEST, "a.txt")))


def test_a_chat_has_so_many_files_and_no_more(
    attachments: Attachments, onemin: Simulator
) -> None:
    files = [picture(samples.png(number), f"content[{number}]") for number in range(MOST + 1)]
    with pytest.raises(InvalidRequest, match=str(MOST)) as raised:
        ready(attachments, lone("", *files))
    assert raised.value.param == f"content[{MOST}]"
    assert onemin.calls == []
    assert len(ready(attachments, lone("", *files[:MOST], *files[:MOST])).images) == MOST


def test_more_text_than_any_model_reads_is_refused(attachments: Attachments) -> None:
    files = [document(b"a" * (LARGEST - number), "a.py") for number in range(5)]
    assert len(texts(ready(attachments, lone("", *files[:4])))[0]) > 4 * (LARGEST - 5)
    with pytest.raises(ContextTooLong):
        ready(attachments, lone("", *files))
