/* test_program.c - what is asked of a program: rules by trigger, what is read, code as text. What
 * the verifier refuses is in test_program_*.c. */
#include "engine/eval/program.h"

#include "tests/unit/broken_program.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(rules_are_found_by_trigger_in_pack_order)
{
    struct program *p = broken_program();
    uint32_t yes = pack_yes(p);
    pack_rule(p, "other", TYPOLOGY_NONE, LEG_PAYER, TRIGGER_TRANSACTION, yes);
    pack_rule(p, "third", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION, yes);
    pack_ready(p, "order");
    ck_assert_uint_eq(p->by_trigger_count[TRIGGER_TRANSACTION][LEG_PAYEE], 2);
    ck_assert_uint_eq(p->by_trigger[TRIGGER_TRANSACTION][LEG_PAYEE][0], 0);
    ck_assert_uint_eq(p->by_trigger[TRIGGER_TRANSACTION][LEG_PAYEE][1], 2);
    ck_assert_uint_eq(p->by_trigger_count[TRIGGER_TRANSACTION][LEG_PAYER], 1);
    ck_assert_uint_eq(p->by_trigger_count[TRIGGER_SETTLEMENT][LEG_PAYEE], 0);
    program_free(p);
}
END_TEST

static void in_an_event(struct program *p)
{
    WHEN(p, pack_insn(OP_WORD, WORD_CALLER_KIND), pack_insn(OP_KNOWN, 0), pack_insn(OP_END, 0));
}
static void in_a_where(struct program *p)
{
    uint32_t where = pack_record(p, WORD_CALLEE_KIND, OP_EQ, 1);
    p->rules[0].when =
        pack_window(p, AGGREGATE_ANY, STREAM_CALL_OUT, WORD_NONE, HOUR, where, OP_EQ, 1);
}
static void in_an_aggregate(struct program *p)
{
    p->rules[0].when =
        pack_window(p, AGGREGATE_LAST, STREAM_CALL_IN, WORD_CALLER_KIND, HOUR, CODE_NONE, OP_EQ, 1);
}
static void in_a_feature(struct program *p)
{
    pack_feature(p, "kind", ENTITY_NUMBER,
                 pack_of_window(p, AGGREGATE_LAST, STREAM_CALL_IN, WORD_CALLER_KIND, HOUR,
                                CODE_NONE));
}
static void as_an_attribute(struct program *p)
{
    WHEN(p, pack_insn(OP_ATTRIBUTE, ATTRIBUTE_KIND_OF_NUMBER), pack_insn(OP_KNOWN, 0),
         pack_insn(OP_END, 0));
}
static void carried(struct program *p)
{
    pack_carry(p, EVENT_CALL, LEG_CALLER, 0, CARRY_ATTRIBUTE, 0, ATTRIBUTE_KIND_OF_NUMBER);
}
static void of_an_account(struct program *p)
{
    WHEN(p, pack_insn(OP_ATTRIBUTE, ATTRIBUTE_KIND_OF_ACCOUNT), pack_insn(OP_KNOWN, 0),
         pack_insn(OP_END, 0));
}

START_TEST(what_is_read_is_found_anywhere)
{
    static const struct {
        const char *name;
        void (*change)(struct program *p);
        const char *read; /* of number kinds */
    } readers[] = {
        {"nowhere", broken_not, NULL},
        {"in the event in hand", in_an_event, "caller.kind"},
        {"in a where", in_a_where, "callee.kind"},
        {"in an aggregate", in_an_aggregate, "caller.kind"},
        {"in a feature", in_a_feature, "caller.kind"},
        {"as an attribute of the page", as_an_attribute, "kind"},
        {"as an attribute that is carried", carried, "kind"},
        {"another kind of kind", of_an_account, NULL},
    };
    for (int i = 0; i < BROKEN_ROWS(readers); i++) {
        struct program *p = broken_program();
        readers[i].change(p);
        pack_ready(p, "reads");
        const char *read = program_reads_unit(p, UNIT_NUMBER_KIND);
        ck_assert_msg(read == readers[i].read || (read != NULL && readers[i].read != NULL &&
                                                  strcmp(read, readers[i].read) == 0),
                      "%s: %s", readers[i].name, read == NULL ? "nothing" : read);
        ck_assert_str_eq(program_reads_unit(p, UNIT_MONEY), "amount");
        ck_assert_ptr_null(program_reads_unit(p, UNIT_ARRIVAL));
        program_free(p);
    }
}
END_TEST

START_TEST(code_is_shown_one_line_each)
{
    struct program *p = program_new();
    uint32_t code = pack_word(p, WORD_AMOUNT, OP_GE, 100);
    struct buf out = {0};
    program_disassemble(p, code, &out);
    ck_assert_str_eq(buf_text(&out), "     0  WORD            amount\n"
                                     "     1  CONST           100\n"
                                     "     2  GE              \n"
                                     "     3  END             \n");
    buf_fini(&out);
    program_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("program");
    TCase *tests = tcase_create("program");
    tcase_add_test(tests, rules_are_found_by_trigger_in_pack_order);
    tcase_add_test(tests, what_is_read_is_found_anywhere);
    tcase_add_test(tests, code_is_shown_one_line_each);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
