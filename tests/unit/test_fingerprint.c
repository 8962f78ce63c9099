/* test_fingerprint.c - fingerprints: the same for the same bytes, another for any change. */
#include "engine/base/fingerprint.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 100 /* some stripes, and a rest */

START_TEST(the_same_bytes_give_the_same)
{
    char bytes[BYTES + 1] = {0};
    for (size_t len = 0; len <= BYTES; len++) {
        struct str text = {bytes, len};
        struct str elsewhere = {bytes + 1, len == 0 ? 0 : len - 1};
        ck_assert_uint_eq(fingerprint(text, 5), fingerprint(text, 5));
        ck_assert_msg(len == 0 || fingerprint(text, 5) != fingerprint(elsewhere, 5),
                      "%zu zeros and one less", len);
    }
}
END_TEST

/* Stored with headers, so it may not change unnoticed. */
START_TEST(values_stay)
{
    ck_assert_uint_eq(fingerprint(STR(""), 0), 0);
    ck_assert_uint_eq(fingerprint(STR("sluice"), 0), UINT64_C(0x1e6916552d3cb7e4));
    ck_assert_uint_eq(fingerprint(STR("sluice, and more than a word"), 7),
                      UINT64_C(0x90bb66a1ae1609c0));
    ck_assert_uint_eq(fingerprint(STR("sluice, and more than four words, so that lanes are used"),
                                  7),
                      UINT64_C(0x1c7e488ce4b800a7));
}
END_TEST

START_TEST(every_bit_counts)
{
    char bytes[BYTES];
    memset(bytes, 'x', sizeof bytes);
    for (size_t len = 1; len <= BYTES; len++) {
        uint64_t before = fingerprint((struct str){bytes, len}, 0);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
            ck_assert_msg(fingerprint((struct str){bytes, len}, 0) != before,
                          "bit %zu of %zu bytes", bit, len);
            bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        }
        ck_assert_uint_ne(fingerprint((struct str){bytes, len}, 1), before);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fingerprint");
    TCase *tests = tcase_create("fingerprint");
    tcase_add_test(tests, the_same_bytes_give_the_same);
    tcase_add_test(tests, values_stay);
    tcase_add_test(tests, every_bit_counts);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
