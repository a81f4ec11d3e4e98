"""Somebody tries models in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from simulator.replies import Cut, Hang, refusal, says
from simulator.server import Simulator
from tests.pages.playground import (
    DOCUMENT,
    PICTURE,
    RECORDING,
    choose,
    opened,
    option,
    run_curl,
    say,
)
from tests.pages.visit import Visit
from tests.routes.test_models import FEATURES, entry, listing

WHOLE = "in all"  # said when an answer has ended


def test_words_appear_as_they_come_and_stop_ends_the_call(
    visit: Visit, onemin: Simulator
) -> None:
    onemin.script(says("The first words " * 40, Hang()), says("and ", "more"))
    page = opened(visit)
    answer = say(page, "Hello")
    expect(answer).to_contain_text("The first words")
    [chat] = onemin.wait_for_chats(1)
    assert not chat.answered.is_set()
    assert answer.evaluate("shown => shown.scrollWidth <= shown.clientWidth")
    expect(page.get_by_label("Message")).to_be_focused()
    page.keyboard.press("Escape")
    expect(answer.get_by_role("alert")).to_have_text("You stopped it.")
    assert chat.hung_up.wait(5)
    again = say(page, "Go on")
    expect(again).to_contain_text("and more")
    expect(again).to_contain_text("gpt-4o-mini")
    assert "The first words" in onemin.chats[-1].json["promptObject"]["prompt"]


HAND_OVER = """([place, how, name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "text/plain" }));
    const held = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
    const Handed = how === "paste" ? ClipboardEvent : DragEvent;
    document.querySelector(place).dispatchEvent(new Handed(how, held));
}"""


def test_files_of_every_kind_arrive(visit: Visit, onemin: Simulator) -> None:
    page = opened(visit)
    page.get_by_label("Attach", exact=True).set_input_files([PICTURE, RECORDING])
    page.evaluate(HAND_OVER, ["#message", "paste", "notes.txt", "The code is 4711."])
    page.evaluate(HAND_OVER, [".talk", "drop", "empty.txt", ""])
    expect(page.get_by_role("alert")).to_have_text("empty.txt is empty.")
    page.evaluate(HAND_OVER, [".talk", "drop", "mistake.txt", "no"])
    page.get_by_role("button", name="Remove mistake.txt").click()
    chips = page.locator(".composer").get_by_role("listitem")
    expect(chips).to_have_count(3)
    expect(chips.first).to_contain_text("dot.png image, 69 B")
    choose(page, "o3-mini")
    expect(page.get_by_text("o3-mini does not see pictures")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    choose(page, "gpt-4o")
    answer = say(page, "what do you see, and what do you read")
    expect(answer).to_contain_text("I see 1 picture")
    expect(answer).to_contain_text("The code is 4711.")
    sent = [upload.data for upload in onemin.uploads]
    assert all(file["buffer"] in sent for file in (PICTURE, DOCUMENT, RECORDING))
    assert "One. Two." in onemin.chats[-1].json["promptObject"]["prompt"]
    expect(chips).to_have_count(0)


def test_a_tool_is_called_and_its_result_goes_back(visit: Visit) -> None:
    page = opened(visit)
    option(page, "Tools").fill("[{")
    expect(page.get_by_text("This is not JSON")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    page.locator(".options").get_by_role("button", name="Example").click()
    answer = say(
        page, 'call get_weather with {"city": "Graz"} and say exactly: It is {result}.'
    )
    expect(answer).to_contain_text('"city": "Graz"')
    answer.get_by_label("Result of get_weather").fill("sunny")
    answer.get_by_role("button", name="Send the result").click()
    expect(page.locator(".assistant").last).to_contain_text("It is sunny.")


@pytest.mark.long
def test_json_of_a_schema_is_asked_for(visit: Visit, onemin: Simulator) -> None:
    page = opened(visit)
    option(page, "Answer").select_option("json_schema")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    page.locator(".options").get_by_role("button", name="Example").first.click()
    answer = say(page, 'answer with {"name": "Ann", "age": 7}')
    expect(answer).to_contain_text('{"name":"Ann","age":7}')
    option(page, "System prompt").fill("Be brief.")
    for number in ("-1", "1.5"):
        option(page, "Most tokens of the answer").fill(number)
        expect(page.get_by_text("A whole number, 1 or more.")).to_be_visible()
        expect(page.get_by_role("button", name="Send")).to_be_disabled()
    option(page, "Most tokens of the answer").fill("3")
    option(page, "Answer").select_option("text")
    page.get_by_label("Search the web").check()
    answer = say(page, "count to 9")
    expect(answer).to_contain_text("its tokens were used up")
    asked = onemin.chats[-1].json["promptObject"]
    assert asked["settings"]["webSearchSettings"]["webSearch"]
    assert "Be brief." in asked["prompt"]


def test_what_breaks_off_never_looks_finished(visit: Visit, onemin: Simulator) -> None:
    page = opened(visit)
    onemin.script(says("Half of", Cut()))
    answer = say(page, "Hello")
    expect(answer).to_contain_text("Half of")
    expect(answer.get_by_role("alert")).to_contain_text("1min.ai closed the connection")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".assistant")).to_contain_text("You said")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Edit").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_label("Message")).to_be_focused()
    expect(page.get_by_label("Message")).to_have_value("Hello")


def test_a_question_that_was_refused_is_left_out_of_later_ones_and_can_be_edited(
    visit: Visit, onemin: Simulator
) -> None:
    page = opened(visit)
    expect(say(page, "Hello")).to_contain_text(WHOLE)
    onemin.script(refusal(400, "BAD", "This is too large."))
    page.get_by_label("Attach", exact=True).set_input_files([DOCUMENT])
    expect(say(page, "All of it").get_by_role("alert")).to_contain_text("too large")
    visit.forgive("400")  # Chromium's own
    expect(say(page, "And now?")).to_contain_text(WHOLE)
    prompt = onemin.chats[-1].json["promptObject"]["prompt"]
    assert "Hello" in prompt
    assert "All of it" not in prompt
    assert "4711" not in prompt
    edit = page.locator(".user", has_text="All of it").get_by_role("button", name="Edit")
    page.get_by_label("Message").fill("half of a thought")
    expect(edit).to_be_disabled()
    page.get_by_label("Message").fill("")
    edit.click()
    expect(page.get_by_label("Message")).to_have_value("All of it")
    expect(page.locator(".composer").get_by_role("listitem")).to_contain_text("notes.txt")
    expect(page.locator(".user .plain")).to_have_text(["Hello", "And now?"])


FORBIDDEN = {
    *("for", "role", "tabindex", "popover", "popovertarget", "usemap"),
    *("data-theme", "data-tooltip", "aria-label", "aria-live"),
    *("label", "area", "map", "fieldset", "datalist", "output", "template"),
}
# Of what is in an answer; its tables have the page's own tabindex.
NAMES = """shown => [...shown.querySelectorAll(":not(table)")].flatMap(
    (element) => [element.localName, ...element.getAttributeNames()])"""
HOSTILE = """
<script>window.ran = 1</script><img src=x onerror="window.ran = 2"><svg onload="window.ran = 3">
<a href="javascript:window.ran = 4">here</a> [there](javascript:window.ran=5)
![seen](http://127.0.0.2:9/pixel.png) <img srcset="http://127.0.0.2:9/2.png 1x" alt="set">
<video src="http://127.0.0.2:9/v.mp4" poster="http://127.0.0.2:9/p.png"></video>
<iframe src="http://127.0.0.2:9/"></iframe><style>@import "http://127.0.0.2:9/s.css"</style>
<table background="http://127.0.0.2:9/b.png"><tr><td>end of it</td></tr></table>
<label for="key">Your key</label><p role="alert" aria-label="Fault" aria-live="assertive">no</p>
<em tabindex="0" data-theme="dark" data-tooltip="Send your key" popover="auto">go</em>
<img src="data:," alt="drawn" usemap="#m"><map name="m"><area href="http://127.0.0.2:9/"></map>
<button popovertarget="x">b</button><fieldset><output for="key">o</output></fieldset>
<datalist><option>d</option></datalist><template><label>t</label></template>

- [ ] to do
- [x] done
"""


def test_hostile_names_and_answers_run_nothing_and_fetch_nothing(
    visit: Visit, onemin: Simulator
) -> None:
    name = '<img src=x onerror="window.ran = 6"><script>window.ran = 7</script>'
    hostile = {**entry(name), "name": name, "provider": name}
    onemin.script_models(*[listing(hostile)] * FEATURES)
    page = opened(visit)
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("listbox").get_by_role("option").click()
    onemin.script(says(HOSTILE))
    answer = say(page, "<b>Hello</b>")
    expect(answer).to_contain_text("end of it")
    expect(answer).to_contain_text(WHOLE)
    expect(answer.get_by_role("link", name="picture: seen")).to_have_attribute(
        "rel", "noopener noreferrer nofollow"
    )
    for box in ("☐ to do", "☑ done"):
        expect(answer).to_contain_text(box)
    shown = answer.locator("a[href^=javascript], img, svg, video, iframe, style")
    expect(shown).to_have_attribute("alt", "drawn")
    assert not {*answer.locator(".prose").evaluate(NAMES)} & FORBIDDEN
    assert page.evaluate("window.ran") is None
    expect(page.locator(".turn header").last).to_contain_text(name)
    onemin.script(says(">" * 20_000))  # nested deeper than a parser's stack
    expect(say(page, "And?")).to_contain_text(">" * 20_000)
    # A browser tells of what it will not run already when that is read, to be taken out.
    visit.forgive("inline")


@pytest.mark.long
def test_a_key_that_is_refused_is_told_at_the_key_and_forgotten_when_asked(
    visit: Visit,
) -> None:
    page = visit.open("/playground")
    page.get_by_label("Your key").fill("“a-key”")
    expect(page.locator("#key-note")).to_contain_text("signs of ASCII")
    expect(page.get_by_role("button", name="Use")).to_be_disabled()
    page = opened(visit, "bad-key")  # the list of models is anybody's
    say(page, "Hello")
    expect(page.get_by_label("Your key")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#key-note")).to_contain_text("API key")
    page.get_by_role("button", name="Forget").click()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    kept = page.evaluate("[JSON.stringify(sessionStorage), JSON.stringify(localStorage)]")
    assert kept == ["{}", "{}"]
    visit.forgive("401")


def test_the_command_beside_an_answer_runs(
    visit: Visit, onemin: Simulator, tmp_path: Path
) -> None:
    page = opened(visit)
    said = "it's \"quoted\" $HOME `date` \\ ! über\n'''"
    answer = say(page, said)
    expect(answer).to_contain_text(WHOLE)
    lines = run_curl(answer, tmp_path).decode().splitlines()
    assert lines[-2] == "data: [DONE]"
    first, second = [chat.json["promptObject"]["prompt"] for chat in onemin.chats]
    assert first == second == said
    page.get_by_label("Attach", exact=True).set_input_files({**DOCUMENT, "buffer": b"x" * 1000})
    answer = say(page, "what do you read")
    answer.get_by_text("The same with curl").click()
    expect(answer.locator(".curl")).to_contain_text("characters left out")
    expect(answer.locator(".curl")).to_contain_text("does not run as it is")


EVENTS = (
    ": x-relay-fallback: other\n\n"
    'data: {"model":"m","choices":[{"delta":{"content":"Grüße "}}]}\r\n\r\n'
    'data: {"choices":[{"delta":{"content":"an \\u2028 alle"}}]}\r\r'
    'data: {"choices":[{"delta":{},\r\ndata: "finish_reason":"stop"}]}\n\n'
    'event: ping\n\ndata:{"choices":[],"usage":{"prompt_tokens":1}}\n\n'
)
CUT_ANYWHERE = """async ([text, ending]) => {
    const { reader } = await import("/static/playground/sse.js");
    const { added, fault, NOTHING } = await import("/static/playground/answer.js");
    const answer = (...pieces) => {
        const read = reader();
        return pieces.flatMap(read).reduce(added, NOTHING);
    };
    const whole = answer(text + ending);
    const told = (at) => JSON.stringify(answer(text.slice(0, at), text.slice(at) + ending));
    const same = [...text].every((_, at) => told(at) === JSON.stringify(whole));
    return [whole, same, fault(answer(text)), fault(whole)];
}"""


def test_a_stream_may_be_cut_at_any_byte(visit: Visit) -> None:
    page = visit.open("/playground")
    whole, same, broken, fault = page.evaluate(CUT_ANYWHERE, [EVENTS, "data: [DONE]\n\n"])
    assert (whole["text"], whole["reason"]) == ("Grüße an \u2028 alle", "stop")
    assert (whole["notes"], whole["usage"]) == (
        {"x-relay-fallback": "other"},
        {"prompt_tokens": 1},
    )
    assert (same, fault) == (True, "")
    assert "broke off" in broken
