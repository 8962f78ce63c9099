/* test_partition_late.c - which visits are kept and judged again: how many, by which pack, for
 * what. */
#include "engine/partition.h"

#include "engine/state/kept.h"
#include "rules/compile.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counts the payments of ten minutes at M's page, and those at the pages of both persons. */
#define RULES                                                                         \
    "rule many for payee on transaction when count(payment_in in 10m) >= 3\n"         \
    "watch payee for 1h\n"                                                            \
    "rule out for payer.person on transaction when count(payment_out in 10m) >= 30\n" \
    "watch payer for 1h\n"                                                            \
    "rule home for payee.person on transaction when count(payment_in in 10m) >= 30\n" \
    "watch payee for 1h\n"                                                            \
    "rule calls for callee on call_end when count(call_in in 10m) >= 30\n"            \
    "watch callee for 1h\n"

struct town {
    struct compiled pack;
    struct city city;
};

static void town_open(struct town *town, const char *rules, const struct settings *settings)
{
    ck_assert_int_eq(compile_text(&town->pack, STR("t.rule"), str_of(rules), NULL), 0);
    ck_assert_ptr_nonnull(town->pack.program);
    city_begin_with(&town->city, town->pack.program, settings, NULL);
}

static void town_close(struct town *town)
{
    town->city.program = NULL; /* the pack's */
    city_end(&town->city);
    compile_fini(&town->pack);
}

static void pay(struct town *town, int number, const char *payer, const char *payee, int second)
{
    char id[8];
    (void)snprintf(id, sizeof id, "p-%d", number);
    city_send(&town->city,
              event_payment(id, PHASE_INITIATED, payer, payee, 100, T0 + second * SECOND));
}

static uint64_t again(const struct town *town)
{
    struct local_counts counts;
    local_counts(town->city.local, &counts);
    return counts.judged_again;
}

START_TEST(eight_visits_at_most)
{
    struct town town;
    struct settings settings;
    settings_defaults(&settings);
    town_open(&town,
              "rule many for payee on transaction when count(payment_in in 10m) >= 3\n"
              "watch payee for 1h\n",
              &settings);
    for (int i = 1; i <= 10; i++) {
        pay(&town, i, "A", "M", 60 + i);
    }
    ck_assert_uint_eq(again(&town), 0);
    pay(&town, 11, "B", "M", 0);
    ck_assert_uint_eq(again(&town), 8);
    pay(&town, 12, "C", "M", 66); /* those of 67 to 70 are younger */
    ck_assert_uint_eq(again(&town), 12);
    pay(&town, 12, "C", "M", 66); /* a duplicate */
    ck_assert_uint_eq(again(&town), 12);
    town_close(&town);
}
END_TEST

START_TEST(kept_is_what_is_asked_for_while_it_is_young)
{
    struct town town;
    struct settings settings;
    settings_defaults(&settings);
    town_open(&town, "rule r for payer on transaction when amount > 9.00 CNY watch payer for 1h\n",
              &settings);
    pay(&town, 1, "A", "M", 0);
    ck_assert_uint_eq(city_page(&town.city, token_of(ENTITY_ACCOUNT, "M"))->kept_bytes, 0);
    ck_assert_uint_gt(city_page(&town.city, token_of(ENTITY_ACCOUNT, "A"))->kept_bytes, 0);
    pay(&town, 2, "A", "M", 901);
    uint32_t one = city_page(&town.city, token_of(ENTITY_ACCOUNT, "A"))->kept_bytes;
    pay(&town, 3, "A", "M", 1801); /* 900 s later: both */
    ck_assert_uint_eq(city_page(&town.city, token_of(ENTITY_ACCOUNT, "A"))->kept_bytes, 2 * one);
    town_close(&town);
}
END_TEST

START_TEST(a_visit_that_has_lost_its_record_is_not_judged_again)
{
    struct town town;
    struct settings settings;
    settings_defaults(&settings);
    settings.retention_number_calls = 2;
    town_open(&town, RULES, &settings);
    struct city *city = &town.city;
    city_send(city, event_call("c-1", PHASE_RECORD, "F", "P", 100 * SECOND, T0));
    city_send(city, event_call("c-2", PHASE_RECORD, "G", "P", SECOND, T0 + 50 * SECOND));
    ck_assert_uint_eq(again(&town), 1);
    /* The first began before the other two, which take its place; it was judged at its end. */
    city_send(city, event_call("c-3", PHASE_RECORD, "H", "P", SECOND, T0 + 60 * SECOND));
    city_send(city, event_call("c-4", PHASE_RECORD, "F", "P", SECOND, T0 + 70 * SECOND));
    ck_assert_uint_eq(again(&town), 1);
    town_close(&town);
}
END_TEST

/* A page takes in a mark that comes late at the time that it has judged already. */
START_TEST(a_mark_is_kept_at_the_time_at_which_it_was_judged)
{
    struct town town;
    struct settings settings;
    settings_defaults(&settings);
    town_open(&town,
              "rule marker for payer on transaction when amount == 5.00 CNY\n"
              "mark payee suspect level 1 for 1h\n"
              "rule told for account on mark suspect when count(payment_in in 10m) >= 3\n"
              "watch subject for 1h\n",
              &settings);
    struct city *city = &town.city;
    city_send(city, event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0 + 120 * SECOND));
    city_send(city, event_payment("p-2", PHASE_INITIATED, "B", "M", 500, T0 + 60 * SECOND));
    ck_assert_uint_eq(again(&town), 0);
    ck_assert_uint_eq(kept_count(&city->kept, OUTPUT_ADVICE), 0);
    city_send(city, event_payment("p-3", PHASE_INITIATED, "C", "M", 100, T0 + 90 * SECOND));
    ck_assert_uint_eq(again(&town), 1);
    ck_assert_uint_eq(kept_count(&city->kept, OUTPUT_ADVICE), 1);
    town_close(&town);
}
END_TEST

/* What a page takes in at the time that it has judged already can be stored, and read again. */
START_TEST(what_is_judged_later_than_it_happened_is_stored)
{
    struct town town;
    struct settings settings;
    settings_defaults(&settings);
    town_open(&town,
              "rule marker for payer on transaction when amount == 5.00 CNY\n"
              "mark payee suspect level 1 for 1h\n"
              "rule told for account on mark suspect when amount_seen >= 1 watch subject for 1h\n"
              "rule listed for account on listing when amount_seen >= 1 watch subject for 1h\n"
              "rule fact for account on account when amount_seen >= 1 watch subject for 1h\n"
              "feature amount_seen for account = count(payment_in in 10m)\n"
              "list bad of account\n",
              &settings);
    struct city *city = &town.city;
    city_send(city, event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0 + 120 * SECOND));
    city_send(city, event_payment("p-2", PHASE_INITIATED, "B", "M", 500, T0 + 60 * SECOND));
    city_send(city, event_listing("x-1", "bad", "M", false, T0 + 60 * SECOND));
    struct event fact = event_binding("a-1", ENTITY_ACCOUNT, "M", T0);
    fact.kind = EVENT_ACCOUNT;
    city_send(city, fact);
    const struct page *page = city_page(city, token_of(ENTITY_ACCOUNT, "M"));
    struct kept_visit visit;
    struct event event;
    int count = 0;
    for (uint32_t at = 0; kept_read(page, at, &visit, &event); at = kept_next(page, at)) {
        ck_assert_int_eq(visit.judged_ms, T0 + 120 * SECOND);
        count++;
    }
    ck_assert_int_eq(count, 3);
    ck_assert(kept_is_sound(page));
    town_close(&town);
}
END_TEST

/* Each message about a payment or a call that says something late about what was there. */
START_TEST(what_fills_a_record_counts)
{
    struct town town;
    struct settings settings;
    settings_defaults(&settings);
    town_open(&town, RULES, &settings);
    city_send(&town.city, event_call("c-1", PHASE_RECORD, "F", "P", 10 * SECOND, T0));
    city_send(&town.city, event_call("c-2", PHASE_RECORD, "G", "P", SECOND, T0 + MINUTE));
    ck_assert_uint_eq(again(&town), 0);
    /* The other carrier's copy of the first: no judgement of its own, one of the second. */
    city_send(&town.city, event_call("c-3", PHASE_RECORD, "F", "P", 10 * SECOND, T0));
    ck_assert_uint_eq(again(&town), 1);
    struct event event = event_override("x-1", "P", ENTITY_NUMBER, "F", T0 + HOUR, T0);
    city_send(&town.city, event); /* is no record */
    ck_assert_uint_eq(again(&town), 1);
    town_close(&town);
}
END_TEST

/* A transfer between own accounts comes to the person twice; its ids are two. */
START_TEST(an_event_may_come_late_to_a_page_twice)
{
    struct town town;
    struct settings settings;
    settings_defaults(&settings);
    town_open(&town,
              "typology t for person tiers low 20 closes after 1h\n"
              "rule inward of t for payer.person on transaction\n"
              "when count(payment_in in 10m) >= 1 score 30 for 1h\n"
              "rule outward of t for payer.person on transaction\n"
              "when count(payment_out in 10m) >= 2 score 30 for 1h\n",
              &settings);
    pay(&town, 1, "P.b", "X", 60);
    pay(&town, 2, "P.b", "P.c", 0);
    size_t told[2] = {0};
    size_t count = 0;
    for (size_t i = 0; i < town.city.kept.count; i++) {
        const char *json = town.city.kept.item[i].json;
        if (town.city.kept.item[i].kind == OUTPUT_DECISION &&
            json_member(json, "late")[0] != '\0') {
            ck_assert_uint_lt(count, 2);
            told[count++] = i;
        }
    }
    ck_assert_uint_eq(count, 2);
    const struct kept_output *items = town.city.kept.item;
    ck_assert_str_eq(json_member(items[told[0]].json, "fired"), "[\"inward\"]");
    ck_assert_str_eq(json_member(items[told[1]].json, "fired"), "[\"outward\"]");
    ck_assert(!token_eq(&items[told[0]].id, &items[told[1]].id));
    town_close(&town);
}
END_TEST

/* ---- packs ---------------------------------------------------------------------------------- */

/* One partition, two packs that differ in a comment. */
struct bench {
    struct settings settings;
    struct compiled packs[2];
    struct kept_outputs kept;
    struct sink sink;
    struct visit_log log;
    struct partition *partition;
    uint64_t offset;
    struct buf frame;
};

static const struct program *find_pack(void *self, const uint8_t *hash)
{
    struct bench *b = self;
    for (int i = 0; i < 2; i++) {
        if (memcmp(b->packs[i].program->hash, hash, 32) == 0) {
            return b->packs[i].program;
        }
    }
    return NULL;
}

static int no_log(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    (void)self;
    (void)partition;
    (void)visit;
    (void)err;
    return 0;
}

static void apply(struct bench *b)
{
    struct err err = {0};
    ck_assert_msg(partition_apply(b->partition, b->offset++, T0, buf_str(&b->frame), &err) == 0,
                  "%s", err.text);
}

static void activate(struct bench *b, uint64_t number, int which)
{
    frame_begin(&b->frame, 0);
    frame_activate(&b->frame, number, b->packs[which].program->hash);
    apply(b);
}

static void visit_payee(struct bench *b, int number, int second)
{
    struct visit visit = {.source = SOURCE_FEED,
                          .place = {.lsn = (uint64_t)number},
                          .leg = LEG_PAYEE};
    char id[8];
    (void)snprintf(id, sizeof id, "p-%d", number);
    visit.event = event_payment(id, PHASE_INITIATED, "A", "M", 100, T0 + second * SECOND);
    for (int i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        visit.carried[i] = VALUE_UNKNOWN;
    }
    frame_begin(&b->frame, T0);
    frame_add(&b->frame, &visit);
    apply(b);
}

START_TEST(what_another_pack_judged_is_not_judged_again)
{
    static const char *const texts[] = {RULES, "# another\n" RULES};
    struct bench b = {.offset = 0};
    settings_defaults(&b.settings);
    b.settings.visits_partitions = 1;
    b.sink = kept_sink(&b.kept);
    b.log = (struct visit_log){&b, no_log};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(compile_text(&b.packs[i], STR("t.rule"), str_of(texts[i]), NULL), 0);
        ck_assert_ptr_nonnull(b.packs[i].program);
    }
    struct partition_setup setup = {.settings = &b.settings,
                                    .programs = {&b, find_pack},
                                    .sink = &b.sink,
                                    .log = &b.log};
    b.partition = partition_new(&setup);
    const struct counters *counters = &partition_header(b.partition)->counters;
    activate(&b, 1, 0);
    visit_payee(&b, 1, 60);
    visit_payee(&b, 2, 0);
    ck_assert_uint_eq(counters->judged_again, 1);
    activate(&b, 2, 1);
    visit_payee(&b, 3, 90);
    visit_payee(&b, 4, 10);
    ck_assert_uint_eq(counters->judged_again, 2); /* that of 90 alone */
    activate(&b, 3, 0);
    visit_payee(&b, 5, 20); /* that of 60 again */
    ck_assert_uint_eq(counters->judged_again, 3);
    partition_free(b.partition);
    compile_fini(&b.packs[0]);
    compile_fini(&b.packs[1]);
    kept_fini(&b.kept);
    buf_fini(&b.frame);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partition_late");
    TCase *t = tcase_create("partition_late");
    tcase_add_test(t, eight_visits_at_most);
    tcase_add_test(t, kept_is_what_is_asked_for_while_it_is_young);
    tcase_add_test(t, a_visit_that_has_lost_its_record_is_not_judged_again);
    tcase_add_test(t, a_mark_is_kept_at_the_time_at_which_it_was_judged);
    tcase_add_test(t, what_is_judged_later_than_it_happened_is_stored);
    tcase_add_test(t, what_fills_a_record_counts);
    tcase_add_test(t, an_event_may_come_late_to_a_page_twice);
    tcase_add_test(t, what_another_pack_judged_is_not_judged_again);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
