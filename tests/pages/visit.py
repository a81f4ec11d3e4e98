"""A tab of a browser at a relay, and what it does there that it should not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request, ViewportSize

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"  # CI keeps them
SERIOUS = ("serious", "critical")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDE, PHONE = ViewportSize(width=1200, height=900), ViewportSize(width=390, height=844)


class Visit:
    """`complaints` are what its console says: errors, and what its policy forbids. `outside`
    are requests to others than the relay.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        self.outside: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda told: self._hear(told.type, told.text))
        page.on("request", self._see)

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def forgive(self, *words: str) -> None:
        """Complaints that have one of these words are as they should be."""
        self.complaints = [
            told for told in self.complaints if not any(word in told for word in words)
        ]

    def faults(self) -> list[str]:
        """What axe-core finds serious in the page as it is, on a phone and wide, with where."""
        return [fault for size in (PHONE, WIDE) for fault in self.faults_at(size)]

    def faults_at(self, size: ViewportSize) -> list[str]:
        self.page.set_viewport_size(size)
        violations = Axe().run(self.page).response["violations"]
        return [
            f"{found['id']}: {[node['target'] for node in found['nodes']]}"
            for found in violations
            if found["impact"] in SERIOUS
        ]

    def shoot(self, name: str) -> None:
        """In both schemes, wide and on a phone, in a window as high as the page: what sticks to
        an edge of a lower one would stand in the middle of it.
        """
        SHOTS.mkdir(parents=True, exist_ok=True)
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for label, size in (("wide", WIDE), ("phone", PHONE)):
                self.page.set_viewport_size(size)
                height = self.page.evaluate("document.documentElement.scrollHeight")
                self.page.set_viewport_size({"width": size["width"], "height": height})
                self.page.screenshot(path=SHOTS / f"{name}-{scheme}-{label}.png")
        self.page.set_viewport_size(WIDE)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _see(self, asked: Request) -> None:
        if not asked.url.startswith((self.url, "data:", "blob:")):
            self.outside.append(asked.url)


@contextmanager
def visiting(context: BrowserContext, url: str) -> Iterator[Visit]:
    """A tab at this relay. Whatever it complains of, or asks of others, fails the test."""
    visit = Visit(context.new_page(), url)
    yield visit
    assert visit.complaints == []
    assert visit.outside == []
