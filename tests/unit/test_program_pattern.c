/* test_program_pattern.c - the verifier refuses each way of breaking a pattern, or what asks about
 * one. */
#include "tests/unit/broken_program.h"
#include "tests/unit/row_tests.h"
#include "tests/unit/small_pack.h"

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
    WHEN(p, pack_insn(OP_STEP, program_step_operand(1, 0, 0)), pack_insn(OP_END, 0));
}
static void step_that_is_none(struct program *p)
{
    WHEN(p, pack_insn(OP_STEP, program_step_operand(0, 2, 0)), pack_insn(OP_END, 0));
}
static void step_without_field(struct program *p)
{
    WHEN(p, pack_insn(OP_STEP, program_step_operand(0, 1, WORD_COUNT)), pack_insn(OP_END, 0));
}
static void matches_no_pattern(struct program *p)
{
    WHEN(p, pack_insn(OP_MATCHES, 1), pack_insn(OP_END, 0));
}
static void pattern_in_feature(struct program *p)
{
    pack_feature(p, "f", ENTITY_ACCOUNT,
                 pack_code(p, (struct insn[]){pack_insn(OP_MATCHES, 0), pack_insn(OP_END, 0)}, 2));
}
static void step_in_feature(struct program *p)
{
    pack_feature(p, "f", ENTITY_ACCOUNT, p->rules[0].when);
}
static void test_in_feature(struct program *p)
{
    uint32_t f = pack_feature(p, "f", ENTITY_ACCOUNT,
                              pack_code(p,
                                        (struct insn[]){pack_insn(OP_RECORD, WORD_AMOUNT),
                                                        pack_insn(OP_END, 0)},
                                        2));
    p->pattern_tests[0].code =
        pack_code(p, (struct insn[]){pack_insn(OP_FEATURE, f), pack_insn(OP_END, 0)}, 2);
}
static void pattern_in_itself(struct program *p)
{
    p->pattern_tests[0].code =
        pack_code(p, (struct insn[]){pack_insn(OP_MATCHES, 0), pack_insn(OP_END, 0)}, 2);
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
    WHEN(p, pack_insn(OP_STEP, program_step_operand(0, 0, WORD_AMOUNT)), pack_insn(OP_END, 0));
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

static const struct broken_row rows[] = {
    {"nothing", broken_not, NULL},
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

static void check_row(int row)
{
    broken_check(broken_pattern(), &rows[row]);
}

int main(void)
{
    return rows_run("program_pattern", check_row, BROKEN_ROWS(rows));
}
