"""From nothing to a chat: clone, one command, open the page."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.demo import demo
from tests.pages.visit import visiting
from tests.serving import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "relay"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True, timeout=60)
    return folder


def test_a_newcomer_chats_soon_after_the_clone(context: BrowserContext, clone: Path) -> None:
    walk(context, [sys.executable, "-m", "simulator.demo"], clone)


@pytest.mark.long
def test_one_command_installs_all_that_a_newcomer_needs(
    context: BrowserContext, clone: Path
) -> None:
    walk(context, ["make", "demo"], clone)


def walk(context: BrowserContext, command: Sequence[str], clone: Path) -> None:
    with demo(command, clone) as told:
        address = re.search(r"http://\S+(?=/playground)", told)
        assert address, told
        with visiting(context, address[0]) as visit:
            chat(visit.open("/"))


def chat(page: Page) -> None:
    page.get_by_role("link", name="Try it in the playground").click()
    page.get_by_label("Your key").fill("demo-key")
    page.keyboard.press("Enter")
    page.get_by_label("Message").fill("Good morning!")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("You said: “Good morning!”.")
