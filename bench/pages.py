"""`python -m bench.pages`: what the relay's pages weigh and how soon they are seen, written to
bench/results/pages.md. It needs Chromium, and what requirements-dev.txt installs.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from bench.browser import chromium
from bench.targets import direct, relay

PLACE = Path(__file__).parent / "results" / "pages.md"
PAGES = ("/", "/playground", "/dashboard")
REFERENCE = "/docs"  # Swagger UI, for which there is no bar
VISITS = 15  # each by a browser that has nothing kept
WEIGHT, PAINT = 150_000, 300  # bytes of all pages together; milliseconds

# What the browser itself has measured, and which of it is the page rather than its data.
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
FILES = """() => [
  performance.getEntriesByType("navigation")[0],
  ...performance.getEntriesByType("resource"),
].map((entry) => [new URL(entry.name).pathname, entry.encodedBodySize])"""
DATA = ("/v1", "/admin", "/readyz", "/openapi.json")


@dataclass(frozen=True, slots=True)
class Measured:
    """One page: milliseconds to its first paint in each visit, and the bytes of its files."""

    path: str
    paints: Sequence[float]
    files: Mapping[str, int]

    @property
    def median(self) -> float:
        return statistics.median(self.paints)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, chromium() as browser:
        folder = Path(name)
        with (
            direct(folder) as upstream,
            relay(folder, upstream.url, sys.executable, 1, {}) as target,
        ):
            pages = [measured(browser, target.url, path) for path in PAGES]
            reference = measured(browser, target.url, REFERENCE)
            version = browser.version
    told = "".join(report(pages, reference, version))
    PLACE.write_text(told)
    sys.stdout.write(told)
    return int(weight(pages) > WEIGHT or any(page.median > PAINT for page in pages))


def measured(browser: Browser, url: str, path: str) -> Measured:
    visits = [_visit(browser, url + path) for _ in range(VISITS)]
    return Measured(path, [paint for paint, _ in visits], visits[-1][1])


def _visit(browser: Browser, url: str) -> tuple[float, Mapping[str, int]]:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(url, wait_until="networkidle")
        files = {path: size for path, size in page.evaluate(FILES) if not path.startswith(DATA)}
        return page.evaluate(PAINTED), files


def weight(pages: Sequence[Measured]) -> int:
    """Of all pages; what they share counts once."""
    return sum({name: size for page in pages for name, size in page.files.items()}.values())


def report(pages: Sequence[Measured], reference: Measured, version: str) -> Iterator[str]:
    yield f"""\
# The pages

Chromium {version} beside the relay on one machine, {VISITS} visits of each page by a browser
that had nothing kept. Bytes are as they came, packed. Milliseconds are from the start of the
visit to the first paint of content, as the browser measured them.

| page | bytes | median | slowest |
|---|---|---|---|
"""
    for page in (*pages, reference):
        size, slowest = sum(page.files.values()), max(page.paints)
        yield f"| `{page.path}` | {size:,} | {page.median:.0f} ms | {slowest:.0f} ms |\n"
    yield f"""
All but `{reference.path}`, which is Swagger UI, weigh {weight(pages):,} bytes together (bar
{WEIGHT:,}; what they share counts once), and are to be seen within {PAINT} ms.
"""


if __name__ == "__main__":
    sys.exit(main())
