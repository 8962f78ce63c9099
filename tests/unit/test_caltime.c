/* test_caltime.c - civil time against known dates, against counting day by day, and there and back.
 */
#include "connectors/cli/prng.h"
#include "engine/base/caltime.h"
#include "tests/unit/exact.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)

struct date_row {
    const char *name;
    int year, month, day;
    bool exists;
    int64_t days;
    int weekday;
};

/* Days and weekdays as Python's datetime.date has them. */
static const struct date_row dates[] = {
    {"first day of all", 1, 1, 1, true, -719162, 1},
    {"leap day of a year divisible by 400", 1600, 2, 29, true, -135081, 2},
    {"no leap day in a year divisible by 100", 1900, 2, 29, false, 0, 0},
    {"day after the leap day that 1900 has not", 1900, 3, 1, true, -25508, 4},
    {"day before the first", 1969, 12, 31, true, -1, 3},
    {"day zero", 1970, 1, 1, true, 0, 4},
    {"leap day of 2000", 2000, 2, 29, true, 11016, 2},
    {"day after it", 2000, 3, 1, true, 11017, 3},
    {"leap day", 2024, 2, 29, true, 19782, 4},
    {"no leap day", 2026, 2, 29, false, 0, 0},
    {"a Monday", 2026, 3, 2, true, 20514, 1},
    {"last day of February 2100", 2100, 2, 28, true, 47540, 7},
    {"no leap day in 2100", 2100, 2, 29, false, 0, 0},
    {"leap day of 2400", 2400, 2, 29, true, 157113, 2},
    {"last day of all", 9999, 12, 31, true, 2932896, 5},
    {"no year 0", 0, 12, 31, false, 0, 0},
    {"no year 10000", 10000, 1, 1, false, 0, 0},
    {"no month 0", 2026, 0, 1, false, 0, 0},
    {"no month 13", 2026, 13, 1, false, 0, 0},
    {"no day 0", 2026, 1, 0, false, 0, 0},
    {"January has 31 days", 2026, 1, 31, true, 20484, 6},
    {"and not 32", 2026, 1, 32, false, 0, 0},
    {"April has 30", 2026, 4, 31, false, 0, 0},
    {"a negative month", 2026, -1, 1, false, 0, 0},
};

START_TEST(known_dates)
{
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        const struct date_row *row = &dates[i];
        int64_t days = INT64_MIN;
        ck_assert_msg(caltime_days(&days, row->year, row->month, row->day) == row->exists, "%s",
                      row->name);
        if (row->exists) {
            ck_assert_msg(days == row->days, "%s: %lld", row->name, (long long)days);
            struct caltime t = caltime_split(days * CALTIME_DAY_MS, 0);
            ck_assert_msg(t.year == row->year && t.month == row->month && t.day == row->day &&
                              t.weekday == row->weekday,
                          "%s: %d-%d-%d, %d", row->name, t.year, t.month, t.day, t.weekday);
        }
    }
}
END_TEST

/* The next day, as a calendar on the wall has it. */
static void count_day(struct caltime *t)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = t->year % 400 == 0 || (t->year % 100 != 0 && t->year % 4 == 0);
    t->weekday = t->weekday % 7 + 1;
    if (++t->day > lengths[t->month - 1] + (t->month == 2 && is_leap)) {
        t->day = 1;
        if (++t->month > 12) {
            t->month = 1;
            t->year++;
        }
    }
}

START_TEST(every_day_of_2500_years)
{
    struct caltime wall = {.year = 1, .month = 1, .day = 1, .weekday = 1};
    for (int64_t day = -719162; wall.year <= 2500; day++, count_day(&wall)) {
        int64_t days = INT64_MIN;
        bool exists = caltime_days(&days, wall.year, wall.month, wall.day);
        struct caltime first = caltime_split(day * CALTIME_DAY_MS, 0);
        struct caltime last = caltime_split((day + 1) * CALTIME_DAY_MS - 1, 0);
        if (!exists || days != day || first.year != wall.year || first.month != wall.month ||
            first.day != wall.day || first.weekday != wall.weekday || last.day != wall.day ||
            last.weekday != wall.weekday) {
            ck_abort_msg("%d-%d-%d is not day %lld", wall.year, wall.month, wall.day,
                         (long long)day);
        }
    }
}
END_TEST

struct split_row {
    const char *name;
    int64_t time_ms, zone_ms;
    struct caltime expected;
};

static const struct split_row splits[] = {
    {"the zone begins the next day",
     INT64_C(1772380800000),
     CALTIME_ZONE_MS,
     {2026, 3, 2, 0, 0, 0, 0, 1}},
    {"one millisecond before",
     INT64_C(1772380799999),
     CALTIME_ZONE_MS,
     {2026, 3, 1, 23, 59, 59, 999, 7}},
    {"before 1970", -1, 0, {1969, 12, 31, 23, 59, 59, 999, 3}},
    {"a zone behind", 0, -5 * HOUR_MS, {1969, 12, 31, 19, 0, 0, 0, 3}},
    {"all parts differ", INT64_C(1772417045067), CALTIME_ZONE_MS, {2026, 3, 2, 10, 4, 5, 67, 1}},
    {"a year past the calendar's",
     CALTIME_MAX_MS,
     CALTIME_ZONE_MS,
     {10000, 1, 1, 7, 59, 59, 999, 6}},
};

START_TEST(times_come_apart)
{
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        struct caltime t = caltime_split(splits[i].time_ms, splits[i].zone_ms);
        ck_assert_msg(memcmp(&t, &splits[i].expected, sizeof t) == 0,
                      "%s: %d-%d-%d %d:%d:%d.%d weekday %d", splits[i].name, t.year, t.month, t.day,
                      t.hour, t.minute, t.second, t.ms, t.weekday);
    }
}
END_TEST

START_TEST(days_start_at_midnight_of_the_zone)
{
    struct prng rng = prng_seed(1, "days");
    for (int i = 0; i < 20000; i++) {
        int64_t time_ms = prng_between(&rng, -CALTIME_MAX_MS, CALTIME_MAX_MS);
        int64_t zone_ms = prng_between(&rng, -14, 14) * HOUR_MS;
        int64_t start_ms = caltime_day_start(time_ms, zone_ms);
        struct caltime t = caltime_split(start_ms, zone_ms);
        ck_assert(start_ms <= time_ms && time_ms - start_ms < CALTIME_DAY_MS);
        ck_assert(t.hour == 0 && t.minute == 0 && t.second == 0 && t.ms == 0);
    }
}
END_TEST

struct parse_row {
    const char *name, *text;
    bool is_time;
    int64_t time_ms;
};

#define HELD INT64_C(1772416800000) /* 2026-03-02T10:00:00+08:00 */

static const struct parse_row parses[] = {
    {"with milliseconds", "2026-03-02T10:00:00.120+08:00", true, HELD + 120},
    {"without", "2026-03-02T10:00:00+08:00", true, HELD},
    {"in UTC", "2026-03-02T02:00:00Z", true, HELD},
    {"small letters", "2026-03-02t02:00:00z", true, HELD},
    {"one fraction digit", "2026-03-02T02:00:00.5Z", true, HELD + 500},
    {"two fraction digits", "2026-03-02T02:00:00.05Z", true, HELD + 50},
    {"nine fraction digits are cut, not rounded", "2026-03-02T02:00:00.123999999Z", true,
     HELD + 123},
    {"ten fraction digits", "2026-03-02T02:00:00.1234567890Z", false, 0},
    {"an offset behind", "2026-01-01T00:00:00-05:30", true, INT64_C(1767245400000)},
    {"the largest offset", "2026-03-02T00:00:00+23:59", true, INT64_C(1772323260000)},
    {"the largest offset behind", "2026-03-02T00:00:00-23:59", true, INT64_C(1772495940000)},
    {"an unknown offset is UTC", "2026-03-02T02:00:00-00:00", true, HELD},
    {"last second of a leap day", "2024-02-29T23:59:59+08:00", true, INT64_C(1709222399000)},
    {"before 1970", "1969-12-31T23:59:59.999Z", true, -1},
    {"an early year", "0001-01-02T00:00:00Z", true, INT64_C(-62135510400000)},
    {"the last instant", "9999-12-31T23:59:59.999Z", true, CALTIME_MAX_MS},
    {"the first instant that is accepted", "2000-01-01T00:00:00Z", true, CALTIME_MIN_MS},
    {"no offset", "2026-03-02T10:00:00", false, 0},
    {"no offset after a fraction", "2026-03-02T10:00:00.120", false, 0},
    {"a point without digits", "2026-03-02T10:00:00.+08:00", false, 0},
    {"a comma for the point", "2026-03-02T10:00:00,5Z", false, 0},
    {"an offset without colon", "2026-03-02T10:00:00+0800", false, 0},
    {"an offset of hours", "2026-03-02T10:00:00+08", false, 0},
    {"offset hour 24", "2026-03-02T10:00:00+24:00", false, 0},
    {"offset minute 60", "2026-03-02T10:00:00+08:60", false, 0},
    {"an offset of letters", "2026-03-02T10:00:00+0a:00", false, 0},
    {"a blank for the T", "2026-03-02 10:00:00+08:00", false, 0},
    {"no seconds", "2026-03-02T10:00+08:00", false, 0},
    {"hour 24", "2026-03-02T24:00:00Z", false, 0},
    {"minute 60", "2026-03-02T10:60:00Z", false, 0},
    {"a leap second", "2016-12-31T23:59:60Z", false, 0},
    {"no such day", "2026-02-29T10:00:00Z", false, 0},
    {"year 0", "0000-01-01T00:00:00Z", false, 0},
    {"a year of five digits", "12026-03-02T10:00:00Z", false, 0},
    {"a sign", "-026-03-02T10:00:00Z", false, 0},
    {"a blank in a number", "2026- 3-02T10:00:00Z", false, 0},
    {"a plus in a number", "2026-03-02T10:00:+5Z", false, 0},
    {"something behind the Z", "2026-03-02T10:00:00Z ", false, 0},
    {"something behind the offset", "2026-03-02T10:00:00+08:00x", false, 0},
    {"something before", " 2026-03-02T10:00:00Z", false, 0},
    {"both offsets", "2026-03-02T10:00:00Z+08:00", false, 0},
    {"nothing", "", false, 0},
};

START_TEST(times_are_read)
{
    for (size_t i = 0; i < sizeof parses / sizeof parses[0]; i++) {
        const struct parse_row *row = &parses[i];
        struct str text = exact_copy(str_of(row->text));
        int64_t time_ms = INT64_MIN;
        ck_assert_msg(caltime_parse(&time_ms, text) == row->is_time, "%s", row->name);
        ck_assert_msg(time_ms == (row->is_time ? row->time_ms : INT64_MIN), "%s: %lld", row->name,
                      (long long)time_ms);
        exact_free(text);
    }
}
END_TEST

START_TEST(a_time_cut_short_is_none)
{
    struct str whole = STR("2026-03-02T10:00:00.120+08:00");
    for (size_t len = 0; len < whole.len; len++) {
        struct str text = exact_copy((struct str){whole.at, len});
        int64_t time_ms = 0;
        ck_assert_msg(!caltime_parse(&time_ms, text), "%zu bytes", len);
        ck_assert_msg(!caltime_parse_date(&time_ms, text, 0) || len == 10, "%zu bytes", len);
        exact_free(text);
    }
}
END_TEST

static const struct parse_row dates_in_zone[] = {
    {"a date is midnight in the zone", "2026-03-02", true, INT64_C(1772380800000)},
    {"a leap day", "2024-02-29", true, INT64_C(1709136000000)},
    {"no such day", "2026-02-30", false, 0},
    {"no such month", "2026-00-01", false, 0},
    {"letters", "2026-o3-02", false, 0},
    {"slashes", "2026/03/02", false, 0},
    {"a time", "2026-03-02T10:00:00Z", false, 0},
    {"short", "2026-3-2", false, 0},
    {"nothing", "", false, 0},
};

START_TEST(dates_are_read)
{
    for (size_t i = 0; i < sizeof dates_in_zone / sizeof dates_in_zone[0]; i++) {
        const struct parse_row *row = &dates_in_zone[i];
        struct str text = exact_copy(str_of(row->text));
        int64_t time_ms = INT64_MIN;
        ck_assert_msg(caltime_parse_date(&time_ms, text, CALTIME_ZONE_MS) == row->is_time, "%s",
                      row->name);
        ck_assert_msg(time_ms == (row->is_time ? row->time_ms : INT64_MIN), "%s: %lld", row->name,
                      (long long)time_ms);
        exact_free(text);
    }
}
END_TEST

struct format_row {
    const char *name;
    int64_t time_ms, zone_ms;
    const char *expected;
};

static const struct format_row formats[] = {
    {"in the pack's zone", HELD + 7, CALTIME_ZONE_MS, "2026-03-02T10:00:00.007+08:00"},
    {"in UTC", HELD, 0, "2026-03-02T02:00:00.000+00:00"},
    {"in a zone behind, with minutes", HELD, -(3 * HOUR_MS + 30 * 60000),
     "2026-03-01T22:30:00.000-03:30"},
    {"before 1970", -1, 0, "1969-12-31T23:59:59.999+00:00"},
    {"the last instant in UTC", CALTIME_MAX_MS, 0, "9999-12-31T23:59:59.999+00:00"},
    {"the last instant of the zone", CALTIME_MAX_MS - CALTIME_ZONE_MS, CALTIME_ZONE_MS,
     "9999-12-31T23:59:59.999+08:00"},
    {"RFC 3339 has no year 10000", CALTIME_MAX_MS, CALTIME_ZONE_MS,
     "9999-12-31T23:59:59.999+08:00"},
    {"nor any later one", INT64_MAX, CALTIME_ZONE_MS, "9999-12-31T23:59:59.999+08:00"},
    {"the first instant of the zone", INT64_C(-62135596800000) - CALTIME_ZONE_MS, CALTIME_ZONE_MS,
     "0001-01-01T00:00:00.000+08:00"},
    {"there is no earlier one", INT64_MIN, -CALTIME_ZONE_MS, "0001-01-01T00:00:00.000-08:00"},
};

START_TEST(times_are_written)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char text[CALTIME_TEXT_BYTES];
        caltime_format(text, formats[i].time_ms, formats[i].zone_ms);
        ck_assert_msg(strcmp(text, formats[i].expected) == 0, "%s: %s", formats[i].name, text);
    }
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    struct prng rng = prng_seed(2, "there and back");
    for (int i = 0; i < 50000; i++) {
        int64_t zone_ms = prng_between(&rng, -23 * 60 - 59, 23 * 60 + 59) * 60000;
        int64_t time_ms = prng_between(&rng, INT64_C(-62135596800000) + 2 * CALTIME_DAY_MS,
                                       CALTIME_MAX_MS - 2 * CALTIME_DAY_MS);
        int64_t back_ms = 0;
        char text[CALTIME_TEXT_BYTES];
        caltime_format(text, time_ms, zone_ms);
        ck_assert_msg(caltime_parse(&back_ms, str_of(text)) && back_ms == time_ms, "%s", text);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("caltime");
    TCase *t = tcase_create("caltime");
    tcase_add_test(t, known_dates);
    tcase_add_test(t, every_day_of_2500_years);
    tcase_add_test(t, times_come_apart);
    tcase_add_test(t, days_start_at_midnight_of_the_zone);
    tcase_add_test(t, times_are_read);
    tcase_add_test(t, a_time_cut_short_is_none);
    tcase_add_test(t, dates_are_read);
    tcase_add_test(t, times_are_written);
    tcase_add_test(t, what_is_written_is_read_back);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
