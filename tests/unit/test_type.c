/* test_type.c - which units go together, and what they make. */
#include "rules/type.h"

#include <check.h>
#include <stdlib.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

struct pair {
    const char *name;
    enum unit left, right;
    int compared, added, subtracted;
};

static const struct pair pairs[] = {
    {"money and money", UNIT_MONEY, UNIT_MONEY, UNIT_MONEY, UNIT_MONEY, UNIT_MONEY},
    {"money and a number", UNIT_MONEY, UNIT_NUMBER, TYPE_NONE, TYPE_NONE, TYPE_NONE},
    {"a count and a number", UNIT_COUNT, UNIT_NUMBER, UNIT_COUNT, UNIT_COUNT, UNIT_COUNT},
    {"a number and points", UNIT_NUMBER, UNIT_POINTS, UNIT_POINTS, UNIT_POINTS, UNIT_POINTS},
    {"a count and points", UNIT_COUNT, UNIT_POINTS, TYPE_NONE, TYPE_NONE, TYPE_NONE},
    {"numbers", UNIT_NUMBER, UNIT_NUMBER, UNIT_NUMBER, UNIT_NUMBER, UNIT_NUMBER},
    {"times", UNIT_TIME, UNIT_TIME, UNIT_TIME, TYPE_NONE, UNIT_DURATION},
    {"a time and a duration", UNIT_TIME, UNIT_DURATION, TYPE_NONE, UNIT_TIME, UNIT_TIME},
    {"a duration and a time", UNIT_DURATION, UNIT_TIME, TYPE_NONE, UNIT_TIME, TYPE_NONE},
    {"durations", UNIT_DURATION, UNIT_DURATION, UNIT_DURATION, UNIT_DURATION, UNIT_DURATION},
    {"ratios", UNIT_RATIO, UNIT_RATIO, UNIT_RATIO, UNIT_RATIO, UNIT_RATIO},
    {"yes or no", UNIT_BOOL, UNIT_BOOL, TYPE_NONE, TYPE_NONE, TYPE_NONE},
    {"a region and a number", UNIT_REGION, UNIT_NUMBER, UNIT_REGION, TYPE_NONE, TYPE_NONE},
    {"channels", UNIT_CHANNEL, UNIT_CHANNEL, UNIT_CHANNEL, TYPE_NONE, TYPE_NONE},
    {"kinds of unlike things", UNIT_NUMBER_KIND, UNIT_ACCOUNT_KIND, TYPE_NONE, TYPE_NONE,
     TYPE_NONE},
    {"a number and an account", UNIT_NUMBER_REF, UNIT_ACCOUNT_REF, TYPE_NONE, TYPE_NONE, TYPE_NONE},
    {"accounts", UNIT_ACCOUNT_REF, UNIT_ACCOUNT_REF, UNIT_ACCOUNT_REF, TYPE_NONE, TYPE_NONE},
};

START_TEST(pair_goes_together)
{
    const struct pair *row = &pairs[_i];
    ck_assert_msg(type_compared(row->left, row->right) == row->compared, "%s", row->name);
    ck_assert_msg(type_added(row->left, row->right) == row->added, "%s", row->name);
    ck_assert_msg(type_subtracted(row->left, row->right) == row->subtracted, "%s", row->name);
}
END_TEST

START_TEST(comparing_and_adding_know_no_sides)
{
    for (int i = 0; i < UNIT_TYPES; i++) {
        for (int k = 0; k < UNIT_TYPES; k++) {
            enum unit a = (enum unit)i;
            enum unit b = (enum unit)k;
            ck_assert_int_eq(type_compared(a, b), type_compared(b, a));
            ck_assert_int_eq(type_added(a, b), type_added(b, a));
        }
    }
}
END_TEST

struct nature {
    enum unit unit;
    const char *label;
    bool is_enum, ordered, ranges, scaled;
};

static const struct nature natures[] = {
    {UNIT_BOOL, "yes or no", false, false, false, false},
    {UNIT_COUNT, "count", false, true, true, true},
    {UNIT_MONEY, "money", false, true, true, true},
    {UNIT_TIME, "time", false, true, true, false},
    {UNIT_REGION, "region", false, false, true, false},
    {UNIT_ACCOUNT_KIND, "account kind", true, false, false, false},
    {UNIT_ARRIVAL, "arrival mode", true, false, false, false},
    {UNIT_ACCOUNT_REF, "account", false, false, false, false},
};

START_TEST(unit_has_its_nature)
{
    const struct nature *row = &natures[_i];
    ck_assert_str_eq(type_label(row->unit), row->label);
    ck_assert_int_eq(type_is_enum(row->unit), row->is_enum);
    ck_assert_int_eq(type_is_ordered(row->unit), row->ordered);
    ck_assert_int_eq(type_has_ranges(row->unit), row->ranges);
    ck_assert_int_eq(type_is_scaled(row->unit), row->scaled);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("type");
    TCase *t = tcase_create("type");
    tcase_add_loop_test(t, pair_goes_together, 0, COUNT_OF(pairs));
    tcase_add_test(t, comparing_and_adding_know_no_sides);
    tcase_add_loop_test(t, unit_has_its_nature, 0, COUNT_OF(natures));
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
