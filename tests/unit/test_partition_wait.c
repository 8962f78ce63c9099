/* test_partition_wait.c - waits end at the clock step of a frame: before its visits, under one lsn,
 * each page once. */
#include "engine/partition.h"

#include "engine/base/mem.h"
#include "rules/compile.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENT_MAX 64

/* One partition of one, and what it sends. */
struct bench {
    struct settings settings;
    struct compiled pack;
    bool pack_is_away;
    struct kept_outputs kept;
    struct sink sink;
    struct visit_log log;
    struct partition *partition;
    struct visit sent[SENT_MAX];
    int sent_count;
    uint64_t record;
    struct buf frame;
    int shown, shown_forgotten; /* to whoever watches pages */
};

static const struct program *find_pack(void *self, const uint8_t *hash)
{
    const struct bench *b = self;
    bool here = !b->pack_is_away && memcmp(b->pack.program->hash, hash, 32) == 0;
    return here ? b->pack.program : NULL;
}

static int keep_visit(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    struct bench *b = self;
    (void)partition;
    (void)err;
    ck_assert_int_lt(b->sent_count, SENT_MAX);
    b->sent[b->sent_count++] = *visit;
    return 0;
}

static void changed(void *self, const struct page *page)
{
    struct bench *b = self;
    b->shown++;
    b->shown_forgotten += page_is_forgotten(page);
}

/* A frame with this clock; visits are added to it before take(). */
static void begin(struct bench *b, int64_t clock_ms)
{
    frame_begin(&b->frame, clock_ms);
}

static int take(struct bench *b, struct err *err)
{
    return partition_apply(b->partition, partition_next_offset(b->partition), 0, buf_str(&b->frame),
                           err);
}

static void take_good(struct bench *b)
{
    struct err err = {0};
    ck_assert_msg(take(b, &err) == 0, "%s", err.text);
}

static struct bench *bench_open(const char *text)
{
    struct bench *b = mem_alloc(1, sizeof *b);
    ck_assert_int_eq(compile_text(&b->pack, STR("t.rule"), str_of(text), NULL), 0);
    ck_assert_ptr_nonnull(b->pack.program);
    settings_defaults(&b->settings);
    b->settings.visits_partitions = 1;
    b->settings.decisions_sample = 1;
    b->sink = kept_sink(&b->kept);
    b->log = (struct visit_log){b, keep_visit};
    struct partition_setup setup = {.clock = CLOCK_EVENT,
                                    .settings = &b->settings,
                                    .programs = {b, find_pack},
                                    .sink = &b->sink,
                                    .log = &b->log,
                                    .watch = {b, changed}};
    b->partition = partition_new(&setup);
    begin(b, T0);
    frame_activate(&b->frame, 1, b->pack.program->hash);
    take_good(b);
    kept_clear(&b->kept);
    return b;
}

static void bench_close(struct bench *b)
{
    partition_free(b->partition);
    compile_fini(&b->pack);
    kept_fini(&b->kept);
    buf_fini(&b->frame);
    mem_free(b);
}

/* Cash out of an account. */
static void add_payment(struct bench *b, const char *payer, int64_t time_ms)
{
    char id[24];
    (void)snprintf(id, sizeof id, "p-%d", (int)b->record);
    struct visit visit = {.source = SOURCE_FEED,
                          .place = {.lsn = ++b->record},
                          .leg = LEG_PAYER,
                          .event = event_payment(id, PHASE_INITIATED, payer, NULL, 100, time_ms)};
    frame_add(&b->frame, &visit);
}

static const char *last_decision(const struct bench *b)
{
    return kept_json(&b->kept, OUTPUT_DECISION, kept_count(&b->kept, OUTPUT_DECISION) - 1);
}

#define MARKS                                                                       \
    "pattern p for account within 1h a: payment_out then wait 10m\n"                \
    "pattern q for account within 1h a: payment_out then no payment_in within 5m\n" \
    "rule r for account on timeout of p when known(time) mark subject seen for 1h " \
    "mark subject seen level 2 for 1h\n"                                            \
    "rule s for account on timeout of q when known(time) mark subject seen level 3 for 1h\n"

/* Before the frame's visits: what comes at the very end is behind it. */
START_TEST(before_the_visits)
{
    struct bench *b = bench_open(MARKS);
    begin(b, T0);
    add_payment(b, "M", T0);
    take_good(b);
    kept_clear(&b->kept);
    begin(b, T0 + 5 * MINUTE);
    add_payment(b, "M", T0 + 5 * MINUTE);
    take_good(b);
    ck_assert_uint_eq(kept_count(&b->kept, OUTPUT_DECISION), 2);
    ck_assert_ptr_nonnull(strstr(kept_json(&b->kept, OUTPUT_DECISION, 0), "\"fired\":[\"s\"]"));
    ck_assert_ptr_nonnull(strstr(last_decision(b), "\"role\":\"payer\""));
    ck_assert_uint_eq(b->sent[0].place.lsn, lsn_of(2, 0));
    bench_close(b);
}
END_TEST

/* All that end at one clock: pages by their tokens, of one page by their ends, each mark at a place
 * of its own that grows. */
START_TEST(several_at_one_clock)
{
    struct bench *b = bench_open(MARKS);
    static const char *const accounts[] = {"M", "N", "O"};
    begin(b, T0);
    for (int i = 0; i < 3; i++) {
        add_payment(b, accounts[i], T0);
    }
    take_good(b);
    kept_clear(&b->kept);
    begin(b, T0 + HOUR);
    take_good(b);
    ck_assert_uint_eq(kept_count(&b->kept, OUTPUT_DECISION), 6);
    ck_assert_int_eq(b->sent_count, 9);
    for (int i = 0; i < b->sent_count; i++) {
        const struct visit *sent = &b->sent[i];
        ck_assert_uint_eq(sent->place.lsn, lsn_of(2, 0));
        ck_assert_uint_eq(sent->event.kind, EVENT_MARK);
        ck_assert_int_eq(sent->event.time_ms, T0 + (i % 3 == 0 ? 5 : 10) * MINUTE);
        ck_assert_int_eq(sent->event.mark_level, i % 3 == 0 ? 3 : i % 3);
        ck_assert(i == 0 || place_compare(&sent[-1].place, &sent->place) < 0);
        ck_assert(token_eq(&sent->place.actor, &sent->event.party[PARTY_FROM].token));
    }
    ck_assert_uint_eq(partition_header(b->partition)->counters.waits_ended, 6);
    ck_assert_uint_eq(partition_header(b->partition)->counters.judged, 3 + 6);
    ck_assert_uint_eq(partition_header(b->partition)->counters.fired, 6);
    ck_assert_uint_eq(partition_header(b->partition)->counters.fetched, 3);
    begin(b, T0 + 2 * HOUR);
    take_good(b);
    ck_assert_int_eq(b->sent_count, 9);
    bench_close(b);
}
END_TEST

/* A page that includes the step already, after a recovery, is left alone, and asked with the next.
 */
START_TEST(what_is_included_is_left_alone)
{
    struct bench *b = bench_open(MARKS);
    struct token token = token_of(ENTITY_ACCOUNT, "M");
    begin(b, T0);
    add_payment(b, "M", T0);
    take_good(b);
    kept_clear(&b->kept);
    struct page *page = cache_find(partition_cache(b->partition), &token);
    page->applied_lsn = lsn_of(2, 0) + 1;
    begin(b, T0 + HOUR);
    take_good(b); /* offset 2 */
    ck_assert_uint_eq(b->kept.count, 0);
    ck_assert_uint_eq(page->wait_count, 2);
    begin(b, T0 + HOUR);
    take_good(b);
    ck_assert_uint_eq(kept_count(&b->kept, OUTPUT_DECISION), 2);
    ck_assert_uint_eq(page->applied_lsn, lsn_of(3, 0) + 1);
    bench_close(b);
}
END_TEST

/* A page whose last wait ends is forgotten at the same step, if it is spent; whoever watches is
 * shown what the step leaves, once. */
START_TEST(spent_when_it_has_waited)
{
    for (int fires = 0; fires < 2; fires++) {
        struct bench *b = bench_open(
            fires == 1
                ? "typology t for account tiers low 20 closes after 1h\n"
                  "pattern p for account within 1h a: payment_out then wait 10m\n"
                  "rule r of t for account on timeout of p when known(time) score 20 for 1h\n"
                : "pattern p for account within 1h a: payment_out then wait 10m\n"
                  "rule r for account on timeout of p when known(time) watch subject for 1h\n");
        struct token token = token_of(ENTITY_ACCOUNT, "M");
        b->settings.engine_expiry_ms = MINUTE;
        begin(b, T0);
        add_payment(b, "M", T0);
        take_good(b);
        begin(b, T0 + 10 * MINUTE - 1);
        take_good(b);
        ck_assert_ptr_nonnull(cache_find(partition_cache(b->partition), &token));
        b->shown = 0;
        begin(b, T0 + 10 * MINUTE);
        take_good(b);
        ck_assert_int_eq(b->shown, 1);
        ck_assert_int_eq(b->shown_forgotten, 1 - fires);
        ck_assert((cache_find(partition_cache(b->partition), &token) != NULL) == (fires == 1));
        ck_assert_uint_eq(partition_header(b->partition)->counters.expired, 1 - (uint64_t)fires);
        bench_close(b);
    }
}
END_TEST

/* Without the pack nobody can say what a wait is for. */
START_TEST(the_pack_is_away)
{
    struct bench *b = bench_open(MARKS);
    struct err err = {0};
    begin(b, T0);
    add_payment(b, "M", T0);
    take_good(b);
    b->pack_is_away = true;
    uint8_t other[32] = {7};
    begin(b, T0 + MINUTE);
    frame_activate(&b->frame, 2, other);
    ck_assert_int_eq(take(b, &err), -1); /* the activation */
    begin(b, T0 + 5 * MINUTE - 1);
    take_good(b);
    begin(b, T0 + 5 * MINUTE);
    ck_assert_int_eq(take(b, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "is not here"));
    b->pack_is_away = false; /* it has come since, and nobody has to begin again for it */
    begin(b, T0 + 5 * MINUTE);
    take_good(b);
    bench_close(b);
}
END_TEST

/* Time-outs come from pages, never from the log. */
START_TEST(one_from_the_log_is_refused)
{
    struct bench *b = bench_open(MARKS);
    struct err err = {0};
    begin(b, T0);
    struct visit visit = {.source = SOURCE_FEED,
                          .place = {.lsn = 1},
                          .leg = LEG_ENTITY,
                          .event = event_payment("p-1", PHASE_INITIATED, "M", NULL, 100, T0)};
    visit.event.kind = EVENT_TIMEOUT;
    visit.event.phase = PHASE_NONE;
    frame_add(&b->frame, &visit);
    ck_assert_int_eq(take(b, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot be read"));
    bench_close(b);
}
END_TEST

/* A sink that fails leaves half a step: the partition has to be dropped. */
START_TEST(a_sink_that_fails)
{
    struct bench *b = bench_open(MARKS);
    struct err err = {0};
    begin(b, T0);
    add_payment(b, "M", T0);
    take_good(b);
    kept_clear(&b->kept);
    b->kept.fails_at = 1;
    begin(b, T0 + HOUR);
    ck_assert_int_eq(take(b, &err), -1);
    bench_close(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partition_wait");
    TCase *tests = tcase_create("partition_wait");
    tcase_add_test(tests, before_the_visits);
    tcase_add_test(tests, several_at_one_clock);
    tcase_add_test(tests, what_is_included_is_left_alone);
    tcase_add_test(tests, spent_when_it_has_waited);
    tcase_add_test(tests, the_pack_is_away);
    tcase_add_test(tests, one_from_the_log_is_refused);
    tcase_add_test(tests, a_sink_that_fails);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
