/* test_ingest_random.c - any bytes and any directory: records are taken or have a reason, and what
 * is good does not depend on what was read before. */
#include "tests/unit/intake.h"
#include "tests/unit/mutate.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const seeds[] = {
    PAY,
    CALL,
    BIND("1000000000000", "'P-1'"),
    BIND("1000000000000", "null"),
    DIRECTORY("person", "1000000000000") "'person':'P-1','birth_year':1958,'region':'330502/1'}",
    DIRECTORY("account",
              "1000000000000") "'account':'621700000000022','person':'P-2','kind':'bank'}",
    DIRECTORY("number",
              "1000000000000") "'number':'12012345678','kind':'official','region':'330502'}",
    LIST("account:622200000000011"),
    "{'type':'call','phase':'end','id':'c','time':1772416800000,'caller':null,'callee':'110',"
    "'duration_s':75,'answered':true}",
};

static void next_record(struct buf *record, struct prng *rng)
{
    buf_clear(record);
    for (const char *c = seeds[prng_below(rng, sizeof seeds / sizeof seeds[0])]; *c != '\0'; c++) {
        buf_add_char(record, *c == '\'' ? '"' : *c);
    }
    for (uint32_t n = prng_below(rng, 4); n > 0; n--) {
        mutate_bytes(record, rng);
    }
}

/* Of a refused record the type alone is told. */
static bool only_kind(const struct event *event)
{
    struct event cleared;
    event_clear(&cleared);
    cleared.kind = event->kind;
    return event->kind < EVENT_KIND_COUNT && memcmp(&cleared, event, sizeof cleared) == 0;
}

/* A frame takes it and gives it back, and all its legs are somebody. */
static bool travels(const struct event *event)
{
    struct buf bytes = {0};
    struct buf again = {0};
    struct event back;
    event_encode(&bytes, event);
    bool good = event_decode(&back, (const uint8_t *)bytes.at, bytes.len) == bytes.len;
    event_encode(&again, &back);
    good =
        good && str_eq(buf_str(&bytes), buf_str(&again)) && event_next_leg(event, -1) < LEG_COUNT;
    buf_fini(&bytes);
    buf_fini(&again);
    return good;
}

START_TEST(changed_records_are_taken_or_have_a_reason)
{
    struct prng rng = prng_seed(14, "mutations");
    struct buf record = {0};
    struct intake intake;
    intake_open(&intake, "");
    for (int i = 0; i < 150000; i++) {
        next_record(&record, &rng);
        int result = intake_take_bytes(&intake, buf_str(&record), -1);
        bool has_reason = intake.why.reason > REFUSAL_NONE && intake.why.reason < REFUSAL_COUNT &&
                          intake.why.detail[0] != '\0';
        bool good = result == 0 ? !has_reason && travels(&intake.event)
                                : has_reason && only_kind(&intake.event);
        if (!good || !intake_adds_up(ingest_counts(intake.in))) {
            ck_abort_msg("%d: %d: %.*s", i, result, (int)record.len, record.at);
        }
    }
    ck_assert_uint_gt(ingest_counts(intake.in)->accepted, 30000);
    ck_assert_uint_gt(ingest_counts(intake.in)->refused, 30000);
    buf_fini(&record);
    intake_close(&intake);
}
END_TEST

/* What does not come from the directory. */
static bool same_record(const struct event *a, const struct event *b)
{
    struct event x = *a;
    struct event y = *b;
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        x.party[i].holder = y.party[i].holder;
        x.party[i].holder_known = y.party[i].holder_known;
        x.party[i].kind = y.party[i].kind;
        x.party[i].region = y.party[i].region;
    }
    struct buf first = {0};
    struct buf second = {0};
    event_encode(&first, &x);
    event_encode(&second, &y);
    bool same = str_eq(buf_str(&first), buf_str(&second));
    buf_fini(&first);
    buf_fini(&second);
    return same;
}

START_TEST(what_is_good_does_not_depend_on_the_directory)
{
    struct prng rng = prng_seed(15, "mutations");
    struct buf record = {0};
    struct intake old;
    intake_open(&old, "");
    for (int i = 0; i < 3000; i++) {
        struct intake fresh;
        intake_open(&fresh, "");
        next_record(&record, &rng);
        int64_t stamp_ms = prng_chance(&rng, 50) ? -1 : NOON - prng_between(&rng, 0, 2 * DAY_MS);
        int result = intake_take_bytes(&old, buf_str(&record), stamp_ms);
        bool same = intake_take_bytes(&fresh, buf_str(&record), stamp_ms) == result &&
                    fresh.why.reason == old.why.reason &&
                    strcmp(fresh.why.detail, old.why.detail) == 0 &&
                    same_record(&fresh.event, &old.event);
        if (!same) {
            ck_abort_msg("%d: %s, %s: %.*s", i, old.why.detail, fresh.why.detail, (int)record.len,
                         record.at);
        }
        intake_close(&fresh);
    }
    ck_assert_uint_gt(directory_count(old.directory), 10);
    buf_fini(&record);
    intake_close(&old);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_random");
    TCase *tests = tcase_create("ingest_random");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, changed_records_are_taken_or_have_a_reason);
    tcase_add_test(tests, what_is_good_does_not_depend_on_the_directory);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
