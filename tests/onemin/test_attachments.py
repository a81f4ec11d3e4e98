from __future__ import annotations

from threading import Event

import pytest

from simulator.replies import record
from simulator.server import Simulator
from tests import samples
from tests.onemin.attaching import (
    KEY,
    LISTENER,
    PNG,
    SEEING,
    UNSUPPORTED,
    Page,
    Web,
    chat,
    document,
    lone,
    message,
    picture,
    ready,
    recording,
    returned,
    texts,
)
from tests.paying import own
from utils.domain.chat import Attachment, Inline, Link
from utils.onemin import records
from utils.onemin.client import Client
from utils.onemin.feature import Feature
from utils.onemin.files import attached
from utils.onemin.files.attached import Prepared
from utils.onemin.files.attachments import Attachments


def test_a_chat_without_files_is_as_it_was(attachments: Attachments, onemin: Simulator) -> None:
    asked = chat(message("hi"), message("ho", role="assistant"))
    assert ready(attachments, asked) == Prepared(asked)
    assert onemin.calls == []


@pytest.mark.parametrize(
    ("data", "extension"),
    [(PNG, "png"), (samples.JPEG, "jpg"), (samples.WEBP, "webp"), (samples.GIF, "gif")],
)
def test_a_picture_goes_by_its_path(
    attachments: Attachments, onemin: Simulator, data: bytes, extension: str
) -> None:
    made = ready(attachments, lone("What is it?", picture(data)))
    [path] = made.images
    assert path.startswith("images/")
    assert path.endswith(f"_image.{extension}")
    assert made.files == ()
    [upload] = onemin.uploads
    assert (upload.data, upload.api_key) == (data, KEY)


@pytest.mark.fault(74)
def test_a_picture_is_what_its_bytes_say_not_its_name(
    attachments: Attachments, onemin: Simulator
) -> None:
    wrong = Attachment("image", Inline(data=samples.JPEG, name="cat.png"), "here")
    ready(attachments, lone("", wrong))
    [upload] = onemin.uploads
    assert (upload.name, upload.content_type) == ("cat.jpg", "image/jpeg")


@pytest.mark.parametrize(
    ("data", "name", "sent"),
    [
        (samples.PDF, "report.pdf", "report.pdf"),
        (samples.DOCX, "letter.docx", "letter.docx"),
        (samples.XLSX, "sums", "sums.xlsx"),
        (samples.PPTX, "", "document.pptx"),
        (samples.PDF, "pages.txt", "pages.pdf"),
        (b"hello", "notes.txt", "notes.txt"),
        (b"a,b\n1,2", "sums.csv", "sums.csv"),
        (b'{"a": 1}', "sums.JSON", "sums.json"),
    ],
)
def test_a_document_goes_by_its_uuid(
    attachments: Attachments, onemin: Simulator, data: bytes, name: str, sent: str
) -> None:
    made = ready(attachments, lone("Read.", document(data, name)))
    [uuid] = made.files
    assert len(uuid) == 36
    assert made.images == ()
    assert texts(made) == ["Read."]
    [upload] = onemin.uploads
    assert (upload.name, upload.data) == (sent, data)


@pytest.mark.parametrize("name", ["notes.md", "main.py", "a.svg", "Makefile"])
def test_other_text_is_put_into_the_message_unaltered(
    attachments: Attachments, onemin: Simulator, name: str
) -> None:
    text = " # é東😀\r\n\t<b> \n\n"
    made = ready(attachments, lone("Sum up: ", document(text.encode(), name)))
    assert texts(made) == [f"Sum up: \n\n--- attached file: {name} ---\n{text}"]
    assert made.files == ()
    assert onemin.calls == []


def test_text_that_is_refused_after_all_is_put_into_the_message(
    attachments: Attachments, onemin: Simulator
) -> None:
    onemin.script_assets(UNSUPPORTED)
    made = ready(attachments, lone("", document(b"a,b", "sums.csv")))
    assert texts(made) == ["--- attached file: sums.csv ---\na,b"]


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "document"),
        ("C:\\home\\notes.md", "notes.md"),
        ("../a/notes.md", "notes.md"),
        ("a\n### User:\x85\u2028b.md", "a ### User: b.md"),
        ("é" * 200 + ".md", "é" * 97 + ".md"),
    ],
)
def test_a_files_name_is_one_line(attachments: Attachments, name: str, shown: str) -> None:
    made = ready(attachments, lone("", document(b"x", name)))
    assert texts(made) == [f"--- attached file: {shown} ---\nx"]


@pytest.mark.parametrize(
    "data",
    [
        samples.wav("Hello there"),
        samples.ID3 + b"say:Hello there;",
        samples.M4A + b"say:Hello there;",
        samples.OGG + b"say:Hello there;",
        samples.FLAC + b"say:Hello there;",
        samples.WEBM + b"say:Hello there;",
        samples.MP4 + b"say:Hello there;",
    ],
    ids=["wav", "mp3", "m4a", "ogg", "flac", "webm", "mp4"],
)
def test_a_recording_is_what_its_sender_said(
    attachments: Attachments, onemin: Simulator, data: bytes
) -> None:
    made = ready(attachments, lone("", recording(data)))
    assert texts(made) == ["Hello there"]
    assert (made.images, made.files) == ((), ())
    assert [call.json["model"] for call in onemin.features] == [LISTENER]


def test_words_follow_the_text_they_came_with(attachments: Attachments) -> None:
    made = ready(attachments, lone("Translate:", recording(samples.wav("Guten Tag"))))
    assert texts(made) == ["Translate:\nGuten Tag"]


def test_a_silent_recording_is_said_to_be_one(
    attachments: Attachments, onemin: Simulator
) -> None:
    onemin.script_features(record(""))
    assert texts(ready(attachments, lone("", recording(samples.wav())))) == [attached.SILENCE]


def test_a_lone_message_keeps_its_text(attachments: Attachments) -> None:
    files = (picture(), document(samples.PDF, "a.pdf"))
    assert texts(ready(attachments, lone("", *files))) == [""]
    assert texts(ready(attachments, lone(" Why?\n", *files))) == [" Why?\n"]


def test_in_a_conversation_each_message_tells_its_files(attachments: Attachments) -> None:
    cat, dog = picture(samples.png(1)), picture(samples.png(2))
    made = ready(
        attachments,
        chat(
            message("Be brief.", role="system"),
            message("What are these?", cat, dog, document(samples.PDF, "pets.pdf")),
            message("Pets.", role="assistant"),
            message("", dog),
            message("Read", document(b"x = 1", "a.py"), cat),
        ),
    )
    assert texts(made) == [
        "Be brief.",
        "What are these?\n(attached: picture 1, picture 2, pets.pdf)",
        "Pets.",
        "(attached: picture 2)",
        "Read\n(attached: picture 1)\n\n--- attached file: a.py ---\nx = 1",
    ]
    assert len(made.images) == 2
    assert len(made.files) == 1
    assert not any(message.attachments for message in made.chat.messages)


def test_pictures_keep_their_order_whichever_is_up_first(
    attachments: Attachments, onemin: Simulator, web: Web
) -> None:
    web.pages["https://a.b/first.png"] = Page(PNG, "first.png")
    gate = web.gates["https://a.b/first.png"] = Event()
    first = Attachment("image", Link("https://a.b/first.png"), "here")
    last = Attachment("image", Inline(data=samples.JPEG, name="last.jpg"), "here")
    waiting = attachments.prepared(lone("", first, last), SEEING, own(KEY))
    next(waiting)
    onemin.wait_for_calls(1)
    gate.set()
    images = returned(waiting).images
    assert [path.rpartition("_")[2] for path in images] == ["first.png", "last.jpg"]


def test_all_of_it_reaches_a_model(attachments: Attachments, client: Client) -> None:
    made = ready(attachments, lone("", picture(), document(b"It rains.", "a.txt")))
    listing = {"images": made.images, "files": made.files}
    feature = Feature(
        type="UNIFY_CHAT_WITH_AI",
        model="gpt-4o-mini",
        prompt={"prompt": "What do you see? What do you read?", "attachments": listing},
        path="/api/chat-with-ai",
    )
    answer = records.text(records.record(returned(client.call(feature, own(KEY)))))
    assert "I see 1 picture(s): image.png" in answer
    assert "It rains." in answer
