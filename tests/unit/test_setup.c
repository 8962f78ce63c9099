/* test_setup.c - keys, tables and packs, as every command takes them. */
#include "connectors/cli/setup.h"
#include "engine/ingest/identity.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int read_key(const char *path, struct buf *key, struct err *err)
{
    struct settings settings;
    settings_defaults(&settings);
    (void)snprintf(settings.identity_key_file, sizeof settings.identity_key_file, "%s", path);
    return setup_key(&settings, key, err);
}

START_TEST(keys_have_a_length)
{
    static const struct {
        const char *name;
        size_t bytes;
        const char *tail;
        size_t key; /* 0: refused */
    } rows[] = {
        {"fifteen bytes", 15, "", 0},
        {"sixteen", 16, "", 16},
        {"line ends do not count", 16, "\r\n\n", 16},
        {"fifteen and a line end", 15, "\n", 0},
        {"the longest", 4096, "", 4096},
        {"one too many", 4097, "", 0},
        {"empty", 0, "", 0},
        {"only a line end", 0, "\n", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf content = {0};
        struct buf key = {0};
        struct err err = {.code = ERR_NONE};
        for (size_t k = 0; k < rows[i].bytes; k++) {
            buf_add_char(&content, (char)('a' + k % 26));
        }
        buf_add_text(&content, rows[i].tail);
        int result = read_key(scratch_write("key", buf_str(&content)), &key, &err);
        ck_assert_msg(result == (rows[i].key > 0 ? 0 : -1), "%s: %s", rows[i].name, err.text);
        ck_assert_msg(key.len == rows[i].key, "%s: %zu bytes", rows[i].name, key.len);
        ck_assert_msg(key.len == 0 || memcmp(key.at, content.at, key.len) == 0, "%s", rows[i].name);
        ck_assert_int_eq(err.code, rows[i].key > 0 ? ERR_NONE : ERR_USAGE);
        buf_fini(&content);
        buf_fini(&key);
    }
}
END_TEST

START_TEST(keys_that_cannot_be_read)
{
    struct buf key = {0};
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(read_key(scratch_path("none"), &key, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_int_eq(read_key(scratch_path(""), &key, &err), -1); /* a folder */
    ck_assert_ptr_nonnull(strstr(err.text, "cannot read the token key: Is a directory"));
    ck_assert_int_eq(read_key("", &key, &err), 0); /* the demonstration key */
    ck_assert_uint_eq(key.len, 0);
    buf_fini(&key);
}
END_TEST

START_TEST(processes_have_names)
{
    static const struct {
        const char *name;
        const char *text;
        bool ok;
    } rows[] = {
        {"letters and digits", "node7", true},
        {"dots, dashes, underscores", "Sluice-1.city_a", true},
        {"the host's", "", true},
        {"a space", "node 7", false},
        {"a slash", "a/b", false},
        {"beyond ASCII", "n\xc3\xb6", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings;
        struct err err = {.code = ERR_NONE};
        settings_defaults(&settings);
        (void)snprintf(settings.process_name, sizeof settings.process_name, "%s", rows[i].text);
        int result = setup_process_name(&settings, &err);
        ck_assert_msg(result == (rows[i].ok ? 0 : -1), "%s: %s", rows[i].name, err.text);
        ck_assert_int_eq(err.code, rows[i].ok ? ERR_NONE : ERR_USAGE);
        ck_assert_msg(strlen(settings.process_name) > 0, "%s", rows[i].name);
        ck_assert_msg(rows[i].ok || strstr(err.text, rows[i].text) != NULL, "%s", err.text);
    }
}
END_TEST

START_TEST(a_print_names_its_key)
{
    struct store_file_identity a = {.partition_count = 4};
    struct store_file_identity b = {.partition_count = 4};
    struct str key = STR("0123456789abcdef");
    setup_key_print(key, &a);
    setup_key_print(key, &b);
    ck_assert(memcmp(a.key_print, b.key_print, sizeof a.key_print) == 0);
    setup_key_print(STR("0123456789abcdeg"), &b);
    ck_assert(memcmp(a.key_print, b.key_print, sizeof a.key_print) != 0);
    setup_key_print(STR(""), &a);
    setup_key_print(STR(IDENTITY_DEMONSTRATION_KEY), &b);
    ck_assert(memcmp(a.key_print, b.key_print, sizeof a.key_print) == 0);
    ck_assert_uint_eq(a.partition_count, 4);
}
END_TEST

#define ABOUT_CALLS                                        \
    "typology t for person tiers low 20 closes after 1h\n" \
    "rule r of t for callee.person on call_end when "
#define SCORED " score 50 for 1h\n"

/* A compiled pack of one rule. */
static void compile_rule(struct compiled *pack, const char *text)
{
    struct err err = {.code = ERR_NONE};
    ck_assert_msg(compile_text(pack, STR("a.rule"), str_of(text), &err) == 0, "%s", err.text);
    ck_assert_msg(pack->program != NULL, "%s", text);
}

START_TEST(number_kinds_of_settings_or_pack)
{
    struct settings settings;
    struct number_kinds *kinds = NULL;
    struct err err = {.code = ERR_NONE};
    struct compiled reads;
    compile_rule(&reads, ABOUT_CALLS "caller.kind == intl" SCORED);
    const struct program *program = reads.program;
    settings_defaults(&settings);
    ck_assert_int_eq(mkdir(scratch_path("pack"), 0700), 0);
    const char *pack = scratch_path("pack");

    (void)scratch_write("pack/number_kinds.yaml",
                        STR("- {prefix: \"120\", length: 11, kind: mobile}\n"));
    ck_assert_int_eq(setup_number_kinds(&settings, pack, program, &kinds, &err), 0);
    ck_assert_uint_eq(number_kinds_find(kinds, STR("12000000001")), NUMBER_KIND_MOBILE);
    number_kinds_free(kinds);
    const char *rule = scratch_write("pack/a.rule", STR("")); /* one file, beside which it lies */
    ck_assert_int_eq(setup_number_kinds(&settings, rule, program, &kinds, &err), 0);
    ck_assert_uint_eq(number_kinds_find(kinds, STR("12000000001")), NUMBER_KIND_MOBILE);
    number_kinds_free(kinds);

    const char *other =
        scratch_write("other.yaml", STR("- {prefix: \"120\", length: 11, kind: iot}\n"));
    (void)snprintf(settings.ingest_number_kinds, sizeof settings.ingest_number_kinds, "%s", other);
    ck_assert_int_eq(setup_number_kinds(&settings, pack, program, &kinds, &err), 0);
    ck_assert_uint_eq(number_kinds_find(kinds, STR("12000000001")), NUMBER_KIND_IOT);
    number_kinds_free(kinds);
    (void)scratch_write("other.yaml", STR("nothing\n"));
    ck_assert_int_eq(setup_number_kinds(&settings, pack, program, &kinds, &err), -1);
    ck_assert_ptr_null(kinds);
    compile_fini(&reads);
}
END_TEST

START_TEST(without_number_kinds)
{
    static const struct {
        const char *name, *text, *read;
    } rows[] = {
        {"nothing is read", ABOUT_CALLS "duration >= 3m" SCORED, NULL},
        {"of the caller", ABOUT_CALLS "duration >= 3m and caller.kind == intl" SCORED,
         "caller.kind"},
        {"in a where", ABOUT_CALLS "any(call_out in 1h where callee.kind == intl)" SCORED,
         "callee.kind"},
        {"in an unless", ABOUT_CALLS "duration >= 3m unless caller.kind == mobile" SCORED,
         "caller.kind"},
        {"in an if", ABOUT_CALLS "duration >= 3m score 50 for 1h if caller.kind == intl\n",
         "caller.kind"},
        {"in a say", ABOUT_CALLS "duration >= 3m score 50 for 1h say \"{caller.kind}\"\n",
         "caller.kind"},
        {"of the subject",
         "typology t for number tiers low 20 closes after 1h\n"
         "rule r of t for callee on call_end when subject.kind == intl" SCORED,
         "kind"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings;
        struct number_kinds *kinds = NULL;
        struct err err = {.code = ERR_NONE};
        struct compiled pack;
        settings_defaults(&settings);
        compile_rule(&pack, rows[i].text);
        int result = setup_number_kinds(&settings, scratch_path(""), pack.program, &kinds, &err);
        ck_assert_msg(result == (rows[i].read == NULL ? 0 : -1), "%s: %s", rows[i].name, err.text);
        ck_assert_ptr_null(kinds);
        char said[64];
        (void)snprintf(said, sizeof said, ": its rules read %s, and", rows[i].read);
        ck_assert_msg(result == 0 || (err.code == ERR_USAGE && strstr(err.text, said) != NULL &&
                                      strstr(err.text, "ingest.number_kinds") != NULL),
                      "%s: %s", rows[i].name, err.text);
        compile_fini(&pack);
    }
}
END_TEST

START_TEST(mistakes_are_counted)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"list a of nothing\n", ": 1 mistake in the rules, see above"},
        {"list a of nothing\nlist b of nothing\n", ": 2 mistakes in the rules, see above"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compiled pack;
        struct err err = {.code = ERR_NONE};
        const char *path = scratch_write("a.rule", str_of(rows[i].text));
        ck_assert_int_eq(setup_pack(&pack, path, &err), -1);
        ck_assert_int_eq(err.code, ERR_FINDING);
        ck_assert_msg(strncmp(err.text, path, strlen(path)) == 0 &&
                          strcmp(err.text + strlen(path), rows[i].said) == 0,
                      "%s", err.text);
        compile_fini(&pack);
    }
    struct compiled pack;
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(setup_pack(&pack, scratch_write("a.rule", STR("list a of account\n")), &err),
                     0);
    ck_assert_ptr_nonnull(pack.program);
    compile_fini(&pack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("setup");
    TCase *tests = tcase_create("setup");
    tcase_add_test(tests, keys_have_a_length);
    tcase_add_test(tests, keys_that_cannot_be_read);
    tcase_add_test(tests, processes_have_names);
    tcase_add_test(tests, a_print_names_its_key);
    tcase_add_test(tests, number_kinds_of_settings_or_pack);
    tcase_add_test(tests, without_number_kinds);
    tcase_add_test(tests, mistakes_are_counted);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
