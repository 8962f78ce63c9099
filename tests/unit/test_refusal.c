/* test_refusal.c - every reason has a word and a sentence of its own, and details fit. */
#include "engine/ingest/refusal.h"
#include "tests/unit/child.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

START_TEST(every_reason_has_its_own_word_and_sentence)
{
    for (int a = REFUSAL_NONE + 1; a < REFUSAL_COUNT; a++) {
        struct str text = refusal_text((enum refusal_reason)a);
        struct str sentence = refusal_sentence((enum refusal_reason)a);
        ck_assert_uint_gt(text.len, 0);
        ck_assert_msg(strspn(text.at, "abcdefghijklmnopqrstuvwxyz_0123456789") == text.len, "%s",
                      text.at);
        ck_assert_msg(sentence.len > 0 && sentence.at[sentence.len - 1] == '.', "%s", text.at);
        for (int b = REFUSAL_NONE + 1; b < a; b++) {
            ck_assert_msg(!str_eq(text, refusal_text((enum refusal_reason)b)), "%s twice", text.at);
        }
    }
    ck_assert_uint_eq(refusal_text(REFUSAL_NONE).len, 0);
    ck_assert_uint_eq(refusal_sentence(REFUSAL_NONE).len, 0);
}
END_TEST

START_TEST(positions_of_counters_stay)
{
    ck_assert(str_eq_text(refusal_text((enum refusal_reason)1), "not_json"));
    ck_assert(str_eq_text(refusal_text((enum refusal_reason)9), "bad_time"));
    ck_assert(str_eq_text(refusal_text((enum refusal_reason)15), "future_time"));
}
END_TEST

START_TEST(setting_replaces_all)
{
    struct refusal why;
    memset(&why, 0xff, sizeof why);
    ck_assert_int_eq(refusal_set(&why, REFUSAL_BAD_TIME, "%s: byte %d", "time", 7), -1);
    ck_assert_int_eq(why.reason, REFUSAL_BAD_TIME);
    ck_assert_str_eq(why.detail, "time: byte 7");
}
END_TEST

START_TEST(long_details_are_cut)
{
    struct refusal why;
    for (int len = 150; len < 200; len++) {
        (void)refusal_set(&why, REFUSAL_NOT_JSON, "%0*d", len, 7);
        size_t kept = (size_t)len < sizeof why.detail ? (size_t)len : sizeof why.detail - 1;
        ck_assert_uint_eq(strlen(why.detail), kept);
    }
}
END_TEST

static void refuse_without_reason(const void *context)
{
    struct refusal why;
    (void)refusal_set(&why, *(const enum refusal_reason *)context, "x");
}

START_TEST(a_refusal_without_a_reason_is_a_bug)
{
    static const enum refusal_reason none[] = {REFUSAL_NONE, REFUSAL_COUNT};
    ck_assert_int_eq(child_run(refuse_without_reason, &none[0]).signal, SIGABRT);
    ck_assert_int_eq(child_run(refuse_without_reason, &none[1]).signal, SIGABRT);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("refusal");
    TCase *t = tcase_create("refusal");
    tcase_add_test(t, every_reason_has_its_own_word_and_sentence);
    tcase_add_test(t, positions_of_counters_stay);
    tcase_add_test(t, setting_replaces_all);
    tcase_add_test(t, long_details_are_cut);
    tcase_add_test(t, a_refusal_without_a_reason_is_a_bug);
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
