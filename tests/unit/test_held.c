/* test_held.c - what a step sends stays until the step is done, then goes on in its order. */
#include "engine/held.h"
#include "tests/unit/small_event.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENT_MAX 4

struct taker {
    uint32_t to[SENT_MAX];
    uint64_t lsn[SENT_MAX];
    int count, fails_at;
};

static int keep_visit(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    struct taker *r = self;
    if (r->count + 1 == r->fails_at) {
        return err_set(err, ERR_OUTSIDE, "the log is away");
    }
    r->to[r->count] = partition;
    r->lsn[r->count++] = visit->place.lsn;
    return 0;
}

static void emit(struct held *held, const char *json, uint64_t lsn)
{
    struct err err = {0};
    char line[64];
    (void)snprintf(line, sizeof line, "%s", json);
    struct output output = {.kind = OUTPUT_DECISION, .json = str_of(line), .lsn = lsn};
    ck_assert_int_eq(held->sink.emit(held->sink.self, &output, &err), 0);
    memset(line, 'x', sizeof line); /* the writer's buffer is used again */
}

static void append(struct held *held, uint32_t to, uint64_t lsn)
{
    struct err err = {0};
    struct visit visit = {.place = {.lsn = lsn}};
    ck_assert_int_eq(held->log.append(held->log.self, to, &visit, &err), 0);
}

START_TEST(nothing_goes_before_the_step_is_done)
{
    struct err err = {0};
    struct kept_outputs kept = {0};
    struct taker got = {0};
    struct sink sink = kept_sink(&kept);
    struct visit_log log = {&got, keep_visit};
    struct held held;
    held_init(&held, &sink, &log);
    ck_assert_int_eq(held_release(&held, &err), 0);
    emit(&held, "{\"a\":1}", 7);
    append(&held, 2, 7);
    emit(&held, "{\"b\":2}", 7);
    append(&held, 1, 8);
    ck_assert_uint_eq(kept.count, 0);
    ck_assert_int_eq(got.count, 0);
    ck_assert_int_eq(held_release(&held, &err), 0);
    ck_assert_uint_eq(kept.count, 2);
    ck_assert_str_eq(kept.item[0].json, "{\"a\":1}");
    ck_assert_str_eq(kept.item[1].json, "{\"b\":2}");
    ck_assert_int_eq(got.count, 2);
    ck_assert_uint_eq(got.to[0], 2);
    ck_assert_uint_eq(got.lsn[1], 8);
    ck_assert_int_eq(held_release(&held, &err), 0); /* once */
    ck_assert_uint_eq(kept.count, 2);
    emit(&held, "{}", 9); /* the next step begins empty */
    ck_assert_int_eq(held_release(&held, &err), 0);
    ck_assert_str_eq(kept.item[2].json, "{}");
    held_fini(&held);
    kept_fini(&kept);
}
END_TEST

START_TEST(what_the_receivers_say_is_said)
{
    static const struct {
        const char *name;
        int sink_fails, log_fails;
    } rows[] = {{"the sink", 1, 0}, {"the sink's second", 2, 0}, {"the log", 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        struct kept_outputs kept = {.fails_at = rows[i].sink_fails};
        struct taker got = {.fails_at = rows[i].log_fails};
        struct sink sink = kept_sink(&kept);
        struct visit_log log = {&got, keep_visit};
        struct held held;
        held_init(&held, &sink, &log);
        emit(&held, "{}", 7);
        emit(&held, "{}", 7);
        append(&held, 2, 7);
        ck_assert_msg(held_release(&held, &err) == -1, "%s", rows[i].name);
        ck_assert_int_ne(err.code, ERR_NONE);
        held_fini(&held);
        kept_fini(&kept);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("held");
    TCase *tests = tcase_create("held");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, nothing_goes_before_the_step_is_done);
    tcase_add_test(tests, what_the_receivers_say_is_said);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
