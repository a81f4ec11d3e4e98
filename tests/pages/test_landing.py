"""What a newcomer sees first."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.pages.visit import Visit
from tests.serving import ThreadedRelay

PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def test_a_browser_gets_a_page_and_a_program_a_list(
    relay: ThreadedRelay,
) -> None:
    shown = relay.get("/", headers=PAGE)
    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Accept" in shown.headers["Vary"]
    for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        listed = relay.get("/", headers=accept)
        assert "POST /v1/chat/completions" in listed.json()["endpoints"]
        assert "Accept" in listed.headers["Vary"]


def test_it_guides_to_each_program_with_this_relays_own_address(visit: Visit) -> None:
    page = visit.open("/")
    expect(page.get_by_label("Base URL")).to_have_value(f"{visit.url}/v1")
    page.get_by_role("button", name="Copy").first.click()
    assert page.evaluate("navigator.clipboard.readText()") == f"{visit.url}/v1"
    page.get_by_role("tab", name="curl").focus()
    names = page.get_by_role("tab").all_inner_texts()
    assert {"curl", "OpenAI SDK", "Anthropic SDK"} < set(names)
    assert len(names) >= 13
    for _ in names:
        expect(page.get_by_role("tabpanel")).to_contain_text(visit.url)
        page.keyboard.press("ArrowRight")
    assert "127.0.0.1:5001" not in page.locator("#guides").inner_html()


def test_it_says_how_the_parts_are(visit: Visit) -> None:
    page = visit.open("/")
    parts = page.get_by_role("table", name="What the relay stands on")
    for part, state in {"Database": "ok", "Memcached": "unused"}.items():
        expect(parts.get_by_role("row", name=part)).to_contain_text(state)
    expect(parts.get_by_role("row", name="1min.ai, by its list of models")).to_be_visible()


@pytest.mark.long
def test_what_a_relay_learns_soon_after_its_start_is_told_without_another_visit(
    visit: Visit,
) -> None:
    with visit.page.expect_response("**/readyz") as first:
        page = visit.open("/")
    assert first.value.json()["checks"]["catalog"] == "snapshot"
    expect(page.get_by_role("row", name="1min.ai, by its list of models")).to_contain_text(
        "live"
    )
    expect(page.get_by_text("All in all: ok")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(1)


def test_everybody_can_use_it(visit: Visit) -> None:
    page = visit.open("/")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert visit.faults() == []
    visit.shoot("landing")
