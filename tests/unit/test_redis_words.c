/* test_redis_words.c - a call is written as Redis reads it, whatever bytes it has. */
#include "connectors/redis/redis_words.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_call_is_written)
{
    struct redis_words words = {0};
    struct buf out = {0};
    for (int i = 0; i < 2; i++) { /* what was there before is gone */
        redis_words_begin(&words, "sluice_open");
        redis_words_add(&words, STR("?"));
        redis_words_key(&words, "sluice:", 17, "ckpt", -1);
        redis_words_key(&words, "sluice:", 4095, "h", 255);
        redis_words_set_number(&words, 2, 2);
        redis_words_copy(&words, "a\0b\r\n", 5);
        redis_words_copy(&words, "", 0);
        redis_words_add(&words, (struct str){NULL, 0});
        redis_words_number(&words, UINT64_MAX);
        buf_clear(&out);
        redis_words_write(&words, &out);
    }
    static const char wanted[] =
        "*9\r\n$5\r\nFCALL\r\n$11\r\nsluice_open\r\n$1\r\n2\r\n$16\r\nsluice:{17}:ckpt\r\n"
        "$19\r\nsluice:{4095}:h:255\r\n$5\r\na\0b\r\n\r\n$0\r\n\r\n$0\r\n\r\n"
        "$20\r\n18446744073709551615\r\n";
    ck_assert_uint_eq(out.len, sizeof wanted - 1);
    ck_assert_int_eq(memcmp(out.at, wanted, sizeof wanted - 1), 0);
    buf_fini(&out);
    redis_words_fini(&words);
}
END_TEST

/* What is copied is found again when its bytes have moved, what is not is not copied. */
START_TEST(many_words)
{
    struct redis_words words = {0};
    struct buf out = {0};
    char far[] = "far";
    redis_words_begin(&words, "f");
    redis_words_add(&words, str_of(far));
    for (uint64_t i = 0; i < 10000; i++) {
        redis_words_number(&words, 1000000 + i);
    }
    far[0] = 'b';
    redis_words_write(&words, &out);
    ck_assert_int_eq(strncmp(out.at, "*10003\r\n$5\r\nFCALL\r\n$1\r\nf\r\n$3\r\nbar\r\n", 33), 0);
    ck_assert_int_eq(memcmp(out.at + out.len - 13, "$7\r\n1009999\r\n", 13), 0);
    buf_fini(&out);
    redis_words_fini(&words);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_words");
    TCase *tests = tcase_create("redis_words");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_call_is_written);
    tcase_add_test(tests, many_words);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
