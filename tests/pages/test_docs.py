"""The API, to be read and tried."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.pages.visit import WIDE, Visit
from tests.serving import KEY

# What axe-core finds in Swagger UI's own elements, which no style sheet can mend.
SWAGGERS = ("nested-interactive", "scrollable-region-focusable", "select-name")


def test_a_route_is_found_and_tried_with_a_key(visit: Visit) -> None:
    page = visit.open("/docs")
    page.get_by_role("button", name="Authorize").click()
    page.get_by_label("auth-bearer-value").first.fill(KEY)
    page.get_by_role("button", name="Apply credentials").first.click()
    page.get_by_role("button", name="Close").first.click()
    assert visit.faults_at(WIDE) == []
    page.get_by_role("heading", name="usage").click()
    page.locator('[data-path="/v1/usage"]').click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table")).to_contain_text('"total_tokens": 0')
    assert [fault for fault in visit.faults_at(WIDE) if not fault.startswith(SWAGGERS)] == []
    visit.shoot("docs")
