/* test_step.c - what calls, payments, directory and lists change on a page. */
#include "engine/step.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"
#include "tests/unit/stepped.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE VALUE_UNKNOWN

START_TEST(a_message_takes_the_payment_id_on)
{
    struct step_taken taken;
    struct event named = event_payment("p", PHASE_INITIATED, "A", "M", 1, T0);
    struct event posted = event_payment("p", PHASE_POSTED, "A", "M", 1, T0);
    struct event other = event_payment("p", PHASE_POSTED, "A", "M", 2, T0);
    event_set_payment_id(&named, "x");
    ck_assert_uint_ne(named.record_id, posted.record_id);
    struct page *page = stepped_take(NULL, named, LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.record_id, named.record_id);
    stepped_take(page, other, LEG_PAYEE, &taken); /* another payment: it stays what it is */
    ck_assert_uint_eq(taken.record_id, other.record_id);
    stepped_take(page, posted, LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.record_id, named.record_id);
    page_free(page);
    page = stepped_take(NULL, event_call("c", PHASE_START, "F", "P", NONE, T0), LEG_CALLEE, &taken);
    struct event copy = event_call("k", PHASE_START, "F", "P", NONE, T0);
    stepped_take(page, copy, LEG_CALLEE, &taken); /* the other carrier's copy keeps its own */
    ck_assert_uint_eq(taken.record_id, copy.record_id);
    page_free(page);
}
END_TEST

START_TEST(a_busy_page_notes_only_the_newest_payment_ids)
{
    struct step_taken taken;
    struct page *page = NULL;
    for (int i = 0; i <= PAGE_ALIASES_MAX; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "p-%d", i);
        struct event event = event_payment(id, PHASE_INITIATED, "A", "M", 1, T0 + i);
        event_set_payment_id(&event, id);
        page = stepped_take(page, event, LEG_PAYEE, &taken);
    }
    stepped_take(page, event_payment("p-1", PHASE_POSTED, "A", "M", 1, T0), LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_SETTLEMENT);
    stepped_take(page, event_payment("p-0", PHASE_POSTED, "A", "M", 1, T0), LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_PAYMENT | T_SETTLEMENT);
    page_free(page);
}
END_TEST

START_TEST(an_own_transfer_is_two_records_of_one_page)
{
    struct step_taken taken;
    struct event event = event_payment("p", PHASE_INITIATED, "P.b", "P.c", 500, T0);
    struct page *page = stepped_take(NULL, event, LEG_PAYEE_PERSON, &taken);
    ck_assert_uint_eq(taken.triggers, T_PAYMENT);
    stepped_take(page, event, LEG_PAYER_PERSON, &taken);
    ck_assert_uint_eq(taken.triggers, T_PAYMENT);
    const struct record *in = &page->streams[STREAM_PAYMENT_IN].records[0];
    const struct record *out = &page->streams[STREAM_PAYMENT_OUT].records[0];
    ck_assert(in->flags & RECORD_OWN);
    ck_assert(out->flags & RECORD_OWN);
    ck_assert_uint_eq(page->member_count, 2);
    struct token c = token_of(ENTITY_ACCOUNT, "P.c");
    ck_assert(token_eq(&page->members[in->member].token, &c));
    ck_assert_int_ne(in->member, out->member);
    page_free(page);
}
END_TEST

START_TEST(own_needs_two_known_holders)
{
    static const struct {
        const char *name, *payer, *payee;
        bool own;
    } rows[] = {
        {"two accounts of one person", "P.b", "P.c", true},
        {"accounts of two persons", "P", "Q", false},
        {"an account without a holder", "x", "x", false},
        {"cash", "P", NULL, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_taken taken;
        struct page *page =
            stepped_take(NULL,
                         event_payment("p", PHASE_INITIATED, rows[i].payer, rows[i].payee, 500, T0),
                         LEG_PAYER_PERSON, &taken);
        ck_assert_msg(((taken.hand->flags & RECORD_OWN) != 0) == rows[i].own, "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

START_TEST(a_hidden_caller_is_nobody_and_has_no_copies)
{
    struct step_taken taken;
    struct page *page =
        stepped_take(NULL, event_call("c", PHASE_START, NULL, "P", NONE, T0), LEG_CALLEE, &taken);
    stepped_take(page, event_call("k", PHASE_START, NULL, "P", NONE, T0), LEG_CALLEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_START);
    ck_assert_uint_eq(page->streams[STREAM_CALL_IN].end, 2);
    ck_assert_uint_eq(taken.hand->peer, 0);
    ck_assert_uint_eq(taken.hand->peer_kind, NUMBER_KIND_HIDDEN);
    ck_assert_uint_eq(page->peer_count, 0);
    page_free(page);
}
END_TEST

START_TEST(copies_are_of_one_own_number)
{
    struct step_taken taken;
    struct page *page = stepped_take(NULL, event_call("c", PHASE_START, "F", "P", NONE, T0),
                                     LEG_CALLEE_PERSON, &taken);
    stepped_take(page, event_call("k", PHASE_START, "F", "P.b", NONE, T0), LEG_CALLEE_PERSON,
                 &taken);
    ck_assert_uint_eq(taken.triggers, T_START);
    ck_assert_uint_eq(page->streams[STREAM_CALL_IN].end, 2);
    page_free(page);
}
END_TEST

START_TEST(the_end_goes_before_what_the_start_said)
{
    struct step_taken taken;
    struct event start = event_call("c", PHASE_START, "F", "P", NONE, T0);
    struct event end = event_call("c", PHASE_END, "F", "P", MINUTE, T0);
    start.answered = TRUTH_YES;
    start.region = 330502;
    end.answered = TRUTH_NO;
    end.forwarded = TRUTH_YES;
    end.region = 330503;
    struct page *page = stepped_take(NULL, start, LEG_CALLEE, &taken);
    stepped_take(page, end, LEG_CALLEE, &taken);
    ck_assert_uint_eq(taken.hand->flags & (RECORD_ANSWERED | RECORD_ANSWERED_KNOWN),
                      RECORD_ANSWERED_KNOWN);
    ck_assert(taken.hand->flags & RECORD_FORWARDED);
    ck_assert_uint_eq(record_region(taken.hand), 330502);
    page_free(page);
}
END_TEST

START_TEST(a_copy_fills_only_what_is_missing)
{
    struct step_taken taken;
    struct event ours = event_call("c", PHASE_RECORD, "F", "P", MINUTE, T0);
    struct event theirs = event_call("k", PHASE_RECORD, "F", "P", HOUR, T0);
    ours.answered = TRUTH_NO;
    theirs.answered = TRUTH_YES;
    theirs.forwarded = TRUTH_NO;
    theirs.region = 330503;
    struct page *page = stepped_take(NULL, ours, LEG_CALLEE, &taken);
    stepped_take(page, theirs, LEG_CALLEE, &taken);
    ck_assert_int_eq(taken.hand->value, MINUTE);
    ck_assert((taken.hand->flags & RECORD_ANSWERED) == 0);
    ck_assert(taken.hand->flags & RECORD_FORWARDED_KNOWN);
    ck_assert_uint_eq(record_region(taken.hand), 330503);
    page_free(page);
}
END_TEST

START_TEST(a_beginning_that_comes_last_overwrites_nothing)
{
    struct step_taken taken;
    struct event posted = event_payment("p", PHASE_POSTED, "A", "M", 1, T0);
    struct event initiated = event_payment("p", PHASE_INITIATED, "A", "M", 1, T0);
    posted.region = 330502;
    posted.channel = 1;
    initiated.region = 330503;
    initiated.channel = 2;
    initiated.purpose = 3;
    struct page *page = stepped_take(NULL, posted, LEG_PAYEE, &taken);
    stepped_take(page, initiated, LEG_PAYEE, &taken);
    ck_assert_uint_eq(record_region(taken.hand), 330502);
    ck_assert_uint_eq(record_channel(taken.hand), 1);
    ck_assert_uint_eq(record_purpose(taken.hand), 3);
    page_free(page);
}
END_TEST

START_TEST(a_long_call_is_late_by_its_end)
{
    struct step_taken taken;
    struct page *page = stepped_take(NULL, event_call("c", PHASE_RECORD, "F", "P", 0, T0 + HOUR),
                                     LEG_CALLEE, &taken);
    struct event inside = event_call("k", PHASE_RECORD, "G", "P", 50 * MINUTE, T0);
    stepped_take(page, inside, LEG_CALLEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_START | T_END);
    ck_assert(taken.hand->flags & RECORD_LATE);
    page_free(page);
}
END_TEST

START_TEST(what_the_page_does_not_keep_is_not_judged)
{
    struct step_limits bounds = stepped_limits();
    struct step_taken taken;
    struct event event = event_payment("p-a", PHASE_INITIATED, "A", "M", 1, T0);
    struct page *page = step_new_page(&event, LEG_PAYEE);
    bounds.retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_IN].records_max = 8;
    for (int i = 0; i < 8; i++) {
        char id[] = "p-0";
        id[2] = (char)('0' + i);
        event = event_payment(id, PHASE_INITIATED, "A", "M", 1, T0 + i);
        step_take(page, &event, LEG_PAYEE, &bounds, &taken);
        ck_assert_uint_eq(taken.triggers, T_PAYMENT);
    }
    event = event_payment("p-old", PHASE_INITIATED, "A", "M", 1, T0 - 1);
    step_take(page, &event, LEG_PAYEE, &bounds, &taken);
    ck_assert_uint_eq(taken.triggers, 0);
    ck_assert(taken.too_late);
    page_free(page);
}
END_TEST

/* ---- directory and lists -------------------------------------------------------------------- */

START_TEST(the_seventeenth_list_is_said)
{
    struct step_taken taken = {0};
    struct page *page = NULL;
    for (int i = 0; i < PAGE_MEMBERSHIPS_MAX + 1; i++) {
        char list[] = "list-a";
        list[5] = (char)('a' + i);
        ck_assert(!taken.gave_way);
        page = stepped_take(page, event_listing("x-1", list, "M", false, T0), LEG_ENTITY, &taken);
    }
    ck_assert(taken.gave_way);
    stepped_take(page, event_listing("x-1", "list-b", "M", false, T0 + 1), LEG_ENTITY, &taken);
    ck_assert(!taken.gave_way);
    page_free(page);
}
END_TEST

START_TEST(facts_by_the_latest_word_each)
{
    struct step_taken taken;
    struct event one = event_binding("n-1", ENTITY_ACCOUNT, "M", T0);
    one.kind = EVENT_ACCOUNT;
    one.opened_ms = 1000;
    one.entity_kind_value = 2;
    one.region = 330502;
    struct event older = one;
    older.time_ms = T0 - 1;
    older.opened_ms = 2000;
    older.account_class = 3;
    older.region = 0;
    struct event same_time = one;
    same_time.opened_ms = 3000;
    same_time.entity_kind_value = 0;
    struct page *page = stepped_take(NULL, one, LEG_ENTITY, &taken);
    ck_assert_uint_eq(taken.triggers, 1U << TRIGGER_ACCOUNT);
    stepped_take(page, older, LEG_ENTITY, &taken);
    stepped_take(page, same_time, LEG_ENTITY, &taken);
    ck_assert_int_eq(page->attributes[PAGE_OPENED].value, 3000);
    ck_assert_int_eq(page->attributes[PAGE_KIND].value, 2);
    ck_assert_int_eq(page->attributes[PAGE_CLASS].value, 3);
    ck_assert_int_eq(page->attributes[PAGE_REGION].value, 330502);
    ck_assert_str_eq(page->mask, "M***");
    page_free(page);
}
END_TEST

static struct event person_record(const char *region, uint32_t code, const char *adviser,
                                  int64_t time_ms)
{
    struct event event = event_binding("b-1", ENTITY_PERSON, "P", time_ms);
    event.kind = EVENT_PERSON;
    event.region = code;
    event.region_text_len = (uint8_t)strlen(region);
    memcpy(event.region_text, region, event.region_text_len);
    event.adviser_len = (uint8_t)strlen(adviser);
    memcpy(event.adviser, adviser, event.adviser_len);
    return event;
}

START_TEST(a_persons_texts_are_facts_of_their_own)
{
    struct step_taken taken;
    struct page *page =
        stepped_take(NULL, person_record("330502/001", 330502, "", T0), LEG_ENTITY, &taken);
    stepped_take(page, person_record("", 0, "A-17", T0 - 5), LEG_ENTITY, &taken);
    ck_assert_uint_eq(page->adviser_len, 4);
    stepped_take(page, person_record("330503", 330503, "A-18", T0 - 9), LEG_ENTITY, &taken);
    ck_assert_mem_eq(page->adviser, "A-17", 4);
    ck_assert_mem_eq(page->region_text, "330502/001", 10);
    stepped_take(page, person_record("330504", 330504, "A-19", T0), LEG_ENTITY, &taken);
    stepped_take(page, person_record("", 0, "A-20", T0), LEG_ENTITY, &taken);
    ck_assert_mem_eq(page->adviser, "A-20", 4);
    ck_assert_uint_eq(page->region_text_len, 6);
    ck_assert_mem_eq(page->region_text, "330504", 6);
    page_free(page);
}
END_TEST

START_TEST(a_person_is_shown_by_the_latest_binding)
{
    struct step_taken taken;
    struct page *page =
        stepped_take(NULL, event_binding("b-1", ENTITY_NUMBER, "P", T0), LEG_HOLDER, &taken);
    ck_assert_mem_eq(page->mask, "P***", 4);
    stepped_take(page, event_binding("b-2", ENTITY_ACCOUNT, "P.b", T0 - 1), LEG_HOLDER, &taken);
    ck_assert_mem_eq(page->mask, "P***", 4);
    stepped_take(page, event_binding("b-3", ENTITY_ACCOUNT, "P.c", T0), LEG_HOLDER, &taken);
    ck_assert_mem_eq(page->mask, "P.c***", 6);
    ck_assert_uint_eq(page->member_count, 3);
    /* A payment does not change how the person is shown. */
    stepped_take(page, event_payment("p", PHASE_INITIATED, "P.b", "M", 1, T0 + 1), LEG_PAYER_PERSON,
                 &taken);
    ck_assert_mem_eq(page->mask, "P.c***", 6);
    page_free(page);
}
END_TEST

START_TEST(an_extract_of_the_directory_makes_nothing_late)
{
    struct step_taken taken;
    struct page *page =
        stepped_take(NULL, event_binding("b-1", ENTITY_ACCOUNT, "M", T0 + 300 * DAY), LEG_ENTITY,
                     &taken);
    stepped_take(page, event_payment("p", PHASE_INITIATED, "A", "M", 1, T0), LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_PAYMENT);
    page_free(page);
}
END_TEST

START_TEST(an_unknown_holder_has_a_stand_in)
{
    struct event event = event_payment("p", PHASE_INITIATED, "x", "M", 1, T0);
    struct page *page = step_new_page(&event, LEG_PAYER_PERSON);
    ck_assert_uint_eq(page->stand_in, 1);
    ck_assert_uint_eq(page->stand_in_entity, ENTITY_ACCOUNT);
    struct token account = token_of(ENTITY_ACCOUNT, "x");
    ck_assert(token_eq(&page->stand_in_token, &account));
    ck_assert_uint_eq(page->entity, ENTITY_PERSON);
    page_free(page);
    event = event_payment("p", PHASE_INITIATED, "X", "M", 1, T0);
    page = step_new_page(&event, LEG_PAYER_PERSON);
    ck_assert_uint_eq(page->stand_in, 0);
    page_free(page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("step");
    TCase *tests = tcase_create("step");
    tcase_add_test(tests, a_message_takes_the_payment_id_on);
    tcase_add_test(tests, a_busy_page_notes_only_the_newest_payment_ids);
    tcase_add_test(tests, an_own_transfer_is_two_records_of_one_page);
    tcase_add_test(tests, own_needs_two_known_holders);
    tcase_add_test(tests, a_hidden_caller_is_nobody_and_has_no_copies);
    tcase_add_test(tests, copies_are_of_one_own_number);
    tcase_add_test(tests, the_end_goes_before_what_the_start_said);
    tcase_add_test(tests, a_copy_fills_only_what_is_missing);
    tcase_add_test(tests, a_beginning_that_comes_last_overwrites_nothing);
    tcase_add_test(tests, a_long_call_is_late_by_its_end);
    tcase_add_test(tests, what_the_page_does_not_keep_is_not_judged);
    tcase_add_test(tests, the_seventeenth_list_is_said);
    tcase_add_test(tests, facts_by_the_latest_word_each);
    tcase_add_test(tests, a_persons_texts_are_facts_of_their_own);
    tcase_add_test(tests, a_person_is_shown_by_the_latest_binding);
    tcase_add_test(tests, an_extract_of_the_directory_makes_nothing_late);
    tcase_add_test(tests, an_unknown_holder_has_a_stand_in);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
