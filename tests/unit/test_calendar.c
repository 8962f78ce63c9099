/* test_calendar.c - workdays around the spring festival of 2025. */
#include "engine/eval/calendar.h"

#include "engine/base/caltime.h"

#include <check.h>
#include <stdlib.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

/* 2025-01-26 (a Sunday) is worked, 01-28 to 02-04 are holidays, 02-08 (a Saturday) is worked. */
static const struct day_range festival[] = {
    {20114, 20114, true},
    {20116, 20123, false},
    {20127, 20127, true},
};

static int64_t moment(const char *text)
{
    int64_t time_ms = 0;
    ck_assert(caltime_parse(&time_ms, str_of(text)));
    return time_ms;
}

static const struct {
    const char *name;
    const char *time;
    bool workday, holiday;
} days[] = {
    {"a Friday", "2025-01-24T10:00:00+08:00", true, false},
    {"a Saturday is no holiday", "2025-01-25T10:00:00+08:00", false, false},
    {"a Sunday that is worked", "2025-01-26T00:00:00+08:00", true, false},
    {"its last moment", "2025-01-26T23:59:59.999+08:00", true, false},
    {"a Monday between", "2025-01-27T00:00:00+08:00", true, false},
    {"the first holiday", "2025-01-28T00:00:00+08:00", false, true},
    {"a holiday on a Sunday", "2025-02-02T12:00:00+08:00", false, true},
    {"the last moment of the holidays", "2025-02-04T23:59:59.999+08:00", false, true},
    {"the day after", "2025-02-05T00:00:00+08:00", true, false},
    {"a Saturday that is worked", "2025-02-08T09:00:00+08:00", true, false},
    {"a Sunday after all that is said", "2026-03-01T09:00:00+08:00", false, false},
};

START_TEST(day_is_of_its_kind)
{
    int64_t time_ms = moment(days[_i].time);
    ck_assert_msg(calendar_is_workday(festival, 3, time_ms) == days[_i].workday, "%s",
                  days[_i].name);
    ck_assert_msg(calendar_is_holiday(festival, 3, time_ms) == days[_i].holiday, "%s",
                  days[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *time;
    int workdays;
    const char *start;
} spans[] = {
    {"one workday is today", "2025-01-24T10:00:00+08:00", 1, "2025-01-24T00:00:00+08:00"},
    {"at midnight", "2025-01-24T00:00:00+08:00", 1, "2025-01-24T00:00:00+08:00"},
    {"one on a Saturday is that Saturday", "2025-01-25T10:00:00+08:00", 1,
     "2025-01-25T00:00:00+08:00"},
    {"two on a Saturday begin on Friday", "2025-01-25T10:00:00+08:00", 2,
     "2025-01-24T00:00:00+08:00"},
    {"the fourth workday before today", "2025-01-24T10:00:00+08:00", 5,
     "2025-01-20T00:00:00+08:00"},
    {"over a weekend", "2025-01-21T10:00:00+08:00", 5, "2025-01-15T00:00:00+08:00"},
    {"over a worked Sunday", "2025-01-27T10:00:00+08:00", 3, "2025-01-24T00:00:00+08:00"},
    {"over the festival", "2025-02-05T10:00:00+08:00", 5, "2025-01-23T00:00:00+08:00"},
    {"within the festival", "2025-02-01T10:00:00+08:00", 2, "2025-01-27T00:00:00+08:00"},
    {"the longest", "2025-06-06T10:00:00+08:00", 60, "2025-03-17T00:00:00+08:00"},
};

START_TEST(span_begins_at_midnight)
{
    ck_assert_msg(calendar_start_ms(festival, 3, moment(spans[_i].time), spans[_i].workdays) ==
                      moment(spans[_i].start),
                  "%s", spans[_i].name);
}
END_TEST

START_TEST(holidays_without_end_are_not_walked_through)
{
    static const struct day_range never[] = {{0, 100000, false}};
    ck_assert_int_eq(calendar_start_ms(never, 1, moment("2025-06-06T10:00:00+08:00"), 2),
                     moment("2025-06-06T00:00:00+08:00") - 89 * CALTIME_DAY_MS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calendar");
    TCase *tests = tcase_create("calendar");
    tcase_add_loop_test(tests, day_is_of_its_kind, 0, COUNT_OF(days));
    tcase_add_loop_test(tests, span_begins_at_midnight, 0, COUNT_OF(spans));
    tcase_add_test(tests, holidays_without_end_are_not_walked_through);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
