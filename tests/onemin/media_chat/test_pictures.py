from __future__ import annotations

import pytest

from simulator.replies import Hang, Reply, whole
from simulator.server import Simulator
from tests import samples
from tests.onemin.attaching import KEY
from tests.onemin.media_chat.asking import (
    MODELS,
    answer,
    batches,
    chat,
    downloaded,
    refused,
    said,
    sent,
    shown,
)
from tests.paying import own
from utils.domain.catalog import Model
from utils.domain.chat import Attachment, Inline, Message, Usage
from utils.errors import InvalidRequest, OutOfCredit, RelayError, UpstreamFailed
from utils.onemin.media.media_chat import MediaChat
from utils.onemin.media.picture_chat import HINT
from utils.tokens import counts


def test_an_image_model_draws_the_last_user_message_and_no_other(
    media: MediaChat, onemin: Simulator
) -> None:
    asked = chat(
        "dall-e-3",
        Message(role="system", text="You are a painter."),
        said("a dog"),
        Message(role="assistant", text="![Image 1](https://asset.1min.ai/images/dog.png)"),
        said("a cat"),
    )
    text, usage = answer(media, asked)
    [url] = shown(text)
    assert text == f"![Image 1]({url}) `[_V1_]`"
    assert url.startswith(f"{onemin.asset_url}/images/")
    assert downloaded(onemin, url).startswith(b"\x89PNG")
    [call] = onemin.features
    assert call.headers["api-key"] == KEY
    assert call.json == {
        "type": "IMAGE_GENERATOR",
        "model": "dall-e-3",
        "promptObject": {
            "prompt": "a cat",
            "n": 1,
            "size": "1024x1024",
            "quality": "standard",
            "style": "vivid",
        },
    }
    assert usage == Usage(counts.count("a cat", "dall-e-3"), 0, "estimated", None)


def test_a_model_that_varies_its_pictures_says_how_to_ask_for_that(media: MediaChat) -> None:
    text, _ = answer(media, chat("midjourney_7_0", said("a cat")))
    urls = shown(text)
    assert len(set(urls)) == 4
    lines = [f"![Image {n}]({url}) `[_V{n}_]`" for n, url in enumerate(urls, 1)]
    assert text == "\n".join([*lines, "", HINT])


def test_flags_in_the_message_are_heeded(media: MediaChat, onemin: Simulator) -> None:
    answer(media, chat("magic-art", said("a cat \u2014ar 3:2 --no dogs --relax")))
    told = sent(onemin)
    assert (told["prompt"], told["mode"]) == ("a cat", "relax")
    assert (told["aspect_width"], told["aspect_height"]) == (3, 2)
    assert told["negativePrompt"] == told["no"] == "dogs"


@pytest.mark.parametrize(
    "scenario", ["string-result", "old-shape", "absolute-result", "no-link"]
)
def test_a_picture_is_found_in_every_record(
    media: MediaChat, onemin: Simulator, scenario: str
) -> None:
    text, _ = answer(media, chat("dall-e-3", said(f"a cat [[scenario={scenario}]]")))
    assert downloaded(onemin, shown(text)[0]).startswith(b"\x89PNG")


def test_a_picture_that_is_put_off_is_waited_for(media: MediaChat, onemin: Simulator) -> None:
    text, _ = answer(media, chat("dall-e-3", said("a cat [[scenario=processing]]")))
    assert len(shown(text)) == 1
    assert len(onemin.features) == 1


def test_the_usage_is_1min_ais_own_where_it_tells(media: MediaChat, onemin: Simulator) -> None:
    def reply(metadata: dict[str, int]) -> Reply:
        detail = {"resultObject": ["images/a.png"]}
        record = {"status": "SUCCESS", "metadata": metadata, "aiRecordDetail": detail}
        return whole({"aiRecord": record})

    counted = {"inputToken": 7, "outputToken": 9, "credit": 40}
    onemin.script_features(reply(counted), reply({"credit": 41}))
    asked = chat("dall-e-3", said("a cat"))
    assert answer(media, asked)[1] == Usage(7, 9, "upstream", 40)
    assert answer(media, asked)[1] == Usage(3, 0, "estimated", 41)


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        ([said("")], "The last user message is empty."),
        ([said(" \n")], "The last user message is empty."),
        ([said("a cat"), said("")], "The last user message is empty."),
        ([said("--ar 16:9")], "The last user message has no prompt."),
        ([said("a cat --ar 16")], "There must be an aspect ratio like 16:9."),
        ([Message(role="system", text="Hi")], "No user has said anything."),
        ([said("`[_V1_]`")], "The model 'dall-e-3' does not vary images."),
        ([], "No user has said anything."),
    ],
)
def test_a_message_that_names_no_picture_is_refused(
    media: MediaChat, onemin: Simulator, messages: list[Message], complaint: str
) -> None:
    shown_before = Message(role="assistant", text="![Image 1](https://host/a.png)")
    error = refused(media, chat("dall-e-3", shown_before, *messages))
    assert isinstance(error, InvalidRequest)
    assert error.message == complaint
    assert error.param == ("model" if "vary" in complaint else "messages")
    assert not onemin.features


@pytest.mark.parametrize("model", ["dall-e-3", "midjourney", "tts-1"])
def test_a_file_that_a_model_cannot_use_is_refused_by_its_place(
    media: MediaChat, onemin: Simulator, model: str
) -> None:
    seen = Attachment("image", Inline(data=samples.png()), "messages[0].content[1]")
    error = refused(media, chat(model, said("like this", seen)))
    assert isinstance(error, InvalidRequest)
    assert error.param == "messages[0].content[1]"
    assert error.message == f"The model {model!r} takes a text and no files."
    assert not onemin.calls


def test_files_of_earlier_messages_do_not_matter(media: MediaChat) -> None:
    seen = Attachment("image", Inline(data=samples.png()), "messages[0].content[1]")
    assert answer(media, chat("dall-e-3", said("what is this?", seen), said("a cat")))


@pytest.mark.parametrize(
    ("scenario", "error"), [("failure-200", InvalidRequest), ("failed-200", UpstreamFailed)]
)
def test_a_failure_inside_an_answer_is_one(
    media: MediaChat, scenario: str, error: type[RelayError]
) -> None:
    raised = refused(media, chat("dall-e-3", said(f"a cat [[scenario={scenario}]]")))
    assert type(raised) is error


def test_an_empty_account_is_told_as_such(media: MediaChat) -> None:
    with pytest.raises(OutOfCredit):
        batches(media, chat("dall-e-3", said("a cat")), key="broke-account-key")


def test_a_moment_of_silence_is_an_empty_batch(media: MediaChat) -> None:
    *silence, said_ = batches(media, chat("dall-e-3", said("a cat [[delay=700]]")))
    assert len(silence) >= 2
    assert not any(silence)
    assert len(said_) == 2


def test_whoever_leaves_hangs_up_on_1min_ai(media: MediaChat, onemin: Simulator) -> None:
    onemin.script_features(Reply(body=(Hang(),)))
    answered = media.answered(chat("dall-e-3", said("a cat")), MODELS["dall-e-3"], own(KEY))
    for _ in range(3):
        assert not next(answered)
    answered.close()
    assert onemin.features[0].hung_up.wait(5)


def test_every_media_model_of_the_snapshot_says_what_it_is() -> None:
    kinds = [model for model in MODELS.values() if model.media]
    assert len(kinds) > 45
    assert not any(model.chat for model in kinds)
    assert not Model(id="gpt-4o-mini", chat=True).media
