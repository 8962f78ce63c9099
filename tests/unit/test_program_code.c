/* test_program_code.c - the verifier takes code that is whole and refuses each way of breaking it.
 */
#include "engine/eval/values.h"
#include "tests/unit/broken_program.h"
#include "tests/unit/row_tests.h"
#include "tests/unit/small_pack.h"

/* Where the next instruction will be. */
static int64_t next_at(const struct program *p)
{
    return (int64_t)p->code_count;
}

static void no_end(struct program *p)
{
    WHEN(p, pack_insn(OP_CONST, 0));
}
static void outside(struct program *p)
{
    p->rules[0].when = (uint32_t)p->code_count;
}
static void unknown_opcode(struct program *p)
{
    WHEN(p, pack_insn(OP_COUNT, 0), pack_insn(OP_END, 0));
}
static void empty_stack(struct program *p)
{
    WHEN(p, pack_insn(OP_CONST, 0), pack_insn(OP_ADD, 0), pack_insn(OP_END, 0));
}
static void no_value(struct program *p)
{
    WHEN(p, pack_insn(OP_END, 0));
}
static void two_values(struct program *p)
{
    WHEN(p, pack_insn(OP_CONST, 0), pack_insn(OP_CONST, 0), pack_insn(OP_END, 0));
}
static void deep_stack(struct program *p)
{
    p->rules[0].when = (uint32_t)p->code_count;
    for (int i = 0; i < PROGRAM_STACK_MAX + 1; i++) {
        struct insn push = pack_insn(OP_NOW, 0);
        pack_code(p, &push, 1);
    }
    for (int i = 0; i < PROGRAM_STACK_MAX; i++) {
        struct insn pop = pack_insn(OP_ADD, 0);
        pack_code(p, &pop, 1);
    }
    struct insn end = pack_insn(OP_END, 0);
    pack_code(p, &end, 1);
}
static void jump_back(struct program *p)
{
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_JUMP_TRUE, next_at(p)), pack_insn(OP_END, 0));
}
static void jump_to_itself(struct program *p)
{
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_JUMP_TRUE, next_at(p) + 1), pack_insn(OP_END, 0));
}
static void jump_past_the_end(struct program *p)
{
    int64_t at = next_at(p);
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_JUMP_TRUE, at + 3), pack_insn(OP_END, 0),
         pack_insn(OP_END, 0));
}
static void jump_out(struct program *p)
{
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_JUMP_FALSE, next_at(p) + 3), pack_insn(OP_END, 0));
}
static void jump_uneven(struct program *p)
{
    int64_t at = next_at(p);
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_JUMP_TRUE, at + 3), pack_insn(OP_NOW, 0),
         pack_insn(OP_ADD, 0), pack_insn(OP_END, 0));
}
static void jump_on_nothing(struct program *p)
{
    int64_t at = next_at(p);
    WHEN(p, pack_insn(OP_JUMP_TRUE, at + 1), pack_insn(OP_NOW, 0), pack_insn(OP_END, 0));
}
static void many_jumps(struct program *p)
{
    p->rules[0].when = (uint32_t)p->code_count;
    struct insn now = pack_insn(OP_NOW, 0);
    struct insn jump = pack_insn(OP_JUMP_TRUE, next_at(p) + 258);
    struct insn end = pack_insn(OP_END, 0);
    pack_code(p, &now, 1);
    for (int i = 0; i < 257; i++) {
        pack_code(p, &jump, 1);
    }
    pack_code(p, &end, 1);
}
static void record_outside(struct program *p)
{
    WHEN(p, pack_insn(OP_RECORD, WORD_AMOUNT), pack_insn(OP_END, 0));
}
static void no_constant(struct program *p)
{
    WHEN(p, pack_insn(OP_CONST, (int64_t)p->consts_count), pack_insn(OP_END, 0));
}
static void negative_constant(struct program *p)
{
    WHEN(p, pack_insn(OP_CONST, -1), pack_insn(OP_END, 0));
}
static void no_word(struct program *p)
{
    WHEN(p, pack_insn(OP_WORD, WORD_COUNT), pack_insn(OP_END, 0));
}
static void no_attribute(struct program *p)
{
    WHEN(p, pack_insn(OP_ATTRIBUTE, ATTRIBUTE_COUNT), pack_insn(OP_END, 0));
}
static void no_list(struct program *p)
{
    WHEN(p, pack_insn(OP_MEMBER, 1), pack_insn(OP_END, 0));
}
static void no_tag(struct program *p)
{
    WHEN(p, pack_insn(OP_TAG, 0), pack_insn(OP_END, 0));
}
static void tag_of_a_record_outside(struct program *p)
{
    (void)program_add_tags(p);
    WHEN(p, pack_insn(OP_RECORD_TAG, 0), pack_insn(OP_END, 0));
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
    WHEN(p, pack_insn(OP_CARRIED, PROGRAM_CARRIED_MAX), pack_insn(OP_END, 0));
}
static void no_member_slot(struct program *p)
{
    WHEN(p, pack_insn(OP_CARRIED_MEMBER, PROGRAM_CARRIED_MAX << 8), pack_insn(OP_END, 0));
}
static void no_pair(struct program *p)
{
    WHEN(p, pack_insn(OP_CARRIED_MEMBER, PROGRAM_MEMBER_PAIRS_MAX), pack_insn(OP_END, 0));
}
static void no_feature(struct program *p)
{
    WHEN(p, pack_insn(OP_FEATURE, 1), pack_insn(OP_END, 0));
}
static void no_aggregate(struct program *p)
{
    WHEN(p, pack_insn(OP_AGGREGATE, 1), pack_insn(OP_END, 0));
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
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(op, 7), pack_insn(OP_END, 0));
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
    WHEN(p, pack_insn(OP_TEMP, PROGRAM_TEMPS_MAX), pack_insn(OP_END, 0));
}
static void no_temp_to_set(struct program *p)
{
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_SET_TEMP, PROGRAM_TEMPS_MAX), pack_insn(OP_NOW, 0),
         pack_insn(OP_END, 0));
}
static void no_ratio(struct program *p)
{
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_SCALE, 1), pack_insn(OP_END, 0));
}
static void zero_ratio(struct program *p)
{
    p->ratios[0].den = 0;
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_SCALE, 0), pack_insn(OP_END, 0));
}
static void no_set(struct program *p)
{
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_IN_SET, 1), pack_insn(OP_END, 0));
}
static void set_too_long(struct program *p)
{
    p->sets[0].count = 2;
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_IN_SET, 0), pack_insn(OP_END, 0));
}
static void set_too_far(struct program *p)
{
    p->sets[0].first = UINT32_MAX;
    WHEN(p, pack_insn(OP_NOW, 0), pack_insn(OP_IN_SET, 0), pack_insn(OP_END, 0));
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
        struct insn code[] = {pack_insn(OP_AGGREGATE, next), pack_insn(OP_AGGREGATE, next),
                              pack_insn(OP_ADD, 0), pack_insn(OP_END, 0)};
        pack_code(p, code, 4);
        uint32_t at = program_add_aggregates(p);
        p->aggregates[at] = p->aggregates[0];
        p->aggregates[at].where = (uint32_t)p->code_count;
    }
    struct insn last[] = {pack_insn(OP_RECORD, WORD_AMOUNT), pack_insn(OP_END, 0)};
    pack_code(p, last, 2);
}
static void temp_in_where(struct program *p)
{
    struct insn code[] = {pack_insn(OP_NOW, 0), pack_insn(OP_SET_TEMP, 0), pack_insn(OP_NOW, 0),
                          pack_insn(OP_END, 0)};
    p->aggregates[0].where = pack_code(p, code, 4);
}
/* What the compiler makes of an aggregate in a where. */
static void temp_before_where(struct program *p)
{
    struct insn where[] = {pack_insn(OP_RECORD, WORD_AMOUNT),
                           pack_insn(OP_TEMP, 0),
                           pack_insn(OP_FEATURE, 0),
                           pack_insn(OP_ADD, 0),
                           pack_insn(OP_GT, 0),
                           pack_insn(OP_END, 0)};
    uint32_t at = program_add_aggregates(p);
    p->aggregates[at] = p->aggregates[0];
    p->aggregates[at].where = pack_code(p, where, 6);
    WHEN(p, pack_insn(OP_AGGREGATE, 0), pack_insn(OP_SET_TEMP, 0), pack_insn(OP_AGGREGATE, at),
         pack_insn(OP_END, 0));
}
static void feature_of_itself(struct program *p)
{
    p->code[p->features[0].code] = pack_insn(OP_FEATURE, 0);
}
/* f1 reads f0, f2 reads f1 ..: each is verified before the one that reads it. */
static void features_in_a_chain(struct program *p, int count)
{
    for (int i = 0; i < count; i++) {
        struct insn code[] = {pack_insn(OP_FEATURE, (int64_t)p->features_count - 1),
                              pack_insn(OP_END, 0)};
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
    WHEN(p, pack_insn(OP_FEATURE, (int64_t)p->features_count - 1), pack_insn(OP_END, 0));
}
static const struct broken_row rows[] = {
    {"the program itself is whole", broken_not, NULL},
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
};

static void check_row(int row)
{
    broken_check(broken_program(), &rows[row]);
}

int main(void)
{
    return rows_run("program_code", check_row, BROKEN_ROWS(rows));
}
