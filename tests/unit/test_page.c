/* test_page.c - attributes, members and list entries of a page. */
#include "engine/state/page.h"

#include "engine/base/mem.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static struct page *page;

static void set_up(void)
{
    struct token token = {{0xaa, 1}};
    page = page_new(&token, ENTITY_PERSON);
}

static void tear_down(void)
{
    page_free(page);
}

START_TEST(a_new_page_knows_nothing)
{
    ck_assert_int_eq(page->newest_judged_ms, TIME_NONE);
    ck_assert_int_eq(page->newest_record_ms, TIME_NONE);
    ck_assert_int_eq(page->mask_ms, TIME_NONE);
    ck_assert_int_eq(page->texts_ms, TIME_NONE);
    for (int i = 0; i < PAGE_ATTRIBUTE_COUNT; i++) {
        ck_assert_int_eq(page->attributes[i].value, VALUE_UNKNOWN);
        ck_assert_int_eq(page->attributes[i].time_ms, TIME_NONE);
    }
    for (int s = 0; s < STREAM_COUNT; s++) {
        ck_assert_int_eq(page->streams[s].dropped_until_ms, TIME_NONE);
    }
    ck_assert(!page->dirty);
    page_free(NULL);
}
END_TEST

START_TEST(the_greatest_time_wins_an_attribute)
{
    static const struct {
        const char *name;
        int64_t value, time_ms;
        bool set;
        int64_t now;
    } steps[] = {
        {"the first", 1, 100, true, 1},
        {"an older one changes nothing", 2, 99, false, 1},
        {"of the same time the later", 3, 100, true, 3},
        {"a younger one", 4, 101, true, 4},
        {"the older one again", 3, 100, false, 4},
    };
    for (int i = 0; i < ROWS(steps); i++) {
        page->dirty = false;
        bool set = page_set_attribute(page, PAGE_REGION, steps[i].value, steps[i].time_ms);
        ck_assert_msg(set == steps[i].set && page->dirty == set, "%s", steps[i].name);
        ck_assert_msg(page->attributes[PAGE_REGION].value == steps[i].now, "%s", steps[i].name);
    }
    ck_assert_int_eq(page->attributes[PAGE_KIND].value, VALUE_UNKNOWN);
}
END_TEST

START_TEST(members_have_lasting_indices)
{
    for (int i = 0; i < PAGE_MEMBERS_MAX + 2; i++) {
        struct token token = {{1, (uint8_t)i}};
        uint8_t expected = i < PAGE_MEMBERS_MAX ? (uint8_t)i : RECORD_MEMBER_NONE;
        ck_assert_uint_eq(page_member(page, &token, ENTITY_NUMBER, NULL, 0), expected);
    }
    ck_assert_uint_eq(page->member_count, PAGE_MEMBERS_MAX);
    for (int i = PAGE_MEMBERS_MAX - 1; i >= 0; i--) {
        struct token token = {{1, (uint8_t)i}};
        ck_assert_uint_eq(page_member(page, &token, ENTITY_NUMBER, "120*1", 5), (uint8_t)i);
        ck_assert_uint_eq(page_member(page, &token, ENTITY_NUMBER, "120*2", 5), (uint8_t)i);
        ck_assert(memcmp(page->members[i].mask, "120*1", 5) == 0);
    }
}
END_TEST

/* Entries of one list, one after the other. */
static const struct {
    const char *name;
    struct {
        int64_t from_ms, to_ms, set_ms;
        bool removed;
    } entry[3];
    int count;
    int64_t t, is_member;
} entries[] = {
    {"in no list", {{0}}, 0, 5, 0},
    {"from its first moment", {{5, 9, 5, false}}, 1, 5, 1},
    {"not before", {{5, 9, 5, false}}, 1, 4, 0},
    {"to the last moment before its end", {{5, 9, 5, false}}, 1, 8, 1},
    {"not at its end", {{5, 9, 5, false}}, 1, 9, 0},
    {"for ever", {{5, INT64_MAX, 5, false}}, 1, INT64_MAX - 1, 1},
    {"removed", {{5, 9, 5, false}, {5, 9, 6, true}}, 2, 7, 0},
    {"removed, and entered anew", {{5, 9, 5, false}, {5, 9, 6, true}, {5, 9, 7, false}}, 3, 7, 1},
    {"an older entry changes nothing", {{5, 9, 6, true}, {5, 9, 5, false}}, 2, 7, 0},
    {"of the same time the later", {{5, 9, 5, true}, {5, 9, 5, false}}, 2, 7, 1},
};

START_TEST(entries_of_one_list)
{
    for (int i = 0; i < entries[_i].count; i++) {
        struct membership entry = {.list_key = 3,
                                   .from_ms = entries[_i].entry[i].from_ms,
                                   .to_ms = entries[_i].entry[i].to_ms,
                                   .set_ms = entries[_i].entry[i].set_ms,
                                   .removed = entries[_i].entry[i].removed};
        page_set_membership(page, &entry);
    }
    ck_assert_msg(page_is_member(page, 3, entries[_i].t) == entries[_i].is_member, "%s",
                  entries[_i].name);
    ck_assert_int_eq(page_is_member(page, 4, entries[_i].t), 0);
}
END_TEST

/* A page full of entries until 100, 101, ..; the one of list 0 is changed, then another comes. */
static const struct {
    const char *name;
    struct membership first, next;
    bool first_stays;
} full[] = {
    {"what expires first gives way", {0, 0, 100, 5, false}, {99, 0, 200, 5, false}, false},
    {"even if it comes last", {0, 0, 100, 5, false}, {99, 0, 99, 5, false}, true},
    {"of equals a removal", {0, 0, 100, 5, true}, {99, 0, 100, 4, false}, false},
    {"though it be the new one", {0, 0, 100, 5, false}, {99, 0, 100, 6, true}, true},
    {"then what was set first", {0, 0, 100, 5, false}, {99, 0, 100, 6, false}, false},
    {"though it be the new one, too", {0, 0, 100, 5, false}, {99, 0, 100, 4, false}, true},
};

START_TEST(a_full_page_of_lists)
{
    for (uint64_t i = 0; i < PAGE_MEMBERSHIPS_MAX; i++) {
        struct membership entry = {i, 0, 100 + (int64_t)i, 5, false};
        page_set_membership(page, i == 0 ? &full[_i].first : &entry);
    }
    page_set_membership(page, &full[_i].next);
    ck_assert_uint_eq(page->membership_count, PAGE_MEMBERSHIPS_MAX);
    bool first = false, next = false;
    for (uint32_t i = 0; i < page->membership_count; i++) {
        first = first || page->memberships[i].list_key == 0;
        next = next || page->memberships[i].list_key == 99;
    }
    ck_assert_msg(first == full[_i].first_stays && next == !full[_i].first_stays, "%s",
                  full[_i].name);
}
END_TEST

START_TEST(room_grows_and_keeps_what_is_there)
{
    uint32_t *numbers = NULL;
    uint32_t cap = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        numbers = page_reserve(numbers, &cap, i + 1, sizeof *numbers);
        ck_assert_uint_ge(cap, i + 1);
        ck_assert_uint_le(cap, i + i / 2 + 2);
        numbers[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        ck_assert_uint_eq(numbers[i], i);
    }
    mem_free(numbers);
}
END_TEST

START_TEST(memory_counts_what_was_taken)
{
    size_t before = page_memory_bytes(page);
    ck_assert_uint_eq(before, sizeof *page);
    struct token token = {{1}};
    page_member(page, &token, ENTITY_NUMBER, NULL, 0);
    ck_assert_uint_eq(page_memory_bytes(page), before + page->member_cap * sizeof *page->members);
    struct retention retention;
    retention_defaults(&retention);
    struct record record = {.time_ms = T0, .member = 0};
    page_add_record(page, STREAM_CALL_IN, &record, NULL, &retention);
    ck_assert_uint_eq(page_memory_bytes(page),
                      before + page->member_cap * sizeof *page->members +
                          page->streams[STREAM_CALL_IN].cap * sizeof(struct record));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page");
    TCase *tests = tcase_create("page");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_new_page_knows_nothing);
    tcase_add_test(tests, the_greatest_time_wins_an_attribute);
    tcase_add_test(tests, members_have_lasting_indices);
    tcase_add_loop_test(tests, entries_of_one_list, 0, ROWS(entries));
    tcase_add_loop_test(tests, a_full_page_of_lists, 0, ROWS(full));
    tcase_add_test(tests, room_grows_and_keeps_what_is_there);
    tcase_add_test(tests, memory_counts_what_was_taken);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
