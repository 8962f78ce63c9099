/* test_arena.c - pieces are zeroed, aligned, apart from each other, and go together. */
#include "engine/base/arena.h"

#include <check.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

START_TEST(pieces_are_zeroed_and_apart)
{
    struct arena arena = {0};
    unsigned char *pieces[500];
    for (size_t i = 0; i < 500; i++) {
        size_t bytes = i * 7 % 900 + 1;
        pieces[i] = arena_alloc(&arena, bytes, 1);
        ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t b = 0; b < bytes; b++) {
            ck_assert_uint_eq(pieces[i][b], 0);
        }
        memset(pieces[i], (int)(i % 250 + 1), bytes);
    }
    for (size_t i = 0; i < 500; i++) {
        size_t bytes = i * 7 % 900 + 1;
        ck_assert_uint_eq(pieces[i][0], i % 250 + 1);
        ck_assert_uint_eq(pieces[i][bytes - 1], i % 250 + 1);
    }
    arena_fini(&arena);
    ck_assert_ptr_null(arena.newest);
}
END_TEST

START_TEST(large_pieces_fit)
{
    struct arena arena = {0};
    char *small = arena_alloc(&arena, 1, 1);
    char *large = arena_alloc(&arena, 1000000, 1);
    *small = 1;
    memset(large, 2, 1000000);
    ck_assert_int_eq(*small, 1);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 0, 8));
    arena_fini(&arena);
}
END_TEST

START_TEST(copies_are_their_own)
{
    struct arena arena = {0};
    char text[] = "payee";
    struct str copy = arena_copy(&arena, str_of(text));
    text[0] = 'P';
    ck_assert(str_eq_text(copy, "payee"));
    ck_assert_int_eq(copy.at[copy.len], '\0');
    ck_assert_uint_eq(arena_copy(&arena, (struct str){NULL, 0}).len, 0);
    arena_fini(&arena);
}
END_TEST

static struct str format(struct arena *arena, const char *pattern, ...)
    __attribute__((format(printf, 2, 3)));

static struct str format(struct arena *arena, const char *pattern, ...)
{
    va_list args;
    va_start(args, pattern);
    struct str text = arena_format(arena, pattern, args);
    va_end(args);
    return text;
}

START_TEST(formatted_texts_of_all_lengths)
{
    struct arena arena = {0};
    ck_assert(str_eq_text(format(&arena, "%d of %s", 3, "many"), "3 of many"));
    for (int width = 250; width <= 260; width++) {
        struct str text = format(&arena, "%*d", width, 7);
        ck_assert_uint_eq(text.len, (size_t)width);
        ck_assert_int_eq(text.at[text.len - 1], '7');
        ck_assert_int_eq(text.at[text.len], '\0');
    }
    arena_fini(&arena);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("arena");
    TCase *t = tcase_create("arena");
    tcase_add_test(t, pieces_are_zeroed_and_apart);
    tcase_add_test(t, large_pieces_fit);
    tcase_add_test(t, copies_are_their_own);
    tcase_add_test(t, formatted_texts_of_all_lengths);
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
