from __future__ import annotations

import pytest

from simulator.replies import Reply, refusal
from simulator.server import Simulator
from tests.onemin.attaching import KEY
from tests.onemin.media_chat.asking import OTHER, answer, chat, refused, said, sent, shown
from utils.domain.chat import Message
from utils.errors import Conflict, InvalidRequest, RelayError, UpstreamTimeout
from utils.onemin.media.media_chat import MediaChat
from utils.onemin.media.picture_chat import HINT


def drawn(media: MediaChat, model: str, prompt: str, key: str = KEY) -> list[Message]:
    """A chat in which this was drawn."""
    text, _ = answer(media, chat(model, said(prompt)), key)
    return [said(prompt), Message(role="assistant", text=text)]


@pytest.mark.parametrize(
    ("command", "number"), [("[_V1_]", 1), ("`[_V3_]`", 3), ("/v2 {url}", 2), ("/v1 {url}", 2)]
)
def test_a_picture_is_varied_as_it_was_made(
    media: MediaChat, onemin: Simulator, command: str, number: int
) -> None:
    before = drawn(media, "midjourney_7_0", "a cat --ar 16:9 --relax --no dogs")
    urls = shown(before[-1].text)
    text, usage = answer(
        media, chat("midjourney_7_0", *before, said(command.format(url=urls[1])))
    )
    call = onemin.features[-1].json
    assert call == {
        "type": "IMAGE_VARIATOR",
        "model": "midjourney_7_0",
        "promptObject": {
            "imageUrl": urls[number - 1].removeprefix(f"{onemin.asset_url}/"),
            "mode": "relax",
            "n": 4,
            "isNiji6": False,
            "maintainModeration": True,
            "aspect_width": 7,
            "aspect_height": 4,
            "negativePrompt": "dogs",
            "no": "dogs",
        },
    }
    varied = shown(text)
    assert len({*varied, *urls}) == 8
    lines = [f"![Variation {n}]({url}) `[_V{n}_]`" for n, url in enumerate(varied, 1)]
    assert text == "\n".join([*lines, "", HINT])
    assert (usage.output_tokens, usage.source) == (0, "estimated")


def test_a_variation_can_be_varied_again(media: MediaChat, onemin: Simulator) -> None:
    before = drawn(media, "midjourney", "a cat --ar 3:2")
    text, _ = answer(media, chat("midjourney", *before, said("[_V2_]")))
    before += [said("[_V2_]"), Message(role="assistant", text=text)]
    answer(media, chat("midjourney", *before, said("[_V4_]")))
    told = sent(onemin)
    assert told["imageUrl"] == shown(text)[3].removeprefix(f"{onemin.asset_url}/")
    assert (told["aspect_width"], told["aspect_height"]) == (3, 2)


def test_what_is_said_beside_the_mark_counts_for_more(
    media: MediaChat, onemin: Simulator
) -> None:
    before = drawn(media, "midjourney", "a cat --ar 3:2 --relax")
    answer(media, chat("midjourney", *before, said("[_V2_] --ar 1:2")))
    told = sent(onemin)
    assert (told["aspect_width"], told["aspect_height"], told["mode"]) == (1, 2, "relax")


def test_no_caller_learns_how_another_made_a_picture(
    media: MediaChat, onemin: Simulator
) -> None:
    before = drawn(media, "midjourney", "a cat --ar 3:2 --relax --no dogs", OTHER)
    refused(media, chat("midjourney", *before, said("[_V1_]")))  # it is no file of this account
    told = sent(onemin)
    assert (told["aspect_width"], told["aspect_height"], told["mode"]) == (1, 1, "fast")
    assert "no" not in told


def test_another_model_varies_it_as_far_as_it_can(media: MediaChat, onemin: Simulator) -> None:
    before = drawn(media, "magic-art", "a cat --size 512x512 --relax --no dogs")
    answer(media, chat("dall-e-2", *before, said("[_V1_]")))
    assert onemin.features[-1].json["model"] == "dall-e-2"
    path = shown(before[-1].text)[0].removeprefix(f"{onemin.asset_url}/")
    assert sent(onemin) == {"imageUrl": path, "n": 1, "size": "512x512"}


@pytest.mark.parametrize(
    "model", ["midjourney", "dall-e-2", "recraft", "black-forest-labs/flux-redux-dev"]
)
def test_a_picture_elsewhere_is_left_to_1min_ai_to_fetch(
    media: MediaChat, onemin: Simulator, model: str
) -> None:
    url = "https://host.example/cat.png?size=large"
    text, _ = answer(media, chat(model, said(f"/v1 {url}")))
    assert sent(onemin)["imageUrl"] == url
    assert text.startswith("![Variation 1](")
    assert text.endswith(HINT)


def test_a_model_that_only_varies_says_so(media: MediaChat, onemin: Simulator) -> None:
    error = refused(media, chat("black-forest-labs/flux-redux-dev", said("a cat")))
    assert isinstance(error, InvalidRequest)
    assert error.param == "messages"
    assert "only varies images" in error.message
    assert not onemin.features


def test_a_mark_without_a_picture_is_refused(media: MediaChat) -> None:
    error = refused(media, chat("midjourney", said("[_V1_]")))
    assert isinstance(error, InvalidRequest)
    assert error.message == "No answer in this chat has a picture to vary."


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        (
            refusal(504, "HTTP_EXCEPTION", "Gateway Timeout"),
            UpstreamTimeout,
            "Gateway Timeout (504): varying the image took too long. Try again later.",
        ),
        (
            refusal(409, "HTTP_EXCEPTION", "The task is already running"),
            Conflict,
            "Failed to create image variation: The task is already running",
        ),
    ],
)
def test_a_failed_variation_is_told_as_one(
    media: MediaChat, onemin: Simulator, reply: Reply, kind: type[RelayError], message: str
) -> None:
    onemin.script_features(reply)
    error = refused(media, chat("midjourney", said("/v1 https://host.example/cat.png")))
    assert (type(error), error.message) == (kind, message)
