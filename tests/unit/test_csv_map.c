/* test_csv_map.c - rows through a mapping: canonical JSON, or a refusal that names the row. */
#include "connectors/file/csv_map.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYMENT                                   \
    "type: transaction\n"                         \
    "columns:\n"                                  \
    "  - {column: id, member: id}\n"              \
    "  - {column: from, member: payer.account}\n" \
    "  - {column: bank, member: payer.bank}\n"    \
    "  - {column: to, member: payee.account}\n"   \
    "  - {column: when, member: time}\n"          \
    "  - {column: sum, member: amount}\n"         \
    "constants:\n"                                \
    "  - {member: phase, value: posted}\n"        \
    "  - {member: currency, value: CNY}\n"
#define HEADER "id,from,bank,to,when,sum,remark"

static struct csv_map *read_map(const char *text)
{
    struct csv_map *map = NULL;
    struct err err = {.code = ERR_NONE};
    int result = csv_map_read(scratch_write("map.yaml", str_of(text)), &map, &err);
    ck_assert_msg(result == 0, "%s", err.text);
    return map;
}

static struct csv_map *with_header(const char *text, const char *header)
{
    struct csv_map *map = read_map(text);
    struct err err = {.code = ERR_NONE};
    int result = csv_map_header(map, "day.csv", str_of(header), &err);
    ck_assert_msg(result == 0, "%s", err.text);
    return map;
}

/* The JSON of a row, or "reason: detail". */
static const char *row_of(struct csv_map *map, struct str row, struct buf *out)
{
    struct refusal why = {REFUSAL_NONE, ""};
    if (csv_map_row(map, row, 7, out, &why) != 0) {
        struct str reason = refusal_text(why.reason);
        buf_clear(out);
        buf_add_format(out, "%.*s: %s", (int)reason.len, reason.at, why.detail);
    }
    return buf_text(out);
}

START_TEST(rows_become_records)
{
    static const struct {
        const char *name, *row, *json;
    } rows[] = {
        {"all cells", "p-1,6222,icbc,6217,2026-03-02T10:00:00+08:00,1.50,rent",
         "{\"type\":\"transaction\",\"id\":\"p-1\",\"time\":\"2026-03-02T10:00:00+08:00\","
         "\"amount\":\"1.50\",\"phase\":\"posted\",\"currency\":\"CNY\",\"payee\":{\"account\":"
         "\"6217\"},\"payer\":{\"account\":\"6222\",\"bank\":\"icbc\"}}"},
        {"empty cells are absent", "p-1,,,6217,t,1.50,",
         "{\"type\":\"transaction\",\"id\":\"p-1\",\"time\":\"t\",\"amount\":\"1.50\",\"phase\":"
         "\"posted\",\"currency\":\"CNY\",\"payee\":{\"account\":\"6217\"}}"},
        {"quotes", "\"p,1\",6222,\"i\"\"c\",6217,t,\"1.50\",\"\"",
         "{\"type\":\"transaction\",\"id\":\"p,1\",\"time\":\"t\",\"amount\":\"1.50\",\"phase\":"
         "\"posted\",\"currency\":\"CNY\",\"payee\":{\"account\":\"6217\"},\"payer\":{\"account\":"
         "\"6222\",\"bank\":\"i\\\"c\"}}"},
        {"too few cells", "p-1,6222", "missing_member: row 7: 2 cells, the header has 7"},
        {"too many cells", "1,2,3,4,5,6,7,8", "wrong_type: row 7: 8 cells, the header has 7"},
        {"a quote inside a cell", "p\"1,2,3,4,5,6,7",
         "wrong_type: row 7: quotes that do not open or close a cell"},
        {"text behind a quoted cell", "\"p\"1,2,3,4,5,6,7",
         "wrong_type: row 7: quotes that do not open or close a cell"},
        {"no closing quote", "p,2,3,4,5,6,\"7",
         "wrong_type: row 7: quotes that do not open or close a cell"},
        {"not UTF-8", "p\xe9,2,3,4,5,6,7", "bad_utf8: row 7: not UTF-8"},
    };
    struct csv_map *map = with_header(PAYMENT, HEADER);
    struct buf out = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = row_of(map, str_of(rows[i].row), &out);
        ck_assert_msg(strcmp(got, rows[i].json) == 0, "%s:\n%s\n%s", rows[i].name, got,
                      rows[i].json);
    }
    buf_fini(&out);
    csv_map_free(map);
}
END_TEST

#define PERSON(time)                                 \
    "type: person\n"                                 \
    "columns:\n"                                     \
    "  - {column: t, member: time}\n"                \
    "  - {column: y, member: birth_year}\n"          \
    "  - {column: v, member: vulnerable}\n"          \
    "constants:\n  - {member: person, value: P-1}\n" \
    "row_id: \"r-\"\n" time

START_TEST(times_have_units)
{
    static const struct {
        const char *name, *time, *cell, *json;
    } rows[] = {
        {"text when nothing is said", "", "2026-03-02", "\"2026-03-02\""},
        {"rfc3339", "time: {unit: rfc3339}\n", "12", "\"12\""},
        {"milliseconds", "time: {unit: epoch_ms}\n", "1772416800000", "1772416800000"},
        {"seconds", "time: {unit: epoch_s}\n", "1772416800", "1772416800000"},
        {"steps", "time: {unit: step, step_ms: 86400000, base: \"2026-01-01T00:00:00+08:00\"}\n",
         "2", "1767369600000"},
        {"step 0 is the base", "time: {unit: step, step_ms: 1, base: \"2026-01-01T00:00:00Z\"}\n",
         "0", "1767225600000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        char row[64];
        char wanted[256];
        struct buf out = {0};
        (void)snprintf(text, sizeof text, PERSON("%s"), rows[i].time);
        (void)snprintf(row, sizeof row, "%s,1950,yes", rows[i].cell);
        (void)snprintf(wanted, sizeof wanted,
                       "{\"type\":\"person\",\"time\":%s,\"birth_year\":1950,\"vulnerable\":true,"
                       "\"person\":\"P-1\",\"id\":\"r-7\"}",
                       rows[i].json);
        struct csv_map *map = with_header(text, "t,y,v");
        const char *got = row_of(map, str_of(row), &out);
        ck_assert_msg(strcmp(got, wanted) == 0, "%s:\n%s\n%s", rows[i].name, got, wanted);
        buf_fini(&out);
        csv_map_free(map);
    }
}
END_TEST

START_TEST(cells_that_are_no_values)
{
    static const struct {
        const char *name, *row, *part;
    } rows[] = {
        {"a word for a time", "noon,1950,1",
         "bad_time: row 7: time: not a whole number of at most 15 digits"},
        {"sixteen digits", "1772416800000000,1950,1", "bad_time: row 7: time: not a whole"},
        {"a leading zero", "01,1950,1", "bad_time: row 7: time: not a whole"},
        {"after 9999", "253402300800,1950,1", "bad_time: row 7: time: after 9999"},
        {"the last second", "253402300799,1950,1", "\"time\":253402300799000,"},
        {"no year", "1772416800,born,1", "\"birth_year\":\"born\""}, /* the decoder refuses it */
        {"no truth", "1772416800,1950,perhaps", "\"vulnerable\":\"perhaps\""},
        {"0 is no", "1772416800,1950,0", "\"vulnerable\":false"},
        {"true", "1772416800,1950,true", "\"vulnerable\":true"},
    };
    struct csv_map *map = with_header(PERSON("time: {unit: epoch_s}\n"), "t,y,v");
    struct buf out = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = row_of(map, str_of(rows[i].row), &out);
        ck_assert_msg(strstr(got, rows[i].part) != NULL, "%s: %s", rows[i].name, got);
    }
    buf_fini(&out);
    csv_map_free(map);
}
END_TEST

START_TEST(headers)
{
    static const struct {
        const char *name, *header, *part; /* NULL: good */
    } rows[] = {
        {"in another order", "sum,when,to,bank,from,id", NULL},
        {"with a byte order mark", "\xef\xbb\xbfid,from,bank,to,when,sum", NULL},
        {"quoted", "\"id\",\"from\",bank,to,when,sum", NULL},
        {"one is missing", "id,from,bank,to,when", "day.csv: no column \"sum\" in the first row"},
        {"another case", "ID,from,bank,to,when,sum", "no column \"id\""},
        {"open quotes", "\"id,from", "day.csv: the first row must name the columns"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct csv_map *map = read_map(PAYMENT);
        struct err err = {.code = ERR_NONE};
        int result = csv_map_header(map, "day.csv", str_of(rows[i].header), &err);
        ck_assert_msg(result == (rows[i].part == NULL ? 0 : -1), "%s: %s", rows[i].name, err.text);
        ck_assert_msg(rows[i].part == NULL || strstr(err.text, rows[i].part) != NULL, "%s: %s",
                      rows[i].name, err.text);
        csv_map_free(map);
    }
    struct csv_map *map = read_map(PAYMENT);
    struct buf wide = {0};
    struct err err = {.code = ERR_NONE};
    buf_add_text(&wide, "id,from,bank,to,when,sum");
    for (int i = 6; i < CSV_COLUMNS_MAX; i++) {
        buf_add_char(&wide, ',');
    }
    ck_assert_int_eq(csv_map_header(map, "day.csv", buf_str(&wide), &err), 0);
    buf_add_char(&wide, ',');
    ck_assert_int_eq(csv_map_header(map, "day.csv", buf_str(&wide), &err), -1);
    buf_fini(&wide);
    csv_map_free(map);
}
END_TEST

START_TEST(delimiters)
{
    static const char *const good[] = {"\";\"", "\"|\"", "\"\\t\""};
    static const char cell_ends[] = ";|\t";
    for (size_t i = 0; i < 3; i++) {
        char text[512];
        char row[64];
        struct buf out = {0};
        (void)snprintf(text, sizeof text, PERSON("delimiter: %s\n"), good[i]);
        (void)snprintf(row, sizeof row, "t%cy%cv", cell_ends[i], cell_ends[i]);
        struct csv_map *map = with_header(text, row);
        (void)snprintf(row, sizeof row, "a,b%c1950%c\"yes\"", cell_ends[i], cell_ends[i]);
        ck_assert_str_eq(row_of(map, str_of(row), &out),
                         "{\"type\":\"person\",\"time\":\"a,b\",\"birth_year\":1950,"
                         "\"vulnerable\":true,\"person\":\"P-1\",\"id\":\"r-7\"}");
        buf_fini(&out);
        csv_map_free(map);
    }
}
END_TEST

START_TEST(mappings_that_are_wrong)
{
    static const struct {
        const char *name, *text, *part;
    } rows[] = {
        {"no type", "columns:\n  - {column: a, member: id}\n", "type"},
        {"no columns", "type: call\n", "columns"},
        {"an unknown type", "type: cal\ncolumns:\n  - {column: a, member: id}\n",
         "type: \"cal\" is no type of record"},
        {"an unknown member", "type: call\ncolumns:\n  - {column: a, member: idd}\n",
         "columns: records of type call have no member idd to map to; they have type, id, "},
        {"type as a member", "type: call\ncolumns:\n  - {column: a, member: type}\n",
         "have no member type to map to"},
        {"an object as a member", "type: transaction\ncolumns:\n  - {column: a, member: payer}\n",
         "have no member payer to map to"},
        {"a member twice",
         "type: call\ncolumns:\n  - {column: a, member: id}\nconstants:\n"
         "  - {value: b, member: id}\n",
         "constants: member id is given twice; keep one"},
        {"rows that are numbered", PERSON(""), NULL},
        {"id is missing", "type: person\ncolumns:\n  - {column: a, member: time}\n",
         "need id; add it to columns or constants, or number the rows with row_id"},
        {"a wide delimiter", PERSON("delimiter: \";;\"\n"), "delimiter: one ASCII character"},
        {"a quote as delimiter", PERSON("delimiter: '\"'\n"), "delimiter: one ASCII character"},
        {"a unit that is none", PERSON("time: {unit: hours}\n"),
         "time.unit: \"hours\" is not one of rfc3339, epoch_ms, epoch_s, step"},
        {"a step without base", PERSON("time: {unit: step, step_ms: 1}\n"), "add both"},
        {"a base without step", PERSON("time: {unit: epoch_s, base: \"2026-01-01T00:00:00Z\"}\n"),
         "remove them"},
        {"a base that is no time", PERSON("time: {unit: step, step_ms: 1, base: monday}\n"),
         "time.base: \"monday\" is no RFC 3339 time"},
        {"a base before 2000",
         PERSON("time: {unit: step, step_ms: 1, base: \"1999-12-31T00:00:00Z\"}\n"), "time.base"},
        {"a step of 0", PERSON("time: {unit: step, step_ms: 0, base: \"2026-01-01T00:00:00Z\"}\n"),
         "time.step_ms: \"0\" is no whole number"},
        {"a step with a unit",
         PERSON("time: {unit: step, step_ms: 1d, base: \"2026-01-01T00:00:00Z\"}\n"),
         "time.step_ms: \"1d\" is no whole number"},
        {"a step over a year",
         PERSON("time: {unit: step, step_ms: 31622400001, base: \"2026-01-01T00:00:00Z\"}\n"),
         "time.step_ms"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct csv_map *map = NULL;
        struct err err = {.code = ERR_NONE};
        int result = csv_map_read(scratch_write("map.yaml", str_of(rows[i].text)), &map, &err);
        ck_assert_msg(result == (rows[i].part == NULL ? 0 : -1), "%s: %s", rows[i].name, err.text);
        ck_assert_msg(rows[i].part == NULL || strstr(err.text, rows[i].part) != NULL, "%s: %s",
                      rows[i].name, err.text);
        ck_assert_msg(rows[i].part == NULL || err.code == ERR_USAGE, "%s", rows[i].name);
        csv_map_free(map);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_map");
    TCase *tests = tcase_create("csv_map");
    tcase_add_test(tests, rows_become_records);
    tcase_add_test(tests, times_have_units);
    tcase_add_test(tests, cells_that_are_no_values);
    tcase_add_test(tests, headers);
    tcase_add_test(tests, delimiters);
    tcase_add_test(tests, mappings_that_are_wrong);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
