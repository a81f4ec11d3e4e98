"""Debian's Chromium, which shows the relay's pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from bench.browser import CHROMIUM, chromium
from tests.access.calling import TOKEN
from tests.conftest import RelayFactory
from tests.pages.visit import Visit, visiting
from tests.serving import ThreadedRelay


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ends with these tests: while it lives, its event loop stops any other in this thread."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}")
    with chromium() as launched:
        yield launched


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without a past, that grants a page its clipboard."""
    opened = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def relay(relay_with: RelayFactory) -> ThreadedRelay:
    """With an operator."""
    return relay_with(admin_token=TOKEN)


@pytest.fixture
def visit(context: BrowserContext, relay: ThreadedRelay) -> Iterator[Visit]:
    with visiting(context, relay.url) as visited:
        yield visited


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit.page
