/* test_record_table.c - the table of members: which are needed, of which type, and as others ask
 * it. */
#include "tests/unit/decoded.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A good value of each form, and the types of value that the form takes (bits by enum json_type).
 */
static const struct {
    const char *good;
    unsigned types;
} form_rows[] = {
    [RECORD_UNUSED] = {"0", 0x7f},
    [RECORD_TEXT] = {"\"x\"", 1 << JSON_TEXT},
    [RECORD_NAME] = {"\"x\"", 1 << JSON_TEXT},
    [RECORD_ENTITY] = {"\"1\"", 1 << JSON_TEXT},
    [RECORD_CALLER] = {"\"1\"", 1 << JSON_TEXT},
    [RECORD_HOLDER] = {"\"P\"", 1 << JSON_TEXT},
    [RECORD_NAMED] = {"\"number:1\"", 1 << JSON_TEXT},
    [RECORD_ID] = {"\"00112233445566778899aabbccddeeff\"", 1 << JSON_TEXT},
    [RECORD_MESSAGE] = {"\"x\"", 1 << JSON_TEXT},
    [RECORD_TAGS] = {"[\"x\"]", 1 << JSON_ARRAY},
    [RECORD_URLS] = {"[\"x\"]", 1 << JSON_ARRAY},
    [RECORD_TIME] = {"1772416800000", 1 << JSON_TEXT | 1 << JSON_NUMBER},
    [RECORD_MOMENT] = {"1772416800000", 1 << JSON_TEXT | 1 << JSON_NUMBER},
    [RECORD_MONEY] = {"5", 1 << JSON_TEXT | 1 << JSON_NUMBER},
    [RECORD_CURRENCY] = {"\"CNY\"", 1 << JSON_TEXT},
    [RECORD_SECONDS] = {"5", 1 << JSON_NUMBER},
    [RECORD_MILLISECONDS] = {"5", 1 << JSON_NUMBER},
    [RECORD_REGION] = {"\"330502\"", 1 << JSON_TEXT},
    [RECORD_TRUTH] = {"true", 1 << JSON_TRUE | 1 << JSON_FALSE},
    [RECORD_VALUE] = {"\"x\"", 1 << JSON_TEXT},
    [RECORD_THING] = {"\"x\"", 1 << JSON_TEXT | 1 << JSON_NUMBER},
    [RECORD_WORD] = {NULL, 1 << JSON_TEXT},  /* not in each record of its type */
    [RECORD_PHASE] = {NULL, 1 << JSON_TEXT}, /* depends on the type of record */
    [RECORD_ACTION] = {"\"add\"", 1 << JSON_TEXT},
    [RECORD_YEAR] = {"1958", 1 << JSON_NUMBER},
    [RECORD_OBJECT] = {NULL, 1 << JSON_OBJECT}, /* its members stand for it */
};

/* One member of a record with all of them; `but` has `value` in its place, or is left out (NULL).
 */
struct full {
    uint8_t kind;
    const char *but;
    const char *value;
};

static const char *good_value(uint8_t kind, const char *path)
{
    int form = record_member_form(kind, str_of(path));
    if (form == RECORD_PHASE) {
        return kind == EVENT_CALL ? "\"end\"" : "\"posted\"";
    }
    return form_rows[form].good;
}

static void add_member(struct buf *out, const struct full *full, const char *path)
{
    const char *point = strchr(path, '.');
    bool is_but = strcmp(path, full->but) == 0;
    const char *value = is_but ? full->value : good_value(full->kind, path);
    /* a binding or a change has a number or an account */
    bool has_but = full->value != NULL && strcmp(full->value, "null") != 0;
    bool account_instead = strcmp(full->but, has_but ? "account" : "number") == 0;
    const char *other = account_instead ? "number" : "account";
    bool either = full->kind == EVENT_BINDING || full->kind == EVENT_CHANGE;
    bool is_other = either && strcmp(path, other) == 0;
    if (value != NULL && (is_but || !is_other)) {
        buf_add_format(out, ",\"%s\":%s", point == NULL ? path : point + 1, value);
    }
}

/* An object and its members, which have paths like payer.account. */
static void add_object(struct buf *out, const struct full *full, struct str object)
{
    char path[RECORD_PATH_BYTES];
    buf_add_format(out, ",\"%.*s\":{\"x\":0", (int)object.len, object.at);
    for (size_t i = 0; record_member_path(full->kind, i, path).len > 0; i++) {
        if (str_starts(str_of(path), object) && path[object.len] == '.') {
            add_member(out, full, path);
        }
    }
    buf_add_char(out, '}');
}

static struct str full_record(struct buf *out, const struct full *full)
{
    char path[RECORD_PATH_BYTES];
    buf_clear(out);
    buf_add_format(out, "{\"type\":\"%s\"", event_kind_text(full->kind).at);
    for (size_t i = 1; record_member_path(full->kind, i, path).len > 0; i++) {
        bool is_object = record_member_form(full->kind, str_of(path)) == RECORD_OBJECT;
        if (is_object && strcmp(path, full->but) != 0) {
            add_object(out, full, str_of(path));
        } else if (strchr(path, '.') == NULL) {
            add_member(out, full, path);
        }
    }
    buf_add_char(out, '}');
    return buf_str(out);
}

/* Calls check for every member but the type of every kind. */
static void for_all_members(void (*check)(uint8_t kind, size_t index, const char *path))
{
    decoded_start();
    for (uint8_t kind = EVENT_NONE + 1; kind < EVENT_RECORDS_END; kind++) {
        char path[RECORD_PATH_BYTES];
        ck_assert(str_eq_text(record_member_path(kind, 0, path), "type"));
        for (size_t i = 1; record_member_path(kind, i, path).len > 0; i++) {
            check(kind, i, path);
        }
    }
}

static void check_left_out(uint8_t kind, size_t index, const char *path)
{
    struct buf record = {0};
    struct buf shown = {0};
    bool is_holder = record_member_form(kind, str_of(path)) == RECORD_HOLDER;
    bool names_account = strcmp(path, "payer.account") == 0 || strcmp(path, "payee.account") == 0;
    bool needed = record_member_required(kind, index) || names_account;
    for (int by_null = 0; by_null < 2; by_null++) {
        const struct full full = {kind, path, by_null ? "null" : NULL};
        bool good = !needed || (by_null && is_holder);
        int result = decoded_take(full_record(&record, &full), &shown);
        ck_assert_msg(result == (good ? 0 : -1), "%s: %s", buf_text(&record), decoded.why.detail);
        ck_assert_msg(good || decoded.why.reason == REFUSAL_MISSING_MEMBER, "%s",
                      buf_text(&record));
        ck_assert_msg(good || strcmp(decoded.why.detail, path) == 0, "%s: %s", path,
                      decoded.why.detail);
    }
    buf_fini(&record);
    buf_fini(&shown);
}

START_TEST(needed_members_are_missed_others_not)
{
    for_all_members(check_left_out);
}
END_TEST

static void check_types(uint8_t kind, size_t index, const char *path)
{
    static const char *const values[] =
        {[JSON_NULL] = "null", [JSON_FALSE] = "false",  [JSON_TRUE] = "true",
         [JSON_NUMBER] = "7",  [JSON_TEXT] = "\"QZX\"", [JSON_OBJECT] = "{\"QZX\":1}",
         [JSON_ARRAY] = "[]"};
    struct buf record = {0};
    struct buf shown = {0};
    unsigned types = form_rows[record_member_form(kind, str_of(path))].types;
    ck_assert_uint_gt(index, 0);
    for (unsigned type = JSON_FALSE; type <= JSON_ARRAY; type++) {
        const struct full full = {kind, path, values[type]};
        int result = decoded_take(full_record(&record, &full), &shown);
        bool is_wrong = (types >> type & 1) == 0;
        ck_assert_msg(!is_wrong || result == -1, "%s", buf_text(&record));
        ck_assert_msg(is_wrong == (decoded.why.reason == REFUSAL_WRONG_TYPE), "%s: %s",
                      buf_text(&record), decoded.why.detail);
        ck_assert_msg(result == 0 || strncmp(decoded.why.detail, path, strlen(path)) == 0, "%s: %s",
                      path, decoded.why.detail);
        ck_assert_msg(strstr(decoded.why.detail, "QZX") == NULL, "a value in the detail: %s",
                      decoded.why.detail);
    }
    buf_fini(&record);
    buf_fini(&shown);
}

START_TEST(members_of_another_type_of_value)
{
    for_all_members(check_types);
}
END_TEST

START_TEST(the_table_as_others_ask_it)
{
    static const char *const topics[EVENT_KIND_COUNT] = {"feed",      "calls",     "transactions",
                                                         "directory", "directory", "directory",
                                                         "directory", "lists",     "sms",
                                                         "accounts",  "accounts",  "warnings-in",
                                                         "outcomes",  "lists"};
    char path[RECORD_PATH_BYTES];
    /* Nobody sends a mark from outside. */
    ck_assert_uint_eq(record_kind_find(STR("mark")), EVENT_NONE);
    ck_assert_uint_eq(record_kind_find(STR("")), EVENT_NONE);
    for (uint8_t kind = 0; kind < EVENT_RECORDS_END; kind++) {
        ck_assert(str_eq_text(record_topic(kind), topics[kind]));
        ck_assert_uint_eq(record_kind_find(event_kind_text(kind)), kind);
        ck_assert_uint_eq(record_member_path(kind, 1000, path).len, 0);
        ck_assert(!record_member_required(kind, 1000));
        ck_assert_int_eq(record_member_form(kind, STR("")), -1);
        ck_assert_int_eq(record_member_form(kind, STR("payer.")), -1);
    }
    ck_assert_uint_eq(record_member_path(EVENT_NONE, 0, path).len, 0);
    ck_assert_int_eq(record_member_form(EVENT_NONE, STR("id")), -1);
    ck_assert_int_eq(record_member_form(EVENT_TRANSACTION, STR("payer.account")), RECORD_ENTITY);
    ck_assert_int_eq(record_member_form(EVENT_TRANSACTION, STR("account")), -1);
    ck_assert_int_eq(record_member_form(EVENT_TRANSACTION, STR("amount")), RECORD_MONEY);
    ck_assert_int_eq(record_member_form(EVENT_CALL, STR("amount")), -1);
    ck_assert_int_eq(record_member_form(EVENT_BINDING, STR("person")), RECORD_HOLDER);
    ck_assert_int_eq(record_member_form(EVENT_PERSON, STR("person")), RECORD_ENTITY);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record_table");
    TCase *tests = tcase_create("record_table");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, needed_members_are_missed_others_not);
    tcase_add_test(tests, members_of_another_type_of_value);
    tcase_add_test(tests, the_table_as_others_ask_it);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
