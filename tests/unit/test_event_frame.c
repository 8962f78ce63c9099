/* test_event_frame.c - what an event says of its ends is the same behind a frame. */
#include "engine/base/str.h"
#include "tests/unit/small_event.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void check_round_trip(const char *name, const struct event *event)
{
    struct buf bytes = {0};
    struct event back;
    event_encode(&bytes, event);
    ck_assert_msg(event_decode(&back, (const uint8_t *)bytes.at, bytes.len) == bytes.len, "%s",
                  name);
    for (int i = 0; i < PARTY_COUNT; i++) {
        ck_assert_msg(token_eq(&back.party[i].token, &event->party[i].token), "%s", name);
        ck_assert_msg(back.party[i].entity == event->party[i].entity, "%s", name);
        ck_assert_msg(back.party[i].kind == event->party[i].kind, "%s", name);
    }
    ck_assert_msg(back.time_ms == event->time_ms && back.judged_ms == event->judged_ms, "%s", name);
    buf_fini(&bytes);
}

START_TEST(ends_survive_a_frame)
{
    struct event known = event_call("c-1", PHASE_RECORD, "A", "B", 60000, T0);
    struct event hidden = event_call("c-2", PHASE_RECORD, NULL, "B", 60000, T0);
    hidden.party[PARTY_FROM].kind = NUMBER_KIND_HIDDEN;
    struct event cash = event_payment("p-1", PHASE_INITIATED, "A", NULL, 100, T0);
    check_round_trip("both ends known", &known);
    check_round_trip("a hidden caller is nobody, and hidden", &hidden);
    check_round_trip("cash has no payee", &cash);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("event_frame");
    TCase *tests = tcase_create("event_frame");
    tcase_add_test(tests, ends_survive_a_frame);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
