from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event, Lock, Thread

import pytest

from simulator.replies import Hang, Pause, html, whole
from simulator.server import Simulator
from tests import samples
from tests.onemin.attaching import (
    CORRUPT,
    KEY,
    PNG,
    SEEING,
    UNSUPPORTED,
    Kept,
    Page,
    Web,
    chat,
    contents,
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
from utils.domain.chat import Attachment, Chat, Link, Message
from utils.errors import (
    InvalidRequest,
    RelayError,
    Unauthorized,
    UnsupportedFile,
    UpstreamFailed,
)
from utils.onemin.files.attachments import Attachments


def test_an_upload_refused_as_corrupt_is_tried_once_more(
    attachments: Attachments, onemin: Simulator
) -> None:
    onemin.script_assets(CORRUPT)
    assert ready(attachments, lone("", picture())).images
    assert contents(onemin) == [PNG, PNG]


def test_but_only_once(attachments: Attachments, onemin: Simulator) -> None:
    onemin.script_assets(CORRUPT, CORRUPT)
    with pytest.raises(InvalidRequest, match="corrupt") as raised:
        ready(attachments, lone("", picture(place="there")))
    assert raised.value.param == "there"
    assert len(onemin.uploads) == 2


def test_a_refused_kind_is_not_tried_again(attachments: Attachments, onemin: Simulator) -> None:
    onemin.script_assets(UNSUPPORTED)
    with pytest.raises(UnsupportedFile) as raised:
        ready(attachments, lone("", picture(place="there")))
    assert raised.value.param == "there"
    assert len(onemin.uploads) == 1


def test_what_is_not_the_files_fault_names_no_place(
    attachments: Attachments, onemin: Simulator
) -> None:
    with pytest.raises(Unauthorized) as raised:
        ready(attachments, lone("", picture()), key="bad-key-of-a-caller")
    assert raised.value.param is None
    onemin.script_assets(html(522))
    with pytest.raises(UpstreamFailed) as failed:
        ready(attachments, lone("", picture()))
    assert failed.value.param is None
    assert len(onemin.uploads) == 2


def test_one_failure_ends_the_rest(
    attachments: Attachments, onemin: Simulator, web: Web
) -> None:
    web.pages["https://a.b/"] = InvalidRequest("The URL does not answer.")
    gate = web.gates["https://a.b/"] = Event()
    onemin.script_assets(*[whole({}).after(Hang())] * 4)
    files = [picture(samples.png(number)) for number in range(4)]
    link = Attachment("image", Link("https://a.b/"), "there")
    waiting = attachments.prepared(lone("", *files[:2], link, *files[2:]), SEEING, own(KEY))
    next(waiting)
    calls = onemin.wait_for_calls(4)
    gate.set()
    with pytest.raises(InvalidRequest) as raised:
        returned(waiting)
    assert raised.value.param == "there"
    for call in calls:
        assert call.hung_up.wait(5)


def test_a_failure_is_not_remembered(attachments: Attachments, onemin: Simulator) -> None:
    onemin.script_assets(html(522))
    with pytest.raises(UpstreamFailed):
        ready(attachments, lone("", picture()))
    assert ready(attachments, lone("", picture())).images


# Once for each content and key


def test_a_chat_of_twenty_turns_about_one_picture_uploads_it_once(
    attachments: Attachments, onemin: Simulator
) -> None:
    turns: list[Message] = []
    for number in range(20):
        turns.append(message(f"{number}?", picture()))
        made = ready(attachments, chat(*turns))
        assert len(made.images) == 1
        turns.append(message("A cat.", role="assistant"))
    assert contents(onemin) == [PNG]


def test_a_recording_is_transcribed_once(attachments: Attachments, onemin: Simulator) -> None:
    asked = lone("", recording(samples.wav("Hello")))
    assert texts(ready(attachments, asked)) == texts(ready(attachments, asked)) == ["Hello"]
    assert len(onemin.features) == 1


def test_two_callers_never_share_an_upload(
    attachments: Attachments, onemin: Simulator, kept: Kept
) -> None:
    asked = lone("", picture(), recording(samples.wav("Hello")))
    one = ready(attachments, asked)
    two = ready(attachments, asked, key="another-callers-key")
    assert one.images != two.images
    assert {upload.api_key for upload in onemin.uploads} == {KEY, "another-callers-key"}
    assert len(onemin.uploads) == 4
    assert len(onemin.features) == 2
    assert not any(KEY in name for name in kept.values)


def test_a_text_goes_up_once_for_each_kind_it_is_called(
    attachments: Attachments, onemin: Simulator
) -> None:
    ready(attachments, lone("", document(b"1,2", "a.csv"), document(b"1,2", "b.txt")))
    ready(attachments, lone("", document(b"1,2", "b.csv"), document(b"1,2", "c.txt")))
    assert {upload.name.rpartition(".")[2] for upload in onemin.uploads} == {"csv", "txt"}
    assert len(onemin.uploads) == 2


def test_simultaneous_chats_upload_the_same_picture_once(
    attachments: Attachments, onemin: Simulator, kept: Kept
) -> None:
    kept.forgetful = True
    onemin.script_assets(
        whole({"fileContent": {"path": "images/a.png", "uuid": "b0c6"}}).after(Pause(1))
    )
    assert _at_once(attachments, [lone("", picture())] * 8) == [("images/a.png",)] * 8
    assert contents(onemin) == [PNG]


def test_simultaneous_chats_share_a_refusal_but_not_its_place(
    attachments: Attachments, onemin: Simulator
) -> None:
    onemin.script_assets(UNSUPPORTED.after(Pause(1)))
    asked = [lone("", picture(place=f"place {number}")) for number in range(8)]
    assert _at_once(attachments, asked) == [f"place {number}" for number in range(8)]
    assert len(onemin.uploads) == 1


def test_when_the_one_who_uploads_leaves_another_takes_over(
    attachments: Attachments, onemin: Simulator
) -> None:
    onemin.script_assets(whole({}).after(Hang()))
    first = attachments.prepared(lone("", picture()), SEEING, own(KEY))
    next(first)
    [call] = onemin.wait_for_calls(1)
    second = attachments.prepared(lone("", picture()), SEEING, own(KEY))
    next(second)
    first.close()
    assert call.hung_up.wait(5)
    assert returned(second).images
    assert contents(onemin) == [PNG, PNG]


def _at_once(attachments: Attachments, asked: Sequence[Chat]) -> list[object]:
    """What each chat gets, or the place it is refused for."""
    results: dict[int, object] = {}
    lock = Lock()

    def ask(number: int) -> None:
        result: object
        try:
            result = ready(attachments, asked[number]).images
        except RelayError as error:
            result = error.param
        with lock:
            results[number] = result

    threads = [Thread(target=ask, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return [results[number] for number in range(len(asked))]


# Waiting


def test_five_uploads_are_under_way_and_no_more(
    attachments: Attachments, onemin: Simulator
) -> None:
    onemin.script_assets(*[whole({}).after(Hang())] * 9)
    files = [picture(samples.png(number)) for number in range(9)]
    waiting = attachments.prepared(lone("", *files), SEEING, own(KEY))
    next(waiting)
    calls = onemin.wait_for_calls(5)
    next(waiting)
    next(waiting)
    waiting.close()
    for call in calls:
        assert call.hung_up.wait(5)
    assert len(onemin.calls) == 5


def test_whoever_leaves_does_not_wait_for_a_fetch(
    attachments: Attachments, onemin: Simulator, web: Web
) -> None:
    web.gates["https://a.b/"], web.pages["https://a.b/"] = Event(), Page(PNG)
    waiting = attachments.prepared(
        lone("", Attachment("image", Link("https://a.b/"), "here")), SEEING, own(KEY)
    )
    next(waiting)
    start = time.monotonic()
    waiting.close()
    assert time.monotonic() - start < 5
    web.gates["https://a.b/"].set()
    assert onemin.calls == []
