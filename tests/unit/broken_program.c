#include "tests/unit/broken_program.h"

#include "tests/unit/small_pack.h"

#include <check.h>
#include <string.h>

struct program *broken_program(void)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    uint32_t list = pack_list(p, "bad", ENTITY_ACCOUNT);
    uint32_t where = pack_record(p, WORD_AMOUNT, OP_GE, 5);
    uint32_t sum = pack_of_window(p, AGGREGATE_SUM, STREAM_PAYMENT_IN, WORD_AMOUNT, HOUR, where);
    uint32_t feature = pack_feature(p, "received", ENTITY_ACCOUNT, sum);
    pack_carry(p, EVENT_TRANSACTION, LEG_PAYEE, 0, CARRY_FEATURE, 0, feature);
    pack_rule(p, "big", mule, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_word(p, WORD_AMOUNT, OP_GE, 100));
    pack_unless(p, "listed", pack_member(p, list));
    pack_condition(p, "amount >= 1", pack_yes(p), pack_of_word(p, WORD_AMOUNT), pack_value(p, 1),
                   UNIT_MONEY);
    pack_score(p, 40, HOUR);
    pack_action(p, ACTION_RAISE, LEG_PAYEE, 0)->what = TIER_HIGH;
    pack_say(p, "received", pack_of_word(p, WORD_AMOUNT), UNIT_MONEY);
    uint32_t ratio = program_add_ratios(p);
    p->ratios[ratio] = (struct ratio){1, 2};
    uint32_t range = program_add_ranges(p);
    p->ranges[range] = (struct range){1, 2};
    uint32_t set = program_add_sets(p);
    p->sets[set] = (struct range_set){range, 1};
    return p;
}

struct program *broken_pattern(void)
{
    struct program *p = program_new();
    uint32_t where = pack_record(p, WORD_AMOUNT, OP_GE, 5);
    for (int i = 0; i < 2; i++) {
        uint32_t at = program_add_pattern_steps(p);
        p->pattern_steps[at] = (struct pattern_step){.stream = STREAM_PAYMENT_IN,
                                                     .ready = 1,
                                                     .repeated = i == 0,
                                                     .least_count = 1,
                                                     .most_count = 2,
                                                     .within_ms = i * HOUR,
                                                     .where = i == 0 ? where : CODE_NONE};
    }
    uint32_t sum = program_add_aggregates(p);
    p->aggregates[sum] = (struct aggregate){.kind = AGGREGATE_SUM,
                                            .stream = STREAM_PAYMENT_IN,
                                            .word = WORD_AMOUNT,
                                            .span = SPAN_STEP,
                                            .where = CODE_NONE};
    uint32_t test = program_add_pattern_tests(p);
    p->pattern_tests[test] =
        (struct pattern_test){1, 1,
                              pack_code(p,
                                        (struct insn[]){pack_insn(OP_RECORD, WORD_AMOUNT),
                                                        pack_insn(OP_AGGREGATE, sum),
                                                        pack_insn(OP_GE, 0), pack_insn(OP_END, 0)},
                                        4)};
    uint32_t without = program_add_pattern_withouts(p);
    p->pattern_withouts[without] = (struct pattern_without){STREAM_CALL_IN, false, where};
    uint32_t pattern = program_add_patterns(p);
    p->patterns[pattern] = (struct pattern){.page = ENTITY_ACCOUNT,
                                            .within_ms = HOUR,
                                            .step_count = 2,
                                            .test_count = 1,
                                            .without_count = 1};
    pack_rule(p, "big", TYPOLOGY_NONE, LEG_PAYEE, TRIGGER_TRANSACTION,
              pack_code(p,
                        (struct insn[]){pack_insn(OP_STEP, program_step_operand(0, 1, WORD_AMOUNT)),
                                        pack_insn(OP_AGGREGATE, sum), pack_insn(OP_GE, 0),
                                        pack_insn(OP_MATCHES, 0), pack_insn(OP_AND, 0),
                                        pack_insn(OP_END, 0)},
                        6));
    return p;
}

void broken_not(struct program *p)
{
    (void)p;
}

void broken_check(struct program *p, const struct broken_row *row)
{
    struct err err = {0};
    row->change(p);
    int bad = program_verify(p, &err);
    ck_assert_msg((bad == 0) == (row->text == NULL), "%s: %d %s", row->name, bad, err.text);
    ck_assert_msg(p->verified == (row->text == NULL), "%s", row->name);
    ck_assert_msg(bad == 0 || strstr(err.text, row->text) != NULL, "%s: %s", row->name, err.text);
    ck_assert(bad == 0 || err.code == ERR_FINDING);
    program_free(p);
}
