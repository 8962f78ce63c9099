/* test_step_note.c - what messages, logins, changes, warnings, outcomes, list entries and marks
 * change on a page. */
#include "engine/step.h"

#include "engine/state/kept.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"
#include "tests/unit/stepped.h"

#include <check.h>
#include <stdlib.h>

#define NONE VALUE_UNKNOWN

START_TEST(a_message_is_a_record_of_both_ends)
{
    struct step_limits limit = stepped_limits();
    struct event event = event_message("m-1", "F", "P", T0);
    event.has_link = TRUTH_YES;
    event.tags = UINT64_C(0xfedc000300020001);
    event.fifth_tag = 5;
    event.template_token = 77;
    event.party[PARTY_THING] = (struct party){.token = {{78, 0, 0, 0, 9}}, .entity = ENTITY_DOMAIN};
    event.tag_set = 0xef01;
    event.party[PARTY_FROM].kind = NUMBER_KIND_PORT106;
    static const struct {
        int leg, stream;
    } rows[] = {{LEG_SENDER, STREAM_SMS_OUT},
                {LEG_SENDER_PERSON, STREAM_SMS_OUT},
                {LEG_RECEIVER, STREAM_SMS_IN},
                {LEG_RECEIVER_PERSON, STREAM_SMS_IN}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct page *page = step_new_page(&event, rows[i].leg);
        const struct party *other = &event.party[1 - leg_infos[rows[i].leg].party];
        struct step_taken taken;
        step_take(page, &event, rows[i].leg, &limit, &taken);
        const struct stream *stream = &page->streams[rows[i].stream];
        ck_assert_uint_eq(stream->end, 1);
        ck_assert_ptr_eq(taken.hand, &stream->records[0]);
        ck_assert_uint_eq(taken.triggers, 1U << TRIGGER_SMS);
        ck_assert_uint_eq(taken.hand->peer, token_low64(&other->token));
        ck_assert_uint_eq(taken.hand->peer_kind, other->kind);
        ck_assert_uint_eq(record_tag_set(taken.hand), 0xef01);
        ck_assert_uint_eq(taken.hand->template_token, 77);
        ck_assert_uint_eq(taken.hand->domain_token, 78);
        for (unsigned hash = 0; hash <= UINT16_MAX; hash++) {
            bool has = (hash >= 1 && hash <= 3) || hash == 0xfedc || hash == 5;
            quiet_check(record_has_tag(taken.hand, (uint16_t)hash) == has, "tag %u", hash);
        }
        ck_assert_uint_eq(taken.hand->flags, RECORD_LINK | RECORD_LINK_KNOWN | RECORD_FIRST_TIME);
        ck_assert_uint_eq(taken.hand->member,
                          page->entity == ENTITY_PERSON ? 0 : RECORD_MEMBER_NONE);
        step_take(page, &event, rows[i].leg, &limit, &taken); /* sent again */
        ck_assert(taken.repeated);
        ck_assert_uint_eq(stream->end, 1);
        page_free(page);
    }
}
END_TEST

START_TEST(links_of_messages)
{
    static const unsigned flags[] = {[TRUTH_UNKNOWN] = 0,
                                     [TRUTH_NO] = RECORD_LINK_KNOWN,
                                     [TRUTH_YES] = RECORD_LINK | RECORD_LINK_KNOWN};
    for (uint8_t truth = TRUTH_UNKNOWN; truth <= TRUTH_YES; truth++) {
        struct step_limits limit = stepped_limits();
        struct event event = event_message("m-1", "F", "P", T0);
        event.has_link = truth;
        struct page *page = step_new_page(&event, LEG_RECEIVER);
        struct step_taken taken;
        step_take(page, &event, LEG_RECEIVER, &limit, &taken);
        ck_assert_uint_eq(taken.hand->flags, flags[truth] | RECORD_FIRST_TIME);
        page_free(page);
    }
}
END_TEST

/* Who was called has been met when he writes, and the other way round. */
START_TEST(calls_and_messages_are_contacts_of_each_other)
{
    struct step_limits limit = stepped_limits();
    struct event call = event_call("c-1", PHASE_START, "P", "F", VALUE_UNKNOWN, T0);
    struct event message = event_message("m-1", "F", "P", T0 + HOUR);
    struct page *page = step_new_page(&call, LEG_CALLER_PERSON);
    struct step_taken taken;
    step_take(page, &call, LEG_CALLER_PERSON, &limit, &taken);
    step_take(page, &message, LEG_RECEIVER_PERSON, &limit, &taken);
    ck_assert_uint_eq(taken.hand->flags & (RECORD_FIRST_TIME | RECORD_TWO_WAY), RECORD_TWO_WAY);
    ck_assert_int_eq(page_known_for_ms(page, taken.hand), HOUR);
    ck_assert_int_eq(record_gap_ms(taken.hand), HOUR);
    page_free(page);
}
END_TEST

static const int triggers_of_notes[EVENT_KIND_COUNT] = {[EVENT_SMS] = TRIGGER_SMS,
                                                        [EVENT_LOGIN] = TRIGGER_LOGIN,
                                                        [EVENT_CHANGE] = TRIGGER_CHANGE,
                                                        [EVENT_WARNING] = TRIGGER_WARNING};

/* At a leg the event becomes the wanted record, once. */
static void check_note(const char *name, const struct event *event, int leg, int stream,
                       const struct record *wanted)
{
    struct step_limits limit = stepped_limits();
    struct page *page = step_new_page(event, leg);
    struct step_taken taken;
    step_take(page, event, leg, &limit, &taken);
    const struct record *r = taken.hand;
    ck_assert_msg(taken.triggers == 1U << triggers_of_notes[event->kind], "%s", name);
    ck_assert_msg(page->streams[stream].end == 1 && r == page->streams[stream].records, "%s", name);
    ck_assert_msg(r->place == wanted->place && r->value == wanted->value, "%s", name);
    ck_assert_msg(r->flags == (wanted->flags | RECORD_FIRST_TIME), "%s: %x", name, r->flags);
    ck_assert_msg(r->peer == 0 && page->peer_count == 0, "%s", name);
    ck_assert_msg(page->member_count == leg_infos[leg].is_person, "%s", name);
    step_take(page, event, leg, &limit, &taken);
    ck_assert_msg(taken.repeated, "%s", name);
    page_free(page);
}

#define PLACED(place_, value_, flags_)                              \
    {                                                               \
        .place = place_, .value = value_, .flags = (uint16_t)flags_ \
    }

START_TEST(logins_changes_and_warnings_have_no_other_end)
{
    int64_t mule = value_of_key(name_key(STR("mule")));
    const struct {
        const char *name;
        struct event event;
        int leg, stream;
        struct record wanted;
    } rows[] = {
        {"a login", event_login("l-1", "P", "bind_device", T0), LEG_USER, STREAM_LOGIN,
         PLACED(record_place(330502, 2, 0), NONE, 0)},
        {"a change of a number", event_change("g-1", ENTITY_NUMBER, "P", "power_off", T0),
         LEG_OWNER, STREAM_CHANGE, PLACED(record_place(330502, 5, 0), NONE, 0)},
        {"a change of an account", event_change("g-1", ENTITY_ACCOUNT, "p", "limit_raised", T0),
         LEG_OWNER, STREAM_CHANGE, PLACED(record_place(330502, 8, 0), NONE, 0)},
        {"a warning", event_warning("w-1", ENTITY_ACCOUNT, "P", "mule", TIER_HIGH, T0), LEG_ENTITY,
         STREAM_WARNING,
         PLACED(record_place(0, ORIGIN_MINISTRY, TIER_HIGH), mule, RECORD_EXTERNAL)},
        {"a warning about a person", event_warning("w-1", ENTITY_PERSON, "P", "mule", 0, T0),
         LEG_ENTITY, STREAM_WARNING,
         PLACED(record_place(0, ORIGIN_MINISTRY, 0), mule, RECORD_EXTERNAL)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event event = rows[i].event;
        event.region = event.kind == EVENT_WARNING ? 0 : 330502;
        check_note(rows[i].name, &event, rows[i].leg, rows[i].stream, &rows[i].wanted);
        if (event_has_leg(&event, rows[i].leg + 1)) {
            check_note(rows[i].name, &event, rows[i].leg + 1, rows[i].stream, &rows[i].wanted);
        }
    }
}
END_TEST

START_TEST(an_outcome_counts_once)
{
    struct step_limits limit = stepped_limits();
    struct event event = event_outcome("o-1", ENTITY_PERSON, "P", "mule", "loss", T0);
    struct page *page = step_new_page(&event, LEG_ENTITY);
    struct step_taken taken;
    step_take(page, &event, LEG_ENTITY, &limit, &taken);
    ck_assert(!taken.repeated && taken.triggers == 1U << TRIGGER_OUTCOME);
    ck_assert_ptr_null(taken.hand);
    ck_assert_uint_eq(page->outcome_count, 1);
    step_take(page, &event, LEG_ENTITY, &limit, &taken);
    ck_assert(taken.repeated && taken.triggers == 0);
    event = event_outcome("o-2", ENTITY_PERSON, "P", "mule", "loss", T0 - LATENESS - 1);
    step_take(page, &event, LEG_ENTITY, &limit, &taken);
    ck_assert(taken.too_late && taken.triggers == 0);
    ck_assert_uint_eq(page->outcome_count, 2); /* but it counts */
    page_free(page);
}
END_TEST

START_TEST(an_outcome_ends_or_corrects)
{
    static const struct {
        const char *name, *result;
        int tier;
        bool open;
        uint8_t then; /* the episode's tier */
    } rows[] = {
        {"a loss ends it", "loss", TIER_NONE, false, TIER_HIGH},
        {"corrected to low", "corrected", TIER_LOW, true, TIER_LOW},
        {"corrected to urgent", "corrected", TIER_URGENT, true, TIER_URGENT},
        {"no tier of a broken log", "corrected", TIER_NONE, true, TIER_HIGH},
        {"nor what is none", "corrected", TIER_LIMIT, true, TIER_HIGH},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_limits limit = stepped_limits();
        struct event event = event_outcome("o-1", ENTITY_PERSON, "P", "mule", rows[i].result, T0);
        struct page *page = step_new_page(&event, LEG_ENTITY);
        struct step_taken taken;
        page->episodes =
            page_reserve(page->episodes, &page->episode_cap, 1, sizeof(struct episode));
        page->episode_count = 1;
        page->episodes[0] = (struct episode){.typology_key = event.about_key,
                                             .opened_ms = T0,
                                             .last_fired_ms = T0,
                                             .closes_ms = HOUR,
                                             .closed_before_ms = TIME_NONE,
                                             .closed_ms = TIME_NONE,
                                             .tier = TIER_HIGH};
        event.tier = (uint8_t)rows[i].tier;
        step_take(page, &event, LEG_ENTITY, &limit, &taken);
        ck_assert_msg(taken.triggers == 1U << TRIGGER_OUTCOME, "%s", rows[i].name);
        ck_assert_msg((page->episodes[0].closed_ms == TIME_NONE) == rows[i].open, "%s",
                      rows[i].name);
        ck_assert_msg(page->episodes[0].tier == rows[i].then, "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

START_TEST(an_override_is_noted_and_not_judged)
{
    struct step_limits limit = stepped_limits();
    struct event event = event_override("x-1", "P", ENTITY_ACCOUNT, "M", T0 + HOUR, T0);
    struct page *page = step_new_page(&event, LEG_ENTITY);
    struct step_taken taken;
    step_take(page, &event, LEG_ENTITY, &limit, &taken);
    ck_assert(!taken.repeated && taken.triggers == 0 && taken.hand == NULL);
    ck_assert_uint_eq(page->override_count, 1);
    ck_assert(page_has_override(page, &event.party[PARTY_TO].token, T0));
    ck_assert(!page_has_override(page, &event.party[PARTY_TO].token, T0 + HOUR));
    ck_assert_int_eq(page->newest_judged_ms, T0);
    page_free(page);
}
END_TEST

START_TEST(list_entries)
{
    static const struct {
        const char *name;
        int64_t from_ms, to_ms, asked_ms;
        bool removes;
        int64_t in;
    } rows[] = {
        {"from the record's time on", NONE, NONE, 0, false, 1},
        {"not before it", NONE, NONE, -1, false, 0},
        {"for ever", NONE, NONE, 9000 * DAY, false, 1},
        {"from its own start", -DAY, NONE, -DAY, false, 1},
        {"until its end, which is out", NONE, HOUR, HOUR, false, 0},
        {"last moment in", NONE, HOUR, HOUR - 1, false, 1},
        {"a removal", NONE, NONE, 0, true, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_taken taken;
        struct event event = event_listing("x", "fraud", "M", rows[i].removes, T0);
        event.from_ms = rows[i].from_ms == NONE ? NONE : T0 + rows[i].from_ms;
        event.to_ms = rows[i].to_ms == NONE ? NONE : T0 + rows[i].to_ms;
        struct page *page = stepped_take(NULL, event, LEG_ENTITY, &taken);
        ck_assert_uint_eq(taken.triggers, 1U << TRIGGER_LISTING);
        ck_assert_msg(page_is_member(page, name_key(STR("fraud")), T0 + rows[i].asked_ms) ==
                          rows[i].in,
                      "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

static struct event mark_on(const char *account, int level, int64_t time_ms, int64_t to_ms)
{
    struct event event = event_listing("x", "list", account, false, time_ms);
    event.kind = EVENT_MARK;
    event.mark_key = 7;
    event.mark_level = (uint8_t)level;
    event.to_ms = to_ms;
    return event;
}

START_TEST(a_mark_is_taken_in_when_the_page_is)
{
    static const struct {
        const char *name;
        int64_t time_ms, to_ms, judged_ms;
        bool runs;
    } rows[] = {
        {"later than the page", T0 + 5, T0 + HOUR, T0 + 5, true},
        {"earlier", T0 - 5, T0 + HOUR, T0, true},
        {"long before, and never too late", T0 - 30 * DAY, T0 + HOUR, T0, true},
        {"over by then", T0 - 5, T0, T0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_taken taken;
        struct page *page = stepped_take(NULL, event_payment("p", PHASE_INITIATED, "A", "M", 1, T0),
                                         LEG_PAYEE, &taken);
        stepped_take(page, mark_on("M", 2, rows[i].time_ms, rows[i].to_ms), LEG_ENTITY, &taken);
        ck_assert_msg(taken.judged_ms == rows[i].judged_ms && !taken.too_late, "%s", rows[i].name);
        ck_assert_msg(taken.triggers == (unsigned)rows[i].runs << TRIGGER_MARK, "%s", rows[i].name);
        ck_assert_int_eq(page->newest_judged_ms, T0); /* it makes nothing late */
        page_free(page);
    }
}
END_TEST

/* A mark's page may be ahead: it makes nothing late, but was judged by what comes before it. */
START_TEST(what_a_mark_was_judged_by_may_still_come)
{
    static const struct {
        const char *name;
        int64_t after_ms;
        bool again;
    } rows[] = {
        {"before the mark, long before", HOUR, true},
        {"just before it", 2 * HOUR - 1, true},
        {"at its time", 2 * HOUR, false},
        {"behind it", 2 * HOUR + 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_taken taken;
        struct buf bytes = {0}, scratch = {0};
        struct page *page = stepped_take(NULL, event_payment("p", PHASE_INITIATED, "A", "M", 1, T0),
                                         LEG_PAYEE, &taken);
        struct event mark = mark_on("M", 2, T0 + 2 * HOUR, T0 + DAY);
        stepped_take(page, mark, LEG_ENTITY, &taken);
        event_encode(&bytes, &mark);
        struct kept_visit visit = {.event = &mark,
                                   .event_bytes = buf_str(&bytes),
                                   .judged_ms = taken.judged_ms,
                                   .leg = LEG_ENTITY,
                                   .triggers = taken.triggers};
        kept_add(page, &visit, &scratch);
        stepped_take(page, event_payment("q", PHASE_INITIATED, "A", "M", 1, T0 + rows[i].after_ms),
                     LEG_PAYEE, &taken);
        ck_assert_msg(!taken.too_late && taken.triggers != 0, "%s", rows[i].name);
        ck_assert_msg(taken.after_younger == rows[i].again, "%s", rows[i].name);
        buf_fini(&bytes);
        buf_fini(&scratch);
        page_free(page);
    }
}
END_TEST

START_TEST(a_holder_ends_a_stand_in)
{
    enum { PAYS, PAYS_HELD, BOUND, NOBODY };
    static const struct {
        const char *name;
        int events[3];
        bool ended[3];
    } rows[] = {
        {"bound after it was paid", {PAYS, BOUND, NOBODY}, {false, true, false}},
        {"named by the payment behind", {PAYS, PAYS_HELD, BOUND}, {false, true, false}},
        {"bound before", {BOUND, PAYS_HELD, PAYS_HELD}, {false, false, false}},
        {"nobody comes", {PAYS, PAYS, NOBODY}, {false, false, false}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct page *page = NULL;
        for (int k = 0; k < 3 && rows[i].events[k] != NOBODY; k++) {
            struct step_taken taken;
            char id[2] = {(char)('a' + k), '\0'};
            bool binds = rows[i].events[k] == BOUND;
            struct event event = binds ? event_binding(id, ENTITY_ACCOUNT, "M", T0 + k)
                                       : event_payment(id, PHASE_INITIATED, "A", "M", 1, T0 + k);
            struct party *party = &event.party[binds ? PARTY_FROM : PARTY_TO];
            party->holder_known = rows[i].events[k] != PAYS;
            party->holder = token_of(ENTITY_PERSON, "Q");
            page = stepped_take(page, event, binds ? LEG_ENTITY : LEG_PAYEE, &taken);
            ck_assert_msg(taken.stand_in_ended == rows[i].ended[k], "%s: %d", rows[i].name, k);
        }
        page_free(page);
    }
}
END_TEST

START_TEST(a_full_page_says_so)
{
    struct step_taken taken;
    struct page *page = NULL;
    for (int i = 0; i <= PAGE_HELD_MARKS_MAX; i++) {
        struct event mark = mark_on("M", 2, T0, T0 + HOUR - i);
        mark.mark_key = (uint64_t)i + 1;
        page = stepped_take(page, mark, LEG_ENTITY, &taken);
        ck_assert_int_eq(taken.gave_way, i == PAGE_HELD_MARKS_MAX);
        ck_assert_int_eq(taken.triggers != 0, i < PAGE_HELD_MARKS_MAX); /* the new one gave way */
    }
    page_free(page);
}
END_TEST

/* The latest word of an event counts; a mark of many says nothing about who holds its account. */
START_TEST(a_page_knows_who_holds_it)
{
    struct step_taken taken;
    struct event mark = mark_on("m", 1, T0, T0 + HOUR);
    struct event pays = event_payment("p", PHASE_INITIATED, "A", "m", 1, T0);
    struct token person = token_of(ENTITY_PERSON, "P");
    struct token stand_in = holder_of(ENTITY_ACCOUNT, "m");
    struct page *page = stepped_take(NULL, pays, LEG_PAYEE, &taken);
    step_name_holder(page, &mark);
    ck_assert(token_eq(&mark.party[PARTY_FROM].holder, &stand_in));
    ck_assert_uint_eq(mark.party[PARTY_FROM].holder_known, 0);
    pays = event_payment("q", PHASE_INITIATED, "A", "m", 1, T0);
    pays.party[PARTY_TO].holder = person;
    pays.party[PARTY_TO].holder_known = 1;
    stepped_take(page, pays, LEG_PAYEE, &taken);
    stepped_take(page, mark, LEG_ENTITY, &taken);
    step_name_holder(page, &mark);
    ck_assert(token_eq(&mark.party[PARTY_FROM].holder, &person));
    ck_assert_uint_eq(mark.party[PARTY_FROM].holder_known, 1);
    page_free(page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("step_note");
    TCase *tests = tcase_create("step_note");
    tcase_add_test(tests, a_message_is_a_record_of_both_ends);
    tcase_add_test(tests, links_of_messages);
    tcase_add_test(tests, calls_and_messages_are_contacts_of_each_other);
    tcase_add_test(tests, logins_changes_and_warnings_have_no_other_end);
    tcase_add_test(tests, an_outcome_counts_once);
    tcase_add_test(tests, an_outcome_ends_or_corrects);
    tcase_add_test(tests, an_override_is_noted_and_not_judged);
    tcase_add_test(tests, list_entries);
    tcase_add_test(tests, a_mark_is_taken_in_when_the_page_is);
    tcase_add_test(tests, a_holder_ends_a_stand_in);
    tcase_add_test(tests, what_a_mark_was_judged_by_may_still_come);
    tcase_add_test(tests, a_full_page_says_so);
    tcase_add_test(tests, a_page_knows_who_holds_it);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
