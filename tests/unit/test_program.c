/* test_program.c - the verifier takes a whole program and refuses each way of breaking it. */
#include "engine/eval/program.h"

#include "engine/eval/values.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static struct insn insn(int op, int64_t c)
{
    return (struct insn){.op = (uint8_t)op, .c = (int32_t)c};
}

/* One row of every table. Every row below breaks one thing in it. */
static struct program *whole_program(void)
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

/* Beside it a pattern: a repeated step, and a single one that asks for the sum of the first. */
static struct program *whole_pattern(void)
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
                                        (struct insn[]){insn(OP_RECORD, WORD_AMOUNT),
                                                        insn(OP_AGGREGATE, sum), insn(OP_GE, 0),
                                                        insn(OP_END, 0)},
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
                        (struct insn[]){insn(OP_STEP, program_step_operand(0, 1, WORD_AMOUNT)),
                                        insn(OP_AGGREGATE, sum), insn(OP_GE, 0),
                                        insn(OP_MATCHES, 0), insn(OP_AND, 0), insn(OP_END, 0)},
                        6));
    return p;
}

/* Where the next instruction will be. */
static int64_t next_at(const struct program *p)
{
    return (int64_t)p->code_count;
}

/* Replaces the `when` of the rule. */
#define WHEN(p, ...)                                                       \
    ((p)->rules[0].when = pack_code(p, (const struct insn[]){__VA_ARGS__}, \
                                    ROWS(((const struct insn[]){__VA_ARGS__}))))

static void nothing(struct program *p)
{
    (void)p;
}
static void no_end(struct program *p)
{
    WHEN(p, insn(OP_CONST, 0));
}
static void outside(struct program *p)
{
    p->rules[0].when = (uint32_t)p->code_count;
}
static void unknown_opcode(struct program *p)
{
    WHEN(p, insn(OP_COUNT, 0), insn(OP_END, 0));
}
static void empty_stack(struct program *p)
{
    WHEN(p, insn(OP_CONST, 0), insn(OP_ADD, 0), insn(OP_END, 0));
}
static void no_value(struct program *p)
{
    WHEN(p, insn(OP_END, 0));
}
static void two_values(struct program *p)
{
    WHEN(p, insn(OP_CONST, 0), insn(OP_CONST, 0), insn(OP_END, 0));
}
static void deep_stack(struct program *p)
{
    p->rules[0].when = (uint32_t)p->code_count;
    for (int i = 0; i < PROGRAM_STACK_MAX + 1; i++) {
        struct insn push = insn(OP_NOW, 0);
        pack_code(p, &push, 1);
    }
    for (int i = 0; i < PROGRAM_STACK_MAX; i++) {
        struct insn pop = insn(OP_ADD, 0);
        pack_code(p, &pop, 1);
    }
    struct insn end = insn(OP_END, 0);
    pack_code(p, &end, 1);
}
static void jump_back(struct program *p)
{
    WHEN(p, insn(OP_NOW, 0), insn(OP_JUMP_TRUE, next_at(p)), insn(OP_END, 0));
}
static void jump_to_itself(struct program *p)
{
    WHEN(p, insn(OP_NOW, 0), insn(OP_JUMP_TRUE, next_at(p) + 1), insn(OP_END, 0));
}
static void jump_past_the_end(struct program *p)
{
    int64_t at = next_at(p);
    WHEN(p, insn(OP_NOW, 0), insn(OP_JUMP_TRUE, at + 3), insn(OP_END, 0), insn(OP_END, 0));
}
static void jump_out(struct program *p)
{
    WHEN(p, insn(OP_NOW, 0), insn(OP_JUMP_FALSE, next_at(p) + 3), insn(OP_END, 0));
}
static void jump_uneven(struct program *p)
{
    int64_t at = next_at(p);
    WHEN(p, insn(OP_NOW, 0), insn(OP_JUMP_TRUE, at + 3), insn(OP_NOW, 0), insn(OP_ADD, 0),
         insn(OP_END, 0));
}
static void jump_on_nothing(struct program *p)
{
    int64_t at = next_at(p);
    WHEN(p, insn(OP_JUMP_TRUE, at + 1), insn(OP_NOW, 0), insn(OP_END, 0));
}
static void many_jumps(struct program *p)
{
    p->rules[0].when = (uint32_t)p->code_count;
    struct insn now = insn(OP_NOW, 0);
    struct insn jump = insn(OP_JUMP_TRUE, next_at(p) + 258);
    struct insn end = insn(OP_END, 0);
    pack_code(p, &now, 1);
    for (int i = 0; i < 257; i++) {
        pack_code(p, &jump, 1);
    }
    pack_code(p, &end, 1);
}
static void record_outside(struct program *p)
{
    WHEN(p, insn(OP_RECORD, WORD_AMOUNT), insn(OP_END, 0));
}
static void no_constant(struct program *p)
{
    WHEN(p, insn(OP_CONST, (int64_t)p->consts_count), insn(OP_END, 0));
}
static void negative_constant(struct program *p)
{
    WHEN(p, insn(OP_CONST, -1), insn(OP_END, 0));
}
static void no_word(struct program *p)
{
    WHEN(p, insn(OP_WORD, WORD_COUNT), insn(OP_END, 0));
}
static void no_attribute(struct program *p)
{
    WHEN(p, insn(OP_ATTRIBUTE, ATTRIBUTE_COUNT), insn(OP_END, 0));
}
static void no_list(struct program *p)
{
    WHEN(p, insn(OP_MEMBER, 1), insn(OP_END, 0));
}
static void no_tag(struct program *p)
{
    WHEN(p, insn(OP_TAG, 0), insn(OP_END, 0));
}
static void tag_of_a_record_outside(struct program *p)
{
    (void)program_add_tags(p);
    WHEN(p, insn(OP_RECORD_TAG, 0), insn(OP_END, 0));
}
static void tag_leaves_the_signs(struct program *p)
{
    uint32_t at = program_add_tags(p);
    p->tags[at].sign_count = 1;
}
static void sign_of_no_kind(struct program *p)
{
    uint32_t at = program_add_tag_signs(p);
    p->tag_signs[at] = (struct tag_sign){.text = STR("x"), .kind = TAG_SIGN_KINDS};
}
static void sign_of_no_text(struct program *p)
{
    (void)program_add_tag_signs(p);
}
static void no_slot(struct program *p)
{
    WHEN(p, insn(OP_CARRIED, PROGRAM_CARRIED_MAX), insn(OP_END, 0));
}
static void no_member_slot(struct program *p)
{
    WHEN(p, insn(OP_CARRIED_MEMBER, PROGRAM_CARRIED_MAX << 8), insn(OP_END, 0));
}
static void no_pair(struct program *p)
{
    WHEN(p, insn(OP_CARRIED_MEMBER, PROGRAM_MEMBER_PAIRS_MAX), insn(OP_END, 0));
}
static void no_feature(struct program *p)
{
    WHEN(p, insn(OP_FEATURE, 1), insn(OP_END, 0));
}
static void no_aggregate(struct program *p)
{
    WHEN(p, insn(OP_AGGREGATE, 1), insn(OP_END, 0));
}
/* With empty tables: a limit of none is a limit, too. */
static void empty_tables(struct program *p, int op)
{
    p->consts_count = 0;
    p->lists_count = 0;
    p->features_count = 0;
    p->carries_count = 0;
    p->aggregates_count = 0;
    p->ratios_count = 0;
    p->sets_count = 0;
    WHEN(p, insn(OP_NOW, 0), insn(op, 7), insn(OP_END, 0));
}
static void none_of_no_constants(struct program *p)
{
    empty_tables(p, OP_CONST);
}
static void none_of_no_lists(struct program *p)
{
    empty_tables(p, OP_MEMBER);
}
static void none_of_no_features(struct program *p)
{
    empty_tables(p, OP_FEATURE);
}
static void none_of_no_aggregates(struct program *p)
{
    empty_tables(p, OP_AGGREGATE);
}
static void none_of_no_ratios(struct program *p)
{
    empty_tables(p, OP_SCALE);
}
static void none_of_no_sets(struct program *p)
{
    empty_tables(p, OP_IN_SET);
}
static void no_temp(struct program *p)
{
    WHEN(p, insn(OP_TEMP, PROGRAM_TEMPS_MAX), insn(OP_END, 0));
}
static void no_temp_to_set(struct program *p)
{
    WHEN(p, insn(OP_NOW, 0), insn(OP_SET_TEMP, PROGRAM_TEMPS_MAX), insn(OP_NOW, 0),
         insn(OP_END, 0));
}
static void no_ratio(struct program *p)
{
    WHEN(p, insn(OP_NOW, 0), insn(OP_SCALE, 1), insn(OP_END, 0));
}
static void zero_ratio(struct program *p)
{
    p->ratios[0].den = 0;
    WHEN(p, insn(OP_NOW, 0), insn(OP_SCALE, 0), insn(OP_END, 0));
}
static void no_set(struct program *p)
{
    WHEN(p, insn(OP_NOW, 0), insn(OP_IN_SET, 1), insn(OP_END, 0));
}
static void set_too_long(struct program *p)
{
    p->sets[0].count = 2;
    WHEN(p, insn(OP_NOW, 0), insn(OP_IN_SET, 0), insn(OP_END, 0));
}
static void set_too_far(struct program *p)
{
    p->sets[0].first = UINT32_MAX;
    WHEN(p, insn(OP_NOW, 0), insn(OP_IN_SET, 0), insn(OP_END, 0));
}
static void since_nothing(struct program *p)
{
    p->aggregates[0].span = SPAN_SINCE;
}
static void aggregate_kind(struct program *p)
{
    p->aggregates[0].kind = AGGREGATE_KINDS;
}
static void aggregate_stream(struct program *p)
{
    p->aggregates[0].stream = STREAM_COUNT;
}
static void aggregate_word(struct program *p)
{
    p->aggregates[0].word = WORD_NONE + 1;
}
static void aggregate_span(struct program *p)
{
    p->aggregates[0].span = SPAN_KINDS;
}
static void share_of_no_values(struct program *p)
{
    p->aggregates[0].kind = AGGREGATE_TOP_SHARE;
}
static void share_of_many_values(struct program *p)
{
    p->aggregates[0].kind = AGGREGATE_TOP_SHARE;
    p->aggregates[0].top = VALUES_TOP_MAX + 1;
}
static void factor_of_nothing(struct program *p)
{
    p->aggregates[0].kind = AGGREGATE_RISING;
    p->aggregates[0].factor = (struct ratio){3, 0};
}
static void factor_below_zero(struct program *p)
{
    p->aggregates[0].kind = AGGREGATE_RISING;
    p->aggregates[0].factor = (struct ratio){-1, 1};
}
static void usual_in_a_window(struct program *p)
{
    p->aggregates[0].kind = AGGREGATE_USUAL_P99;
}
static void usual_of_logins(struct program *p)
{
    p->aggregates[0].kind = AGGREGATE_USUAL_P99;
    p->aggregates[0].span = SPAN_USUAL;
    p->aggregates[0].stream = STREAM_LOGIN;
}
static void usual_of_some(struct program *p)
{
    p->aggregates[0].kind = AGGREGATE_USUAL_P99;
    p->aggregates[0].span = SPAN_USUAL;
    p->aggregates[0].where = 0;
}
static void sum_of_what_is_usual(struct program *p)
{
    p->aggregates[0].span = SPAN_USUAL;
}
static void aggregate_no_workdays(struct program *p)
{
    p->aggregates[0].span = SPAN_WORKDAYS;
}
static void aggregate_many_workdays(struct program *p)
{
    p->aggregates[0].span = SPAN_WORKDAYS;
    p->aggregates[0].workdays = CALENDAR_WORKDAYS_MAX + 1;
}
static void days_of(struct program *p, int32_t first, int32_t last)
{
    uint32_t at = program_add_days(p);
    p->days[at] = (struct day_range){first, last, false};
}
static void days_backwards(struct program *p)
{
    days_of(p, 5, 4);
}
static void days_twice(struct program *p)
{
    days_of(p, 1, 5);
    days_of(p, 5, 9);
}
static void aggregate_no_time(struct program *p)
{
    p->aggregates[0].span_ms = 0;
}
static void aggregate_too_long(struct program *p)
{
    p->aggregates[0].span_ms = PROGRAM_SPAN_MS_LIMIT;
}
static void sum_of_nothing(struct program *p)
{
    p->aggregates[0].word = WORD_NONE;
}
static void count_of_word(struct program *p)
{
    p->aggregates[0].kind = AGGREGATE_COUNT;
}
static void where_outside(struct program *p)
{
    p->aggregates[0].where = CODE_NONE - 1;
}
static void where_of_itself(struct program *p)
{
    p->aggregates[0].where = p->features[0].code;
}
/* Each of thirty wheres asks the next one twice: to follow them all takes 2^30 steps. */
static void wheres_in_wheres(struct program *p)
{
    p->aggregates[0].where = (uint32_t)p->code_count;
    for (int64_t next = 1; next <= 30; next++) {
        struct insn code[] = {insn(OP_AGGREGATE, next), insn(OP_AGGREGATE, next), insn(OP_ADD, 0),
                              insn(OP_END, 0)};
        pack_code(p, code, 4);
        uint32_t at = program_add_aggregates(p);
        p->aggregates[at] = p->aggregates[0];
        p->aggregates[at].where = (uint32_t)p->code_count;
    }
    struct insn last[] = {insn(OP_RECORD, WORD_AMOUNT), insn(OP_END, 0)};
    pack_code(p, last, 2);
}
static void temp_in_where(struct program *p)
{
    struct insn code[] = {insn(OP_NOW, 0), insn(OP_SET_TEMP, 0), insn(OP_NOW, 0), insn(OP_END, 0)};
    p->aggregates[0].where = pack_code(p, code, 4);
}
/* What the compiler makes of an aggregate in a where. */
static void temp_before_where(struct program *p)
{
    struct insn where[] = {insn(OP_RECORD, WORD_AMOUNT),
                           insn(OP_TEMP, 0),
                           insn(OP_FEATURE, 0),
                           insn(OP_ADD, 0),
                           insn(OP_GT, 0),
                           insn(OP_END, 0)};
    uint32_t at = program_add_aggregates(p);
    p->aggregates[at] = p->aggregates[0];
    p->aggregates[at].where = pack_code(p, where, 6);
    WHEN(p, insn(OP_AGGREGATE, 0), insn(OP_SET_TEMP, 0), insn(OP_AGGREGATE, at), insn(OP_END, 0));
}
static void feature_of_itself(struct program *p)
{
    p->code[p->features[0].code] = insn(OP_FEATURE, 0);
}
/* f1 reads f0, f2 reads f1 ..: each is verified before the one that reads it. */
static void features_in_a_chain(struct program *p, int count)
{
    for (int i = 0; i < count; i++) {
        struct insn code[] = {insn(OP_FEATURE, (int64_t)p->features_count - 1), insn(OP_END, 0)};
        pack_feature(p, "next", ENTITY_ACCOUNT, pack_code(p, code, 2));
    }
}
static void features_too_deep(struct program *p)
{
    features_in_a_chain(p, 40);
}
static void features_deep_enough(struct program *p)
{
    features_in_a_chain(p, 30);
}
static void rule_too_deep(struct program *p)
{
    features_in_a_chain(p, 31); /* with the where of the first the limit is reached */
    WHEN(p, insn(OP_FEATURE, (int64_t)p->features_count - 1), insn(OP_END, 0));
}
static void carry_event(struct program *p)
{
    p->carries[0].event = EVENT_KIND_COUNT;
}
static void carry_leg(struct program *p)
{
    p->carries[0].leg = LEG_COUNT;
}
static void carry_slot(struct program *p)
{
    p->carries[0].slot = PROGRAM_CARRIED_MAX;
}
static void carry_source(struct program *p)
{
    p->carries[0].source = CARRY_MEMBER + 1;
}
static void carry_pair(struct program *p)
{
    p->carries[0].pair = PROGRAM_MEMBER_PAIRS_MAX;
}
static void carry_index(struct program *p)
{
    p->carries[0].index = 1;
}
static void carry_attribute(struct program *p)
{
    p->carries[0].source = CARRY_ATTRIBUTE;
    p->carries[0].index = ATTRIBUTE_COUNT;
}
static void carry_list(struct program *p)
{
    p->carries[0].source = CARRY_MEMBER;
    p->carries[0].index = -1;
}
static void rule_leg(struct program *p)
{
    p->rules[0].leg = LEG_COUNT;
}
static void rule_page(struct program *p)
{
    p->rules[0].page = ENTITY_KIND_COUNT;
}
static void rule_trigger(struct program *p)
{
    p->rules[0].trigger = TRIGGER_COUNT;
}
static void rule_typology(struct program *p)
{
    p->rules[0].typology = 1;
}
static void rule_typology_below(struct program *p)
{
    p->rules[0].typology = TYPOLOGY_NONE - 1;
}
static void rule_guards(struct program *p)
{
    p->rules[0].guard_count = 2;
}
static void rule_conditions(struct program *p)
{
    p->rules[0].condition_first = UINT32_MAX;
}
static void rule_actions(struct program *p)
{
    p->rules[0].action_count++;
}
static void guard_code(struct program *p)
{
    p->guards[0].code = CODE_NONE;
}
static void condition_code(struct program *p)
{
    p->conditions[0].whole = CODE_NONE;
}
static void condition_value(struct program *p)
{
    p->conditions[0].value = CODE_NONE - 1;
}
static void condition_threshold(struct program *p)
{
    p->conditions[0].threshold = CODE_NONE - 1;
}
static void action_kind(struct program *p)
{
    p->actions[0].kind = ACTION_COUNT;
}
static void action_target(struct program *p)
{
    p->actions[0].target = LEG_COUNT;
}
static void action_points(struct program *p)
{
    p->actions[0].code = CODE_NONE;
}
static void action_if(struct program *p)
{
    p->actions[0].only_if = CODE_NONE - 1;
}
static void action_tier(struct program *p)
{
    p->actions[1].what = TIER_LIMIT;
}
static void action_advice(struct program *p)
{
    p->actions[1].kind = ACTION_ADVISE;
    p->actions[1].what = ADVICE_COUNT;
}
static void action_channel(struct program *p)
{
    p->actions[1].kind = ACTION_REACH;
    p->actions[1].what = CHANNEL_WORD_COUNT;
}
static void action_ends_before(struct program *p)
{
    p->actions[0].span_ms = -1;
}
static void action_never_ends(struct program *p)
{
    p->actions[0].span_ms = PROGRAM_SPAN_MS_LIMIT;
}
static void typology_page(struct program *p)
{
    p->typologies[0].page = ENTITY_KIND_COUNT;
}
static void typology_closes_before(struct program *p)
{
    p->typologies[0].closes_ms = -1;
}
static void typology_never_closes(struct program *p)
{
    p->typologies[0].closes_ms = INT64_MAX;
}
static void say_pieces(struct program *p)
{
    p->actions[2].say_count = 3;
}
static void say_code(struct program *p)
{
    p->say_pieces[1].code = CODE_NONE - 1;
}

struct row {
    const char *name;
    void (*change)(struct program *p);
    const char *text; /* of the message; NULL: a good program */
};

static const struct row rows[] = {
    {"the program itself is whole", nothing, NULL},
    {"code without an end", no_end, "has no end"},
    {"code that begins behind the last", outside, "has no end"},
    {"an opcode that is none", unknown_opcode, "unknown opcode"},
    {"an operator without its operands", empty_stack, "stack too small"},
    {"an end without a value", no_value, "stack too small"},
    {"an end with two values", two_values, "leaves 2 values"},
    {"a stack deeper than there is", deep_stack, "too deep a stack"},
    {"a jump back", jump_back, "jump back"},
    {"a jump to itself", jump_to_itself, "jump back"},
    {"a jump over the end", jump_past_the_end, "values"},
    {"a jump out of all code", jump_out, "operand"},
    {"a jump to where the stack is deeper", jump_uneven, "uneven stack"},
    {"a jump that asks an empty stack", jump_on_nothing, "stack too small"},
    {"more jumps than are followed", many_jumps, "too many jumps"},
    {"a record where none is looked at", record_outside, "RECORD outside"},
    {"a constant that is not there", no_constant, "operand"},
    {"a constant below the first", negative_constant, "operand"},
    {"a word that is not there", no_word, "operand"},
    {"an attribute that is not there", no_attribute, "operand"},
    {"a list that is not there", no_list, "operand"},
    {"a tag that is not there", no_tag, "operand"},
    {"a record's tag without a record", tag_of_a_record_outside, "outside a where"},
    {"a tag whose signs are not there", tag_leaves_the_signs, "tags are broken"},
    {"a sign of no kind", sign_of_no_kind, "tags are broken"},
    {"a sign without a text", sign_of_no_text, "tags are broken"},
    {"a carried slot that is not there", no_slot, "operand"},
    {"a membership of no slot", no_member_slot, "operand"},
    {"a pair that is not there", no_pair, "pair out of range"},
    {"a feature that is not there", no_feature, "operand"},
    {"an aggregate that is not there", no_aggregate, "operand"},
    {"a constant where there are none", none_of_no_constants, "operand"},
    {"a list where there are none", none_of_no_lists, "operand"},
    {"a feature where there are none", none_of_no_features, "operand"},
    {"an aggregate where there are none", none_of_no_aggregates, "operand"},
    {"a ratio where there are none", none_of_no_ratios, "operand"},
    {"a set where there are none", none_of_no_sets, "operand"},
    {"a temporary that is not there", no_temp, "operand"},
    {"one to set that is not there", no_temp_to_set, "operand"},
    {"a ratio that is not there", no_ratio, "operand"},
    {"a division by zero", zero_ratio, "denominator"},
    {"a set that is not there", no_set, "operand"},
    {"a set with too many ranges", set_too_long, "leaves the table of ranges"},
    {"a set that begins too far", set_too_far, "leaves the table of ranges"},
    {"since nothing", since_nothing, "stack too small"},
    {"an aggregate of no kind", aggregate_kind, "wrong field"},
    {"an aggregate of no stream", aggregate_stream, "wrong field"},
    {"an aggregate of no word", aggregate_word, "wrong field"},
    {"an aggregate of no span", aggregate_span, "wrong field"},
    {"a share of no values", share_of_no_values, "`top_share` has what it cannot have"},
    {"a share of too many values", share_of_many_values, "`top_share` has what it cannot have"},
    {"a factor without denominator", factor_of_nothing, "`rising` has what it cannot have"},
    {"a factor below zero", factor_below_zero, "`rising` has what it cannot have"},
    {"what is usual, in a window", usual_in_a_window, "`usual_p99` has what it cannot have"},
    {"what is usual of logins", usual_of_logins, "`usual_p99` has what it cannot have"},
    {"what is usual of some", usual_of_some, "`usual_p99` has what it cannot have"},
    {"a sum of what is usual", sum_of_what_is_usual, "has what it cannot have"},
    {"an aggregate of no workdays", aggregate_no_workdays, "wrong field"},
    {"an aggregate of too many workdays", aggregate_many_workdays, "wrong field"},
    {"days that end before they begin", days_backwards, "days 0 of the calendar are broken"},
    {"days that are there twice", days_twice, "days 1 of the calendar are broken"},
    {"an aggregate over no time", aggregate_no_time, "wrong field"},
    {"an aggregate over more than all time", aggregate_too_long, "wrong field"},
    {"a sum of nothing", sum_of_nothing, "wrong number of fields"},
    {"a count of a word", count_of_word, "wrong number of fields"},
    {"a where outside the code", where_outside, "has no end"},
    {"a where that asks its own aggregate", where_of_itself, "AGGREGATE inside a where"},
    {"wheres that ask wheres", wheres_in_wheres, "AGGREGATE inside a where"},
    {"a where that sets a temporary", temp_in_where, "SET_TEMP inside a where"},
    {"a where that reads what was computed before it", temp_before_where, NULL},
    {"a feature that reads itself", feature_of_itself, "reads itself"},
    {"features that read each other, deep but not too deep", features_deep_enough, NULL},
    {"features too deep, though the inner ones come first", features_too_deep, "nest deeper"},
    {"a rule on top of features as deep as may be", rule_too_deep, "nest deeper"},
    {"carried by no event", carry_event, "carried value 0"},
    {"carried from no leg", carry_leg, "carried value 0"},
    {"carried in no slot", carry_slot, "carried value 0"},
    {"carried from no source", carry_source, "carried value 0"},
    {"carried in no pair", carry_pair, "carried value 0"},
    {"no such feature is carried", carry_index, "carried value 0"},
    {"no such attribute is carried", carry_attribute, "carried value 0"},
    {"no such list is carried", carry_list, "carried value 0"},
    {"a rule of no leg", rule_leg, "rule big leaves"},
    {"a rule on no page", rule_page, "rule big leaves"},
    {"a rule of no trigger", rule_trigger, "rule big leaves"},
    {"a rule of no typology that exists", rule_typology, "rule big leaves"},
    {"a rule of a typology below none", rule_typology_below, "rule big leaves"},
    {"a guard too many", rule_guards, "rule big leaves"},
    {"conditions from nowhere", rule_conditions, "rule big leaves"},
    {"an action too many", rule_actions, "rule big leaves"},
    {"a guard without code", guard_code, "has no end"},
    {"a condition without code", condition_code, "has no end"},
    {"a condition with a wrong left side", condition_value, "has no end"},
    {"a condition with a wrong right side", condition_threshold, "has no end"},
    {"an action of no kind", action_kind, "an action of big"},
    {"an action at no leg", action_target, "an action of big"},
    {"a score without points", action_points, "has no end"},
    {"an action with a wrong if", action_if, "has no end"},
    {"a raise to no tier", action_tier, "an action of big"},
    {"advice of no kind", action_advice, "an action of big"},
    {"a channel that is none", action_channel, "an action of big"},
    {"points that end before they begin", action_ends_before, "an action of big"},
    {"points that end after all time", action_never_ends, "an action of big"},
    {"a typology of no page", typology_page, "typology mule"},
    {"a typology that closes before it opens", typology_closes_before, "typology mule"},
    {"a typology that closes after all time", typology_never_closes, "typology mule"},
    {"a text with a piece too many", say_pieces, "an action of big"},
    {"a text with a wrong value", say_code, "has no end"},
};

/* ---- patterns ---- */

static void one_step(struct program *p)
{
    p->patterns[0].step_count = 1;
}
static void steps_from_nowhere(struct program *p)
{
    p->patterns[0].step_first = 1;
}
static void pattern_page(struct program *p)
{
    p->patterns[0].page = ENTITY_KIND_COUNT;
}
static void pattern_of_no_time(struct program *p)
{
    p->patterns[0].within_ms = 0;
}
static void pattern_of_all_time(struct program *p)
{
    p->patterns[0].within_ms = PROGRAM_SPAN_MS_LIMIT;
}
static void pattern_of_two_times(struct program *p)
{
    p->patterns[0].workdays = 5;
}
static void pattern_of_many_workdays(struct program *p)
{
    p->patterns[0].within_ms = 0;
    p->patterns[0].workdays = CALENDAR_WORKDAYS_MAX + 1;
}
static void tests_from_nowhere(struct program *p)
{
    p->patterns[0].test_count = 2;
}
static void withouts_from_nowhere(struct program *p)
{
    p->patterns[0].without_count = 2;
}
static void step_stream(struct program *p)
{
    p->pattern_steps[1].stream = STREAM_COUNT;
}
static void step_before_the_first(struct program *p)
{
    p->pattern_steps[0].within_ms = HOUR;
}
static void repeated_neighbours(struct program *p)
{
    p->pattern_steps[1].repeated = true;
}
static void ready_with_itself(struct program *p)
{
    p->pattern_steps[0].ready = 0;
}
static void taken_never(struct program *p)
{
    p->pattern_steps[0].least_count = 0;
}
static void step_of_high_rank(struct program *p)
{
    for (size_t i = 0; i < p->pattern_steps_count; i++) {
        p->pattern_steps[i].rank = PATTERN_STEPS_MAX;
    }
}

static void where_with_sum(struct program *p)
{
    p->pattern_steps[0].where = p->pattern_tests[0].code;
}
static void test_of_repeated(struct program *p)
{
    p->pattern_tests[0].step = 0;
}
static void test_ready_never(struct program *p)
{
    p->pattern_tests[0].ready = 2;
}
static void test_without_code(struct program *p)
{
    p->pattern_tests[0].code = CODE_NONE;
}
static void without_stream(struct program *p)
{
    p->pattern_withouts[0].stream = STREAM_COUNT;
}
static void sum_of_single(struct program *p)
{
    p->aggregates[0].step = 1;
}
static void sum_of_no_step(struct program *p)
{
    p->aggregates[0].step = 2;
}
static void sum_of_no_pattern(struct program *p)
{
    p->aggregates[0].pattern = 1;
}
static void sum_of_other_stream(struct program *p)
{
    p->aggregates[0].stream = STREAM_PAYMENT_OUT;
}
static void step_of_no_pattern(struct program *p)
{
    WHEN(p, insn(OP_STEP, program_step_operand(1, 0, 0)), insn(OP_END, 0));
}
static void step_that_is_none(struct program *p)
{
    WHEN(p, insn(OP_STEP, program_step_operand(0, 2, 0)), insn(OP_END, 0));
}
static void step_without_field(struct program *p)
{
    WHEN(p, insn(OP_STEP, program_step_operand(0, 1, WORD_COUNT)), insn(OP_END, 0));
}
static void matches_no_pattern(struct program *p)
{
    WHEN(p, insn(OP_MATCHES, 1), insn(OP_END, 0));
}
static void pattern_in_feature(struct program *p)
{
    pack_feature(p, "f", ENTITY_ACCOUNT,
                 pack_code(p, (struct insn[]){insn(OP_MATCHES, 0), insn(OP_END, 0)}, 2));
}
static void step_in_feature(struct program *p)
{
    pack_feature(p, "f", ENTITY_ACCOUNT, p->rules[0].when);
}
static void test_in_feature(struct program *p)
{
    uint32_t f =
        pack_feature(p, "f", ENTITY_ACCOUNT,
                     pack_code(p, (struct insn[]){insn(OP_RECORD, WORD_AMOUNT), insn(OP_END, 0)},
                               2));
    p->pattern_tests[0].code =
        pack_code(p, (struct insn[]){insn(OP_FEATURE, f), insn(OP_END, 0)}, 2);
}
static void pattern_in_itself(struct program *p)
{
    p->pattern_tests[0].code =
        pack_code(p, (struct insn[]){insn(OP_MATCHES, 0), insn(OP_END, 0)}, 2);
}

/* The pattern waits, and the rule runs on its time-out. */
static void waits_well(struct program *p)
{
    p->patterns[0].absence_ms = HOUR;
    p->patterns[0].absence_stream = STREAM_CALL_IN;
    p->patterns[0].absence_where = p->pattern_withouts[0].where;
    p->rules[0].trigger = TRIGGER_TIMEOUT;
    p->rules[0].leg = LEG_ENTITY;
    p->rules[0].page = ENTITY_ACCOUNT;
}
static void waits_for_nothing(struct program *p)
{
    waits_well(p);
    p->patterns[0].absence_stream = STREAM_COUNT;
    p->patterns[0].absence_where = CODE_NONE;
}
static void one_step_and_an_absence(struct program *p)
{
    waits_well(p);
    p->patterns[0].step_first = 1;
    p->patterns[0].step_count = 1;
    p->patterns[0].test_count = 0;
    p->pattern_steps[1].within_ms = 0;
    p->pattern_steps[1].ready = 0;
    WHEN(p, insn(OP_STEP, program_step_operand(0, 0, WORD_AMOUNT)), insn(OP_END, 0));
}
static void six_steps_and_an_absence(struct program *p)
{
    waits_well(p);
    for (int i = 0; i < PATTERN_STEPS_MAX; i++) {
        uint32_t at = program_add_pattern_steps(p);
        p->pattern_steps[at] = (struct pattern_step){.where = CODE_NONE};
    }
    p->patterns[0].step_first = 2;
    p->patterns[0].step_count = PATTERN_STEPS_MAX;
}
static void waits_for_ever(struct program *p)
{
    waits_well(p);
    p->patterns[0].absence_ms = PROGRAM_SPAN_MS_LIMIT;
}
static void waits_for_no_time(struct program *p)
{
    waits_well(p);
    p->patterns[0].absence_ms = -1;
}
static void absence_of_no_stream(struct program *p)
{
    waits_well(p);
    p->patterns[0].absence_stream = STREAM_COUNT + 1;
}
static void absence_code(struct program *p)
{
    waits_well(p);
    p->patterns[0].absence_where = (uint32_t)p->code_count;
}
static void timeout_of_an_event(struct program *p)
{
    waits_well(p);
    p->patterns[0].absence_ms = 0;
}
static void timeout_of_no_pattern(struct program *p)
{
    waits_well(p);
    p->rules[0].pattern = 1;
}
static void timeout_on_another_page(struct program *p)
{
    waits_well(p);
    p->rules[0].page = ENTITY_NUMBER;
}

static const struct row pattern_rows[] = {
    {"nothing", nothing, NULL},
    {"a wait", waits_well, NULL},
    {"a wait for nothing", waits_for_nothing, NULL},
    {"a step and an absence", one_step_and_an_absence, NULL},
    {"too many with the absence", six_steps_and_an_absence, "the steps of pattern"},
    {"a wait for ever", waits_for_ever, "the steps of pattern"},
    {"a wait that ends before", waits_for_no_time, "the steps of pattern"},
    {"an absence of no stream", absence_of_no_stream, "the steps of pattern"},
    {"an absence with code from nowhere", absence_code, "has no end"},
    {"a time-out of what does not wait", timeout_of_an_event, "leaves its tables"},
    {"a time-out of no pattern", timeout_of_no_pattern, "leaves its tables"},
    {"a time-out on another page", timeout_on_another_page, "leaves its tables"},
    {"one step", one_step, "the steps of pattern"},
    {"steps from nowhere", steps_from_nowhere, "the steps of pattern"},
    {"a pattern of no page", pattern_page, "the steps of pattern"},
    {"a pattern of no time", pattern_of_no_time, "the steps of pattern"},
    {"a pattern of all time", pattern_of_all_time, "the steps of pattern"},
    {"a pattern of two windows", pattern_of_two_times, "the steps of pattern"},
    {"a pattern of too many workdays", pattern_of_many_workdays, "the steps of pattern"},
    {"tests from nowhere", tests_from_nowhere, "the steps of pattern"},
    {"withouts from nowhere", withouts_from_nowhere, "the steps of pattern"},
    {"a step of no stream", step_stream, "the steps of pattern"},
    {"time after a step that is not there", step_before_the_first, "the steps of pattern"},
    {"repeated neighbours", repeated_neighbours, "the steps of pattern"},
    {"a repeated step that is ready with itself", ready_with_itself, "the steps of pattern"},
    {"a repeated step that takes nothing", taken_never, "the steps of pattern"},
    {"a repeated step that asks for what it takes", where_with_sum,
     "over a step that cannot be read"},
    {"a repeated step of too high a rank", step_of_high_rank, "the steps of pattern"},
    {"a test of a repeated step", test_of_repeated, "a test of pattern"},
    {"a test that is never ready", test_ready_never, "a test of pattern"},
    {"a test without code", test_without_code, "has no end"},
    {"a without of no stream", without_stream, "has no stream"},
    {"a sum over a single step", sum_of_single, "over a step that cannot be read"},
    {"a sum over no step", sum_of_no_step, "over a step that cannot be read"},
    {"a sum over no pattern", sum_of_no_pattern, "over a step that cannot be read"},
    {"a sum over another stream", sum_of_other_stream, "over a step that cannot be read"},
    {"a step of no pattern", step_of_no_pattern, "operand"},
    {"a step that is none", step_that_is_none, "a step that cannot be read"},
    {"a step without a field", step_without_field, "a step that cannot be read"},
    {"no such pattern is matched", matches_no_pattern, "operand"},
    {"a pattern in a feature", pattern_in_feature, "a step that cannot be read"},
    {"a step in a feature", step_in_feature, "a step that cannot be read"},
    {"a record in the feature of a test", test_in_feature, "RECORD outside"},
    {"a pattern in itself", pattern_in_itself, "a step that cannot be read"},
};

START_TEST(each_check_of_patterns_refuses)
{
    struct program *p = whole_pattern();
    struct err err = {0};
    pattern_rows[_i].change(p);
    int bad = program_verify(p, &err);
    ck_assert_msg((bad == 0) == (pattern_rows[_i].text == NULL), "%s: %d %s", pattern_rows[_i].name,
                  bad, err.text);
    ck_assert_msg(bad == 0 || strstr(err.text, pattern_rows[_i].text) != NULL, "%s: %s",
                  pattern_rows[_i].name, err.text);
    program_free(p);
}
END_TEST

START_TEST(each_check_refuses)
{
    struct program *p = whole_program();
    struct err err = {0};
    rows[_i].change(p);
    int bad = program_verify(p, &err);
    ck_assert_msg((bad == 0) == (rows[_i].text == NULL), "%s: %d %s", rows[_i].name, bad, err.text);
    ck_assert_msg(p->verified == (rows[_i].text == NULL), "%s", rows[_i].name);
    ck_assert_msg(bad == 0 || strstr(err.text, rows[_i].text) != NULL, "%s: %s", rows[_i].name,
                  err.text);
    ck_assert(bad == 0 || err.code == ERR_FINDING);
    program_free(p);
}
END_TEST

START_TEST(rules_are_found_by_trigger_in_pack_order)
{
    struct program *p = whole_program();
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
    WHEN(p, insn(OP_WORD, WORD_CALLER_KIND), insn(OP_KNOWN, 0), insn(OP_END, 0));
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
    WHEN(p, insn(OP_ATTRIBUTE, ATTRIBUTE_KIND_OF_NUMBER), insn(OP_KNOWN, 0), insn(OP_END, 0));
}
static void carried(struct program *p)
{
    pack_carry(p, EVENT_CALL, LEG_CALLER, 0, CARRY_ATTRIBUTE, 0, ATTRIBUTE_KIND_OF_NUMBER);
}
static void of_an_account(struct program *p)
{
    WHEN(p, insn(OP_ATTRIBUTE, ATTRIBUTE_KIND_OF_ACCOUNT), insn(OP_KNOWN, 0), insn(OP_END, 0));
}

START_TEST(what_is_read_is_found_anywhere)
{
    static const struct {
        const char *name;
        void (*change)(struct program *p);
        const char *read; /* of number kinds */
    } readers[] = {
        {"nowhere", nothing, NULL},
        {"in the event in hand", in_an_event, "caller.kind"},
        {"in a where", in_a_where, "callee.kind"},
        {"in an aggregate", in_an_aggregate, "caller.kind"},
        {"in a feature", in_a_feature, "caller.kind"},
        {"as an attribute of the page", as_an_attribute, "kind"},
        {"as an attribute that is carried", carried, "kind"},
        {"another kind of kind", of_an_account, NULL},
    };
    for (int i = 0; i < ROWS(readers); i++) {
        struct program *p = whole_program();
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
    tcase_add_loop_test(tests, each_check_refuses, 0, ROWS(rows));
    tcase_add_loop_test(tests, each_check_of_patterns_refuses, 0, ROWS(pattern_rows));
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
