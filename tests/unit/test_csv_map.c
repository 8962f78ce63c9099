/* test_csv_map.c - a mapping is checked whole before the first row; a row becomes one record or one
 * refusal. */
#include "connectors/file/csv_map.h"

#include "engine/ingest/record.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char call_map[] = "type: call\n"
                               "columns:\n"
                               "  - {column: id, member: id}\n"
                               "  - {column: when, member: time}\n"
                               "  - {column: what, member: phase}\n"
                               "  - {column: a, member: caller}\n"
                               "  - {column: b, member: callee}\n"
                               "  - {column: secs, member: duration_s}\n"
                               "  - {column: ok, member: answered}\n";
static const char call_header[] = "id,when,what,a,b,secs,ok";

static const char payment_map[] = "type: transaction\n"
                                  "columns:\n"
                                  "  - {column: von, member: payer.account}\n"
                                  "  - {column: day, member: time}\n"
                                  "  - {column: an, member: payee.account}\n"
                                  "  - {column: bank, member: payer.bank}\n"
                                  "constants:\n"
                                  "  - {member: phase, value: posted}\n"
                                  "  - {member: amount, value: \"1.00\"}\n"
                                  "  - {member: currency, value: CNY}\n"
                                  "row_id: \"x-\"\n";

/* The map of a mapping file; err says why there is none. */
static struct csv_map *read_map(const char *text, struct err *err)
{
    struct csv_map *map = NULL;
    const char *path = scratch_write("m.yaml", str_of(text));
    int result = csv_map_read(path, &map, err);
    ck_assert_int_eq(result, map == NULL ? -1 : 0);
    return map;
}

static struct csv_map *open_map(const char *text, const char *header)
{
    struct err err = {0};
    struct csv_map *map = read_map(text, &err);
    ck_assert_msg(map != NULL, "%s", err.text);
    ck_assert_msg(csv_map_header(map, "day.csv", str_of(header), &err) == 0, "%s", err.text);
    return map;
}

/* ---- the mapping --------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *text, *part;
} wrong_mappings[] = {
    {"an unknown key", "type: call\ncolums: []\n",
     "m.yaml:2:1: unknown key \"colums\"; did you mean columns?"},
    {"no type", "columns:\n  - {column: a, member: id}\n",
     "m.yaml:1:1: key \"type\" is missing here"},
    {"a type that is none", "type: cal\ncolumns:\n  - {column: a, member: id}\n",
     "m.yaml:1:7: type: \"cal\" is no type of record"},
    {"a member that is none", "type: call\ncolumns:\n  - {column: a, member: calle}\n",
     "m.yaml:3:25: records of type call have no member calle to map to; they have id, source,"},
    {"a whole object", "type: transaction\ncolumns:\n  - {column: a, member: payer}\n",
     "no member payer to map to"},
    {"the type is said already", "type: call\ncolumns:\n  - {column: a, member: type}\n",
     "no member type to map to"},
    {"a member twice",
     "type: call\ncolumns:\n  - {column: a, member: id}\n  - {column: b, member: id}\n",
     "m.yaml:4:25: member id is given twice; keep one"},
    {"a member as column and constant",
     "type: call\ncolumns:\n  - {column: a, member: id}\nconstants:\n"
     "  - {member: id, value: x}\n",
     "m.yaml:5:14: member id is given twice; keep one"},
    {"an id as column and from the row",
     "type: call\ncolumns:\n  - {column: a, member: id}\nrow_id: x\n",
     "m.yaml:4:9: member id is given twice; keep one"},
    {"no id", "type: call\ncolumns:\n  - {column: a, member: time}\n",
     "m.yaml:1:7: records of type call need id; add it to columns or constants, or number the rows with "
     "row_id"},
    {"no callee",
     "type: call\ncolumns:\n  - {column: a, member: time}\nrow_id: x\nconstants:\n"
     "  - {member: phase, value: start}\n",
     "records of type call need callee; add it to columns or constants"},
    {"two delimiters", "type: call\ndelimiter: \";;\"\ncolumns:\n  - {column: a, member: id}\n",
     "delimiter: one ASCII character"},
    {"a quote as delimiter", "type: call\ndelimiter: '\"'\ncolumns:\n  - {column: a, member: id}\n",
     "delimiter: one ASCII character"},
    {"half a character as delimiter",
     "type: call\ndelimiter: \"\xc3\xa9\"\ncolumns:\n  - {column: a, member: id}\n",
     "delimiter: one ASCII character"},
    {"an unknown unit of time",
     "type: call\ntime: {unit: days}\ncolumns:\n  - {column: a, member: id}\n",
     "m.yaml:2:14: time.unit: \"days\" is not one of rfc3339, epoch_ms, epoch_s, step"},
    {"steps without a base",
     "type: call\ntime: {unit: step, step_ms: 5}\ncolumns:\n  - {column: a, member: id}\n",
     "step_ms and base belong to unit step; add both"},
    {"a base without steps",
     "type: call\ntime: {unit: epoch_s, base: \"2026-01-01T00:00:00Z\"}\ncolumns:\n"
     "  - {column: a, member: id}\n",
     "step_ms and base belong to unit step; remove them"},
    {"a base that is no time",
     "type: call\ntime: {unit: step, step_ms: 5, base: \"2026-01-01\"}\ncolumns:\n"
     "  - {column: a, member: id}\n",
     "time.base: \"2026-01-01\" is no RFC 3339 time"},
    {"a base before 2000",
     "type: call\ntime: {unit: step, step_ms: 5, base: \"1999-12-31T23:59:59Z\"}\ncolumns:\n"
     "  - {column: a, member: id}\n",
     "time.base"},
    {"a step of 0",
     "type: call\ntime: {unit: step, step_ms: 0, base: \"2026-01-01T00:00:00Z\"}\ncolumns:\n"
     "  - {column: a, member: id}\n",
     "time.step_ms: \"0\" is no whole number of ms from 1 to a year's"},
    {"a step with a unit",
     "type: call\ntime: {unit: step, step_ms: 1d, base: \"2026-01-01T00:00:00Z\"}\ncolumns:\n"
     "  - {column: a, member: id}\n",
     "m.yaml:2:29: time.step_ms: \"1d\" is no whole number"},
    {"a step of more than a year",
     "type: call\ntime: {unit: step, step_ms: 31622400001, base: \"2026-01-01T00:00:00Z\"}\n"
     "columns:\n  - {column: a, member: id}\n",
     "time.step_ms: \"31622400001\" is no whole number of ms from 1 to a year's 31622400000"},
};

START_TEST(wrong_mappings_name_key_and_remedy)
{
    for (size_t i = 0; i < sizeof wrong_mappings / sizeof wrong_mappings[0]; i++) {
        struct err err = {0};
        ck_assert_msg(read_map(wrong_mappings[i].text, &err) == NULL, "%s", wrong_mappings[i].name);
        ck_assert_msg(err.code == ERR_USAGE, "%s", wrong_mappings[i].name);
        ck_assert_msg(strstr(err.text, "m.yaml") != NULL, "%s: %s", wrong_mappings[i].name,
                      err.text);
        ck_assert_msg(strstr(err.text, wrong_mappings[i].part) != NULL, "%s: %s",
                      wrong_mappings[i].name, err.text);
    }
}
END_TEST

#define PAYMENT                                                                                            \
    "type: transaction\ncolumns:\n  - {column: a, member: time}\n  - {column: b, member: payee.account}\n" \
    "row_id: x-\nconstants:\n"
#define PHASE "  - {member: phase, value: posted}\n"
#define AMOUNT "  - {member: amount, value: \"1.00\"}\n"
#define CURRENCY "  - {member: currency, value: CNY}\n"

START_TEST(constants_are_those_of_every_record)
{
    static const struct {
        const char *name, *text, *said; /* NULL: good */
    } rows[] = {
        {"good ones", PAYMENT PHASE AMOUNT CURRENCY, NULL},
        {"one inside an object",
         PAYMENT PHASE AMOUNT CURRENCY "  - {member: payer.account, value: 12}\n", NULL},
        {"an object that lacks its account, which no constant knows",
         PAYMENT PHASE AMOUNT CURRENCY "  - {member: payer.bank, value: \"102100099996\"}\n", NULL},
        {"a phase that is none", PAYMENT AMOUNT CURRENCY "  - {member: phase, value: paid}\n",
         "m.yaml:9:28: \"paid\": every record would be refused (unknown_value: phase: no phase of this type of record); correct it"},
        {"an amount with three decimals",
         PAYMENT PHASE CURRENCY "  - {member: amount, value: \"1.001\"}\n",
         "m.yaml:9:29: \"1.001\": every record would be refused (bad_amount: amount: more than two"},
        {"a currency that is none", PAYMENT PHASE AMOUNT "  - {member: currency, value: yuan}\n",
         "m.yaml:9:31: \"yuan\": every record would be refused (unknown_currency: "},
        {"a channel that nobody knows",
         PAYMENT PHASE AMOUNT CURRENCY "  - {member: channel, value: moblie}\n",
         "m.yaml:10:30: \"moblie\" is no value that channel has; correct it, or leave it out"},
        {"a kind inside an object",
         PAYMENT PHASE AMOUNT CURRENCY "  - {member: payee.kind, value: personnel}\n",
         "m.yaml:10:33: \"personnel\" is no value that payee.kind has"},
        {"a region that is none",
         PAYMENT PHASE AMOUNT CURRENCY "  - {member: region, value: Huzhou}\n",
         "\"Huzhou\" is no value that region has"},
        {"a time that is none",
         "type: call\ncolumns:\n  - {column: b, member: callee}\nrow_id: x\nconstants:\n"
         "  - {member: phase, value: record}\n  - {member: time, value: today}\n",
         "m.yaml:7:27: \"today\": every record would be refused (bad_time: time: neither RFC 3339"},
        {"a time by the unit of times",
         "type: call\ntime: {unit: epoch_s}\ncolumns:\n  - {column: b, member: callee}\nrow_id: x\n"
         "constants:\n  - {member: phase, value: record}\n  - {member: time, value: 1772416800}\n",
         NULL},
        {"one that is none by the unit",
         "type: call\ntime: {unit: epoch_s}\ncolumns:\n  - {column: b, member: callee}\nrow_id: x\n"
         "constants:\n  - {member: phase, value: record}\n  - {member: time, value: 2026-01-01}\n",
         "m.yaml:8:27: \"2026-01-01\": every record would be refused (bad_time: row 1: time: not a whole"},
        {"a truth that is none",
         "type: call\ncolumns:\n  - {column: b, member: callee}\n  - {column: a, member: time}\nrow_id: x\n"
         "constants:\n  - {member: phase, value: record}\n  - {member: answered, value: Y}\n",
         "m.yaml:8:31: \"Y\": every record would be refused (wrong_type: answered: "},
        {"an id with a control character in front",
         "type: call\ncolumns:\n  - {column: b, member: callee}\n  - {column: a, member: time}\n"
         "row_id: \"x\\t\"\nconstants:\n  - {member: phase, value: record}\n",
         "m.yaml:5:9: \"x\t\": every record would be refused (bad_identifier: id: a control character"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        struct csv_map *map = read_map(rows[i].text, &err);
        ck_assert_msg((map != NULL) == (rows[i].said == NULL), "%s: %s", rows[i].name, err.text);
        ck_assert_msg(map != NULL || strstr(err.text, rows[i].said) != NULL, "%s: %s", rows[i].name,
                      err.text);
        csv_map_free(map);
    }
}
END_TEST

#define CALL_WITH(column)                                                                                          \
    "type: call\nrow_id: x\ncolumns:\n  - {column: b, member: callee}\n  - {column: t, member: time}\n  - " column \
    "\nconstants:\n  - {member: phase, value: record}\n"

START_TEST(units_of_columns)
{
    static const struct {
        const char *name, *text, *said; /* NULL: good */
    } rows[] = {
        {"minutes", CALL_WITH("{column: d, member: duration_s, unit: min}"), NULL},
        {"milliseconds", CALL_WITH("{column: d, member: duration_ms, unit: ms}"), NULL},
        {"milliseconds are no whole seconds",
         CALL_WITH("{column: d, member: duration_s, unit: ms}"),
         "m.yaml:6:43: unit \"ms\" is none of duration_s's: s, min, h"},
        {"money for a duration", CALL_WITH("{column: d, member: duration_s, unit: fen}"),
         "unit \"fen\" is none of duration_s's: s, min, h"},
        {"nothing", CALL_WITH("{column: d, member: duration_s, unit: \"\"}"),
         "unit \"\" is none of duration_s's"},
        {"of a text", CALL_WITH("{column: d, member: caller, unit: s}"),
         "m.yaml:6:39: caller has no unit: amounts and durations have; remove it"},
        {"of a time",
         "type: call\nrow_id: x\ncolumns:\n  - {column: t, member: time, unit: epoch_s}\n",
         "m.yaml:4:37: the unit of time stands apart, as time: {unit: epoch_s}; remove it here"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        struct csv_map *map = read_map(rows[i].text, &err);
        ck_assert_msg((map != NULL) == (rows[i].said == NULL), "%s: %s", rows[i].name, err.text);
        ck_assert_msg(map != NULL || strstr(err.text, rows[i].said) != NULL, "%s: %s", rows[i].name,
                      err.text);
        csv_map_free(map);
    }
}
END_TEST

START_TEST(cells_by_unit)
{
    struct err err = {0};
    struct refusal why = {0};
    struct buf out = {0};
    struct csv_map *map = read_map("type: transaction\nrow_id: x\ntime: {unit: epoch_s}\ncolumns:\n"
                                   "  - {column: t, member: time}\n"
                                   "  - {column: b, member: payee.account}\n"
                                   "  - {column: a, member: amount, unit: fen}\n"
                                   "  - {column: c, member: balance_before}\n"
                                   "constants:\n" PHASE CURRENCY,
                                   &err);
    ck_assert_msg(map != NULL, "%s", err.text);
    ck_assert_int_eq(csv_map_header(map, "day.csv", STR("t,b,a,c"), &err), 0);
    ck_assert_int_eq(csv_map_row(map, STR("1772416800,62,7000000,80000.00"), 1, &out, &why), 0);
    ck_assert_str_eq(buf_text(&out),
                     "{\"type\":\"transaction\",\"time\":1772416800000,\"amount\":\"70000.00\","
                     "\"balance_before\":\"80000.00\",\"phase\":\"posted\",\"currency\":\"CNY\","
                     "\"id\":\"x1\",\"payee\":{\"account\":\"62\"}}");
    ck_assert_int_eq(csv_map_row(map, STR("1772416800,62,70000.00,"), 2, &out, &why), -1);
    ck_assert_int_eq(why.reason, REFUSAL_BAD_AMOUNT);
    ck_assert_str_eq(why.detail, "row 2: amount: not a whole number of at most 18 digits");
    buf_fini(&out);
    csv_map_free(map);
}
END_TEST

START_TEST(mapping_that_is_not_there)
{
    struct err err = {0};
    struct csv_map *map = NULL;
    ck_assert_int_eq(csv_map_read("/tmp/sluice-no-such-map.yaml", &map, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "/tmp/sluice-no-such-map.yaml"));
}
END_TEST

/* ---- the first row ------------------------------------------------------------------------------
 */

START_TEST(headers)
{
    static const struct {
        const char *name, *header, *part; /* part NULL: good */
    } rows[] = {
        {"in the mapping's order", call_header, NULL},
        {"in another order, with more columns", "x,ok,secs,b,a,what,when,y,id", NULL},
        {"quoted names", "\"id\",\"when\",what,a,b,secs,ok", NULL},
        {"a byte order mark in front", "\xef\xbb\xbfid,when,what,a,b,secs,ok", NULL},
        {"a column is missing", "id,when,what,a,b,secs",
         "day.csv: no column \"ok\" in the first row (id,when,what,a,b,secs), which"},
        {"a column stands there twice", "id,when,what,a,b,secs,ok,a",
         "day.csv: more than one column \"a\" in the first row (id,when,what,a,b,secs,ok,a)"},
        {"one that is not mapped stands there twice", "id,x,when,what,a,b,secs,ok,x", NULL},
        {"names are not trimmed", "id,when,what,a,b,secs, ok", "no column \"ok\""},
        {"quotes that do not close", "id,when,what,a,b,secs,\"ok", "quotes do not close"},
        {"the delimiter is another one", "id;when;what;a;b;secs;ok", "no column \"id\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        struct csv_map *map = read_map(call_map, &err);
        int result = csv_map_header(map, "day.csv", str_of(rows[i].header), &err);
        ck_assert_msg(result == (rows[i].part == NULL ? 0 : -1), "%s: %s", rows[i].name, err.text);
        if (rows[i].part != NULL) {
            ck_assert_msg(err.code == ERR_USAGE, "%s", rows[i].name);
            ck_assert_msg(strstr(err.text, rows[i].part) != NULL, "%s: %s", rows[i].name, err.text);
        }
        csv_map_free(map);
    }
}
END_TEST

START_TEST(most_columns)
{
    struct err err = {0};
    struct buf header = {0};
    struct csv_map *map = read_map(call_map, &err);
    buf_add_text(&header, call_header);
    for (int i = 7; i < CSV_COLUMNS_MAX; i++) {
        buf_add_text(&header, ",x");
    }
    ck_assert_int_eq(csv_map_header(map, "day.csv", buf_str(&header), &err), 0);
    buf_add_text(&header, ",x");
    ck_assert_int_eq(csv_map_header(map, "day.csv", buf_str(&header), &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "over 256 of them"));
    buf_fini(&header);
    csv_map_free(map);
}
END_TEST

/* ---- rows ---------------------------------------------------------------------------------------
 */

struct row {
    const char *name, *row, *json; /* json NULL: refused */
    enum refusal_reason reason;
    const char *detail;
};

static void check_rows(const char *mapping, const char *header, const struct row *rows,
                       size_t count)
{
    struct csv_map *map = open_map(mapping, header);
    struct buf json = {0};
    for (size_t i = 0; i < count; i++) {
        struct refusal why = {0};
        int result = csv_map_row(map, str_of(rows[i].row), 7, &json, &why);
        if (rows[i].json != NULL) {
            ck_assert_msg(result == 0, "%s: %s", rows[i].name, why.detail);
            ck_assert_msg(str_eq_text(buf_str(&json), rows[i].json), "%s: %s", rows[i].name,
                          buf_text(&json));
        } else {
            ck_assert_msg(result == -1 && why.reason == rows[i].reason, "%s: %d", rows[i].name,
                          (int)why.reason);
            ck_assert_msg(strcmp(why.detail, rows[i].detail) == 0, "%s: %s", rows[i].name,
                          why.detail);
        }
    }
    buf_fini(&json);
    csv_map_free(map);
}

static const struct row calls[] = {
    {"every cell", "c-1,2026-03-02T10:00:00Z,end,120,121,75,true",
     "{\"type\":\"call\",\"id\":\"c-1\",\"time\":\"2026-03-02T10:00:00Z\",\"phase\":\"end\","
     "\"caller\":\"120\",\"callee\":\"121\",\"duration_s\":75,\"answered\":true}",
     0, NULL},
    {"an empty cell is an absent member", "c-1,t,end,,121,,",
     "{\"type\":\"call\",\"id\":\"c-1\",\"time\":\"t\",\"phase\":\"end\",\"callee\":\"121\"}", 0,
     NULL},
    {"quoted cells: delimiter, quotes, nothing",
     "\"c,1\",\"a \"\"t\"\"\",\"\",\"\"\"\",\"\xe6\x94\xb6\",,no",
     "{\"type\":\"call\",\"id\":\"c,1\",\"time\":\"a \\\"t\\\"\",\"caller\":\"\\\"\","
     "\"callee\":\"\xe6\x94\xb6\",\"answered\":false}",
     0, NULL},
    {"words for yes and no", "c,t,end,,121,,1",
     "{\"type\":\"call\",\"id\":\"c\",\"time\":\"t\",\"phase\":\"end\",\"callee\":\"121\","
     "\"answered\":true}",
     0, NULL},
    {"the decoder will refuse what is no yes or no, and no whole number", "c,t,end,,121,7.5,maybe",
     "{\"type\":\"call\",\"id\":\"c\",\"time\":\"t\",\"phase\":\"end\",\"callee\":\"121\","
     "\"duration_s\":\"7.5\",\"answered\":\"maybe\"}",
     0, NULL},
    {"no leading noughts in a JSON number", "c,t,end,,121,075,0",
     "{\"type\":\"call\",\"id\":\"c\",\"time\":\"t\",\"phase\":\"end\",\"callee\":\"121\","
     "\"duration_s\":\"075\",\"answered\":false}",
     0, NULL},
    {"control characters are escaped", "c\t1,t,end,,121,,",
     "{\"type\":\"call\",\"id\":\"c\\t1\",\"time\":\"t\",\"phase\":\"end\",\"callee\":\"121\"}", 0,
     NULL},
    {"a cell too few", "c-1,t,end,120,121,75", NULL, REFUSAL_MISSING_MEMBER,
     "row 7: 6 cells, the header has 7"},
    {"a cell too many", "c-1,t,end,120,121,75,true,", NULL, REFUSAL_WRONG_TYPE,
     "row 7: 8 cells, the header has 7"},
    {"quotes that do not close", "c-1,t,end,120,121,75,\"true", NULL, REFUSAL_WRONG_TYPE,
     "row 7: quotes that do not open or close a cell"},
    {"text behind closing quotes", "\"c\"1,t,end,120,121,75,true", NULL, REFUSAL_WRONG_TYPE,
     "row 7: quotes that do not open or close a cell"},
    {"quotes inside a cell", "c\"1,t,end,120,121,75,true", NULL, REFUSAL_WRONG_TYPE,
     "row 7: quotes that do not open or close a cell"},
    {"not UTF-8, in a cell that is not mapped either", "c-1,\xff,end,120,121,75,true", NULL,
     REFUSAL_BAD_UTF8, "row 7: not UTF-8"},
    {"good again after broken ones", "c-2,t,start,,121,,",
     "{\"type\":\"call\",\"id\":\"c-2\",\"time\":\"t\",\"phase\":\"start\",\"callee\":\"121\"}", 0,
     NULL},
};

START_TEST(rows_become_records)
{
    check_rows(call_map, call_header, calls, sizeof calls / sizeof calls[0]);
}
END_TEST

static const struct row payments[] = {
    {"members of an object stand together; the id numbers the row", "A,2026-01-01T00:00:00Z,B,102",
     "{\"type\":\"transaction\",\"time\":\"2026-01-01T00:00:00Z\",\"phase\":\"posted\","
     "\"amount\":\"1.00\",\"currency\":\"CNY\",\"id\":\"x-7\",\"payee\":{\"account\":\"B\"},"
     "\"payer\":{\"account\":\"A\",\"bank\":\"102\"}}",
     0, NULL},
    {"an object without members is absent", "A,2026-01-01T00:00:00Z,,",
     "{\"type\":\"transaction\",\"time\":\"2026-01-01T00:00:00Z\",\"phase\":\"posted\","
     "\"amount\":\"1.00\",\"currency\":\"CNY\",\"id\":\"x-7\",\"payer\":{\"account\":\"A\"}}",
     0, NULL},
    {"no object at all", ",2026-01-01T00:00:00Z,,",
     "{\"type\":\"transaction\",\"time\":\"2026-01-01T00:00:00Z\",\"phase\":\"posted\","
     "\"amount\":\"1.00\",\"currency\":\"CNY\",\"id\":\"x-7\"}",
     0, NULL},
};

START_TEST(objects_and_row_numbers)
{
    check_rows(payment_map, "von,day,an,bank", payments, sizeof payments / sizeof payments[0]);
}
END_TEST

static const char message_map[] = "type: sms\n"
                                  "columns:\n"
                                  "  - {column: t, member: time}\n"
                                  "  - {column: a, member: sender}\n"
                                  "  - {column: b, member: receiver}\n"
                                  "  - {column: url, member: urls}\n"
                                  "  - {column: tag, member: tags}\n"
                                  "row_id: \"m-\"\n";

static const struct row messages[] = {
    {"a cell is an array of one url", "t,120,121,http://a.example/,",
     "{\"type\":\"sms\",\"time\":\"t\",\"sender\":\"120\",\"receiver\":\"121\","
     "\"urls\":[\"http://a.example/\"],\"id\":\"m-7\"}",
     0, NULL},
    {"with quotes", "t,120,121,\"a,\"\"b\"\"\",OTP",
     "{\"type\":\"sms\",\"time\":\"t\",\"sender\":\"120\",\"receiver\":\"121\","
     "\"urls\":[\"a,\\\"b\\\"\"],\"tags\":[\"OTP\"],\"id\":\"m-7\"}",
     0, NULL},
    {"no url is not said", "t,120,121,,",
     "{\"type\":\"sms\",\"time\":\"t\",\"sender\":\"120\",\"receiver\":\"121\",\"id\":\"m-7\"}", 0,
     NULL},
};

START_TEST(urls_of_messages)
{
    check_rows(message_map, "t,a,b,url,tag", messages, sizeof messages / sizeof messages[0]);
}
END_TEST

/* A mapping may be of any type of record and name any of its members. */
START_TEST(every_type_of_record)
{
    char path[RECORD_PATH_BYTES];
    for (uint8_t kind = EVENT_NONE + 1; kind < EVENT_RECORDS_END; kind++) {
        struct buf text = {0};
        struct buf header = {0};
        buf_add_format(&text, "type: %s\ncolumns:\n", event_kind_text(kind).at);
        for (size_t i = 1; record_member_path(kind, i, path).len > 0; i++) {
            if (record_member_form(kind, str_of(path)) != RECORD_OBJECT) {
                buf_add_format(&text, "  - {column: c%zu, member: %s}\n", i, path);
                buf_add_format(&header, "%sc%zu", header.len > 0 ? "," : "", i);
            }
        }
        csv_map_free(open_map(buf_text(&text), buf_text(&header)));
        buf_fini(&text);
        buf_fini(&header);
    }
}
END_TEST

/* ---- times --------------------------------------------------------------------------------------
 */

START_TEST(times)
{
    static const struct {
        const char *name, *unit, *cell, *time; /* time NULL: refused, with the detail */
        const char *detail;
    } rows[] = {
        {"RFC 3339 stays as it is", "{unit: rfc3339}", "2026-03-02T10:00:00+08:00",
         "\"2026-03-02T10:00:00+08:00\"", NULL},
        {"and so does what is none", "{unit: rfc3339}", "today", "\"today\"", NULL},
        {"milliseconds", "{unit: epoch_ms}", "1772416800001", "1772416800001", NULL},
        {"seconds", "{unit: epoch_s}", "1772416801", "1772416801000", NULL},
        {"steps from a base", "{unit: step, step_ms: 86400000, base: \"2026-01-01T00:00:00Z\"}",
         "2", "1767398400000", NULL},
        {"step nought", "{unit: step, step_ms: 86400000, base: \"2026-01-01T00:00:00Z\"}", "0",
         "1767225600000", NULL},
        {"the last moment", "{unit: epoch_ms}", "253402300799999", "253402300799999", NULL},
        {"a moment after it", "{unit: epoch_ms}", "253402300800000", NULL,
         "row 7: time: after 9999"},
        {"steps past it", "{unit: step, step_ms: 31622400000, base: \"2026-01-01T00:00:00Z\"}",
         "999999999999999", NULL, "row 7: time: after 9999"},
        {"a fraction", "{unit: epoch_s}", "1772416801.5", NULL,
         "row 7: time: not a whole number of at most 15 digits"},
        {"a sign", "{unit: epoch_s}", "-1", NULL,
         "row 7: time: not a whole number of at most 15 digits"},
        {"leading noughts", "{unit: epoch_s}", "01", NULL,
         "row 7: time: not a whole number of at most 15 digits"},
        {"sixteen digits", "{unit: epoch_ms}", "1000000000000000", NULL,
         "row 7: time: not a whole number of at most 15 digits"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf mapping = {0};
        struct buf wanted = {0};
        struct buf json = {0};
        struct refusal why = {0};
        buf_add_format(&mapping,
                       "type: person\ntime: %s\ncolumns:\n  - {column: t, member: time}\n"
                       "constants:\n  - {member: person, value: P}\nrow_id: r\n",
                       rows[i].unit);
        struct csv_map *map = open_map(buf_text(&mapping), "t");
        int result = csv_map_row(map, str_of(rows[i].cell), 7, &json, &why);
        if (rows[i].time == NULL) {
            ck_assert_msg(result == -1 && why.reason == REFUSAL_BAD_TIME, "%s", rows[i].name);
            ck_assert_msg(strcmp(why.detail, rows[i].detail) == 0, "%s: %s", rows[i].name,
                          why.detail);
        } else {
            buf_add_format(&wanted,
                           "{\"type\":\"person\",\"time\":%s,\"person\":\"P\",\"id\":\"r7\"}",
                           rows[i].time);
            ck_assert_msg(result == 0, "%s: %s", rows[i].name, why.detail);
            ck_assert_msg(str_eq(buf_str(&json), buf_str(&wanted)), "%s: %s", rows[i].name,
                          buf_text(&json));
        }
        buf_fini(&mapping);
        buf_fini(&wanted);
        buf_fini(&json);
        csv_map_free(map);
    }
}
END_TEST

START_TEST(another_delimiter)
{
    struct buf json = {0};
    struct refusal why = {0};
    struct csv_map *map = open_map("type: person\ndelimiter: \"\\t\"\ncolumns:\n"
                                   "  - {column: t, member: time}\n"
                                   "  - {column: p, member: person}\n"
                                   "row_id: r\n",
                                   "p\tt");
    ck_assert_int_eq(csv_map_row(map, STR("P,1\t5"), 1, &json, &why), 0);
    ck_assert_str_eq(buf_text(&json),
                     "{\"type\":\"person\",\"time\":\"5\",\"person\":\"P,1\",\"id\":\"r1\"}");
    buf_fini(&json);
    csv_map_free(map);
}
END_TEST

/* Cells without their quotes lie in a buffer that must not move while a row is split. */
START_TEST(long_quoted_cells)
{
    struct buf row = {0};
    struct buf json = {0};
    struct refusal why = {0};
    struct csv_map *map = open_map(call_map, call_header);
    buf_add_text(&row, "\"c,1\",t,end,\"");
    for (int i = 0; i < 5000; i++) {
        buf_add_text(&row, "\"\"");
    }
    buf_add_text(&row, "\",\"121\",,");
    ck_assert_int_eq(csv_map_row(map, buf_str(&row), 1, &json, &why), 0);
    ck_assert_ptr_nonnull(strstr(buf_text(&json), "\"id\":\"c,1\""));
    ck_assert_ptr_nonnull(strstr(buf_text(&json), "\\\"\",\"callee\":\"121\"}"));
    buf_fini(&row);
    buf_fini(&json);
    csv_map_free(map);
}
END_TEST

/* What is written must be one object that the decoder of records takes apart, whatever the cells.
 */
START_TEST(every_byte_in_a_cell_gives_json_or_a_refusal)
{
    struct csv_map *map = open_map(call_map, call_header);
    struct record_decoder *decoder = malloc(sizeof *decoder);
    struct buf json = {0};
    ck_assert_ptr_nonnull(decoder);
    record_decoder_init(decoder);
    for (int byte = 0; byte < 256; byte++) {
        char row[] = "c?,2026-03-02T10:00:00Z,end,120,12000000001,75,true";
        struct refusal why = {0};
        row[1] = (char)byte;
        int result = csv_map_row(map, (struct str){row, sizeof row - 1}, 1, &json, &why);
        if (result == 0) {
            static struct raw_record raw;
            int decoded = record_decode(decoder, buf_str(&json), &raw, &why);
            ck_assert_msg(decoded == 0 || why.reason == REFUSAL_BAD_IDENTIFIER, "byte %d: %s", byte,
                          why.detail);
            ck_assert_msg((decoded == 0) == (byte >= 32 && byte != 127), "byte %d", byte);
        } else {
            ck_assert_msg(byte >= 128 || byte == '"' || byte == ',', "byte %d: %s", byte,
                          why.detail);
        }
    }
    buf_fini(&json);
    free(decoder);
    csv_map_free(map);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_map");
    TCase *tests = tcase_create("csv_map");
    tcase_add_test(tests, wrong_mappings_name_key_and_remedy);
    tcase_add_test(tests, constants_are_those_of_every_record);
    tcase_add_test(tests, units_of_columns);
    tcase_add_test(tests, cells_by_unit);
    tcase_add_test(tests, mapping_that_is_not_there);
    tcase_add_test(tests, headers);
    tcase_add_test(tests, most_columns);
    tcase_add_test(tests, rows_become_records);
    tcase_add_test(tests, objects_and_row_numbers);
    tcase_add_test(tests, urls_of_messages);
    tcase_add_test(tests, every_type_of_record);
    tcase_add_test(tests, times);
    tcase_add_test(tests, another_delimiter);
    tcase_add_test(tests, long_quoted_cells);
    tcase_add_test(tests, every_byte_in_a_cell_gives_json_or_a_refusal);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
