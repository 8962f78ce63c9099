/* test_directory_facts.c - of each fact about an entity the latest word counts, whatever came with
 * it. */
#include "engine/ingest/directory.h"
#include "tests/unit/small_event.h"

#include <check.h>
#include <stdlib.h>

START_TEST(each_fact_has_its_own_time)
{
    static const struct {
        const char *name;
        struct {
            int64_t time_ms;
            uint8_t kind, account_class;
            uint32_t region;
            bool taken;
        } stated[2];
        uint8_t kind, account_class;
        uint32_t region;
    } rows[] = {
        {"an older record fills what the younger one left out",
         {{20, 0, 1, 0, true}, {10, 3, 2, 330502, true}},
         3,
         1,
         330502},
        {"an older record changes nothing that is known",
         {{20, 1, 1, 330502, true}, {10, 3, 2, 330503, false}},
         1,
         1,
         330502},
        {"a younger record leaves what it does not state",
         {{10, 1, 1, 330502, true}, {20, 0, 0, 330503, true}},
         1,
         1,
         330503},
        {"of two at the same time the one that comes later",
         {{10, 1, 1, 330502, true}, {10, 3, 2, 330503, true}},
         3,
         2,
         330503},
        {"nothing stated is nothing taken",
         {{10, 1, 1, 330502, true}, {20, 0, 0, 0, false}},
         1,
         1,
         330502},
    };
    struct token token = token_of(ENTITY_ACCOUNT, "A");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct directory *directory = directory_new();
        for (int k = 0; k < 2; k++) {
            struct directory_entry stated = {.token = token,
                                             .entity = ENTITY_ACCOUNT,
                                             .kind = rows[i].stated[k].kind,
                                             .account_class = rows[i].stated[k].account_class,
                                             .region = rows[i].stated[k].region};
            ck_assert_msg(directory_state(directory, &stated, rows[i].stated[k].time_ms) ==
                              rows[i].stated[k].taken,
                          "%s: record %d", rows[i].name, k);
        }
        const struct directory_entry *entry = directory_find(directory, &token);
        ck_assert_msg(entry->kind == rows[i].kind, "%s", rows[i].name);
        ck_assert_msg(entry->account_class == rows[i].account_class, "%s", rows[i].name);
        ck_assert_msg(entry->region == rows[i].region, "%s", rows[i].name);
        directory_free(directory);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("directory_facts");
    TCase *tests = tcase_create("directory_facts");
    tcase_add_test(tests, each_fact_has_its_own_time);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
