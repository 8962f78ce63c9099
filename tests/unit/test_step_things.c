/* test_step_things.c - what calls, payments, logins and messages change on the pages of the device
 * that they were made with and of the domain that they lead to. */
#include "engine/step.h"

#include "engine/eval/vm.h"
#include "engine/eval/vocab.h"
#include "tests/unit/small_event.h"
#include "tests/unit/stepped.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The step of an event at its device or domain. */
static struct step_taken take(struct page *page, const struct event *event, int leg)
{
    struct step_limits limit = stepped_limits();
    struct step_taken taken;
    step_take(page, event, leg, &limit, &taken);
    return taken;
}

static struct event with_device(struct event event)
{
    event_set_thing(&event, ENTITY_DEVICE, "d");
    return event;
}

/* ---- devices ---- */

START_TEST(each_use_tells_who_and_what)
{
    struct event call = with_device(event_call("c-1", PHASE_START, "A", "B", VALUE_UNKNOWN, T0));
    struct event payment =
        with_device(event_payment("p-1", PHASE_INITIATED, "A", "M", 300000, T0 + MINUTE));
    struct event login = with_device(event_login("l-1", "a", "enter", T0 + 2 * MINUTE));
    const struct {
        const struct event *event;
        int leg;
        uint32_t what;
        unsigned triggers;
    } rows[] = {
        {&call, LEG_CALL_DEVICE, USE_WHAT_CALL, 1U << TRIGGER_CALL_START},
        {&payment, LEG_PAYMENT_DEVICE, USE_WHAT_PAY, 1U << TRIGGER_TRANSACTION},
        {&login, LEG_LOGIN_DEVICE, USE_WHAT_LOGIN, 1U << TRIGGER_LOGIN},
    };
    struct page *page = step_new_page(&call, LEG_CALL_DEVICE);
    ck_assert_uint_eq(page->entity, ENTITY_DEVICE);
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_taken taken = take(page, rows[i].event, rows[i].leg);
        ck_assert_uint_eq(page->streams[STREAM_USE].end, i + 1);
        ck_assert_ptr_eq(taken.hand, &page->streams[STREAM_USE].records[i]);
        ck_assert_uint_eq(taken.triggers, rows[i].triggers);
        ck_assert_uint_eq(taken.hand->use_what, rows[i].what);
        ck_assert_uint_eq(taken.hand->peer, token_low64(&rows[i].event->party[PARTY_FROM].token));
        ck_assert_uint_eq(taken.hand->member, RECORD_MEMBER_NONE);
        ck_assert(taken.hand->flags & RECORD_FIRST_TIME);
    }
    ck_assert_uint_eq(page->peer_count, 3); /* the number and two accounts */
    ck_assert(strncmp(page->mask, "d***", page->mask_len) == 0 && page->mask_len == 4);
    page_free(page);
}
END_TEST

/* As on other pages: phases of one call are one use, a payment is known by its amount too. */
START_TEST(a_use_is_of_one_call_or_payment)
{
    static const struct {
        const char *name;
        const char *id;
        int phase;
        int64_t value;
        const char *user;
        uint32_t uses;
        unsigned triggers;
        bool repeated;
    } calls[] = {
        {"a call", "c-1", PHASE_START, VALUE_UNKNOWN, "A", 1, 1U << TRIGGER_CALL_START, false},
        {"its end", "c-1", PHASE_END, 5 * SECOND, "A", 1, 1U << TRIGGER_CALL_END, false},
        {"again", "c-1", PHASE_END, 5 * SECOND, "A", 1, 0, true},
        {"the other carrier's word is another", "k-1", PHASE_RECORD, 5 * SECOND, "A", 2,
         1U << TRIGGER_CALL_START | 1U << TRIGGER_CALL_END, false},
        {"another's", "c-1", PHASE_START, VALUE_UNKNOWN, "B", 3, 1U << TRIGGER_CALL_START, false},
    };
    struct event first = with_device(event_call("c-1", PHASE_START, "A", "X", VALUE_UNKNOWN, T0));
    struct page *page = step_new_page(&first, LEG_CALL_DEVICE);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct event event = with_device(
            event_call(calls[i].id, calls[i].phase, calls[i].user, "X", calls[i].value, T0));
        struct step_taken taken = take(page, &event, LEG_CALL_DEVICE);
        ck_assert_msg(page->streams[STREAM_USE].end == calls[i].uses &&
                          taken.triggers == calls[i].triggers &&
                          taken.repeated == calls[i].repeated,
                      "%s: %u uses, triggers %x", calls[i].name, page->streams[STREAM_USE].end,
                      taken.triggers);
    }
    struct event part = with_device(event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0));
    (void)take(page, &part, LEG_PAYMENT_DEVICE);
    part.amount_minor = 200;
    (void)take(page, &part, LEG_PAYMENT_DEVICE);
    ck_assert_uint_eq(page->streams[STREAM_USE].end, 5);
    page_free(page);
}
END_TEST

START_TEST(first_seen_is_the_earliest_record)
{
    static const int64_t times_ms[] = {T0, T0 + DAY, T0 - MINUTE, T0 + MINUTE};
    struct event event = with_device(event_login("l-0", "A", "enter", T0));
    struct page *page = step_new_page(&event, LEG_LOGIN_DEVICE);
    ck_assert_int_eq(vm_attribute(page, ATTRIBUTE_FIRST_SEEN, T0), VALUE_UNKNOWN);
    struct event said = event_listing("x-1", "bad", "d", false, T0 - DAY);
    said.party[PARTY_FROM] = event.party[PARTY_THING];
    (void)take(page, &said, LEG_ENTITY); /* to be spoken of is not to be used */
    ck_assert_int_eq(vm_attribute(page, ATTRIBUTE_FIRST_SEEN, T0), VALUE_UNKNOWN);
    for (size_t i = 0; i < sizeof times_ms / sizeof times_ms[0]; i++) {
        char id[] = "l-1";
        id[2] = (char)('1' + i);
        event = with_device(event_login(id, "A", "enter", times_ms[i]));
        (void)take(page, &event, LEG_LOGIN_DEVICE);
        ck_assert_int_eq(vm_attribute(page, ATTRIBUTE_FIRST_SEEN, T0), i < 2 ? T0 : T0 - MINUTE);
    }
    page_free(page);
}
END_TEST

START_TEST(others_keep_the_device_and_the_cell)
{
    struct event start = event_call("c-1", PHASE_START, "A", "B", VALUE_UNKNOWN, T0);
    struct event end = with_device(event_call("c-1", PHASE_END, "A", "B", MINUTE, T0));
    uint32_t word = event_thing_word(&end.party[PARTY_THING].token);
    static const int legs[] = {LEG_CALLER, LEG_CALLER_PERSON, LEG_CALLEE, LEG_CALLEE_PERSON};
    start.cell_token = 7;
    end.cell_token = 8;
    for (size_t i = 0; i < sizeof legs / sizeof legs[0]; i++) {
        struct page *page = step_new_page(&start, legs[i]);
        struct step_taken taken = take(page, &start, legs[i]);
        ck_assert_uint_eq(taken.hand->device_token, 0);
        ck_assert_uint_eq(taken.hand->cell_token, 7);
        taken = take(page, &end, legs[i]); /* what the beginning said stays */
        ck_assert_uint_eq(taken.hand->device_token, word);
        ck_assert_uint_eq(taken.hand->cell_token, 7);
        page_free(page);
    }
    struct token none = {{0}};
    struct token small = {{0, 0, 0, 0, 5}};
    ck_assert_uint_eq(event_thing_word(&none), 0);
    ck_assert_uint_eq(event_thing_word(&small), 1);
}
END_TEST

/* ---- domains ---- */

START_TEST(a_link_tells_both_ends)
{
    struct event event = event_message("m-1", "F", "P", T0);
    event_set_thing(&event, ENTITY_DOMAIN, "w");
    event.tags = UINT64_C(0x0004000300020001);
    event.template_token = 77;
    event.has_link = TRUTH_YES;
    struct page *page = step_new_page(&event, LEG_DOMAIN);
    ck_assert_uint_eq(page->entity, ENTITY_DOMAIN);
    struct step_taken taken = take(page, &event, LEG_DOMAIN);
    ck_assert_ptr_eq(taken.hand, &page->streams[STREAM_LINK].records[0]);
    ck_assert_uint_eq(taken.triggers, 1U << TRIGGER_SMS);
    ck_assert_uint_eq(taken.hand->peer, token_low64(&event.party[PARTY_TO].token));
    ck_assert_uint_eq((uint64_t)taken.hand->value, token_low64(&event.party[PARTY_FROM].token));
    ck_assert_uint_eq(taken.hand->template_token, 77);
    ck_assert_uint_eq(taken.hand->flags, RECORD_LINK | RECORD_LINK_KNOWN | RECORD_FIRST_TIME);
    ck_assert_int_eq(page->first_seen_ms, T0);
    ck_assert(take(page, &event, LEG_DOMAIN).repeated);
    event = event_message("m-1", "F", "Q", T0); /* of one id, to another */
    event_set_thing(&event, ENTITY_DOMAIN, "w");
    ck_assert(!take(page, &event, LEG_DOMAIN).repeated);
    ck_assert_uint_eq(page->streams[STREAM_LINK].end, 2);
    page_free(page);
}
END_TEST

START_TEST(a_warning_about_a_thing_is_no_use)
{
    struct event event = event_warning("w-1", ENTITY_DEVICE, "d", "fraud", TIER_HIGH, T0);
    event.party[PARTY_FROM].holder = (struct token){{0}};
    struct page *page = step_new_page(&event, LEG_ENTITY);
    struct step_taken taken = take(page, &event, LEG_ENTITY);
    ck_assert_uint_eq(taken.triggers, 1U << TRIGGER_WARNING);
    ck_assert_uint_eq(page->streams[STREAM_WARNING].end, 1);
    ck_assert_uint_eq(page->streams[STREAM_USE].end, 0);
    ck_assert_int_eq(page->first_seen_ms, TIME_NONE);
    ck_assert_int_eq(event_next_leg(&event, LEG_ENTITY), LEG_COUNT); /* nobody holds it */
    page_free(page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("step_things");
    TCase *tests = tcase_create("step_things");
    tcase_add_test(tests, each_use_tells_who_and_what);
    tcase_add_test(tests, a_use_is_of_one_call_or_payment);
    tcase_add_test(tests, first_seen_is_the_earliest_record);
    tcase_add_test(tests, others_keep_the_device_and_the_cell);
    tcase_add_test(tests, a_link_tells_both_ends);
    tcase_add_test(tests, a_warning_about_a_thing_is_no_use);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
