/* test_pack_history.c - the pack before the active one, out of what lies in the topic `receipts`.
 */
#include "connectors/cli/pack_history.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECEIPTS_MAX 6

/* A receipt: partition, number, and a letter that stands for a pack. */
struct given {
    uint32_t partition;
    uint64_t number;
    char pack;
};

static void take(struct pack_history *history, const struct given *given)
{
    char bytes[512];
    char pack[2 * DIGEST_BYTES + 1];
    memset(pack, given->pack, sizeof pack - 1);
    pack[sizeof pack - 1] = '\0';
    int len = snprintf(bytes, sizeof bytes,
                       "{\"type\":\"receipt\",\"partition\":%" PRIu32
                       ",\"lsn\":\"0\",\"pack\":\"%s\",\"number\":%" PRIu64 ",\"time\":null}",
                       given->partition, pack, given->number);
    pack_history_take(history, (struct str){bytes, (size_t)len});
}

START_TEST(the_one_before)
{
    static const struct {
        const char *name;
        struct given receipts[RECEIPTS_MAX];
        uint64_t now, before; /* before 0: refused */
        const char *text;
    } rows[] = {
        {"nothing ever", {{0}}, 0, 0, "no pack was ever active"},
        {"one activation", {{0, 1, 'a'}, {1, 1, 'a'}}, 1, 0, "the only one"},
        {"one pack, twice", {{0, 1, 'a'}, {0, 2, 'a'}}, 2, 0, "number 2) is the only one"},
        {"two", {{0, 1, 'a'}, {0, 2, 'b'}}, 2, 1, NULL},
        {"in any order", {{1, 2, 'b'}, {0, 2, 'b'}, {1, 1, 'a'}, {0, 1, 'a'}}, 2, 1, NULL},
        {"activated twice, back past both", {{0, 1, 'a'}, {0, 2, 'b'}, {0, 3, 'b'}}, 3, 1, NULL},
        {"of three the last but one", {{0, 1, 'a'}, {0, 2, 'b'}, {0, 7, 'c'}}, 7, 2, NULL},
        {"a rollback is rolled back", {{0, 1, 'a'}, {0, 2, 'b'}, {0, 3, 'a'}}, 3, 2, NULL},
        {"a partition that is behind", {{0, 1, 'a'}, {1, 1, 'a'}, {1, 9, 'c'}}, 9, 1, NULL},
        {"a receipt written again", {{0, 2, 'b'}, {0, 1, 'a'}, {0, 2, 'b'}}, 2, 1, NULL},
        {"two packs now", {{0, 1, 'a'}, {0, 2, 'b'}, {1, 2, 'c'}}, 2, 0, "number 2 was taken by"},
        {"two packs before",
         {{0, 1, 'a'}, {1, 1, 'b'}, {0, 2, 'b'}},
         2,
         0,
         "number 1 was taken by"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pack_history history = {0};
        struct err err = {.code = ERR_NONE};
        const struct pack_history_row *now;
        for (int k = 0; k < RECEIPTS_MAX && rows[i].receipts[k].number > 0; k++) {
            take(&history, &rows[i].receipts[k]);
        }
        pack_history_take(&history, STR("{\"type\":\"tick\"}")); /* none of ours */
        const struct pack_history_row *before = pack_history_before(&history, &now, &err);
        ck_assert_msg((now == NULL ? 0 : now->number) == rows[i].now, "%s", rows[i].name);
        ck_assert_msg((before == NULL ? 0 : before->number) == rows[i].before, "%s", rows[i].name);
        ck_assert_msg(err.code == (before == NULL ? ERR_FINDING : ERR_NONE), "%s", rows[i].name);
        ck_assert_msg(before != NULL || strstr(err.text, rows[i].text) != NULL, "%s: %s",
                      rows[i].name, err.text);
        pack_history_fini(&history);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pack_history");
    TCase *tests = tcase_create("pack_history");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, the_one_before);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
