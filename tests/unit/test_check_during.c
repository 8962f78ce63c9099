/* test_check_during.c - what is going on with a call, by cases of a pack; and what cannot be asked.
 */
#include "rules/compile.h"

#include "engine/eval/vm.h"
#include "engine/state/page.h"
#include "tests/unit/shown_mistakes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
#define MINUTE_MS ((int64_t)60000)
#define NOW_MS ((int64_t)1772416800000) /* 2026-03-02T10:00:00+08:00 */
#define OPEN (-1)                       /* nobody has said yet when it ended */
#define UNSAID (-2)                     /* it ended, and nobody has said after how long */

static const struct {
    const char *name;
    const char *condition;
    int minutes, lasts; /* of a call, from now */
    int64_t value;
} rows[] = {
    {"it is open", "during(call_in)", -30, OPEN, 1},
    {"an open one is so for 6 h", "during(call_in)", -6 * 60 + 1, OPEN, 1},
    {"and not longer", "during(call_in)", -6 * 60, OPEN, 0},
    {"it ends later", "during(call_in)", -30, 31, 1},
    {"it is over with its end", "during(call_in)", -30, 30, 0},
    {"six hours without the end that comes", "during(call_in)", -23 * 60, 24 * 60, 0},
    {"nobody knows when it ended", "during(call_in)", -30, UNSAID, 0},
    {"it has just ended", "during(call_in and 30m after)", -60, 31, 1},
    {"that was too long ago", "during(call_in and 30m after)", -60, 30, 0},
    {"it is open, and after", "during(call_in and 30m after)", -60, OPEN, 1},
    {"so far", "during(call_in where duration >= 30m)", -30, OPEN, 1},
    {"not yet", "during(call_in where duration > 30m)", -30, OPEN, 0},
    {"another kind of caller", "during(call_in and 1h after where caller.kind == intl)", -30, 5, 0},
    {"another direction", "during(call_out)", -30, OPEN, 0},
};

static const struct mistake mistakes[] = {
    {"a payment does not last",
     "rule r for payer.person on transaction when during(payment_in) watch payee for 1h\n",
     "t.rule:1:52: error: a record of `payment_in` does not last\n"
     "    1 | rule r for payer.person on transaction when during(payment_in) watch payee for 1h\n"
     "      |                                                    ^^^^^^^^^^\n"
     "   hint: calls do: `during(call_in ...)`, `during(call_out ...)`\n"},
    {"an account has no calls",
     "rule r for payer on transaction when during(call_in) watch payee for 1h\n",
     "t.rule:1:45: error: the page of an account has no `call_in`\n"
     "    1 | rule r for payer on transaction when during(call_in) watch payee for 1h\n"
     "      |                                             ^^^^^^^\n"
     "   hint: it has `payment_in`, `payment_out`, `login`, `change`, `warning`; a person's page has all streams but `use` and `link`\n"},
    {"a time that is too long",
     "rule r for caller on call_end when during(call_in and 90d after) watch callee for 1h\n",
     "t.rule:1:55: error: the time after a call is at most 89d\n"
     "    1 | rule r for caller on call_end when during(call_in and 90d after) watch callee for 1h\n"
     "      |                                                       ^^^\n"},
    {"a constant has no calls",
     "const k = during(call_in)\nrule r for caller on call_end when own watch callee for 1h\n",
     "t.rule:1:11: error: a constant has no history to look at: make it a feature\n"
     "    1 | const k = during(call_in)\n"
     "      |           ^^^^^^^^^^^^^^^\n"
     "t.rule:2:36: error: `own` is no field of a call\n"
     "    2 | rule r for caller on call_end when own watch callee for 1h\n"
     "      |                                    ^^^\n"
     "   hint: this rule runs on `call_end`\n"},
    {"a field that calls have not",
     "rule r for caller on call_end when during(call_in where amount > 5.00 CNY) watch callee for 1h\n",
     "t.rule:1:57: error: a record of `call_in` has no `amount`\n"
     "    1 | rule r for caller on call_end when during(call_in where amount > 5.00 CNY) watch callee for 1h\n"
     "      |                                                         ^^^^^^\n"},
};

START_TEST(call_is_going_on)
{
    struct compiled pack;
    struct buf text = {0};
    struct token token = {{0xaa}};
    struct event event = {.kind = EVENT_TRANSACTION};
    struct retention retention;
    int64_t carried[PROGRAM_CARRIED_MAX] = {0};
    struct vm vm;
    struct record call = {.time_ms = NOW_MS + rows[_i].minutes * MINUTE_MS,
                          .id = 1,
                          .value = rows[_i].lasts < 0 ? VALUE_UNKNOWN : rows[_i].lasts * MINUTE_MS,
                          .flags = rows[_i].lasts == OPEN ? RECORD_STARTED : RECORD_ENDED,
                          .member = RECORD_MEMBER_NONE};
    buf_add_format(&text, "rule r for payer.person on transaction when %s watch payee for 1h\n",
                   rows[_i].condition);
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
    ck_assert_ptr_nonnull(pack.program);
    struct page *page = page_new(&token, ENTITY_PERSON);
    retention_defaults(&retention);
    (void)page_add_record(page, STREAM_CALL_IN, &call, NULL, &retention);
    vm_init(&vm, pack.program);
    vm_begin(&vm, page, &event, NULL, LEG_PAYER_PERSON, NOW_MS, carried);
    ck_assert_msg(vm_run(&vm, pack.program->rules[0].when) == rows[_i].value, "%s", rows[_i].name);
    vm_fini(&vm);
    page_free(page);
    compile_fini(&pack);
    buf_fini(&text);
}
END_TEST

START_TEST(mistake_is_said)
{
    check_mistakes_shown(mistakes[_i].name, mistakes[_i].text, mistakes[_i].shown);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_during");
    TCase *t = tcase_create("check_during");
    tcase_add_loop_test(t, call_is_going_on, 0, COUNT_OF(rows));
    tcase_add_loop_test(t, mistake_is_said, 0, COUNT_OF(mistakes));
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
