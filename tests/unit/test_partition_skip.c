/* test_partition_skip.c - steps under quarantine do nothing but become a dead letter; a step under
 * way is named, and what it sends is held until it is done. */
#include "engine/base/mem.h"
#include "engine/partition.h"
#include "rules/compile.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A partition of one, what it sends, and who is told that a page has changed. */
struct bench {
    struct settings settings;
    struct compiled pack;
    struct kept_outputs kept;
    struct sink sink;
    struct visit_log log;
    struct skips skips;
    struct position position;
    struct partition *partition;
    uint64_t offset, record;
    struct buf frame;
    int sent;
    /* at the end of the last step */
    struct token stepped;
    uint64_t step_lsn;
    bool was_inside;
    size_t out_within; /* outputs and visits that were out before the step was done */
};

static const struct program *find_pack(void *self, const uint8_t *hash)
{
    struct bench *b = self;
    (void)hash;
    return b->pack.program;
}

static int keep_visit(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    struct bench *b = self;
    (void)partition;
    (void)visit;
    (void)err;
    b->sent++;
    return 0;
}

static void changed(void *self, const struct page *page)
{
    struct bench *b = self;
    b->stepped = page->token;
    b->step_lsn = b->position.lsn;
    b->was_inside = position_is_inside(&b->position) && token_eq(&b->position.entity, &page->token);
    b->out_within = b->kept.count + (size_t)b->sent;
}

static struct bench *bench_new(const char *text)
{
    struct bench *b = mem_alloc(1, sizeof *b);
    ck_assert_int_eq(compile_text(&b->pack, STR("t.rule"), str_of(text), NULL), 0);
    ck_assert_ptr_nonnull(b->pack.program);
    settings_defaults(&b->settings);
    b->settings.visits_partitions = 1;
    b->settings.decisions_sample = 1;
    b->sink = kept_sink(&b->kept);
    b->log = (struct visit_log){b, keep_visit};
    return b;
}

static void take(struct bench *b)
{
    struct err err = {0};
    int result = partition_apply(b->partition, b->offset++, T0, buf_str(&b->frame), &err);
    ck_assert_msg(result == 0, "%s", err.text);
}

/* With the steps that are under quarantine by then; frame 0 activates the pack. */
static void bench_open(struct bench *b)
{
    struct err err = {0};
    struct partition_setup setup = {.clock = CLOCK_EVENT,
                                    .settings = &b->settings,
                                    .programs = {b, find_pack},
                                    .sink = &b->sink,
                                    .log = &b->log,
                                    .skips = &b->skips,
                                    .position = &b->position,
                                    .watch = {b, changed}};
    b->partition = partition_new(&setup);
    ck_assert_int_eq(partition_open(b->partition, &err), 0);
    frame_begin(&b->frame, T0);
    frame_activate(&b->frame, 1, b->pack.program->hash);
    take(b);
    kept_clear(&b->kept);
}

static void bench_free(struct bench *b)
{
    partition_free(b->partition);
    compile_fini(&b->pack);
    kept_fini(&b->kept);
    skips_fini(&b->skips);
    buf_fini(&b->frame);
    mem_free(b);
}

static void skip(struct bench *b, uint64_t lsn, struct token entity)
{
    struct skip one = {.epoch = 1, .lsn = lsn, .entity = entity};
    skips_add(&b->skips, &one);
}

static void add_payment(struct bench *b, const char *payer, const char *payee, int leg)
{
    char id[24];
    (void)snprintf(id, sizeof id, "p-%" PRIu64, b->record);
    struct visit visit = {.source = SOURCE_FEED,
                          .place = {.lsn = ++b->record},
                          .leg = (uint8_t)leg,
                          .event = event_payment(id, PHASE_INITIATED, payer, payee, 100, T0)};
    frame_add(&b->frame, &visit);
}

static const struct page *page_of(struct bench *b, const char *account)
{
    struct token token = token_of(ENTITY_ACCOUNT, account);
    return cache_find(partition_cache(b->partition), &token);
}

#define RULES                                                        \
    "pattern p for account within 1h a: payment_out then wait 10m\n" \
    "rule r for account on timeout of p when known(time) mark subject seen for 1h\n"

START_TEST(the_visit_becomes_a_dead_letter_and_nothing_else)
{
    struct bench *b = bench_new(RULES);
    b->settings.ingest_dead_letter_bytes = 3;
    skip(b, lsn_of(1, 2), token_of(ENTITY_ACCOUNT, "M"));
    bench_open(b);
    frame_begin(&b->frame, T0);
    add_payment(b, "A", "M", LEG_PAYEE); /* step 1 makes the page */
    add_payment(b, "B", "M", LEG_PAYEE); /* step 2 */
    add_payment(b, "C", "M", LEG_PAYEE);
    take(b);
    const struct counters *c = &partition_header(b->partition)->counters;
    ck_assert_uint_eq(c->fetched, 3);
    ck_assert_uint_eq(c->applied, 2);
    ck_assert_uint_eq(c->quarantined, 1);
    ck_assert_int_eq(b->sent, 2); /* the payers of the others */
    ck_assert_uint_eq(kept_count(&b->kept, OUTPUT_DECISION), 2);
    ck_assert_uint_eq(kept_count(&b->kept, OUTPUT_DEAD_LETTER), 1);
    const char *letter = kept_json(&b->kept, OUTPUT_DEAD_LETTER, 0);
    const char *begin =
        "{\"reason\":\"quarantined\",\"detail\":\"this visit of the event ended the "
        "program twice; the page does not learn of it, nor do those after it\","
        "\"topic\":\"visits\",\"partition\":0,\"offset\":1,\"lsn\":\"16785408\","
        "\"entity\":\"";
    ck_assert_msg(strncmp(letter, begin, strlen(begin)) == 0, "%s", letter);
    ck_assert_ptr_nonnull(strstr(letter, "\",\"event_type\":\"transaction\",\"event\":\"p-1\","
                                         "\"role\":\"payee\",\"time\":\"2026-03-02T10:00:00.000"
                                         "+08:00\",\"size\":"));
    ck_assert_ptr_nonnull(strstr(letter, ",\"bytes_base64\":\""));
    ck_assert_uint_eq(page_of(b, "M")->applied_lsn, lsn_of(1, 3) + 1);
    bench_free(b);
}
END_TEST

START_TEST(its_page_is_not_even_made)
{
    struct bench *b = bench_new(RULES);
    skip(b, lsn_of(1, 1), token_of(ENTITY_ACCOUNT, "M"));
    bench_open(b);
    frame_begin(&b->frame, T0);
    add_payment(b, "A", "M", LEG_PAYEE);
    take(b);
    ck_assert_uint_eq(partition_header(b->partition)->counters.quarantined, 1);
    ck_assert_ptr_null(page_of(b, "M"));
    ck_assert_int_eq(b->sent, 0);
    bench_free(b);
}
END_TEST

START_TEST(a_second_copy_of_it_is_a_duplicate)
{
    struct bench *b = bench_new(RULES);
    skip(b, lsn_of(1, 1), token_of(ENTITY_ACCOUNT, "M"));
    bench_open(b);
    frame_begin(&b->frame, T0);
    add_payment(b, "A", "M", LEG_PAYEE);
    b->record--; /* read again after a restart of ingest */
    add_payment(b, "A", "M", LEG_PAYEE);
    take(b);
    const struct counters *c = &partition_header(b->partition)->counters;
    ck_assert_uint_eq(c->quarantined, 1);
    ck_assert_uint_eq(c->duplicate, 1);
    ck_assert_uint_eq(c->applied, 0);
    bench_free(b);
}
END_TEST

START_TEST(the_same_place_of_another_entity_is_judged)
{
    struct bench *b = bench_new(RULES);
    skip(b, lsn_of(1, 1), token_of(ENTITY_ACCOUNT, "X"));
    bench_open(b);
    frame_begin(&b->frame, T0);
    add_payment(b, "A", "M", LEG_PAYEE);
    take(b);
    ck_assert_uint_eq(partition_header(b->partition)->counters.applied, 1);
    bench_free(b);
}
END_TEST

/* Two accounts wait until the same clock step; one of them is under quarantine. */
START_TEST(waits_end_unjudged)
{
    struct bench *b = bench_new(RULES);
    skip(b, lsn_of(2, 0), token_of(ENTITY_ACCOUNT, "M"));
    bench_open(b);
    frame_begin(&b->frame, T0);
    add_payment(b, "M", NULL, LEG_PAYER);
    add_payment(b, "N", NULL, LEG_PAYER);
    take(b);
    ck_assert_uint_eq(page_of(b, "M")->wait_count, 1);
    kept_clear(&b->kept);
    b->sent = 0;
    frame_begin(&b->frame, T0 + 11 * MINUTE);
    take(b);
    const struct counters *c = &partition_header(b->partition)->counters;
    ck_assert_uint_eq(c->waits_ended, 1);
    ck_assert_uint_eq(c->waits_quarantined, 1);
    ck_assert_uint_eq(c->quarantined, 0); /* of visits */
    ck_assert_int_eq(b->sent, 1);         /* the mark of N's rule */
    ck_assert_uint_eq(page_of(b, "M")->wait_count, 0);
    ck_assert_uint_eq(page_of(b, "M")->applied_lsn, lsn_of(2, 0) + 1);
    const char *letter = kept_json(&b->kept, OUTPUT_DEAD_LETTER, 0);
    const char *begin = "{\"reason\":\"quarantined\",\"detail\":\"judging what a pattern of this "
                        "entity waited for ended the program twice; the wait ends unjudged\","
                        "\"topic\":\"visits\",\"partition\":0,\"offset\":2,\"lsn\":\"33554432\","
                        "\"entity\":\"";
    ck_assert_msg(strncmp(letter, begin, strlen(begin)) == 0, "%s", letter);
    ck_assert_ptr_nonnull(
        strstr(letter, "\",\"time\":\"2026-03-02T10:11:00.000+08:00\",\"size\":0}"));
    bench_free(b);
}
END_TEST

START_TEST(a_step_under_way_is_named_and_holds_what_it_sends)
{
    struct bench *b = bench_new(RULES);
    bench_open(b);
    frame_begin(&b->frame, T0);
    add_payment(b, "A", "M", LEG_PAYEE);
    take(b);
    struct token payee = token_of(ENTITY_ACCOUNT, "M");
    ck_assert(b->was_inside);
    ck_assert(token_eq(&b->stepped, &payee));
    ck_assert_uint_eq(b->step_lsn, lsn_of(1, 1));
    ck_assert_uint_eq(b->out_within, 0);
    ck_assert_uint_eq(b->kept.count, 1); /* now it is out */
    ck_assert_int_eq(b->sent, 1);
    ck_assert(!position_is_inside(&b->position));
    bench_free(b);
}
END_TEST

START_TEST(a_wait_under_way_is_named_and_holds_what_it_sends)
{
    struct bench *b = bench_new(RULES);
    bench_open(b);
    frame_begin(&b->frame, T0);
    add_payment(b, "M", NULL, LEG_PAYER);
    take(b);
    kept_clear(&b->kept);
    b->sent = 0;
    frame_begin(&b->frame, T0 + 11 * MINUTE);
    take(b);
    ck_assert(b->was_inside);
    ck_assert_uint_eq(b->step_lsn, lsn_of(2, 0));
    ck_assert_uint_eq(b->out_within, 0);
    ck_assert_int_eq(b->sent, 1);
    ck_assert(!position_is_inside(&b->position));
    bench_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partition_skip");
    TCase *tests = tcase_create("partition_skip");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, the_visit_becomes_a_dead_letter_and_nothing_else);
    tcase_add_test(tests, its_page_is_not_even_made);
    tcase_add_test(tests, a_second_copy_of_it_is_a_duplicate);
    tcase_add_test(tests, the_same_place_of_another_entity_is_judged);
    tcase_add_test(tests, waits_end_unjudged);
    tcase_add_test(tests, a_step_under_way_is_named_and_holds_what_it_sends);
    tcase_add_test(tests, a_wait_under_way_is_named_and_holds_what_it_sends);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
