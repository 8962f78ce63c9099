/* test_refused_feed.c - a feed that is refused as a whole is said, with what it may be. */
#include "connectors/cli/refused_feed.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(feeds)
{
    static const struct {
        const char *name;
        struct str first;
        const char
            *reasons; /* a letter for each record: j not_json, u bad_utf8, t bad_time, - good */
        bool mapped;
        const char *said; /* NULL: nothing */
    } rows[] = {
        {"no record", {"", 0}, "", false, NULL},
        {"good records", STR("{"), "--", false, NULL},
        {"one good among bad ones", STR("{"), "jj-jj", false, NULL},
        {"one bad record", STR("id,when"), "j", false,
         "f: none of 1 records was accepted, all were refused as not_json; is it CSV? `--map FILE` "
         "says what its columns mean"},
        {"most for one reason", STR("{\"a\""), "jttt", false,
         "f: none of 4 records was accepted, most were refused as bad_time; dead-letters.jsonl says "
         "of each why"},
        {"as often for two reasons: the first", STR("x"), "tj", false,
         "refused as not_json; is it"},
        {"pretty JSON", STR("{"), "jjj", false, "a record is one JSON object on a line of its own"},
        {"a JSON array", STR("["), "j", false, "a record is one JSON object on a line of its own"},
        {"gzip", STR("\x1f\x8b\x08"), "uju", false,
         "most were refused as bad_utf8; is it compressed? `zcat FILE |` and `--events -` read it"},
        {"zstd", STR("\x28\xb5\x2f\xfd\x24"), "u", false, "`zstdcat FILE |`"},
        {"xz", STR("\xfd\x37\x7a\x58\x5a"), "u", false, "`xzcat FILE |`"},
        {"bzip2", STR("BZh9"), "u", false, "`bzcat FILE |`"},
        {"zip", STR("PK\x03\x04"), "u", false, "is it an archive? unpack it first"},
        {"a first record shorter than a magic", STR("P"), "j", false, "is it CSV?"},
        {"CSV that is mapped", STR("p-1,x"), "jj", true, "dead-letters.jsonl says of each why"},
        {"an empty first record", {"", 0}, "j", false, "is it CSV?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct refused_feed feed;
        struct buf out = {0};
        refused_feed_begin(&feed, "f", rows[i].mapped);
        for (const char *c = rows[i].reasons; *c != '\0'; c++) {
            struct refusal why = {.reason = *c == 'j'   ? REFUSAL_NOT_JSON
                                            : *c == 'u' ? REFUSAL_BAD_UTF8
                                                        : REFUSAL_BAD_TIME};
            refused_feed_take(&feed, c == rows[i].reasons ? rows[i].first : STR("other"),
                              *c == '-' ? NULL : &why);
        }
        bool said = refused_feed_say(&feed, &out);
        ck_assert_msg(said == (rows[i].said != NULL), "%s", rows[i].name);
        ck_assert_msg(!said || strstr(buf_text(&out), rows[i].said) != NULL, "%s: %s", rows[i].name,
                      buf_text(&out));
        ck_assert(said || out.len == 0);
        buf_fini(&out);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("refused_feed");
    TCase *tests = tcase_create("refused_feed");
    tcase_add_test(tests, feeds);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
