/* test_csv_value.c - what a cell becomes, by the member's form and the unit of the column. */
#include "connectors/file/csv_value.h"

#include "engine/ingest/record.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int form;
    const char *unit; /* "": none */
    const char *cell;
    const char *json;    /* NULL: refused */
    const char *refused; /* the detail */
} cells[] = {
    {"a text", RECORD_TEXT, "", "a \"b\"", "\"a \\\"b\\\"\"", NULL},
    {"an amount as the feeds have it", RECORD_MONEY, "", "12.30", "\"12.30\"", NULL},
    {"an amount in yuan", RECORD_MONEY, "yuan", "12.30", "\"12.30\"", NULL},
    {"in major units, which it is", RECORD_MONEY, "major", "12.30", "\"12.30\"", NULL},
    {"in fen", RECORD_MONEY, "fen", "7000000", "\"70000.00\"", NULL},
    {"in minor units, which these are", RECORD_MONEY, "minor", "7000001", "\"70000.01\"", NULL},
    {"less than a yuan", RECORD_MONEY, "fen", "5", "\"0.05\"", NULL},
    {"nothing", RECORD_MONEY, "fen", "0", "\"0.00\"", NULL},
    {"filled with zeros", RECORD_MONEY, "fen", "000000012345", "\"123.45\"", NULL},
    {"18 digits", RECORD_MONEY, "fen", "999999999999999999", "\"9999999999999999.99\"", NULL},
    {"19 digits", RECORD_MONEY, "fen", "1000000000000000000", NULL,
     "row 7: x: not a whole number of at most 18 digits"},
    {"parts of a fen", RECORD_MONEY, "fen", "1.5", NULL, "row 7: x: not a whole number"},
    {"fewer than none", RECORD_MONEY, "fen", "-1", NULL, "row 7: x: not a whole number"},
    {"seconds", RECORD_SECONDS, "", "75", "75", NULL},
    {"seconds with zeros in front are no JSON", RECORD_SECONDS, "", "075", "\"075\"", NULL},
    {"seconds with a fraction", RECORD_SECONDS, "", "7.5", "\"7.5\"", NULL},
    {"seconds, said", RECORD_SECONDS, "s", "75", "75", NULL},
    {"said, with zeros in front", RECORD_SECONDS, "s", "075", "75", NULL},
    {"minutes as seconds", RECORD_SECONDS, "min", "3", "180", NULL},
    {"hours as seconds", RECORD_SECONDS, "h", "2", "7200", NULL},
    {"milliseconds", RECORD_MILLISECONDS, "ms", "1500", "1500", NULL},
    {"seconds as milliseconds", RECORD_MILLISECONDS, "s", "3", "3000", NULL},
    {"minutes as milliseconds", RECORD_MILLISECONDS, "min", "3", "180000", NULL},
    {"hours as milliseconds", RECORD_MILLISECONDS, "h", "1", "3600000", NULL},
    {"seven days", RECORD_SECONDS, "h", "168", "604800", NULL},
    {"and an hour", RECORD_SECONDS, "h", "169", NULL, "row 7: x: not a whole number up to 7"},
    {"a minute and a half", RECORD_SECONDS, "min", "1.5", NULL, "row 7: x: not a whole"},
    {"no digit", RECORD_SECONDS, "min", "", NULL, "row 7: x: not a whole number up to 7 days"},
    {"a time", RECORD_TIME, "", "2026-01-01T00:00:00Z", "\"2026-01-01T00:00:00Z\"", NULL},
    {"a time, said", RECORD_TIME, "rfc3339", "x", "\"x\"", NULL},
    {"milliseconds since 1970", RECORD_TIME, "epoch_ms", "1772416800000", "1772416800000", NULL},
    {"seconds since 1970", RECORD_TIME, "epoch_s", "1772416800", "1772416800000", NULL},
    {"steps", RECORD_TIME, "step", "3", "1030", NULL},
    {"a date without dashes", RECORD_TIME, "epoch_s", "02032026", NULL, "row 7: x: not a"},
    {"after 9999", RECORD_TIME, "epoch_s", "999999999999", NULL, "row 7: x: after 9999"},
    {"a moment", RECORD_MOMENT, "", "2015-03-01", "\"2015-03-01\"", NULL},
    {"a moment in seconds", RECORD_MOMENT, "epoch_s", "1425139200", "1425139200000", NULL},
    {"a year", RECORD_YEAR, "", "1958", "1958", NULL},
    {"no year", RECORD_YEAR, "", "n/a", "\"n/a\"", NULL},
    {"yes", RECORD_TRUTH, "", "yes", "true", NULL},
    {"1", RECORD_TRUTH, "", "1", "true", NULL},
    {"no", RECORD_TRUTH, "", "no", "false", NULL},
    {"neither", RECORD_TRUTH, "", "Y", "\"Y\"", NULL},
};

START_TEST(what_cells_become)
{
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct csv_value value = {.path = "x",
                                  .form = cells[i].form,
                                  .unit = csv_unit_find(cells[i].form, str_of(cells[i].unit)),
                                  .step_ms = 10,
                                  .base_ms = 1000};
        struct buf out = {0};
        struct refusal why = {.reason = REFUSAL_NONE};
        ck_assert_msg((value.unit != NULL) == (cells[i].unit[0] != '\0'), "%s", cells[i].name);
        int result = csv_value_write(&value, str_of(cells[i].cell), 7, &out, &why);
        ck_assert_msg((result == 0) == (cells[i].json != NULL), "%s: %s", cells[i].name,
                      why.detail);
        if (result == 0) {
            ck_assert_msg(strcmp(buf_text(&out), cells[i].json) == 0, "%s: %s", cells[i].name,
                          buf_text(&out));
        } else {
            bool is_money = cells[i].form == RECORD_MONEY;
            ck_assert_msg(strncmp(why.detail, cells[i].refused, strlen(cells[i].refused)) == 0,
                          "%s: %s", cells[i].name, why.detail);
            ck_assert_int_eq(why.reason, is_money ? REFUSAL_BAD_AMOUNT : REFUSAL_BAD_TIME);
            ck_assert_uint_eq(out.len, 0);
        }
        buf_fini(&out);
    }
}
END_TEST

START_TEST(units_by_form)
{
    static const struct {
        int form;
        const char *units;
    } rows[] = {
        {RECORD_MONEY, "yuan, fen, major, minor"},
        {RECORD_SECONDS, "s, min, h"},
        {RECORD_MILLISECONDS, "ms, s, min, h"},
        {RECORD_TIME, "rfc3339, epoch_ms, epoch_s, step"},
        {RECORD_MOMENT, "rfc3339, epoch_ms, epoch_s"},
        {RECORD_TEXT, ""},
        {RECORD_OBJECT, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};
        csv_unit_list(rows[i].form, &out);
        ck_assert_str_eq(buf_text(&out), rows[i].units);
        buf_fini(&out);
    }
    ck_assert_ptr_null(csv_unit_find(RECORD_SECONDS, STR("ms")));
    ck_assert_ptr_null(csv_unit_find(RECORD_MONEY, STR("h")));
    ck_assert_ptr_null(csv_unit_find(RECORD_TEXT, STR("yuan")));
    ck_assert_ptr_eq(csv_unit_find(RECORD_TIME, STR("step")), csv_unit_step);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_value");
    TCase *tests = tcase_create("csv_value");
    tcase_add_test(tests, what_cells_become);
    tcase_add_test(tests, units_by_form);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
