/* test_ingest_time.c - where records lie in time. */
#include "tests/unit/intake.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>

struct time_row {
    const char *name;
    const char *phase;
    int64_t duration_ms; /* -1: not given */
    int64_t stamp_ms;    /* relative to the record's time; NONE: no stamp */
    int64_t place_ms;    /* relative to the record's time */
    int64_t judged_ms;
    int clamped; /* -1: refused */
};

#define NONE INT64_MAX

static const struct time_row times[] = {
    {"a start", "start", -1, NONE, 0, 0, 0},
    {"a start is not moved by a duration", "start", HOUR_MS, NONE, 0, 0, 0},
    {"an end lies where the call began", "end", HOUR_MS, NONE, -HOUR_MS, 0, 0},
    {"an end without duration", "end", -1, NONE, 0, 0, 0},
    {"a record is judged when the call is over", "record", HOUR_MS, NONE, 0, HOUR_MS, 0},
    {"a record without duration", "record", -1, NONE, 0, 0, 0},
    {"the stamp is later", "start", -1, HOUR_MS, 0, 0, 0},
    {"much later", "start", -1, 1000 * DAY_MS, 0, 0, 0},
    {"two minutes ahead", "start", -1, -2 * MINUTE_MS, 0, 0, 0},
    {"a millisecond more is set back", "start", -1, -2 * MINUTE_MS - 1, -1, -1, 1},
    {"a day ahead is set back", "start", -1, -DAY_MS, 2 * MINUTE_MS - DAY_MS,
     2 * MINUTE_MS - DAY_MS, 1},
    {"a millisecond more is refused", "start", -1, -DAY_MS - 1, 0, 0, -1},
    {"an end keeps its start when set back", "end", HOUR_MS, -10 * MINUTE_MS, -HOUR_MS,
     -8 * MINUTE_MS, 1},
    {"unless that lies ahead too", "end", MINUTE_MS, -10 * MINUTE_MS, -8 * MINUTE_MS,
     -8 * MINUTE_MS, 1},
    {"a record that ends ahead is judged earlier", "record", HOUR_MS, 30 * MINUTE_MS, 0,
     32 * MINUTE_MS, 1},
    {"a record that ends a day ahead", "record", DAY_MS, 0, 0, 2 * MINUTE_MS, 1},
    {"a record that ends later than that", "record", DAY_MS + 1, 0, 0, 0, -1},
};

START_TEST(places_in_time)
{
    struct intake intake;
    struct buf record = {0};
    uint64_t clamped = 0;
    intake_open(&intake, "");
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const struct time_row *row = &times[i];
        buf_clear(&record);
        buf_add_format(&record, "{'type':'call','phase':'%s','id':'c','callee':'1','time':%" PRId64,
                       row->phase, NOON);
        if (row->duration_ms >= 0) {
            buf_add_format(&record, ",'duration_ms':%" PRId64, row->duration_ms);
        }
        buf_add_text(&record, "}");
        int64_t stamp_ms = row->stamp_ms == NONE ? -1 : NOON + row->stamp_ms;
        int result = intake_take(&intake, buf_text(&record), stamp_ms);
        ck_assert_msg(result == (row->clamped < 0 ? -1 : 0), "%s", row->name);
        if (result != 0) {
            ck_assert_msg(intake.why.reason == REFUSAL_FUTURE_TIME, "%s", row->name);
            ck_assert_uint_eq(intake.event.kind, EVENT_CALL);
            continue;
        }
        clamped += (uint64_t)row->clamped;
        ck_assert_msg(intake.event.time_ms == NOON + row->place_ms, "%s: place %" PRId64, row->name,
                      intake.event.time_ms - NOON);
        ck_assert_msg(intake.event.judged_ms == NOON + row->judged_ms, "%s: judged %" PRId64,
                      row->name, intake.event.judged_ms - NOON);
        ck_assert_msg(intake.event.clamped == row->clamped, "%s", row->name);
        ck_assert_msg(ingest_counts(intake.in)->clamped == clamped, "%s", row->name);
    }
    buf_fini(&record);
    intake_close(&intake);
}
END_TEST

/* What a frame cannot say is refused before it is in one; and a stamp of another unit is none. */
START_TEST(no_record_ends_after_9999)
{
    static const struct {
        const char *record;
        int64_t stamp_ms, judged_ms; /* -1: refused */
    } rows[] = {
        {"'time':'9999-12-31T23:59:59.999Z'", -1, CALTIME_MAX_MS},
        {"'time':'9999-12-31T23:58:44.999Z','duration_s':75", -1, CALTIME_MAX_MS},
        {"'time':'9999-12-31T23:58:45Z','duration_s':75", -1, -1},
        {"'time':'9999-12-31T23:59:59Z','duration_s':604800", CALTIME_MAX_MS, -1},
        {"'time':'9999-12-31T23:59:59.999Z'", INT64_MAX, CALTIME_MAX_MS},
        {"'time':'9999-12-31T23:59:59.999Z'", CALTIME_MAX_MS + 1, CALTIME_MAX_MS},
        {"'time':1770000000000", 1770000000, 1770000000000},
        {"'time':1770000000000", 0, 1770000000000},
    };
    struct intake intake;
    struct buf record = {0};
    intake_open(&intake, "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&record);
        buf_add_format(&record, "{'type':'call','phase':'record','id':'c','callee':'1',%s}",
                       rows[i].record);
        int result = intake_take(&intake, buf_text(&record), rows[i].stamp_ms);
        ck_assert_msg(result == (rows[i].judged_ms < 0 ? -1 : 0), "row %zu", i);
        if (result == 0) {
            ck_assert_int_eq(intake.event.judged_ms, rows[i].judged_ms);
        } else {
            ck_assert_int_eq(intake.why.reason, REFUSAL_BAD_TIME);
        }
    }
    buf_fini(&record);
    intake_close(&intake);
}
END_TEST

/* A sender whose clock is ahead has stamped its message by it, too. */
START_TEST(what_lies_past_now_is_set_back)
{
    static const struct {
        int64_t now_ms, judged_ms; /* relative to the record's time */
        uint64_t clamped;
    } rows[] = {
        {HOUR_MS, 0, 0},
        {-2 * MINUTE_MS, 0, 0},
        {-2 * MINUTE_MS - 1, -1, 1},
        {-30 * MINUTE_MS, -28 * MINUTE_MS, 2},
        {-366 * DAY_MS, 2 * MINUTE_MS - 366 * DAY_MS, 3},
    };
    struct intake intake;
    struct buf record = {0};
    intake_open(&intake, "");
    buf_add_format(&record,
                   "{'type':'call','phase':'start','id':'c','callee':'1','time':%" PRId64 "}",
                   NOON);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_int_eq(intake_take(&intake, buf_text(&record), NOON), 0);
        for (int twice = 0; twice < 2; twice++) {
            ingest_set_back(intake.in, NOON + rows[i].now_ms, &intake.event);
            ck_assert_int_eq(intake.event.judged_ms, NOON + rows[i].judged_ms);
            ck_assert_int_eq(intake.event.time_ms, NOON + rows[i].judged_ms);
            ck_assert_uint_eq(ingest_counts(intake.in)->clamped, rows[i].clamped);
        }
    }
    buf_fini(&record);
    intake_close(&intake);
}
END_TEST

START_TEST(a_binding_ahead_of_its_stamp_is_set_back)
{
    struct intake intake;
    intake_open(&intake, "");
    /* the first is an hour ahead of its stamp: where it stood, it would win against the second */
    ck_assert_int_eq(intake_take(&intake, BIND("1000003600000", "'P-1'"), INT64_C(1000000000000)),
                     0);
    ck_assert_int_eq(intake_take(&intake, BIND("1000000180000", "'P-2'"), INT64_C(1000000180000)),
                     0);
    ck_assert_int_eq(intake_take(&intake, PAY, -1), 0);
    ck_assert_str_eq(intake_ends(&intake.event),
                     "6222*******0011 of P-2, 6217*******0022 of stand-in");
    /* and a refused one binds nobody */
    ck_assert_int_eq(intake_take(&intake, BIND("1100000000000", "'P-3'"), INT64_C(1000000000000)),
                     -1);
    ck_assert_int_eq(intake.why.reason, REFUSAL_FUTURE_TIME);
    ck_assert_int_eq(intake_take(&intake, PAY, -1), 0);
    ck_assert_str_eq(intake_ends(&intake.event),
                     "6222*******0011 of P-2, 6217*******0022 of stand-in");
    intake_close(&intake);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_time");
    TCase *tests = tcase_create("ingest_time");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, places_in_time);
    tcase_add_test(tests, no_record_ends_after_9999);
    tcase_add_test(tests, what_lies_past_now_is_set_back);
    tcase_add_test(tests, a_binding_ahead_of_its_stamp_is_set_back);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
