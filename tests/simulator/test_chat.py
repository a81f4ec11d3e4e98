"""The answers of onemin-api.md 2.3 and 2.4."""

from __future__ import annotations

from simulator.server import Simulator
from tests.simulator.peer import chat, streamed


def test_an_answer_is_one_record(sim: Simulator) -> None:
    record = chat(sim, "say exactly: Hello.").record
    assert record["status"] == "SUCCESS"
    assert record["model"] == "gpt-4o-mini"
    assert record["aiRecordDetail"]["resultObject"] == ["Hello."]
    assert record["modelDetail"] == {"name": "gpt-4o-mini", "provider": "OPENAI"}


def test_the_prompt_is_echoed_with_fields_of_their_own(sim: Simulator) -> None:
    echo = chat(sim, "Hi", imageList=["images/1.png"]).record["aiRecordDetail"]["promptObject"]
    assert echo == {
        "prompt": "Hi",
        "imageList": ["images/1.png"],
        "linkContentList": [],
        "searchContentList": [],
    }


def test_the_metadata_counts_tokens_at_the_models_price(sim: Simulator) -> None:
    counted = chat(sim, "say exactly: " + "x" * 400).record["metadata"]
    assert counted["outputToken"] == 100
    assert counted["outputCredit"] == 60
    assert counted["totalToken"] == counted["inputToken"] + 100
    assert counted["credit"] == counted["inputCredit"] + 60


def test_used_credit_is_one_request_behind(sim: Simulator) -> None:
    first, second = chat(sim, "Hi").record, chat(sim, "Hi").record
    assert first["teamUser"]["usedCredit"] == 0
    assert second["teamUser"]["usedCredit"] == first["metadata"]["credit"]


def test_each_key_has_credits_of_its_own(sim: Simulator) -> None:
    chat(sim, "Hi", key="one")
    other = chat(sim, "Hi", key="two").record["teamUser"]
    assert other["usedCredit"] == 0


def test_a_stream_is_content_then_result_then_done(sim: Simulator) -> None:
    answer = streamed(sim, "say exactly: Hello there, world.")
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.text == "Hello there, world."
    assert answer.names[-3:] == ["content", "result", "done"]
    assert answer.last("done") == {"message": "Stream completed"}


def test_the_result_of_a_stream_is_the_whole_record(sim: Simulator) -> None:
    record = streamed(sim, "say exactly: Hello.").last("result")["aiRecord"]
    assert record["aiRecordDetail"]["resultObject"] == ["Hello."]
    assert record["metadata"]["outputToken"] == 2
    assert "usedCredit" in record["teamUser"]


def test_a_stream_is_cut_inside_words_and_before_spaces(sim: Simulator) -> None:
    events = streamed(sim, "say exactly: Hello there, you wonderful world.").events
    pieces = [data["content"] for name, data in events if name == "content"]
    assert any(piece.startswith(" ") for piece in pieces)
    assert "Hell" in pieces


def test_gpt_5_4_says_everything_once_more_at_the_end(sim: Simulator) -> None:
    answer = streamed(sim, "say exactly: Hello.", model="gpt-5.4")
    contents = [data["content"] for name, data in answer.events if name == "content"]
    assert contents[-1] == "Hello."
    assert "".join(contents[:-1]) == "Hello."


def test_a_web_search_mixes_its_progress_into_the_text(sim: Simulator) -> None:
    settings = {"webSearchSettings": {"webSearch": True, "numOfSite": 2}}
    answer = streamed(sim, "say exactly: Found.", settings=settings)
    lines = answer.text.split("\n")
    assert lines == [
        "🌐 Crawling site https://example.com/1",
        "🌐 Crawling site https://example.com/2",
        "Found.",
    ]
    detail = answer.last("result")["aiRecord"]["aiRecordDetail"]
    assert len(detail["promptObject"]["searchContentList"]) == 2


def test_a_url_in_the_prompt_is_crawled_and_leaks_a_footer(sim: Simulator) -> None:
    answer = chat(sim, "What is on https://example.org/page ?")
    links = answer.record["aiRecordDetail"]["promptObject"]["linkContentList"]
    assert [link["url"] for link in links] == ["https://example.org/page"]
    assert answer.text.endswith("\nHere is some information from the links you provided:")


def test_half_a_surrogate_pair_does_not_break_the_echo(sim: Simulator) -> None:
    echo = chat(sim, "\ud83d").record["aiRecordDetail"]["promptObject"]
    assert echo["prompt"] == "\ud83d"
