"""The pages an answer draws on."""

from __future__ import annotations

import json
from typing import Any

from simulator.replies import event as upstream_event
from simulator.replies import events, says
from simulator.server import Simulator
from tests.routes.heard import chunks, heard, said, whole_and_streamed
from tests.serving import ThreadedRelay

PAGES = [f"https://example.com/{number}" for number in (1, 2, 3)]


def record(text: str, **detail: Any) -> dict[str, Any]:
    return {"status": "SUCCESS", "aiRecordDetail": {"resultObject": [text], **detail}}


@whole_and_streamed
def test_the_pages_of_a_search_are_annotations(relay: ThreadedRelay, *, stream: bool) -> None:
    messages = said("say exactly: It is so.")
    choice = heard(relay.chat(messages=messages, web_search=True, stream=stream))
    assert (choice.text, choice.reason) == ("It is so.", "stop")
    assert choice.urls == PAGES
    assert choice.annotations[0] == {
        "type": "url_citation",
        "url_citation": {
            "url": "https://example.com/1",
            "title": "Example",
            "start_index": 0,
            "end_index": 0,
        },
    }


@whole_and_streamed
def test_pages_named_in_another_place_are_annotations_too(
    relay: ThreadedRelay, *, stream: bool
) -> None:
    messages = said("[[scenario=search-result]] hi")
    choice = heard(relay.chat(messages=messages, web_search=True, stream=stream))
    assert choice.urls == PAGES[:1]


CRAWLED = "".join(f"🌐 Crawling site {url}\n" for url in (*PAGES, PAGES[0]))


@whole_and_streamed
def test_pages_that_only_the_text_names_are_annotations(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says(*CRAWLED, "It is so."))
    choice = heard(relay.chat(web_search=True, stream=stream))
    assert (choice.text, choice.urls) == ("It is so.", PAGES)


def test_what_the_record_names_wins_over_the_text(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    named = record("a", searchContentList=[{"url": "https://other.example", "title": "T"}])
    onemin.script(
        events(
            upstream_event("content", content=f"{CRAWLED}a"),
            upstream_event("result", aiRecord=named),
            upstream_event("done"),
        )
    )
    choice = heard(relay.chat(web_search=True, stream=True))
    assert (choice.text, choice.urls) == ("a", ["https://other.example"])


@whole_and_streamed
def test_an_answer_without_a_search_has_no_annotations(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says(CRAWLED))
    reply = relay.chat(stream=stream)
    assert heard(reply).text == CRAWLED, "nobody searched, so this is the model's own text"
    assert "annotations" not in reply.text


def test_annotations_are_one_delta_before_the_end(relay: ThreadedRelay) -> None:
    sent = [c["choices"][0] for c in chunks(relay.chat(web_search=True, stream=True))]
    *_, cited, last = sent
    assert [*cited["delta"]] == ["annotations"]
    assert (last["delta"], last["finish_reason"]) == ({}, "stop")


@whole_and_streamed
def test_only_addresses_on_the_web_are_cited(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    pages: list[Any] = [
        {"url": "javascript:alert(1)", "title": "no"},
        {"url": 5},
        "https://no.example",
        {"title": "no"},
        {"url": "https://yes.example", "title": None},
        {"url": "https://yes.example", "title": None},
    ]
    body = json.dumps({"aiRecord": record("a", searchContentList=pages)})
    onemin.script(events(body))
    choice = heard(relay.chat(stream=stream, web_search=True))
    assert choice.urls == ["https://yes.example"]
