/* test_local.c - a whole city in one process: what comes out does not depend on how it is cut. */
#include "engine/local.h"

#include "engine/base/mem.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct program *fan_in(void)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    uint32_t when = pack_window(p, AGGREGATE_DISTINCT, STREAM_PAYMENT_IN, WORD_PAYER, HOUR,
                                CODE_NONE, OP_GE, 3);
    pack_rule(p, "fan_in", mule, LEG_PAYEE, TRIGGER_TRANSACTION, when);
    pack_score(p, 65, DAY);
    pack_action(p, ACTION_DELAY, LEG_PAYER, 0);
    return pack_ready(p, "fan in");
}

START_TEST(three_payers_make_a_warning)
{
    struct settings settings;
    struct err err = {0};
    struct kept_outputs kept = {0};
    struct sink sink = kept_sink(&kept);
    settings_defaults(&settings);
    struct program *p = fan_in();
    struct local *city = local_new(&settings, p, &sink, NULL);
    ck_assert_int_eq(local_start(city, &err), 0);
    const char *payers[] = {"A", "B", "C"};
    for (uint64_t i = 0; i < 3; i++) {
        char id[] = "p-0";
        id[2] = (char)('0' + i);
        struct event e =
            event_payment(id, PHASE_INITIATED, payers[i], "M", 300000, T0 + (int64_t)i * MINUTE);
        ck_assert_msg(local_deliver(city, SOURCE_FEED, i, &e, &err) == 0, "%s", err.text);
    }
    ck_assert_uint_eq(kept_count(&kept, OUTPUT_WARNING), 1);
    local_free(city);
    program_free(p);
    kept_fini(&kept);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("local");
    TCase *tests = tcase_create("local");
    tcase_add_test(tests, three_payers_make_a_warning);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
