"""The playground, as its tests use it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.pages.visit import Visit
from tests.samples import png, wav
from tests.serving import KEY

PICTURE = FilePayload(name="dot.png", mimeType="image/png", buffer=png())
DOCUMENT = FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"The code is 4711.")
RECORDING = FilePayload(name="talk.wav", mimeType="audio/wav", buffer=wav("One. Two."))


def opened(visit: Visit, key: str = KEY) -> Page:
    """The playground, with a key."""
    page = visit.open("/playground")
    page.get_by_label("Your key").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("It opens")).to_be_visible()
    return page


def say(page: Page, text: str) -> Locator:
    """The answer to it, which may still be growing."""
    before = page.locator(".assistant").count()
    page.get_by_label("Message").fill(text)
    page.get_by_label("Message").press("Enter")
    return page.locator(".assistant").nth(before)


def choose(page: Page, model: str) -> None:
    page.get_by_role("combobox", name="Model").fill(model)
    page.get_by_role("option").filter(has=page.locator(f"strong:text-is('{model}')")).click()


def option(page: Page, label: str) -> Locator:
    return page.locator(".options").get_by_label(label, exact=True)


def run_curl(shown: Locator, folder: Path) -> bytes:
    """What the command beside an answer prints there, once it was copied."""
    details = shown.locator(".curl")
    details.get_by_text("The same with curl").click()
    details.get_by_role("button", name="Copy").click()
    copied: str = shown.page.evaluate("navigator.clipboard.readText()")
    ran = subprocess.run(
        ["sh", "-c", copied],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "ONE_MIN_API_KEY": KEY},
        capture_output=True,
        timeout=20,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
