/* test_mark.c - how long a mark lasts, which level counts, what gives way. */
#include "engine/state/page.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { KEY = 7, OTHER = 8 };

static struct page *new_page(void)
{
    struct token token = {{1}};
    return page_new(&token, ENTITY_ACCOUNT);
}

START_TEST(the_lowest_level_in_force)
{
    static const struct held_mark marks[] = {{KEY, 100, 200, 2},
                                             {KEY, 150, 180, 1},
                                             {KEY, 100, 300, 3},
                                             {OTHER, 0, 999, 1}};
    static const struct {
        const char *name;
        int64_t t, level;
    } rows[] = {
        {"before all", 99, 0},          {"from the beginning on", 100, 2}, {"the lowest", 150, 1},
        {"the lowest is over", 180, 2}, {"the next is too", 200, 3},       {"all are over", 300, 0},
    };
    struct page *page = new_page();
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        (void)page_set_mark(page, &marks[i]);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_msg(page_mark_level(page, KEY, rows[i].t) == rows[i].level, "%s", rows[i].name);
    }
    ck_assert_int_eq(page_mark_level(page, 9, 150), 0);
    page_free(page);
}
END_TEST

START_TEST(the_same_again)
{
    static const struct {
        const char *name;
        int64_t from_ms, until_ms, want_from_ms, want_until_ms;
    } rows[] = {
        {"longer", 150, 300, 100, 300},        {"shorter", 150, 180, 100, 200},
        {"from before", 50, 150, 50, 200},     {"right behind", 200, 300, 200, 300},
        {"after a while", 500, 600, 500, 600}, {"around it", 50, 500, 50, 500},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct page *page = new_page();
        (void)page_set_mark(page, &(struct held_mark){KEY, 100, 200, 1});
        page->dirty = false;
        ck_assert(
            page_set_mark(page, &(struct held_mark){KEY, rows[i].from_ms, rows[i].until_ms, 1}));
        ck_assert(page->dirty);
        ck_assert_uint_eq(page->held_count, 1);
        ck_assert_msg(page->held[0].from_ms == rows[i].want_from_ms &&
                          page->held[0].until_ms == rows[i].want_until_ms,
                      "%s: %lld to %lld", rows[i].name, (long long)page->held[0].from_ms,
                      (long long)page->held[0].until_ms);
        page_free(page);
    }
}
END_TEST

START_TEST(what_ends_first_gives_way)
{
    static const struct {
        const char *name;
        int64_t from_ms, until_ms;
        uint64_t gone; /* key; 0: the new one */
        bool missed;   /* it was not over */
    } rows[] = {
        {"the new one ends last", 0, 900, 1, true},
        {"the new one ends first", 0, 5, 0, true},
        {"at once, and the new one began later", 1, 10, 1, true},
        {"what is over, in silence", 10, 900, 1, false},
        {"a moment before that", 9, 900, 1, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct page *page = new_page();
        for (uint64_t key = 1; key <= PAGE_HELD_MARKS_MAX; key++) {
            struct held_mark mark = {key, 0, 10 * (int64_t)key, 1};
            ck_assert(page_set_mark(page, &mark));
        }
        struct held_mark mark = {99, rows[i].from_ms, rows[i].until_ms, 1};
        ck_assert_msg(page_set_mark(page, &mark) != rows[i].missed, "%s", rows[i].name);
        ck_assert_uint_eq(page->held_count, PAGE_HELD_MARKS_MAX);
        int64_t t = rows[i].from_ms == 0 ? 1 : rows[i].from_ms;
        ck_assert_msg(page_mark_level(page, 1, 1) == (rows[i].gone != 1), "%s", rows[i].name);
        ck_assert_msg(page_mark_level(page, 99, t) == (rows[i].gone != 0), "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mark");
    TCase *tests = tcase_create("mark");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, the_lowest_level_in_force);
    tcase_add_test(tests, the_same_again);
    tcase_add_test(tests, what_ends_first_gives_way);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
