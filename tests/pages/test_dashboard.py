"""What an operator sees, and does."""

from __future__ import annotations

import csv
import re
import time
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from simulator.replies import Pause, says
from simulator.server import Simulator
from tests.access.calling import OPERATOR, TOKEN, bearing
from tests.conftest import RelayFactory
from tests.eventual import eventually
from tests.ledger.records import call
from tests.pages.visit import Visit, visiting
from tests.serving import ASKED, ThreadedRelay

HOUR = 3600
HOSTILE = "<img src=x onerror=alert(1)>=1+1"


@pytest.fixture
def relay(relay_with: RelayFactory) -> ThreadedRelay:
    return relay_with(admin_token=TOKEN, one_min_api_keys=("the-relays-own-key",))


@pytest.fixture
def page(visit: Visit) -> Page:
    """The dashboard of an operator."""
    return opened(visit)


def opened(visit: Visit) -> Page:
    page = visit.open("/dashboard")
    page.get_by_label("ADMIN_TOKEN").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The relay takes it.")).to_be_visible()
    return page


def called(relay: ThreadedRelay, number: int) -> None:
    """So many calls that are in the ledger."""
    name = {"name": HOSTILE}
    secret = relay.post("/admin/keys", name, headers=OPERATOR).json()["secret"]
    for _ in range(number - 1):
        assert relay.chat(stream=True).status_code == 200
    assert (
        relay.post("/v1/chat/completions", {"model": 7}, headers=bearing(secret)).status_code
        == 400
    )
    assert eventually(
        lambda: len(relay.get("/admin/calls", headers=OPERATOR).json()["data"]) == number
    )


def test_figures_and_charts_show_what_the_ledger_says(
    visit: Visit, relay: ThreadedRelay, onemin: Simulator, tmp_path: Path
) -> None:
    onemin.script(*(says("One", Pause(seconds), "two") for seconds in (0.05, 0.2)))
    await_an_hour_with_room()
    called(relay, 3)
    with visit.page.expect_response(re.compile("group_by=hour")) as answer:
        page = opened(visit)
    told = answer.value.json()
    [row] = told["data"]
    assert row["calls"] == told["total"]["calls"] == 3
    figures = page.locator(".totals")
    expect(figures).to_be_visible()
    assert figures.locator("dd").all_inner_texts() == figures_of(told)
    for chart, values in zip(page.locator(".chart").all(), drawn(row), strict=True):
        expect(legend(chart, told)).to_have_text(values)
    page.get_by_text("The same as a table").click()
    rows = page.get_by_role("region", name="Over time, as a table").locator("tbody tr")
    assert rows.locator("td").all_inner_texts() == [*chain(*drawn(row))]
    assert visit.faults() == []
    visit.shoot("dashboard-overview")
    page.get_by_role("button", name=HOSTILE).click()
    expect(figures.locator("div", has_text="Requests")).to_contain_text("1")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="CSV by key").click()
    downloading.value.save_as(tmp_path / "usage.csv")
    (line,) = csv.DictReader((tmp_path / "usage.csv").read_text("utf-8-sig").splitlines())
    assert (line["calls"], line["name"]) == ("1", HOSTILE)


def await_an_hour_with_room(seconds: float = 15) -> None:
    """So that all calls of a test are of the same one."""
    left = 3600 - time.time() % 3600
    if left < seconds:
        time.sleep(left)


def figures_of(told: Any) -> list[str]:
    """In the order in which they stand on the page."""
    total, forecast, latency = told["total"], told["forecast"], told["total"]["latency"]
    tokens = [f"{total[f'{kind}_tokens']:,}" for kind in ("total", "input", "output")]
    month, so_far, a_day = (
        short(forecast[name]) for name in ("credits_of_the_month", "credits", "credits_a_day")
    )
    return [
        "3",
        "1\n1 refused",
        "{}\n{} in, {} out".format(*tokens),
        "≈ " * total["credits_approximate"] + f"{total['credits']:,.0f}",
        *(
            "{}\n95 % within {}".format(*spread(latency[what]))
            for what in ("seconds", "first_byte")
        ),
        f"{month} credits\n{so_far} so far, {a_day} a day, of everybody",
    ]


def drawn(row: Any) -> list[list[str]]:
    """What the charts say of an hour."""
    return [
        [str(row["calls"]), str(row["failed_calls"])],
        [str(row["input_tokens"]), str(row["output_tokens"])],
        [short(row["credits"])],
        spread(row["latency"]["seconds"]),
    ]


def legend(chart: Locator, told: Any) -> Locator:
    """What a chart says of the one hour with calls, to whoever points there."""
    begin, end = (datetime.fromisoformat(told[name]).timestamp() for name in ("start", "end"))
    hour = datetime.fromisoformat(told["data"][0]["hour"]).timestamp()
    first, last = begin // HOUR * HOUR, (end - 1) // HOUR * HOUR
    over = chart.locator(".u-over")
    width = over.evaluate("over => over.clientWidth") - 2
    over.hover(position={"x": 1 + width * (hour - first) / (last - first), "y": 20})
    return chart.locator(".u-series:not(:first-child) .u-value")


def spread(latency: Any) -> list[str]:
    """The median, and what 95 % of all took at most."""
    return [
        f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
        for seconds in (latency["p50"], latency["p95"])
    ]


def short(value: float) -> str:
    rounded = Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return str(rounded).removesuffix(".0")


ZONE = "Asia/Kathmandu"  # whose hours begin at a quarter to those of UTC


@pytest.mark.long
def test_charts_begin_with_a_whole_hour_or_day(visit: Visit) -> None:
    clock = visit.page.context.new_cdp_session(visit.page)
    clock.send("Emulation.setTimezoneOverride", {"timezoneId": ZONE})
    page = opened(visit)
    expect(page.locator(".totals")).to_be_visible()  # the first look has hours, too
    for span, by, steps in (("7 days", "hour", 7 * 24), ("30 days", "day", 30)):
        with page.expect_request(re.compile(f"group_by={by}")) as asking:
            page.get_by_role("button", name=span).click()
        step, end = {"hour": 3600, "day": 86400}[by], time.time()
        assert beginning(asking.value) == (end // step + 1 - steps) * step
    page.get_by_role("button", name="Own dates").click()
    for first, last, by, starts in (
        ("2020-11-05", "2020-11-06", "hour", "2020-11-04T18:15"),
        ("2020-10-01", "2020-11-07", "day", "2020-10-01T00:00"),
    ):
        page.get_by_label("first day").fill(first)
        with page.expect_request(re.compile(f"group_by={by}")) as asking:
            page.get_by_label("last day").fill(last)
        assert beginning(asking.value) == datetime.fromisoformat(f"{starts}Z").timestamp()
    expect(page.locator(".totals")).to_be_visible()
    page.get_by_label("first day").fill("2020-11-08")
    expect(page.get_by_role("alert")).to_have_text("The first day is after the last one.")
    expect(page.locator(".waits .totals")).to_be_visible()
    page.get_by_label("first day").fill("0001-01-01")
    expect(page.get_by_role("alert")).to_have_text("At most 1000 days are told at once.")


def beginning(asked: Request) -> int:
    return int(parse_qs(urlsplit(asked.url).query)["start"][0])


def asked(relay: ThreadedRelay, secret: str) -> int:
    """The status of a chat."""
    return relay.post("/v1/chat/completions", ASKED, headers=bearing(secret)).status_code


def test_a_key_made_in_the_page_chats_until_it_is_revoked_there(
    visit: Visit, page: Page, relay: ThreadedRelay
) -> None:
    page.get_by_role("tab", name="Keys").click()
    page.get_by_role("button", name="New key").click()
    page.get_by_role("textbox", name="Name").fill(HOSTILE)
    page.get_by_role("textbox", name="Models").fill("gpt-4o*")
    page.get_by_label("Credits a month").fill("50000.5")
    visit.shoot("dashboard-new-key")
    assert visit.faults() == []
    page.get_by_role("button", name="Make it").click()
    secret = page.locator("#secret").inner_text()
    page.get_by_role("button", name="I have it").click()
    assert secret not in page.content()
    row = page.get_by_role("row").filter(has_text="50,001 credits a month")
    expect(row).to_contain_text("gpt-4o*")
    assert asked(relay, secret) == 200
    page.get_by_role("button", name=f"change {HOSTILE}").click()
    page.get_by_label("Requests a minute").fill("70")
    page.get_by_label("Tokens a minute").fill("0")
    page.get_by_role("button", name="Change it").click()
    expect(row).to_contain_text(
        "70 requests a minute, no limit of tokens a minute, 50,001 credits a month"
    )
    page.get_by_role("button", name=f"rotate {HOSTILE}").click()
    page.get_by_role("button", name="Give it another").click()
    before, secret = secret, page.locator("#secret").inner_text()
    page.get_by_role("button", name="I have it").click()
    assert eventually(lambda: asked(relay, before) == 401)
    assert asked(relay, secret) == 200
    visit.shoot("dashboard-keys")
    page.get_by_role("button", name=f"revoke {HOSTILE}").click()
    page.get_by_role("button", name="Revoke it").click()
    expect(row).to_contain_text("revoked")
    assert eventually(lambda: asked(relay, secret) == 401)


def test_a_change_in_the_page_is_of_what_was_changed_there(
    page: Page, relay: ThreadedRelay
) -> None:
    """A key that ends at noon still does after it was given another name."""
    ends = int(time.time()) // 86400 * 86400 + 86400 + 12 * 3600 + 7
    given = {"name": "old", "expires_at": ends, "models": ["a,b"], "scopes": ["chat:base"]}
    made = relay.post("/admin/keys", given, headers=OPERATOR).json()
    page.get_by_role("tab", name="Keys").click()
    page.get_by_role("button", name="change old").click()
    page.get_by_role("textbox", name="Name").fill("new")
    page.keyboard.press("Enter")
    revoke = page.get_by_role("button", name="revoke new")
    expect(revoke).to_be_visible()
    del made["secret"]
    changed = relay.get(f"/admin/keys/{made['id']}", headers=OPERATOR).json()
    assert changed == made | {"name": "new"}
    revoke.press("Enter")
    page.get_by_role("button", name="Revoke it").press("Enter")
    expect(page.get_by_role("button", name="New key")).to_be_focused()


def test_a_call_is_seen_while_the_tail_is_open(
    visit: Visit, page: Page, relay: ThreadedRelay
) -> None:
    page.get_by_role("tab", name="Calls").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    called(relay, 2)
    expect(page.get_by_role("region", name="Calls").locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("row").filter(has_text="400")).to_contain_text(HOSTILE)
    assert visit.faults() == []
    visit.shoot("dashboard-calls")
    page.get_by_label("Which").select_option("refused (4xx)")
    expect(page.get_by_role("region", name="Calls").locator("tbody tr")).to_have_count(1)


@pytest.mark.long
def test_of_many_calls_the_latest_are_shown_and_of_many_models_the_largest(
    visit: Visit, page: Page, relay: ThreadedRelay
) -> None:
    page.get_by_role("tab", name="Calls").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    for number in range(1000):
        status = 503 if number % 2 else 499
        told = call("somebody", at=time.time(), model=f"m-{number}", status=status)
        relay.services.ledger.add(told)
    assert relay.services.ledger.flush()
    page.get_by_role("button", name="Go on").click()
    rows = page.get_by_role("region", name="Calls").locator("tbody tr")
    expect(rows).to_have_count(200)
    expect(rows.first).to_contain_text("503 broken")
    expect(rows.first).to_contain_text("m-999")
    expect(rows.last).to_contain_text("499 left")
    expect(rows.last).to_contain_text("m-800")
    page.get_by_role("tab", name="Overview").click()
    page.get_by_role("button", name="7 days").click()
    models = page.get_by_role("table", name="By model").locator("tbody tr")
    expect(models).to_have_count(10)
    page.get_by_role("button", name="All 1,000").click()
    expect(models).to_have_count(1000)


def test_it_says_how_the_relay_is(visit: Visit, page: Page) -> None:
    page.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("table", name="Parts")).to_contain_text("memcached")
    pool = page.get_by_role("table", name="The relay's own keys at 1min.ai")
    expect(pool.locator("tbody tr")).to_have_count(1)
    assert visit.faults() == []
    visit.shoot("dashboard-health")


def test_a_wrong_token_and_none_at_all_are_told(visit: Visit, relay_with: RelayFactory) -> None:
    expect(refused(visit)).to_have_text(re.compile("Incorrect admin token"))
    visit.forgive("401")  # Chromium's own
    with visiting(visit.page.context, relay_with().url) as other:
        expect(refused(other)).to_have_text(re.compile("This relay has no ADMIN_TOKEN"))
        other.forgive("404")


def refused(visit: Visit) -> Locator:
    """What is said at a token that does not open the dashboard."""
    page = visit.open("/dashboard")
    page.get_by_label("ADMIN_TOKEN").fill("wrong")
    page.keyboard.press("Enter")
    return page.locator("#key-note.fault")
