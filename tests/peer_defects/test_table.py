"""Defects seen in other relays for 1min.ai, and the tests that would catch each of them here.

The numbers are those of a survey of their public code.
"""

from __future__ import annotations

from importlib import import_module

import pytest

NUMBERS = (range(1, 24), range(30, 50), range(60, 70), range(80, 111), range(120, 127))
DEFECTS = [f"C-{number:02}" for numbers in NUMBERS for number in numbers]
PATTERNS = [f"C.6-{number}" for number in range(1, 9)]

CHAT, MODELS = "routes.test_chat_completions", "routes.test_models"
CLIENTS, LIMITS, SECRETS = (
    "clients.test_answers",
    "limits.test_requests",
    "secrets.test_secrets",
)
PICTURES, FILES = "routes.test_pictures_in_a_chat", "routes.test_files_in_a_chat"
MEDIA, LOOPS = "routes.test_media_in_a_chat", "agents.test_loops"
STRUCTURE, LIMITED = "agents.test_structure", "routes.test_limits_of_an_answer"
CORRECTIONS, READER = "agents.test_corrections", "domain.tool_calls.test_reader"
ERRORS, PROMPTS = "peer_defects.test_errors", "peer_defects.test_prompts"
ANSWERS, CALLERS = "peer_defects.test_answers", "peer_defects.test_callers"

# Several names, apart by a space, catch a part each.
CAUGHT = {
    # chelaxian/1min-relay
    "C-01": f"{CHAT}.test_the_call_is_the_one_1min_ai_documents",
    "C-02": f"{ERRORS}.test_a_call_that_failed_is_not_made_again",
    "C-03": f"{MODELS}.test_only_permitted_models_are_listed_and_served",
    "C-05": f"{SECRETS}.test_no_answer_tells_a_secret",
    "C-06": f"{CALLERS}.test_memcached_never_learns_a_key",
    "C-08": f"{PICTURES}.test_two_callers_never_share_an_upload",
    "C-09": f"{PICTURES}.test_a_picture_on_this_machine_is_fetched_only_where_allowed"
    f" {PICTURES}.test_what_a_link_does_not_lead_to_is_an_error"
    " fetch.test_redirects.test_a_redirect_inside_is_refused",
    "C-10": "web.test_streaming.test_a_stream_may_be_cut_at_any_byte",
    "C-11": f"{MEDIA}.test_a_model_that_draws_answers_with_a_picture"
    f" {MEDIA}.test_a_model_that_listens_answers_with_what_was_said",
    "C-12": f"{FILES}.test_what_1min_ai_takes_goes_up_and_is_named",
    "C-14": f"{ERRORS}.test_what_1min_ai_refuses_keeps_its_meaning",
    "C-15": f"{CLIENTS}.test_each_chunk_is_one_to_the_letter",
    "C-18": f"{CALLERS}.test_slow_calls_hold_nobody_up",
    "C-19": f"{LIMITS}.test_behind_a_trusted_proxy_a_stranger_is_where_it_says"
    f" {LIMITS}.test_each_key_that_1min_ai_knows_has_its_own_allowance",
    "C-20": f"{CHAT}.test_a_conversation_becomes_one_prompt_with_a_cue",
    "C-22": f"{CALLERS}.test_nobody_but_1min_ai_is_ever_called",
    "C-23": f"{SECRETS}.test_no_log_tells_a_secret_or_what_was_said",
    # 7a6163 and its forks
    "C-30": f"{CHAT}.test_the_call_is_the_one_1min_ai_documents",
    "C-31": f"{CHAT}.test_a_break_after_the_first_word_is_told_in_the_stream",
    "C-32": f"{CHAT}.test_usage_comes_last_and_only_when_asked"
    f" {CHAT}.test_an_answer_arrives_whole",
    "C-33": f"{LOOPS}.test_five_rounds_of_two_tools",
    "C-34": f"{PROMPTS}.test_null_content_is_no_content",
    "C-35": f"{CHAT}.test_ha_ha_stays_haha",
    "C-36": f"{ANSWERS}.test_a_stream_that_is_none_is_read_to_its_end",
    "C-37": f"{CHAT}.test_a_stream_has_one_id_a_role_first_and_an_end",
    "C-38": f"{STRUCTURE}.test_an_answer_that_cannot_stand_is_asked_for_once_more"
    f" {STRUCTURE}.test_twice_wrong_is_an_error_that_nobody_pays_for_again",
    "C-43": f"{CALLERS}.test_keys_that_begin_alike_are_two_callers",
    "C-44": f"{CALLERS}.test_callers_at_once_get_no_more_than_their_allowance",
    "C-45": f"{PICTURES}.test_pictures_of_every_turn_are_seen",
    "C-46": f"{CHAT}.test_an_empty_answer_is_not_an_answer",
    "C-47": "web.test_surface.test_an_unknown_path_is_a_404_in_openais_envelope"
    " web.test_surface.test_a_wrong_method_is_a_405_that_names_the_right_one",
    "C-49": f"{CHAT}.test_a_stream_has_one_id_a_role_first_and_an_end",
    # kokofixcomputers/1min-relay and its forks
    "C-60": f"{CHAT}.test_a_break_after_the_first_word_is_told_in_the_stream",
    "C-61": f"{PICTURES}.test_a_picture_of_each_kind_is_seen"
    f" {PICTURES}.test_an_upload_that_fails_is_an_error_and_no_chat",
    "C-62": f"{PICTURES}.test_a_picture_without_a_word_is_a_message",
    "C-63": f"{CHAT}.test_a_conversation_becomes_one_prompt_with_a_cue",
    "C-64": "test_origin.test_each_timer_fires"
    " web.test_hangups.test_leaving_before_the_first_byte_hangs_up_on_1min_ai",
    "C-65": f"{MODELS}.test_the_list_is_1min_ais_own_in_openais_shape",
    "C-66": f"{CALLERS}.test_nobody_but_1min_ai_is_ever_called",
    "C-67": "test_readme.test_each_example_runs",
    "C-68": f"{LIMITS}.test_a_refusal_says_when_to_come_back",
    "C-69": f"{CLIENTS}.test_a_word_reaches_the_client_while_the_next_is_still_to_come",
    # relays that emulate tools
    "C-80": f"{LOOPS}.test_five_rounds_of_two_tools",
    "C-81": f"{ERRORS}.test_a_refused_request_holds_up_no_other"
    " onemin.pooled.test_next_key"
    ".test_what_no_key_has_caused_is_not_asked_again_and_lets_none_rest",
    "C-82": f"{LOOPS}.test_what_is_said_before_the_calls_is_kept"
    " domain.tool_calls.test_corpus.test_an_answer_means_this_however_it_is_cut",
    "C-83": f"{ANSWERS}.test_two_answers_have_two_ids",
    "C-84": "wire.test_chat_answers.test_calls_stream_with_an_index_and_their_id_and_name_once"
    f" {LOOPS}.test_the_sdks_own_accumulator_runs_the_loop",
    "C-85": f"{PROMPTS}.test_an_empty_tool_result_may_come_last",
    "C-86": f"{PROMPTS}.test_text_beside_tool_calls_stays_in_the_history"
    f" {LOOPS}.test_what_is_said_before_the_calls_is_kept",
    "C-87": f"{READER}.test_any_arguments_survive",
    "C-88": f"{CORRECTIONS}.test_a_call_that_cannot_be_carried_out_is_asked_for_once_more",
    "C-89": f"{ANSWERS}.test_an_answer_that_looks_like_a_tool_call_is_text",
    "C-90": f"{LOOPS}.test_five_rounds_in_pieces_of_one_to_seven_letters",
    "C-91": f"{CHAT}.test_no_letter_is_lost_or_added",
    "C-92": f"{PROMPTS}.test_null_content_is_no_content",
    "C-93": f"{PICTURES}.test_the_upload_is_the_form_1min_ai_documents"
    f" {PICTURES}.test_a_picture_on_the_web_is_fetched_by_the_relay",
    "C-94": f"{CALLERS}.test_a_refused_caller_that_keeps_asking_is_let_in_again",
    "C-95": f"{LOOPS}.test_five_rounds_in_pieces_of_one_to_seven_letters"
    f" {READER}.test_a_text_without_a_call_passes_unchanged",
    "C-96": "test_origin.test_nonsense_from_upstream_is_a_502_and_the_next_call_works",
    "C-97": f"{MODELS}.test_the_last_list_stays_while_1min_ai_fails",
    "C-98": f"{PROMPTS}.test_links_stay_as_they_are",
    "C-99": f"{PROMPTS}.test_lines_that_look_like_roles_or_thoughts_stay",
    "C-101": f"{LOOPS}.test_agents_that_run_at_the_same_time_do_not_hear_each_other",
    "C-102": f"{CORRECTIONS}.test_calls_that_can_be_carried_out_are_not_made_twice"
    f" {CORRECTIONS}.test_both_calls_are_booked",
    "C-103": "web.test_surface.test_without_a_usable_key_nothing_is_called",
    "C-104": f"{CLIENTS}.test_the_sdk_puts_the_chunks_together",
    "C-105": "domain.tool_calls.test_corpus.test_an_answer_means_this_however_it_is_cut"
    f" {READER}.test_any_arguments_survive",
    "C-106": f"{LOOPS}.test_five_rounds_of_two_tools",
    "C-107": f"{ANSWERS}.test_a_stream_as_1min_ai_sends_it_is_read"
    f" {ANSWERS}.test_a_stream_of_unknown_events_is_no_answer",
    "C-110": f"{PROMPTS}.test_text_beside_tool_calls_stays_in_the_history",
    # others
    "C-120": f"{CHAT}.test_the_call_is_the_one_1min_ai_documents",
    "C-121": f"{CHAT}.test_a_conversation_becomes_one_prompt_with_a_cue"
    f" {ERRORS}.test_a_call_that_failed_is_not_made_again",
    "C-123": f"{CHAT}.test_an_answer_arrives_whole",
    "C-124": f"{MODELS}.test_without_any_answer_the_snapshot_serves",
    "C-125": f"{LOOPS}.test_five_rounds_of_two_tools",
    "C-126": "web.test_hangups"
    ".test_a_call_beyond_the_last_seat_is_refused_at_once_and_health_still_answers",
    # what recurs
    "C.6-1": f"{ERRORS}.test_what_the_relay_cannot_do_is_refused_by_name"
    f" {LIMITED}.test_an_answer_ends_before_the_first_stop"
    f" {LIMITED}.test_an_answer_has_as_many_tokens_as_were_allowed"
    f" {CHAT}.test_fields_without_effect_are_named",
    "C.6-2": f"{CHAT}.test_a_break_after_the_first_word_is_told_in_the_stream",
    "C.6-3": f"{CHAT}.test_what_upstream_does_not_count_is_counted_here",
    "C.6-4": f"{CLIENTS}.test_each_chunk_is_one_to_the_letter",
    "C.6-5": f"{ERRORS}.test_a_call_that_failed_is_not_made_again"
    f" {CORRECTIONS}.test_calls_that_can_be_carried_out_are_not_made_twice"
    " routes.test_native_chat.test_what_may_have_been_billed_is_not_asked_again",
    "C.6-6": f"{CHAT}.test_no_letter_is_lost_or_added",
    "C.6-7": f"{CHAT}.test_the_call_is_the_one_1min_ai_documents"
    f" {PICTURES}.test_two_callers_never_share_an_upload",
    "C.6-8": f"{LIMITS}.test_each_key_that_1min_ai_knows_has_its_own_allowance"
    " web.test_hangups.test_leaving_in_the_middle_of_a_stream_hangs_up",
    # waited for their endpoints
    "C-04": "routes.test_images.test_a_picture_is_varied",
    "C-07": "routes.test_files.test_a_file_lasts_as_long_as_its_client_says",
    "C-13": f"{FILES}.test_documents_of_every_turn_go_along_and_each_goes_up_once",
    "C-16": "routes.audio.test_speech.test_speech_comes_in_the_format_that_was_asked",
    "C-17": "routes.audio.test_transcripts.test_the_sdk_reads_every_form",
    "C-21": f"{FILES}.test_a_deleted_file_was_never_sent",
    "C-39": "wire.test_response_input.test_items_become_turns",
    "C-40": "wire.test_response_answers.test_every_event_is_one_that_the_sdk_knows",
    "C-41": "messages.test_answers.test_a_picture_and_a_document_are_read"
    " messages.test_tools.test_five_rounds_of_two_tools",
    "C-42": "onemin.pooled.test_accounts_kept.test_calls_are_shared_out",
    "C-48": "routes.test_images"
    ".test_no_model_is_a_usual_one_which_answers_with_the_picture_itself",
    "C-108": "responses.test_agents.test_the_packages_own_stream_puts_the_answer_together",
    "C-109": "responses.test_agents.test_a_stream_of_tool_calls_is_put_together",
    "C-122": "routes.audio.test_transcripts.test_what_real_tools_record_goes_in",
}

LATER = {"C-100": "the dashboard and its password"}


def test_every_defect_is_caught_or_waits_for_what_it_is_about() -> None:
    assert sorted([*CAUGHT, *LATER]) == sorted([*DEFECTS, *PATTERNS])


@pytest.mark.parametrize("name", sorted({*" ".join(CAUGHT.values()).split()}))
def test_every_test_named_above_exists(name: str) -> None:
    module, _, function = name.rpartition(".")
    assert callable(getattr(import_module(f"tests.{module}"), function))
