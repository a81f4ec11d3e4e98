"""`flask doctor`, of a relay and a 1min.ai that are well or not."""

from __future__ import annotations

import json

import pytest

from simulator.replies import JSON, Cut, Hang, Reply, event, events, html, record, refusal, says
from simulator.server import Simulator
from tests.doctor.conftest import KEY, Doctor
from tests.simulator.peer import chat


def test_all_is_well(doctor: Doctor, onemin: Simulator) -> None:
    told = doctor()
    assert (told.exit, told.document["status"]) == (0, "ok")
    assert not told.not_well()


def test_a_free_look_asks_for_nothing_that_costs(doctor: Doctor, onemin: Simulator) -> None:
    told = doctor("--free")
    assert told.exit == 0
    assert {told.status(name) for name in ("key", "catalog", "upload")} == {"ok"}
    assert {told.status(name) for name in ("credits", "chat", "tools")} == {"skipped"}
    assert [*onemin.chats, *onemin.native_calls, *onemin.features] == []


@pytest.mark.long
def test_media_are_made_only_when_asked_for(doctor: Doctor, onemin: Simulator) -> None:
    assert doctor().status("picture") == "skipped"
    assert not onemin.features
    told = doctor("--media")
    assert {told.status(name) for name in ("speech", "picture")} == {"ok"}


@pytest.mark.long
def test_what_was_paid_is_what_the_account_has_lost(doctor: Doctor, onemin: Simulator) -> None:
    credits = doctor().document["credits"]
    assert len(onemin.chats) == 4
    used = chat(onemin, "Hi", key=KEY).record["teamUser"]["usedCredit"]  # before this chat
    assert credits["told"] == used > 0
    assert credits["untold"] == 1  # 1min.ai's native chat


def test_a_refused_key_is_named_by_its_number_alone(doctor: Doctor) -> None:
    told = doctor(ONE_MIN_API_KEYS="bad-key-of-mine-1,another-key-of-mine-2")
    assert told.exit == 1
    assert told.not_well() == {"key 1"}
    assert "app.1min.ai" in told.said("key 1")
    assert told.status("chat") == "ok"  # the other key pays
    assert not [word for word in ("bad-key", "mine-1", "another-key") if word in told.text]


def test_with_a_refused_key_alone_nothing_is_asked(doctor: Doctor, onemin: Simulator) -> None:
    told = doctor(ONE_MIN_API_KEYS="bad-key-of-mine")
    assert told.not_well() == {"key"}
    assert told.said("chat").strip() == "there is no key that 1min.ai accepts"
    assert not onemin.chats


def test_without_a_key_nobody_is_said_to_have_refused_one(
    doctor: Doctor, onemin: Simulator
) -> None:
    told = doctor(ONE_MIN_API_KEYS="")
    assert "ONE_MIN_API_KEYS is empty" in told.said("key")
    assert told.said("chat").strip() == told.said("upload").strip() == "no key was given"
    assert not onemin.chats


def test_an_account_without_credits_is_told(doctor: Doctor) -> None:
    told = doctor(ONE_MIN_API_KEYS="broke-key")
    assert told.not_well() == {"credits"}
    assert "app.1min.ai/members" in told.said("credits")
    assert told.status("streaming") == "skipped"


def test_without_a_list_of_models_a_chat_is_tried(doctor: Doctor, onemin: Simulator) -> None:
    reached = Reply(body=(b"{}",))
    onemin.script_models(reached, *[refusal(500, "INTERNAL_SERVER_ERROR", "")] * 9)
    told = doctor()
    assert told.not_well() == {"catalog"}
    assert "an older list" in told.said("catalog")
    assert told.status("chat") == "ok"


def test_a_stream_that_ends_in_the_middle_is_told(doctor: Doctor, onemin: Simulator) -> None:
    onemin.script(says("OK"), says("1, 2", ", 3", Cut()))
    told = doctor()
    assert told.not_well() == {"streaming"}
    assert "the stream has no event 'result'" in told.said("streaming")


@pytest.mark.long
def test_a_stream_that_comes_at_once_is_told(doctor: Doctor, onemin: Simulator) -> None:
    onemin.script(says("OK"), says("1, 2, 3"))
    told = doctor()
    assert told.status("streaming") == "warning"
    assert "proxy" in told.said("streaming")


def test_a_model_that_calls_no_tool_is_told(doctor: Doctor, onemin: Simulator) -> None:
    declines = says("I have no idea about the weather.")
    onemin.script(says("OK"), says("1", ", 2"), declines, declines)
    told = doctor()
    assert told.not_well() - {"streaming"} == {"tools"}
    assert "--model" in told.said("tools")
    assert told.status("structured output") == "ok"


def test_a_field_that_1min_no_longer_tells_is_named(doctor: Doctor, onemin: Simulator) -> None:
    """The relay makes do without it, so users would not notice."""
    onemin.script(record("OK", metadata=None))
    told = doctor()
    assert told.not_well() == {"chat"}
    assert "aiRecord.metadata is null, not an object" in told.said("chat")
    assert "estimated" in told.said("chat")


def test_a_list_of_models_in_another_shape_is_named(doctor: Doctor, onemin: Simulator) -> None:
    listed = Reply(body=(b'{"models": [{"modelId": "gpt-4o-mini", "features": "all"}]}',))
    onemin.script_models(Reply(body=(b"{}",)), *[listed] * 9)
    told = doctor("--free")
    assert "models[].features is a text, not a list" in told.said("catalog")


def test_an_event_by_another_name_is_named(doctor: Doctor, onemin: Simulator) -> None:
    words = [event("delta", content=word) for word in ("1, ", "2, ", "3")]
    whole = event("done", message="Stream completed")
    onemin.script(says("OK"), events(*words, whole))
    told = doctor()
    assert told.status("streaming") == "failed"
    assert "no event 'content'" in told.said("streaming")


def test_an_upload_in_another_shape_is_named(doctor: Doctor, onemin: Simulator) -> None:
    onemin.script_assets(
        Reply(body=(b'{"fileContent": {"uuid": 7, "path": "documents/a.txt"}}',))
    )
    told = doctor("--free")
    assert told.not_well() == {"upload"}
    assert "fileContent.uuid is a number, not a text" in told.said("upload")


def test_a_page_in_place_of_1min_is_told(doctor: Doctor, onemin: Simulator) -> None:
    onemin.script_models(html(522))
    told = doctor("--free")
    assert told.not_well() == {"1min.ai"}


def test_what_stands_on_an_unreachable_1min_is_skipped(doctor: Doctor) -> None:
    told = doctor(ONE_MIN_BASE_URL="http://127.0.0.1:9")
    assert (told.exit, told.not_well()) == (1, {"1min.ai"})
    assert "firewall" in told.said("1min.ai")
    assert told.said("chat").strip() == "1min.ai cannot be reached"
    assert told.status("database") == "ok"


def test_a_clock_that_is_wrong_is_told(doctor: Doctor, onemin: Simulator) -> None:
    date = {"Date": "Sat, 01 Jan 2000 00:00:00 GMT"}
    onemin.script_models(Reply(headers=date, body=(b"{}",)))
    told = doctor("--free")
    assert told.not_well() == {"clock"}
    assert "ahead" in told.said("clock")


@pytest.mark.long
def test_a_silent_1min_holds_up_no_check_for_long(doctor: Doctor, onemin: Simulator) -> None:
    onemin.script(Reply(body=(Hang(),)))
    told = doctor("--timeout", "2")
    assert told.status("chat") == "failed"
    assert "--timeout" in told.said("chat")
    assert told.status("tools") == "ok"
    assert all(check["seconds"] < 2 + 8 for check in told.document["checks"])


def test_the_native_chat_is_recommended_where_it_works(doctor: Doctor) -> None:
    told = doctor()
    assert "gpt-4o-mini, gpt-4o, gpt-4.1" in told.said("native models")
    assert "ONE_MIN_CHAT=auto would" in told.said("native chat")


def test_an_account_without_the_native_chat_is_well_unless_that_is_set(
    doctor: Doctor, onemin: Simulator
) -> None:
    absent = refusal(404, "HTTP_EXCEPTION", "Cannot GET /openai/v1/models")
    for mode, status in (("unify", "ok"), ("auto", "warning"), ("native", "failed")):
        onemin.script_native_models(absent)
        told = doctor("--free", ONE_MIN_CHAT=mode)
        assert told.status("native models") == status


@pytest.mark.long
def test_a_native_chat_that_refuses_is_told(doctor: Doctor, onemin: Simulator) -> None:
    onemin.script_native(*[refusal(403, "HTTP_EXCEPTION", "Not in your plan")] * 9)
    told = doctor(ONE_MIN_CHAT="native")
    assert {told.status(name) for name in ("chat", "native chat")} == {"failed"}
    assert "Set ONE_MIN_CHAT=unify." in told.said("native chat")


def test_a_model_s_name_repeats_no_key_and_steers_no_terminal(
    doctor: Doctor, onemin: Simulator
) -> None:
    listed = {
        "object": "list",
        "data": [{"id": KEY}, {"id": "\x1b[2Ja\nb"}, {"id": "c" * 9999}],
    }
    onemin.script_native_models(Reply(headers=JSON, body=(json.dumps(listed).encode(),)))
    told = doctor("--free")
    assert told.status("native models") == "ok"
    assert "may ask 3: ***,  [2Ja b, ccc" in told.said("native models")
    assert told.said("native models").isprintable()
    assert KEY not in told.text


def test_no_key_is_in_what_is_told(doctor: Doctor, onemin: Simulator) -> None:
    onemin.script(refusal(400, "UNKNOWN_ERROR", f"What is {KEY}?"))
    told = doctor()
    assert told.status("chat") == "failed"
    assert KEY not in told.text
