/* test_settings_file.c - defaults, then the file, then the environment; what is wrong is named. */
#include "connectors/file/settings_file.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static int read_text(struct settings *settings, const char *text, struct err *err)
{
    return settings_read(settings, scratch_write("sluice.yaml", str_of(text)), err);
}

static const char *printed(const struct settings *settings)
{
    FILE *out = fopen(scratch_path("printed.yaml"), "w");
    ck_assert_ptr_nonnull(out);
    settings_print(settings, out);
    ck_assert_int_eq(fclose(out), 0);
    return scratch_read("printed.yaml");
}

START_TEST(the_environment_has_the_last_word)
{
    struct settings settings;
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(settings_read(&settings, NULL, &err), 0);
    ck_assert_int_eq(settings.engine_lateness_ms, 900000);
    ck_assert_str_eq(settings.identity_tenant, "city");

    const char *text = "engine:\n  lateness_ms: 60000\nidentity:\n  tenant: \"north\"\n";
    ck_assert_msg(read_text(&settings, text, &err) == 0, "%s", err.text);
    ck_assert_int_eq(settings.engine_lateness_ms, 60000);
    ck_assert_str_eq(settings.identity_tenant, "north");
    ck_assert_int_eq(settings.engine_realtime_ms, 600000);
    ck_assert_msg(read_text(&settings, "engine:\n  lateness_ms: 0100\n", &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(settings.engine_lateness_ms, 100); /* not octal */

    ck_assert_int_eq(setenv("SLUICE_ENGINE_LATENESS_MS", "0", 1), 0);
    ck_assert_int_eq(setenv("SLUICE_IDENTITY_TENANT", "", 1), 0);
    ck_assert_msg(read_text(&settings, text, &err) == 0, "%s", err.text);
    ck_assert_int_eq(settings.engine_lateness_ms, 0);
    ck_assert_str_eq(settings.identity_tenant, "");
}
END_TEST

START_TEST(a_word_is_one_of_those_that_it_takes)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"ssl", true},
        {"sasl_ssl", true},
        {"plaintext", true},
        {"tls", false},
        {"sasl", false},
        {"plain", false},
        {"_ssl", false},
        {"", false},
        {"text", false},
        {"ssl sasl", false},
        {"ssl sasl_plaintext", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings;
        struct err err = {.code = ERR_NONE};
        ck_assert_int_eq(setenv("SLUICE_KAFKA_SECURITY", rows[i].text, 1), 0);
        int result = settings_read(&settings, NULL, &err);
        ck_assert_msg(result == (rows[i].ok ? 0 : -1), "\"%s\"", rows[i].text);
        ck_assert_msg(rows[i].ok ||
                          strstr(err.text, "one of: plaintext ssl sasl_plaintext") != NULL,
                      "%s", err.text);
        ck_assert_int_eq(err.code, rows[i].ok ? ERR_NONE : ERR_USAGE);
    }
}
END_TEST

/* As it is when all of it has been put behind `#`. */
START_TEST(what_is_empty_says_nothing)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "# engine:\n",
        "---\n",
        "engine:\n",
        "engine:\n  # lateness_ms: 3\nvisits:\n",
        "engine: {}\n",
        "visits:\nengine:\n",
    };
    struct settings defaults;
    settings_defaults(&defaults);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct settings settings;
        struct err err = {.code = ERR_NONE};
        ck_assert_msg(read_text(&settings, texts[i], &err) == 0, "%zu: %s", i, err.text);
        ck_assert_msg(memcmp(&settings, &defaults, sizeof settings) == 0, "%zu", i);
    }
}
END_TEST

START_TEST(ranges_have_both_ends)
{
    static const struct {
        const char *text;
        int result;
    } rows[] = {
        {"visits:\n  partitions: 1\n", 0},
        {"visits:\n  partitions: 4096\n", 0},
        {"visits:\n  partitions: 0\n", -1},
        {"visits:\n  partitions: 4097\n", -1},
        {"visits:\n  partitions: -1\n", -1},
        {"identity:\n  tenant: abcdefghijklmnopqrstuvwxyz012345\n", 0},
        {"identity:\n  tenant: abcdefghijklmnopqrstuvwxyz0123456\n", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings;
        struct err err = {.code = ERR_NONE};
        ck_assert_msg(read_text(&settings, rows[i].text, &err) == rows[i].result, "%s%s",
                      rows[i].text, err.text);
        ck_assert_int_eq(err.code, rows[i].result == 0 ? ERR_NONE : ERR_USAGE);
    }
}
END_TEST

START_TEST(what_is_wrong_in_a_file_is_named)
{
    static const struct {
        const char *name, *text, *part;
    } rows[] = {
        {"out of range", "engine:\n  lateness_ms: -3\n",
         ":2:16: engine.lateness_ms is -3; it takes 0 to 86400000 (ms)"},
        {"past 64 bits", "engine:\n  lateness_ms: 99999999999999999999\n",
         ":2:16: engine.lateness_ms takes a whole number, not \"99999999999999999999\""},
        {"a word", "engine:\n  lateness_ms: soon\n",
         ":2:16: engine.lateness_ms takes a whole number, not \"soon\""},
        {"a fraction", "engine:\n  lateness_ms: 1.5\n", "takes a whole number, not \"1.5\""},
        {"a unit", "engine:\n  lateness_ms: 15m\n", "takes a whole number, not \"15m\""},
        {"hexadecimal", "engine:\n  lateness_ms: 0x10\n", "takes a whole number, not \"0x10\""},
        {"nothing behind the key", "engine:\n  lateness_ms: \"\"\n",
         ":2:16: engine.lateness_ms takes a whole number"},
        {"a text too long", "identity:\n  tenant:\n    abcdefghijklmnopqrstuvwxyz0123456\n",
         ":3:5: identity.tenant has 33 bytes; it takes at most 32"},
        {"no such key", "engine:\n  latenes_ms: 3\n",
         ":2:3: unknown key \"latenes_ms\"; did you mean lateness_ms?"},
        {"and where it stands", "\nengine:\n  latenes_ms: 3\n", ":3:3: unknown key \"latenes_ms\""},
        {"nothing like a key", "http:\n  xyzzy: 3\n",
         ":2:3: unknown key \"xyzzy\"; the keys here are address, stalled_s, port"},
        {"a key of another section", "engine:\n  partitions: 3\n",
         ":2:3: unknown key \"partitions\"; it belongs into visits:"},
        {"a key like one of another section", "http:\n  partition: 3\n",
         "; the keys here are address, stalled_s, port"},
        {"no such section", "engin:\n  lateness_ms: 3\n",
         ":1:1: unknown key \"engin\"; did you mean engine?"},
        {"a key without section", "lateness_ms: 3\n",
         ":1:1: unknown key \"lateness_ms\"; it belongs into engine:"},
        {"the same key twice", "engine:\n  lateness_ms: 3\n  lateness_ms: 4\n",
         ":3:3: key \"lateness_ms\" is given twice; keep one"},
        {"a list", "- engine\n",
         ":1:1: the settings has a list here; write keys with values, like `visits: ..`"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings;
        struct err err = {.code = ERR_NONE};
        ck_assert_msg(read_text(&settings, rows[i].text, &err) == -1, "%s", rows[i].name);
        ck_assert_msg(strstr(err.text, rows[i].part) != NULL, "%s: %s", rows[i].name, err.text);
        ck_assert_msg(strstr(err.text, "sluice.yaml:") != NULL, "%s: %s", rows[i].name, err.text);
        ck_assert_int_eq(err.code, ERR_USAGE);
    }
}
END_TEST

START_TEST(what_is_wrong_in_the_environment_is_named)
{
    static const struct {
        const char *name, *value, *said;
    } rows[] = {
        {"SLUICE_ENGINE_LATENES_MS", "3",
         "environment: SLUICE_ENGINE_LATENES_MS is no setting; did you mean "
         "SLUICE_ENGINE_LATENESS_MS?"},
        {"SLUICE_QWERTZ", "3",
         "environment: SLUICE_QWERTZ is no setting; --print-config lists them"},
        {"SLUICE_ENGINE_LATENESS_MS", "soon",
         "SLUICE_ENGINE_LATENESS_MS: engine.lateness_ms takes a whole number, not \"soon\""},
        {"SLUICE_ENGINE_LATENESS_MS", "",
         "SLUICE_ENGINE_LATENESS_MS: engine.lateness_ms takes a whole number, not \"\""},
        {"SLUICE_ENGINE_LATENESS_MS", "-1",
         "SLUICE_ENGINE_LATENESS_MS: engine.lateness_ms is -1; it takes 0 to 86400000 (ms)"},
        {"SLUICE_IDENTITY_TENANT", "abcdefghijklmnopqrstuvwxyz0123456",
         "SLUICE_IDENTITY_TENANT: identity.tenant has 33 bytes; it takes at most 32"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings;
        struct err err = {.code = ERR_NONE};
        ck_assert_int_eq(setenv(rows[i].name, rows[i].value, 1), 0);
        ck_assert_msg(settings_read(&settings, NULL, &err) == -1, "%s", rows[i].name);
        ck_assert_str_eq(err.text, rows[i].said);
        ck_assert_int_eq(unsetenv(rows[i].name), 0);
    }
}
END_TEST

START_TEST(what_is_printed_can_be_read)
{
    struct settings settings;
    struct settings again;
    struct err err = {.code = ERR_NONE};
    settings_defaults(&settings);
    settings.engine_lateness_ms = 1234;
    settings.retention_peers = 16;
    (void)snprintf(settings.identity_tenant, sizeof settings.identity_tenant, "%s",
                   "a \"b\" \\ c: #d\n\x7f'\t");
    const char *first = printed(&settings);
    ck_assert_ptr_nonnull(
        strstr(first, "\n  tenant: \"a \\\"b\\\" \\\\ c: #d\\x0a\\x7f'\\x09\"\n"));
    ck_assert_msg(settings_read(&again, scratch_path("printed.yaml"), &err) == 0, "%s", err.text);
    ck_assert(memcmp(&settings, &again, sizeof settings) == 0);
    ck_assert_str_eq(printed(&again), first);
}
END_TEST

START_TEST(one_number_from_elsewhere)
{
    struct settings settings;
    struct err err = {.code = ERR_NONE};
    settings_defaults(&settings);
    ck_assert_int_eq(settings_set_number(&settings, "visits.partitions", "--partitions", 7, &err),
                     0);
    ck_assert_int_eq(settings.visits_partitions, 7);
    ck_assert_int_eq(settings_set_number(&settings, "visits.partitions", "--partitions", 0, &err),
                     -1);
    ck_assert_str_eq(err.text, "--partitions: visits.partitions is 0; it takes 1 to 4096 (count)");
    ck_assert_int_eq(settings.visits_partitions, 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settings_file");
    TCase *tests = tcase_create("settings_file");
    tcase_add_test(tests, the_environment_has_the_last_word);
    tcase_add_test(tests, a_word_is_one_of_those_that_it_takes);
    tcase_add_test(tests, what_is_empty_says_nothing);
    tcase_add_test(tests, ranges_have_both_ends);
    tcase_add_test(tests, what_is_wrong_in_a_file_is_named);
    tcase_add_test(tests, what_is_wrong_in_the_environment_is_named);
    tcase_add_test(tests, what_is_printed_can_be_read);
    tcase_add_test(tests, one_number_from_elsewhere);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
