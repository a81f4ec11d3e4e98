"""Pictures and documents in a chat, onemin-api.md 2.1 and 13."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.server import Simulator
from tests.simulator.peer import chat, streamed, upload

SEE, READ = "User: What do you see?\n\nAssistant:", "what do you read"


def sent(sim: Simulator, name: str, data: bytes = b"data", **options: Any) -> dict[str, Any]:
    content: dict[str, Any] = upload(sim, name, data, **options).json["fileContent"]
    return content


def test_the_model_names_the_pictures_it_sees(sim: Simulator) -> None:
    path = sent(sim, "cat.png")["path"]
    images = [path, "https://example.com/a%20dog.jpg?x=1"]
    answer = chat(sim, SEE, attachments={"images": images})
    assert answer.text == "I see 2 picture(s): cat.png, a dog.jpg"
    assert answer.record["aiRecordDetail"]["promptObject"]["attachments"] == {"images": images}


def test_the_model_sees_in_a_stream_as_well(sim: Simulator) -> None:
    path = sent(sim, "cat.png")["path"]
    answer = streamed(sim, SEE, attachments={"images": [path]})
    assert answer.text == "I see 1 picture(s): cat.png"


def test_a_picture_under_an_old_field_is_not_seen(sim: Simulator) -> None:
    assert chat(sim, SEE, imageList=[sent(sim, "a.png")["path"]]).text == "I see 0 picture(s)."


@pytest.mark.parametrize("reference", ["images/none.png", "data:image/png;base64,AA=="])
def test_a_picture_that_is_not_there_is_refused(sim: Simulator, reference: str) -> None:
    for ask in (chat, streamed):
        answer = ask(sim, SEE, attachments={"images": [reference]})
        assert answer.status == 400
        assert answer.json["errorCode"] == "EXTERNAL_API_RESPONSE_WITH_ERROR"


def test_a_picture_of_another_account_is_refused(sim: Simulator) -> None:
    path = sent(sim, "cat.png", key="other")["path"]
    assert chat(sim, SEE, attachments={"images": [path]}).status == 400
    assert chat(sim, SEE, key="other", attachments={"images": [path]}).status == 200


def test_a_picture_by_its_uuid_is_refused(sim: Simulator) -> None:
    uuid = sent(sim, "cat.png")["uuid"]
    assert chat(sim, SEE, attachments={"images": [uuid]}).status == 400


def test_a_document_is_read_by_its_uuid(sim: Simulator) -> None:
    text = "Naïve notes. " * 30
    files = [sent(sim, "notes.txt", text.encode())["uuid"], sent(sim, "b.pdf")["uuid"]]
    answer = chat(sim, READ, attachments={"files": files})
    assert answer.text == f"{text[:200]}\n(pdf)"


def test_a_document_by_its_path_is_accepted_and_never_read(sim: Simulator) -> None:
    path = sent(sim, "notes.txt")["path"]
    answer = chat(sim, READ, attachments={"files": [path]})
    assert answer.status == 200
    assert answer.text == "I have nothing to read."


def test_a_document_of_another_account_is_never_read(sim: Simulator) -> None:
    uuid = sent(sim, "notes.txt", key="other")["uuid"]
    assert chat(sim, READ, attachments={"files": [uuid]}).text == "I have nothing to read."


def test_a_picture_makes_the_input_25_times_as_dear(sim: Simulator) -> None:
    images = [sent(sim, "a.png")["path"], sent(sim, "b.png")["path"]]
    prompt = "x" * 480  # 400 tokens with the hidden ones: 60 credits
    dear, dearer = (
        chat(sim, prompt, attachments={"images": images[:number]}).record["metadata"]
        for number in (1, 2)
    )
    assert chat(sim, prompt).record["metadata"]["inputCredit"] == 60
    assert (dear["inputCredit"], dearer["inputCredit"]) == (1500, 2940)
    assert dear["credit"] == 1500 + dear["outputCredit"]
