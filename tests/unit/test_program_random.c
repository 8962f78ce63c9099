/* test_program_random.c - what the verifier accepts, the machine can run: random programs. */
#include "engine/eval/score.h"
#include "engine/eval/values.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"
#include "tests/unit/small_event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PIECES 12
#define ROWS_MAX 4
#define WRONG 1000 /* an index that no table here has */
#define DAY_MS INT64_C(86400000)

struct maker {
    struct prng rng;
    struct program *program;
    uint32_t garbage_permille; /* of choices that nobody checks */
    uint32_t pieces[PIECES];   /* where they begin; those behind `wheres` look at a record */
    uint32_t wheres;
};

static bool garbage(struct maker *m)
{
    return prng_below(&m->rng, 1000) < m->garbage_permille;
}

/* An index into a table of so many rows, mostly. */
static int32_t index_below(struct maker *m, size_t rows)
{
    const int32_t wild[] = {-1, WRONG, INT32_MAX, INT32_MIN, 16 << 8, (int32_t)rows};
    if (garbage(m) || rows == 0) {
        return wild[prng_below(&m->rng, 6)];
    }
    return (int32_t)prng_below(&m->rng, (uint32_t)rows);
}

static uint8_t byte_below(struct maker *m, uint32_t rows)
{
    return (uint8_t)(garbage(m) ? prng_below(&m->rng, 256) : prng_below(&m->rng, rows));
}

static int64_t any_value(struct maker *m)
{
    static const int64_t special[] = {0, 1, -1, VALUE_UNKNOWN, INT64_MAX, INT64_MIN + 1, T0};
    uint64_t random = prng_next(&m->rng);
    int64_t value;
    memcpy(&value, &random, sizeof value);
    return prng_chance(&m->rng, 80) ? special[prng_below(&m->rng, 7)] : value;
}

/* Code of a piece that is a where, or is not; CODE_NONE now and then. */
static uint32_t piece_of(struct maker *m, bool where, uint32_t none_percent)
{
    if (prng_chance(&m->rng, none_percent)) {
        return CODE_NONE;
    }
    if (garbage(m)) {
        return prng_below(&m->rng, (uint32_t)m->program->code_count + 2);
    }
    uint32_t from = where ? m->wheres : 0;
    uint32_t to = where ? PIECES : m->wheres;
    return m->pieces[from + prng_below(&m->rng, to - from)];
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void make_values(struct maker *m)
{
    struct program *p = m->program;
    for (uint32_t i = prng_below(&m->rng, ROWS_MAX); i > 0; i--) {
        uint32_t at = program_add_consts(p);
        p->consts[at] = any_value(m);
        at = program_add_ratios(p);
        int64_t num = any_value(m);
        int64_t den = garbage(m) ? 0 : prng_between(&m->rng, 1, 10000);
        p->ratios[at] = (struct ratio){num, den};
        at = program_add_ranges(p);
        p->ranges[at] = (struct range){prng_between(&m->rng, -5, 5), any_value(m)};
        at = program_add_tags(p);
        p->tags[at].hash = (uint16_t)prng_next(&m->rng);
        at = program_add_lists(p);
        p->lists[at].key = prng_next(&m->rng);
    }
    for (uint32_t i = prng_below(&m->rng, ROWS_MAX); i > 0; i--) {
        uint32_t first = (uint32_t)index_below(m, p->ranges_count + 1);
        uint32_t at = program_add_sets(p);
        uint32_t left = first <= p->ranges_count ? (uint32_t)p->ranges_count - first : 0;
        uint32_t count = (uint32_t)index_below(m, left + 1);
        p->sets[at] = (struct range_set){first, count};
    }
}

static void make_pattern(struct maker *m)
{
    struct program *p = m->program;
    struct pattern pattern = {.page = byte_below(m, ENTITY_KIND_COUNT),
                              .within_ms = garbage(m) ? any_value(m)
                                                      : prng_between(&m->rng, 1, INT64_C(1) << 40),
                              .step_first = (uint32_t)p->pattern_steps_count,
                              .step_count = (uint32_t)prng_between(&m->rng, 2, 4)};
    bool repeated = false;
    for (uint32_t i = 0; i < pattern.step_count; i++) {
        uint32_t at = program_add_pattern_steps(p);
        struct pattern_step *step = &p->pattern_steps[at];
        repeated = (!repeated || garbage(m)) && prng_chance(&m->rng, 40);
        step->stream = byte_below(m, STREAM_COUNT);
        step->repeated = repeated;
        step->ready = (uint8_t)(i == 0 ? 1 : i - 1);
        step->ready = garbage(m) ? byte_below(m, 4) : step->ready;
        step->within_ms = i > 0 && prng_chance(&m->rng, 30) ? DAY_MS : 0;
        step->least_count = 1;
        step->most_count = 1 + prng_below(&m->rng, 5);
        step->where = CODE_NONE;
    }
    uint32_t at = program_add_patterns(p);
    p->patterns[at] = pattern;
}

/* The single step nearest to this one. */
static uint8_t single_of(const struct program *p, const struct pattern *pattern, uint32_t step)
{
    bool repeated = p->pattern_steps[pattern->step_first + step].repeated;
    return (uint8_t)(!repeated ? step : step == 0 ? 1 : step - 1);
}

static void make_of_step(struct maker *m, struct aggregate *a)
{
    const struct program *p = m->program;
    if (a->span != SPAN_STEP) {
        return;
    }
    a->pattern = (uint32_t)index_below(m, p->patterns_count);
    a->step = byte_below(m, 4);
    if (a->pattern < p->patterns_count && !garbage(m)) {
        uint32_t step = p->patterns[a->pattern].step_first + a->step;
        a->stream = step < p->pattern_steps_count ? p->pattern_steps[step].stream : 0;
    }
}

/* Rows whose code is not known yet; finish_tables names it. */
static void make_tables(struct maker *m)
{
    struct program *p = m->program;
    for (uint32_t i = prng_below(&m->rng, 3); i > 0; i--) {
        make_pattern(m);
    }
    for (uint32_t i = prng_below(&m->rng, ROWS_MAX); i > 0; i--) {
        uint32_t at = program_add_aggregates(p);
        struct aggregate *a = &p->aggregates[at];
        a->kind = byte_below(m, AGGREGATE_KINDS);
        a->stream = byte_below(m, STREAM_COUNT);
        uint8_t needs = a->kind < AGGREGATE_KINDS ? vocab_aggregates[a->kind].needs : 0;
        a->word = needs == 0 ? (uint8_t)WORD_NONE : byte_below(m, WORD_COUNT);
        a->span = byte_below(m, SPAN_KINDS);
        if (a->span == SPAN_STEP && p->patterns_count == 0) {
            a->span = SPAN_TODAY;
        }
        make_of_step(m, a);
        a->workdays = (uint8_t)prng_between(&m->rng, garbage(m) ? 0 : 1, CALENDAR_WORKDAYS_MAX);
        a->span_ms = garbage(m) ? any_value(m) : prng_between(&m->rng, 1, INT64_C(1) << 40);
        a->top = (uint8_t)prng_between(&m->rng, garbage(m) ? 0 : 1, VALUES_TOP_MAX);
        a->factor = (struct ratio){prng_below(&m->rng, 3), garbage(m) ? any_value(m) : 1};
        a->reversed_too = prng_chance(&m->rng, 30);
        if (aggregate_is_usual(a->kind) && !garbage(m)) {
            a->stream = STREAM_PAYMENT_OUT;
            a->span = SPAN_USUAL;
            a->reversed_too = false;
        } else if (a->span == SPAN_USUAL && !garbage(m)) {
            a->span = SPAN_TODAY;
        }
    }
    for (uint32_t i = prng_below(&m->rng, ROWS_MAX); i > 0; i--) {
        (void)program_add_features(p);
    }
    for (uint32_t i = prng_below(&m->rng, 3); i > 0; i--) {
        uint32_t at = program_add_typologies(p);
        p->typologies[at].key = prng_next(&m->rng);
        p->typologies[at].page = ENTITY_ACCOUNT;
        p->typologies[at].closes_ms = garbage(m) ? any_value(m) : DAY_MS;
    }
}

static void finish_pattern(struct maker *m, struct pattern *pattern)
{
    struct program *p = m->program;
    for (uint32_t i = 0; i < pattern->step_count; i++) {
        p->pattern_steps[pattern->step_first + i].where = piece_of(m, true, 50);
    }
    pattern->test_first = (uint32_t)p->pattern_tests_count;
    pattern->test_count = prng_below(&m->rng, 3);
    for (uint32_t i = 0; i < pattern->test_count; i++) {
        uint32_t at = program_add_pattern_tests(p);
        uint32_t step = prng_below(&m->rng, pattern->step_count);
        uint8_t single = garbage(m) ? byte_below(m, 5) : single_of(p, pattern, step);
        uint8_t ready = single_of(p, pattern, prng_below(&m->rng, pattern->step_count));
        p->pattern_tests[at] =
            (struct pattern_test){single, ready, piece_of(m, prng_chance(&m->rng, 50), 0)};
    }
    pattern->without_first = (uint32_t)p->pattern_withouts_count;
    pattern->without_count = prng_below(&m->rng, 2);
    for (uint32_t i = 0; i < pattern->without_count; i++) {
        uint32_t at = program_add_pattern_withouts(p);
        uint8_t stream = byte_below(m, STREAM_COUNT);
        p->pattern_withouts[at] = (struct pattern_without){stream, false, piece_of(m, true, 20)};
    }
}

static void finish_tables(struct maker *m)
{
    struct program *p = m->program;
    for (size_t i = 0; i < p->aggregates_count; i++) {
        bool usual = p->aggregates[i].span == SPAN_USUAL && !garbage(m);
        p->aggregates[i].where = usual ? CODE_NONE : piece_of(m, true, 50);
    }
    for (size_t i = 0; i < p->features_count; i++) {
        p->features[i].code = piece_of(m, false, 0);
    }
    for (size_t i = 0; i < p->patterns_count; i++) {
        finish_pattern(m, &p->patterns[i]);
    }
    for (uint32_t i = prng_below(&m->rng, 3); i > 0; i--) {
        uint32_t at = program_add_carries(p);
        p->carries[at] = (struct carry){byte_below(m, EVENT_KIND_COUNT),
                                        byte_below(m, LEG_COUNT),
                                        byte_below(m, PROGRAM_CARRIED_MAX),
                                        CARRY_ATTRIBUTE,
                                        byte_below(m, PROGRAM_MEMBER_PAIRS_MAX),
                                        index_below(m, ATTRIBUTE_COUNT)};
    }
}

/* ---- code ------------------------------------------------------------------------------------ */

static bool fits(const struct insn *insn, int stack, const struct program *p, bool where)
{
    bool needs_row = (insn->op == OP_CONST && p->consts_count == 0) ||
                     (insn->op == OP_MEMBER && p->lists_count == 0) ||
                     ((insn->op == OP_TAG || insn->op == OP_RECORD_TAG) && p->tags_count == 0) ||
                     (insn->op == OP_FEATURE && p->features_count == 0) ||
                     (insn->op == OP_AGGREGATE && p->aggregates_count == 0) ||
                     ((insn->op == OP_MATCHES || insn->op == OP_STEP) && p->patterns_count == 0) ||
                     (insn->op == OP_SCALE && p->ratios_count == 0) ||
                     (insn->op == OP_IN_SET && p->sets_count == 0);
    bool elsewhere = where ? insn->op == OP_AGGREGATE || insn->op == OP_SET_TEMP
                           : insn->op == OP_RECORD || insn->op == OP_RECORD_TAG;
    bool jump = insn->op == OP_JUMP_FALSE || insn->op == OP_JUMP_TRUE;
    int pops = vocab_opcodes[insn->op].needs + (insn->op == OP_AGGREGATE);
    return !needs_row && !elsewhere && !jump && insn->op != OP_END && stack >= pops;
}

static int32_t operand_of(struct maker *m, uint8_t op)
{
    struct program *p = m->program;
    switch (op) {
    case OP_CONST: return index_below(m, p->consts_count);
    case OP_WORD:
    case OP_RECORD: return index_below(m, WORD_COUNT);
    case OP_ATTRIBUTE: return index_below(m, ATTRIBUTE_COUNT);
    case OP_MEMBER: return index_below(m, p->lists_count);
    case OP_TAG:
    case OP_RECORD_TAG: return index_below(m, p->tags_count);
    case OP_CARRIED: return index_below(m, PROGRAM_CARRIED_MAX);
    case OP_CARRIED_MEMBER: {
        int32_t slot = (int32_t)prng_below(&m->rng, PROGRAM_CARRIED_MAX);
        return slot << 8 | (index_below(m, PROGRAM_MEMBER_PAIRS_MAX) & 255);
    }
    case OP_FEATURE: return index_below(m, p->features_count);
    case OP_AGGREGATE: return index_below(m, p->aggregates_count);
    case OP_MARK_LEVEL: return index_below(m, p->marks_count);
    case OP_POINTS: return index_below(m, p->typologies_count);
    case OP_MATCHES: return index_below(m, p->patterns_count);
    case OP_STEP:
        return index_below(m, p->patterns_count << 11) & ~0x600; /* of the first two steps */
    case OP_SET_TEMP:
    case OP_TEMP: return index_below(m, PROGRAM_TEMPS_MAX);
    case OP_SCALE: return index_below(m, p->ratios_count);
    case OP_IN_SET: return index_below(m, p->sets_count);
    default: return 0;
    }
}

static void add(struct maker *m, int op, int32_t c)
{
    uint32_t at = program_add_code(m->program);
    m->program->code[at] = (struct insn){.op = (uint8_t)op, .c = c};
}

/* A jump over one instruction that leaves the stack as deep as it was; sometimes to elsewhere. */
static void add_jump(struct maker *m)
{
    int64_t to = (int64_t)m->program->code_count + 2;
    int op = prng_chance(&m->rng, 50) ? OP_JUMP_FALSE : OP_JUMP_TRUE;
    if (prng_chance(&m->rng, 5)) {
        to += prng_between(&m->rng, -4, 4);
    }
    add(m, op, (int32_t)to);
    add(m, OP_NOT, 0);
}

static void make_piece(struct maker *m, bool where)
{
    struct program *p = m->program;
    int stack = 0;
    for (uint32_t i = prng_below(&m->rng, 20); i > 0; i--) {
        struct insn insn = {.op = byte_below(m, OP_COUNT)};
        if ((insn.op == OP_MATCHES || insn.op == OP_STEP) && prng_chance(&m->rng, 50)) {
            continue; /* features and most pieces of patterns may not */
        }
        if (stack > 0 && prng_chance(&m->rng, 10)) {
            add_jump(m);
            continue;
        }
        if (!garbage(m) && (insn.op >= OP_COUNT || !fits(&insn, stack, p, where))) {
            continue;
        }
        insn.c = operand_of(m, insn.op);
        add(m, insn.op, insn.c);
        if (insn.op < OP_COUNT) {
            bool since = insn.op == OP_AGGREGATE && insn.c >= 0 &&
                         (size_t)insn.c < p->aggregates_count &&
                         p->aggregates[insn.c].span == SPAN_SINCE;
            stack += vocab_opcodes[insn.op].pushes - vocab_opcodes[insn.op].needs - since;
        }
    }
    for (; stack < 1; stack++) {
        add(m, OP_NOW, 0);
    }
    for (; stack > 1; stack--) {
        add(m, OP_ADD, 0);
    }
    if (!garbage(m)) {
        add(m, OP_END, 0);
    }
}

static void make_rule(struct maker *m)
{
    struct program *p = m->program;
    uint32_t at = program_add_rules(p);
    struct rule *rule = &p->rules[at];
    rule->key = prng_next(&m->rng);
    rule->typology = p->typologies_count == 0 ? TYPOLOGY_NONE : index_below(m, p->typologies_count);
    rule->leg = byte_below(m, LEG_COUNT);
    rule->page = byte_below(m, ENTITY_KIND_COUNT);
    rule->trigger = byte_below(m, TRIGGER_COUNT);
    rule->when = piece_of(m, false, 0);
    rule->action_first = (uint32_t)p->actions_count;
    rule->action_count = prng_below(&m->rng, 3);
    for (uint32_t i = 0; i < rule->action_count; i++) {
        uint32_t action = program_add_actions(p);
        p->actions[action].kind = prng_chance(&m->rng, 70) ? ACTION_SCORE : ACTION_RAISE;
        p->actions[action].target = byte_below(m, LEG_COUNT);
        p->actions[action].what = p->actions[action].kind == ACTION_RAISE ? byte_below(m, 5) : 0;
        p->actions[action].code = piece_of(m, false, 0);
        p->actions[action].only_if = piece_of(m, false, 50);
        p->actions[action].span_ms = garbage(m) ? any_value(m) : prng_between(&m->rng, 0, T0);
    }
}

static struct program *make_program(struct maker *m)
{
    m->program = program_new();
    m->wheres = PIECES / 2;
    make_values(m);
    make_tables(m);
    for (uint32_t i = 0; i < PIECES; i++) {
        m->pieces[i] = (uint32_t)m->program->code_count;
        make_piece(m, i >= m->wheres);
    }
    finish_tables(m);
    for (uint32_t i = 1 + prng_below(&m->rng, 3); i > 0; i--) {
        make_rule(m);
    }
    return m->program;
}

/* ---- running --------------------------------------------------------------------------------- */

static struct event random_event(struct prng *rng, int *leg)
{
    int64_t t = T0 + prng_between(rng, -1000000, 1000000);
    if (prng_chance(rng, 50)) {
        *leg = (int)prng_between(rng, LEG_PAYEE, LEG_PAYER_PERSON);
        return event_payment("p-1", PHASE_INITIATED, "A", "b", prng_between(rng, 0, 100), t);
    }
    *leg = (int)prng_between(rng, LEG_CALLER, LEG_CALLEE_PERSON);
    return event_call("c-1", PHASE_RECORD, "A", "b", prng_between(rng, 0, 100), t);
}

static const struct record *any_record(struct prng *rng, const struct page *page)
{
    const struct stream *stream = &page->streams[prng_below(rng, STREAM_COUNT)];
    uint32_t count = stream->end - stream->begin;
    return count == 0 ? NULL : &stream->records[stream->begin + prng_below(rng, count)];
}

static void run_all(struct maker *m)
{
    struct program *p = m->program;
    struct random_life life;
    struct page *page = random_page(&m->rng, &life);
    int leg = 0;
    struct event event = random_event(&m->rng, &leg);
    int64_t carried[PROGRAM_CARRIED_MAX];
    for (int i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        carried[i] = any_value(m);
    }
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, any_record(&m->rng, page), leg, event.judged_ms, carried);
    for (size_t i = 0; i < p->rules_count; i++) {
        struct evidence evidence = {.count = 0};
        (void)vm_run(&vm, p->rules[i].when);
        vm_collect(&vm, p->rules[i].when, &evidence);
        quiet_check(evidence.count <= VM_EVIDENCE_MAX, "evidence");
        if (p->rules[i].typology >= 0) {
            (void)score_fire(&vm, &p->rules[i], T0);
        }
    }
    for (uint32_t i = 0; i < p->features_count; i++) {
        struct buf text = {0};
        (void)vm_feature(&vm, i);
        program_disassemble(p, p->features[i].code, &text);
        buf_fini(&text);
    }
    vm_fini(&vm);
    page_free(page);
}

START_TEST(what_is_accepted_can_be_run)
{
    static const uint32_t rates[] = {0, 1, 5, 30};
    int accepted[4] = {0};
    int refused[4] = {0};
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        struct maker maker = {.rng = prng_seed(seed, "programs"),
                              .garbage_permille = rates[seed % 4]};
        struct program *p = make_program(&maker);
        struct err err;
        bool good = program_verify(p, &err) == 0;
        accepted[seed % 4] += good;
        refused[seed % 4] += !good;
        if (good) {
            run_all(&maker);
        }
        program_free(p);
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_msg(accepted[i] > 100, "%u: %d accepted", rates[i], accepted[i]);
        ck_assert_msg(refused[i] > 50, "%u: %d refused", rates[i], refused[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("program_random");
    TCase *tests = tcase_create("program_random");
    tcase_add_test(tests, what_is_accepted_can_be_run);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
