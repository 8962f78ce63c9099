/* test_mem.c - memory is zeroed and kept while it grows; when there is none, the process ends
 * with 3. */
#include "engine/base/mem.h"
#include "tests/unit/child.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The sanitizers end the process themselves when memory is out, unless told to return NULL as the
 * machine's own allocator does. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void check_bytes(const unsigned char *at, size_t count, unsigned char value)
{
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(at[i], value);
    }
}

START_TEST(new_memory_is_zeroed)
{
    for (size_t count = 0; count < 300; count++) {
        unsigned char *at = mem_alloc(count, 3);
        ck_assert_ptr_nonnull(at);
        check_bytes(at, count * 3, 0);
        memset(at, 0xa5, count * 3);
        mem_free(at);
    }
    mem_free(mem_alloc(5, 0));
    mem_free(NULL);
}
END_TEST

START_TEST(growing_keeps_the_old_and_zeroes_the_new)
{
    unsigned char *at = mem_grow(NULL, 0, 2, 4);
    check_bytes(at, 8, 0);
    memset(at, 0xa5, 8);
    at = mem_grow(at, 2, 1000, 4);
    check_bytes(at, 8, 0xa5);
    check_bytes(at + 8, 3992, 0);
    memset(at, 0xa5, 4000);
    at = mem_grow(at, 1000, 1, 4);
    check_bytes(at, 4, 0xa5);
    at = mem_grow(at, 1, 0, 4);
    ck_assert_ptr_nonnull(at);
    mem_free(at);
}
END_TEST

struct reserve_row {
    const char *name;
    size_t cap, need, expected;
};

static const struct reserve_row reserves[] = {
    {"nothing is asked", 0, 0, 0},
    {"the first room is eight", 0, 1, 8},
    {"a small room grows to eight", 3, 4, 8},
    {"enough is left alone", 100, 100, 100},
    {"one more doubles", 100, 101, 200},
    {"much more doubles often", 8, 1000, 1024},
};

START_TEST(reserving_doubles)
{
    for (size_t i = 0; i < sizeof reserves / sizeof reserves[0]; i++) {
        const struct reserve_row *row = &reserves[i];
        size_t cap = row->cap;
        uint32_t *old = row->cap == 0 ? NULL : mem_alloc(cap, sizeof *old);
        if (cap > 0) {
            old[cap - 1] = 7;
        }
        void *array = old;
        mem_reserve(&array, &cap, row->need, sizeof *old);
        const uint32_t *now = array;
        ck_assert_msg(cap == row->expected, "%s: %zu", row->name, cap);
        for (size_t at = 0; at < cap; at++) {
            ck_assert_msg(now[at] == (at + 1 == row->cap ? 7U : 0U), "%s: item %zu", row->name, at);
        }
        mem_free(array);
    }
}
END_TEST

enum how { BY_ALLOC, BY_GROW, BY_RESERVE };

struct out_row {
    const char *name;
    enum how how;
    size_t count, item_bytes;
    const char *said;
};

#define FAR (SIZE_MAX / 4)

static const struct out_row outs[] = {
    {"more than there is", BY_ALLOC, FAR, 1, "4611686018427387903 x 1 bytes"},
    {"a product past the address space", BY_ALLOC, FAR, 8, "4611686018427387903 x 8 bytes"},
    {"growing past what there is", BY_GROW, FAR, 1, "4611686018427387903 x 1 bytes"},
    {"growing by a product past it", BY_GROW, FAR, 8, "4611686018427387903 x 8 bytes"},
    {"reserving more than there is", BY_RESERVE, FAR, 1, "4611686018427387904 x 1 bytes"},
    {"reserving by a product past it", BY_RESERVE, FAR, 8, "4611686018427387904 x 8 bytes"},
    {"reserving what no doubling reaches", BY_RESERVE, SIZE_MAX, 1,
     "18446744073709551615 x 1 bytes"},
};

static void ask(const void *context)
{
    const struct out_row *row = context;
    void *array = mem_alloc(1, 1);
    size_t cap = 1;
    switch (row->how) {
    case BY_ALLOC: mem_free(mem_alloc(row->count, row->item_bytes)); break;
    case BY_GROW: array = mem_grow(array, cap, row->count, row->item_bytes); break;
    case BY_RESERVE: mem_reserve(&array, &cap, row->count, row->item_bytes); break;
    }
    mem_free(array);
}

START_TEST(no_memory_ends_the_process_with_3)
{
    const struct out_row *row = &outs[_i];
    struct child_end end = child_run(ask, row);
    ck_assert_msg(end.code == 3, "%s: code %d signal %d %s", row->name, end.code, end.signal,
                  end.text);
    ck_assert_msg(strstr(end.text, row->said) != NULL, "%s: %s", row->name, end.text);
    ck_assert_msg(strstr(end.text, "lower the settings' bounds or add memory\n") != NULL, "%s",
                  end.text);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mem");
    TCase *t = tcase_create("mem");
    tcase_add_test(t, new_memory_is_zeroed);
    tcase_add_test(t, growing_keeps_the_old_and_zeroes_the_new);
    tcase_add_test(t, reserving_doubles);
    tcase_add_loop_test(t, no_memory_ends_the_process_with_3, 0, sizeof outs / sizeof outs[0]);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
