"""Pictures, speech and transcripts in the playground; and whoever uses it without a mouse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from simulator.replies import Hang, Reply
from simulator.server import Simulator
from tests.pages.playground import PICTURE, RECORDING, choose, opened, run_curl, say
from tests.pages.visit import SCHEMES, Visit


def test_a_picture_is_drawn_shown_and_drawn_again_by_the_command(
    visit: Visit, onemin: Simulator, tmp_path: Path
) -> None:
    page = opened(visit)
    page.get_by_label("Which").select_option("")
    choose(page, "gpt-image-1-mini")  # which leads to the tab where it is of use
    panel = page.get_by_role("tabpanel")
    panel.get_by_label("Prompt").fill("Ann's cat")
    panel.get_by_label("Size").fill("1024x1536")
    panel.get_by_label("Quality").select_option("low")
    panel.get_by_label("How many").fill("2")
    panel.get_by_role("button", name="Draw").click()
    pictures = panel.get_by_role("img", name="Ann's cat")
    expect(pictures).to_have_count(2)
    assert pictures.first.evaluate("image => image.naturalHeight") == 1536
    with page.expect_download() as download:
        panel.get_by_role("link", name="Download").first.click()
    assert download.value.suggested_filename == "picture-1.png"
    visit.shoot("playground-image")
    assert len(json.loads(run_curl(panel, tmp_path))["data"]) == 2
    first, second = [call.json["promptObject"] for call in onemin.features]
    assert first == second
    assert first["prompt"] == "Ann's cat"


def test_a_text_is_spoken_and_a_recording_written_down(
    visit: Visit, onemin: Simulator, tmp_path: Path
) -> None:
    page = opened(visit)
    page.get_by_role("tab", name="Speech").click()
    panel = page.get_by_role("tabpanel")
    panel.get_by_label("Text").fill("Ann's words")
    panel.get_by_label("Voice").fill("nova")
    panel.get_by_label("Format").select_option("wav")
    panel.get_by_role("button", name="Speak").click()
    expect(panel.get_by_label("What was spoken")).to_be_visible()
    run_curl(panel, tmp_path)
    assert (tmp_path / "speech.wav").read_bytes().startswith(b"RIFF")
    first, second = [call.json["promptObject"] for call in onemin.features]
    assert first == second
    assert (first["text"], first["voice"]) == ("Ann's words", "nova")

    page.get_by_role("tab", name="Transcription").click()
    panel.get_by_label("Recording").set_input_files({**RECORDING, "name": 'Ann\'s "talk";.wav'})
    panel.get_by_label("As", exact=True).select_option("srt")
    panel.get_by_role("button", name="Write down").click()
    expect(panel.get_by_label("What was said")).to_contain_text("--> 00:00:02,000\nTwo.")
    (tmp_path / 'Ann\'s "talk";.wav').write_bytes(RECORDING["buffer"])
    assert b"Two." in run_curl(panel, tmp_path)


@pytest.mark.long
def test_whoever_stops_a_picture_is_told_what_becomes_of_it(
    visit: Visit, onemin: Simulator
) -> None:
    onemin.script_features(Reply(body=(Hang(),)))
    page = opened(visit)
    page.get_by_role("tab", name="Image").click()
    page.get_by_role("tabpanel").get_by_label("Prompt").fill("a cat")
    page.get_by_role("button", name="Draw").click()
    expect(page.get_by_role("status").get_by_text("on its way")).to_be_attached()
    onemin.wait_for_features(1)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alert")).to_contain_text("kept in /v1/files")
    expect(page.get_by_role("button", name="Draw")).to_be_enabled()


def test_everything_goes_by_keyboard(visit: Visit, onemin: Simulator) -> None:
    page = visit.open("/playground")
    keys = page.keyboard
    page.get_by_label("Your key").focus()
    keys.type("some-key")
    keys.press("Enter")
    expect(page.get_by_text("It opens")).to_be_visible()
    tab_to(page, "model")
    keys.type("gpt-4")
    keys.press("ArrowDown")
    keys.press("Escape")  # closes the list only
    expect(page.get_by_role("listbox")).to_be_hidden()
    keys.press("ArrowDown")
    keys.type("4o-mini")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(page.get_by_role("combobox", name="Model")).to_have_value("gpt-4o-mini")
    tab_to(page, "message")
    keys.type("count to 3")
    keys.press("Shift+Enter")
    keys.type("please")
    keys.press("Enter")
    answer = page.locator(".assistant")
    expect(answer).to_contain_text("1, 2, 3")
    expect(answer).to_contain_text("credits by the list of prices")
    assert onemin.chats[0].json["promptObject"]["prompt"] == "count to 3\nplease"
    tab_to(page, "tab-chat", "Shift+Tab")
    keys.press("ArrowRight")
    expect(page.get_by_role("tabpanel", name="Image")).to_be_visible()
    expect(page.get_by_role("tab", name="Image")).to_be_focused()
    with page.expect_event("dialog") as asking:
        page.once("dialog", lambda dialog: dialog.accept())
        page.reload()  # would lose the chat
    assert asking.value.type == "beforeunload"


def tab_to(page: Page, id: str, key: str = "Tab") -> None:
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.id") == id:
            return
    raise AssertionError(f"{key} does not lead to {id}")


def test_everybody_can_use_it_in_both_schemes(visit: Visit) -> None:
    page = opened(visit)
    page.get_by_label("Attach", exact=True).set_input_files([PICTURE])
    answer = say(
        page,
        "think: of it. say exactly: # Title\n[a](https://example.org) `b`"
        f"\n\n|{'a-wide-column|' * 12}\n{'|-' * 12}|",
    )
    expect(answer).to_contain_text("in all")
    page.locator(".options").get_by_role("button", name="Example").click()
    say(page, 'call get_weather with {"city": "Graz"}')
    expect(page.get_by_label("Result of get_weather")).to_be_visible()
    visit.shoot("playground-chat")
    page.get_by_role("combobox", name="Model").fill("gpt")
    assert faults(visit) == []
    visit.shoot("playground-models")
    page.keyboard.press("Escape")
    for tab in ("Image", "Speech", "Transcription"):
        page.get_by_role("tab", name=tab).click()
        assert faults(visit) == []


def faults(visit: Visit) -> list[str]:
    """In both schemes; colours that are about to change would count."""
    found = []
    for scheme in SCHEMES:
        visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += visit.faults()
    return found
