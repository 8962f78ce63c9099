#include "engine/eval/program.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/eval/values.h"
#include "engine/state/page.h"
#include "engine/state/usual.h"

#include <inttypes.h>
#include <string.h>

struct program *program_new(void)
{
    struct program *program = mem_alloc(1, sizeof *program);
    policy_default(&program->policy);
    return program;
}

void program_free(struct program *program)
{
    if (program == NULL) {
        return;
    }
#define X(type, name) mem_free(program->name);
    PROGRAM_TABLES(X)
#undef X
    for (size_t i = 0; i < program->texts_count; i++) {
        mem_free(program->texts[i]);
    }
    mem_free(program->texts);
    for (int trigger = 0; trigger < TRIGGER_COUNT; trigger++) {
        for (int leg = 0; leg < LEG_COUNT; leg++) {
            mem_free(program->by_trigger[trigger][leg]);
        }
    }
    for (int stream = 0; stream < STREAM_COUNT; stream++) {
        mem_free(program->waiting[stream]);
    }
    mem_free(program);
}

struct str program_text(struct program *program, struct str text)
{
    if (text.len == 0) {
        return STR("");
    }
    char *copy = mem_alloc(text.len + 1, 1);
    memcpy(copy, text.at, text.len);
    void *texts = program->texts;
    mem_reserve(&texts, &program->texts_cap, program->texts_count + 1, sizeof *program->texts);
    program->texts = texts;
    program->texts[program->texts_count++] = copy;
    return (struct str){copy, text.len};
}

#define X(type, name)                                                                      \
    uint32_t program_add_##name(struct program *program)                                   \
    {                                                                                      \
        must(!program->verified && program->name##_count < CODE_NONE - 1);                 \
        void *rows = program->name;                                                        \
        mem_reserve(&rows, &program->name##_cap, program->name##_count + 1, sizeof(type)); \
        program->name = rows;                                                              \
        return (uint32_t)program->name##_count++;                                          \
    }
PROGRAM_TABLES(X)
#undef X

/* ---- verification
 * -------------------------------------------------------------------------------------------- */

enum feature_state { FEATURE_NEW, FEATURE_OPEN, FEATURE_DONE };

enum { PIECE_DEPTH_MAX = 32 };

enum { PATTERN_ANY = -1, PATTERN_NONE = -2, RANK_ANY = PATTERN_STEPS_MAX };

struct verifier {
    const struct program *program;
    struct {
        uint8_t state;  /* enum feature_state */
        uint8_t height; /* of a done one: so many levels of pieces lie below its own */
    } * features;
    int64_t pattern; /* whose steps may be read; PATTERN_ANY, PATTERN_NONE */
    bool in_test;    /* a test of a step, which looks at a record */
    int rank;        /* repeated steps below it may be read */
    int deepest;     /* level of the deepest piece seen since it was last reset */
    struct err *err;
};

static int verify_piece(struct verifier *v, uint32_t start, bool in_where, int depth);

/* What some aggregates have, and others have not. */
static bool argument_fits(const struct aggregate *a)
{
    return (a->kind != AGGREGATE_TOP_SHARE || (a->top >= 1 && a->top <= VALUES_TOP_MAX)) &&
           (a->span == SPAN_USUAL) == aggregate_is_usual(a->kind) &&
           (a->span != SPAN_USUAL ||
            (usual_is_kept(a->stream) && a->where == CODE_NONE && !a->reversed_too)) &&
           (a->kind != AGGREGATE_RISING || (a->factor.num >= 0 && a->factor.den > 0));
}

/* May the steps of this pattern be read here? */
static bool may_read(const struct verifier *v, uint32_t pattern)
{
    return pattern < v->program->patterns_count &&
           (v->pattern == PATTERN_ANY || v->pattern == (int64_t)pattern);
}

static int verify_repeated(struct verifier *v, const struct aggregate *a)
{
    const struct program *p = v->program;
    if (may_read(v, a->pattern) && a->step < p->patterns[a->pattern].step_count) {
        const struct pattern_step *step =
            &p->pattern_steps[p->patterns[a->pattern].step_first + a->step];
        if (step->repeated && step->stream == a->stream && step->rank < v->rank) {
            return 0;
        }
    }
    return err_set(v->err, ERR_FINDING, "program: an aggregate over a step that cannot be read");
}

static int verify_aggregate(struct verifier *v, const struct aggregate *a, int depth)
{
    if (a->kind >= AGGREGATE_KINDS || a->stream >= STREAM_COUNT || a->word > WORD_NONE ||
        a->span >= SPAN_KINDS ||
        (a->span == SPAN_WORKDAYS && (a->workdays == 0 || a->workdays > CALENDAR_WORKDAYS_MAX)) ||
        (a->span == SPAN_MS && (a->span_ms <= 0 || a->span_ms >= PROGRAM_SPAN_MS_LIMIT))) {
        return err_set(v->err, ERR_FINDING,
                       "program: an aggregate over %d of stream %d has a wrong field", a->kind,
                       a->stream);
    }
    if (a->span == SPAN_STEP && verify_repeated(v, a) != 0) {
        return -1;
    }
    uint8_t needs = vocab_aggregates[a->kind].needs;
    if ((needs == 1 && a->word == WORD_NONE) || (needs == 0 && a->word != WORD_NONE)) {
        return err_set(v->err, ERR_FINDING, "program: aggregate `%s` with a wrong number of fields",
                       vocab_aggregates[a->kind].text);
    }
    if (!argument_fits(a)) {
        return err_set(v->err, ERR_FINDING, "program: aggregate `%s` has what it cannot have",
                       vocab_aggregates[a->kind].text);
    }
    return a->where == CODE_NONE ? 0 : verify_piece(v, a->where, true, depth + 1);
}

static int depth_reached(struct verifier *v, int depth)
{
    v->deepest = depth > v->deepest ? depth : v->deepest;
    return depth <= PIECE_DEPTH_MAX
               ? 0
               : err_set(v->err, ERR_FINDING, "program: features and filters nest deeper than %d",
                         PIECE_DEPTH_MAX);
}

static int verify_feature(struct verifier *v, int32_t index, int depth)
{
    uint8_t *state = &v->features[index].state;
    if (*state == FEATURE_OPEN) {
        return err_set(v->err, ERR_FINDING, "program: feature %d reads itself", index);
    }
    if (*state == FEATURE_DONE) {
        return depth_reached(v, depth + 1 + v->features[index].height);
    }
    const struct verifier outside = *v;
    *state = FEATURE_OPEN;
    v->deepest = depth + 1;
    v->pattern = PATTERN_NONE;
    v->in_test = false;
    if (verify_piece(v, v->program->features[index].code, false, depth + 1) != 0) {
        return -1;
    }
    v->pattern = outside.pattern;
    v->in_test = outside.in_test;
    *state = FEATURE_DONE;
    v->features[index].height = (uint8_t)(v->deepest - (depth + 1));
    v->deepest = outside.deepest > v->deepest ? outside.deepest : v->deepest;
    return 0;
}

#define OPERAND_NONE SIZE_MAX

/* How many rows an instruction's operand may name; OPERAND_NONE for an opcode without operand. */
static size_t operand_limit(const struct program *p, const struct insn *insn)
{
    switch (insn->op) {
    case OP_CONST: return p->consts_count;
    case OP_WORD:
    case OP_RECORD: return WORD_COUNT;
    case OP_ATTRIBUTE: return ATTRIBUTE_COUNT;
    case OP_TAG:
    case OP_RECORD_TAG: return p->tags_count;
    case OP_MEMBER: return p->lists_count;
    case OP_CARRIED: return PROGRAM_CARRIED_MAX;
    case OP_CARRIED_MEMBER: return (size_t)PROGRAM_CARRIED_MAX << 8;
    case OP_FEATURE: return p->features_count;
    case OP_AGGREGATE: return p->aggregates_count;
    case OP_MARK_LEVEL: return p->marks_count;
    case OP_POINTS: return p->typologies_count;
    case OP_MATCHES: return p->patterns_count;
    case OP_STEP: return p->patterns_count << 11;
    case OP_SET_TEMP:
    case OP_TEMP: return PROGRAM_TEMPS_MAX;
    case OP_SCALE: return p->ratios_count;
    case OP_IN_SET: return p->sets_count;
    case OP_JUMP_FALSE:
    case OP_JUMP_TRUE: return p->code_count;
    default: return OPERAND_NONE;
    }
}

/* What a where needs is computed before it, once: a where inside a where would multiply. */
static int not_in_where(struct verifier *v, const struct insn *insn, uint32_t at)
{
    return err_set(v->err, ERR_FINDING, "program: %s inside a where at %" PRIu32,
                   vocab_opcodes[insn->op].text, at);
}

static int verify_step(struct verifier *v, const struct insn *insn, uint32_t at)
{
    if (insn->op == OP_MATCHES && v->pattern == PATTERN_ANY) {
        return 0;
    }
    uint32_t pattern = (uint32_t)insn->c >> 11;
    bool good = insn->op == OP_STEP && may_read(v, pattern) && (insn->c & 255) < WORD_COUNT &&
                (uint32_t)(insn->c >> 8 & 7) < v->program->patterns[pattern].step_count;
    return good ? 0
                : err_set(v->err, ERR_FINDING,
                          "program: a step that cannot be read here at %" PRIu32, at);
}

static int verify_operand(struct verifier *v, const struct insn *insn, uint32_t at, bool in_where,
                          int depth)
{
    const struct program *p = v->program;
    size_t limit = operand_limit(p, insn);
    if (limit != OPERAND_NONE && (insn->c < 0 || (size_t)insn->c >= limit)) {
        return err_set(v->err, ERR_FINDING,
                       "program: instruction %" PRIu32 " (%s) has operand %d, limit %zu", at,
                       vocab_opcodes[insn->op].text, insn->c, limit);
    }
    switch (insn->op) {
    case OP_RECORD:
    case OP_RECORD_TAG:
        return in_where || v->in_test
                   ? 0
                   : err_set(v->err, ERR_FINDING, "program: %s outside a where at %" PRIu32,
                             vocab_opcodes[insn->op].text, at);
    case OP_MATCHES:
    case OP_STEP: return verify_step(v, insn, at);
    case OP_SET_TEMP: return in_where ? not_in_where(v, insn, at) : 0;
    case OP_CARRIED_MEMBER:
        return (insn->c & 255) < PROGRAM_MEMBER_PAIRS_MAX
                   ? 0
                   : err_set(v->err, ERR_FINDING,
                             "program: membership pair out of range at %" PRIu32, at);
    case OP_SCALE:
        return p->ratios[insn->c].den > 0
                   ? 0
                   : err_set(v->err, ERR_FINDING, "program: ratio without denominator");
    case OP_IN_SET: {
        const struct range_set *set = &p->sets[insn->c];
        return set->first <= p->ranges_count && set->count <= p->ranges_count - set->first
                   ? 0
                   : err_set(v->err, ERR_FINDING, "program: set %d leaves the table of ranges",
                             insn->c);
    }
    case OP_FEATURE: return verify_feature(v, insn->c, depth);
    case OP_AGGREGATE:
        return in_where ? not_in_where(v, insn, at)
                        : verify_aggregate(v, &p->aggregates[insn->c], depth);
    case OP_JUMP_FALSE:
    case OP_JUMP_TRUE:
        return insn->c > (int32_t)at
                   ? 0
                   : err_set(v->err, ERR_FINDING, "program: jump back at %" PRIu32, at);
    default: return 0;
    }
}

static int pops_of(const struct program *p, const struct insn *insn)
{
    bool since = insn->op == OP_AGGREGATE && p->aggregates[insn->c].span == SPAN_SINCE;
    return vocab_opcodes[insn->op].needs + (since ? 1 : 0);
}

enum { PIECE_JUMPS_MAX = 256 };

/* Jumps of the piece that still wait for their target: the stack must be as deep there as where
 * they left. */
struct jumps {
    struct {
        uint32_t target;
        int stack;
    } open[PIECE_JUMPS_MAX];
    int count;
};

static int verify_targets(struct verifier *v, struct jumps *jumps, uint32_t at, int stack)
{
    for (int i = 0; i < jumps->count;) {
        if (jumps->open[i].target != at) {
            i++;
            continue;
        }
        if (jumps->open[i].stack != stack) {
            return err_set(v->err, ERR_FINDING, "program: uneven stack at jump target %" PRIu32,
                           at);
        }
        jumps->open[i] = jumps->open[--jumps->count];
    }
    return 0;
}

static int verify_piece(struct verifier *v, uint32_t start, bool in_where, int depth)
{
    const struct program *p = v->program;
    struct jumps jumps = {.count = 0};
    int stack = 0;
    if (depth_reached(v, depth) != 0) {
        return -1;
    }
    for (uint32_t at = start; at < p->code_count; at++) {
        const struct insn *insn = &p->code[at];
        if (insn->op >= OP_COUNT) {
            return err_set(v->err, ERR_FINDING, "program: unknown opcode %d at %" PRIu32, insn->op,
                           at);
        }
        if (verify_targets(v, &jumps, at, stack) != 0 ||
            verify_operand(v, insn, at, in_where, depth) != 0) {
            return -1;
        }
        int pops = pops_of(p, insn);
        bool jump = insn->op == OP_JUMP_FALSE || insn->op == OP_JUMP_TRUE;
        if (stack < (jump ? 1 : pops) || jumps.count == PIECE_JUMPS_MAX) {
            return err_set(v->err, ERR_FINDING,
                           "program: stack too small or too many jumps at %" PRIu32, at);
        }
        if (jump) {
            jumps.open[jumps.count].target = (uint32_t)insn->c;
            jumps.open[jumps.count++].stack = stack;
        }
        stack += vocab_opcodes[insn->op].pushes - pops;
        if (insn->op == OP_END) {
            return stack == 0 && jumps.count == 0
                       ? 0
                       : err_set(v->err, ERR_FINDING,
                                 "program: code at %" PRIu32 " leaves %d values", start, stack + 1);
        }
        if (stack > PROGRAM_STACK_MAX) {
            return err_set(v->err, ERR_FINDING,
                           "program: code at %" PRIu32 " needs too deep a stack", start);
        }
    }
    return err_set(v->err, ERR_FINDING, "program: code at %" PRIu32 " has no end", start);
}

static int verify_optional(struct verifier *v, uint32_t code)
{
    return code == CODE_NONE ? 0 : verify_piece(v, code, false, 0);
}

static bool rows_within(uint32_t first, uint32_t count, size_t rows)
{
    return first <= rows && count <= rows - first;
}

/* Added to a time, it gives a time. */
static bool span_fits(int64_t span_ms)
{
    return span_ms >= 0 && span_ms < PROGRAM_SPAN_MS_LIMIT;
}

/* Rows of the table that `what` of an action of this kind names; 1 if it names none. */
static int what_limit(const struct action *action)
{
    switch (action->kind) {
    case ACTION_RAISE: return TIER_LIMIT;
    case ACTION_ADVISE: return ADVICE_COUNT;
    case ACTION_REACH: return CHANNEL_WORD_COUNT;
    case ACTION_MARK: return MARK_LEVEL_MAX + 1;
    default: return 1;
    }
}

static bool mark_fits(const struct program *p, const struct action *action)
{
    return action->kind != ACTION_MARK || (action->what > 0 && action->mark < p->marks_count);
}

/* A pattern that ends in an absence, on pages of the rule's kind. */
static bool waits_for(const struct program *p, const struct rule *rule)
{
    return rule->pattern < p->patterns_count && p->patterns[rule->pattern].absence_ms > 0 &&
           p->patterns[rule->pattern].page == rule->page;
}

static int verify_rule(struct verifier *v, const struct rule *rule)
{
    const struct program *p = v->program;
    if (rule->leg >= LEG_COUNT || rule->page >= ENTITY_KIND_COUNT ||
        rule->trigger >= TRIGGER_COUNT || rule->typology < TYPOLOGY_NONE ||
        (rule->trigger == TRIGGER_MARK && rule->mark >= p->marks_count) ||
        (rule->typology >= 0 && (size_t)rule->typology >= p->typologies_count) ||
        (rule->trigger == TRIGGER_TIMEOUT && !waits_for(p, rule)) ||
        !rows_within(rule->guard_first, rule->guard_count, p->guards_count) ||
        !rows_within(rule->condition_first, rule->condition_count, p->conditions_count) ||
        !rows_within(rule->action_first, rule->action_count, p->actions_count)) {
        return err_set(v->err, ERR_FINDING, "program: rule %.*s leaves its tables",
                       (int)rule->name.len, rule->name.at);
    }
    int bad = verify_piece(v, rule->when, false, 0);
    for (uint32_t i = 0; i < rule->guard_count && bad == 0; i++) {
        bad = verify_piece(v, p->guards[rule->guard_first + i].code, false, 0);
    }
    for (uint32_t i = 0; i < rule->condition_count && bad == 0; i++) {
        const struct condition *c = &p->conditions[rule->condition_first + i];
        bad = verify_piece(v, c->whole, false, 0) | verify_optional(v, c->value) |
              verify_optional(v, c->threshold);
    }
    for (uint32_t i = 0; i < rule->action_count && bad == 0; i++) {
        const struct action *a = &p->actions[rule->action_first + i];
        if (a->kind >= ACTION_COUNT || a->target >= LEG_COUNT || a->what >= what_limit(a) ||
            !span_fits(a->span_ms) || !mark_fits(p, a) ||
            !rows_within(a->say_first, a->say_count, p->say_pieces_count)) {
            return err_set(v->err, ERR_FINDING, "program: an action of %.*s is broken",
                           (int)rule->name.len, rule->name.at);
        }
        bad = verify_optional(v, a->only_if) |
              (a->kind == ACTION_SCORE  ? verify_piece(v, a->code, false, 0)
               : a->kind == ACTION_MARK ? verify_optional(v, a->code)
                                        : 0);
        for (uint32_t k = 0; k < a->say_count && bad == 0; k++) {
            bad = verify_optional(v, p->say_pieces[a->say_first + k].code);
        }
    }
    return bad == 0 ? 0 : -1;
}

static bool runs(const struct program *program, const struct rule *rule)
{
    return !rule->draft || program->tries_drafts;
}

/* How many rules of a trigger run at a leg; and which, if there is somewhere to say so. */
static uint32_t rules_at(const struct program *program, int trigger, int leg, uint32_t *out)
{
    uint32_t count = 0;
    for (size_t i = 0; i < program->rules_count; i++) {
        const struct rule *rule = &program->rules[i];
        if (runs(program, rule) && rule->trigger == trigger &&
            vocab_runs_at(rule->trigger, rule->leg, rule->page, leg)) {
            if (out != NULL) {
                out[count] = (uint32_t)i;
            }
            count++;
        }
    }
    return count;
}

static void index_rules(struct program *program)
{
    for (int trigger = 0; trigger < TRIGGER_COUNT; trigger++) {
        for (int leg = 0; leg < LEG_COUNT; leg++) {
            program->by_trigger[trigger][leg] =
                mem_alloc(rules_at(program, trigger, leg, NULL), sizeof(uint32_t));
            program->by_trigger_count[trigger][leg] =
                rules_at(program, trigger, leg, program->by_trigger[trigger][leg]);
        }
    }
}

/* Whose time-outs rules run on. */
static void find_waits(struct program *program)
{
    for (size_t i = 0; i < program->rules_count; i++) {
        const struct rule *rule = &program->rules[i];
        if (rule->trigger != TRIGGER_TIMEOUT || !runs(program, rule)) {
            continue;
        }
        struct pattern *pattern = &program->patterns[rule->pattern];
        uint8_t waits = rule->shadow ? PATTERN_WAITS_DARK : PATTERN_WAITS_LIVE;
        pattern->waits = waits > pattern->waits ? waits : pattern->waits;
    }
}

/* How many patterns wait behind a record of a stream; and which, if there is somewhere to say so.
 */
static uint32_t waiting_at(const struct program *program, int stream, uint32_t *out)
{
    uint32_t count = 0;
    for (size_t i = 0; i < program->patterns_count; i++) {
        const struct pattern *pattern = &program->patterns[i];
        if (pattern->waits != PATTERN_WAITS_NOT &&
            pattern_last_stream(program, pattern) == stream) {
            if (out != NULL) {
                out[count] = (uint32_t)i;
            }
            count++;
        }
    }
    return count;
}

static void index_waits(struct program *program)
{
    find_waits(program);
    for (int stream = 0; stream < STREAM_COUNT; stream++) {
        uint32_t count = waiting_at(program, stream, NULL);
        program->waiting[stream] = mem_alloc(count, sizeof(uint32_t));
        program->waiting_count[stream] = waiting_at(program, stream, program->waiting[stream]);
    }
}

/* A step that stands for one record, and is there. */
static bool is_single(const struct program *p, const struct pattern *pattern, uint32_t step)
{
    return step < pattern->step_count && !p->pattern_steps[pattern->step_first + step].repeated;
}

static bool steps_fit(const struct program *p, const struct pattern *pattern)
{
    uint32_t places = pattern->step_count + (pattern->absence_ms > 0); /* the absence is one, too */
    bool fit =
        pattern->step_count >= 1 && places >= 2 && places <= PATTERN_STEPS_MAX &&
        span_fits(pattern->absence_ms) && pattern->absence_stream <= STREAM_COUNT &&
        pattern->page < ENTITY_KIND_COUNT && (pattern->workdays > 0) != (pattern->within_ms > 0) &&
        pattern->workdays <= CALENDAR_WORKDAYS_MAX && span_fits(pattern->within_ms) &&
        rows_within(pattern->step_first, pattern->step_count, p->pattern_steps_count) &&
        rows_within(pattern->test_first, pattern->test_count, p->pattern_tests_count) &&
        rows_within(pattern->without_first, pattern->without_count, p->pattern_withouts_count);
    for (uint32_t i = 0; fit && i < pattern->step_count; i++) {
        const struct pattern_step *step = &p->pattern_steps[pattern->step_first + i];
        fit =
            step->stream < STREAM_COUNT && span_fits(step->within_ms) &&
            (i > 0 || step->within_ms == 0) &&
            (!step->repeated ||
             (step->least_count > 0 && step->rank < PATTERN_STEPS_MAX &&
              (pattern->step_count == 1 ? step->ready == 0 : is_single(p, pattern, step->ready)) &&
              (i == 0 || is_single(p, pattern, i - 1)) &&
              (i + 1 == pattern->step_count || is_single(p, pattern, i + 1))));
    }
    return fit;
}

static int verify_pattern_code(struct verifier *v, const struct pattern *pattern)
{
    const struct program *p = v->program;
    int bad = 0;
    v->in_test = true;
    for (uint32_t i = 0; i < pattern->test_count && bad == 0; i++) {
        const struct pattern_test *test = &p->pattern_tests[pattern->test_first + i];
        bad = is_single(p, pattern, test->step) && is_single(p, pattern, test->ready)
                  ? verify_piece(v, test->code, false, 0)
                  : err_set(v->err, ERR_FINDING, "program: a test of pattern %.*s is broken",
                            (int)pattern->name.len, pattern->name.at);
    }
    for (uint32_t i = 0; i < pattern->without_count && bad == 0; i++) {
        const struct pattern_without *without = &p->pattern_withouts[pattern->without_first + i];
        bad = without->stream < STREAM_COUNT
                  ? verify_optional(v, without->where)
                  : err_set(v->err, ERR_FINDING, "program: a `without` has no stream");
    }
    if (bad == 0 && pattern->absence_ms > 0) {
        bad = verify_optional(v, pattern->absence_where);
    }
    /* Whom a repeated step takes may depend on others, but not on itself. */
    for (uint32_t i = 0; i < pattern->step_count && bad == 0; i++) {
        const struct pattern_step *step = &p->pattern_steps[pattern->step_first + i];
        v->rank = step->rank;
        bad =
            step->repeated && step->where != CODE_NONE ? verify_piece(v, step->where, false, 0) : 0;
    }
    v->in_test = false;
    v->rank = RANK_ANY;
    return bad;
}

/* All tables first: code of one pattern may not be asked before its steps are known to be there. */
static int verify_patterns(struct verifier *v)
{
    const struct program *p = v->program;
    int bad = p->patterns_count <= PROGRAM_PATTERNS_MAX
                  ? 0
                  : err_set(v->err, ERR_FINDING, "program: too many patterns");
    for (size_t i = 0; i < p->patterns_count && bad == 0; i++) {
        const struct pattern *pattern = &p->patterns[i];
        bad = steps_fit(p, pattern)
                  ? 0
                  : err_set(v->err, ERR_FINDING, "program: the steps of pattern %.*s are broken",
                            (int)pattern->name.len, pattern->name.at);
    }
    for (size_t i = 0; i < p->patterns_count && bad == 0; i++) {
        v->pattern = (int64_t)i;
        bad = verify_pattern_code(v, &p->patterns[i]);
    }
    v->pattern = PATTERN_ANY;
    return bad;
}

static int verify_carries(struct verifier *v)
{
    const struct program *p = v->program;
    for (size_t i = 0; i < p->carries_count; i++) {
        const struct carry *c = &p->carries[i];
        size_t limit = c->source == CARRY_FEATURE     ? p->features_count
                       : c->source == CARRY_ATTRIBUTE ? (size_t)ATTRIBUTE_COUNT
                       : c->source == CARRY_MEMBER    ? p->lists_count
                       : c->source == CARRY_MARK      ? p->marks_count
                                                      : 0;
        if (c->event >= EVENT_KIND_COUNT || c->leg >= LEG_COUNT || c->slot >= PROGRAM_CARRIED_MAX ||
            c->pair >= PROGRAM_MEMBER_PAIRS_MAX || c->index < 0 || (size_t)c->index >= limit) {
            return err_set(v->err, ERR_FINDING, "program: carried value %zu is broken", i);
        }
    }
    return 0;
}

static int verify_typologies(struct verifier *v)
{
    for (size_t i = 0; i < v->program->typologies_count; i++) {
        const struct typology *t = &v->program->typologies[i];
        if (t->page >= ENTITY_KIND_COUNT || !span_fits(t->closes_ms)) {
            return err_set(v->err, ERR_FINDING, "program: typology %.*s is broken",
                           (int)t->name.len, t->name.at);
        }
    }
    return 0;
}

static int verify_days(struct verifier *v)
{
    const struct program *p = v->program;
    for (size_t i = 0; i < p->days_count; i++) {
        const struct day_range *range = &p->days[i];
        if (range->first > range->last || (i > 0 && range->first <= p->days[i - 1].last)) {
            return err_set(v->err, ERR_FINDING, "program: days %zu of the calendar are broken", i);
        }
    }
    return 0;
}

/* What a tagger may rely on. */
static int verify_tags(struct verifier *v)
{
    const struct program *p = v->program;
    bool good = p->tags_count <= TAGS_MAX && p->tag_signs_count <= TAG_SIGNS_MAX;
    for (size_t i = 0; i < p->tags_count && good; i++) {
        good = rows_within(p->tags[i].sign_first, p->tags[i].sign_count, p->tag_signs_count);
    }
    for (size_t i = 0; i < p->tag_signs_count && good; i++) {
        const struct tag_sign *sign = &p->tag_signs[i];
        good = sign->kind < TAG_SIGN_KINDS && sign->text.len > 0 &&
               sign->text.len <= TAG_REGEX_BYTES_MAX && sign->near.len <= TAG_TEXT_BYTES_MAX;
    }
    return good ? 0 : err_set(v->err, ERR_FINDING, "program: the tags are broken");
}

static int verify_policy(struct verifier *v)
{
    return policy_is_sound(&v->program->policy)
               ? 0
               : err_set(v->err, ERR_FINDING, "program: its policy is broken");
}

int program_verify(struct program *program, struct err *err)
{
    must(!program->verified);
    struct verifier v = {.program = program, .err = err, .pattern = PATTERN_ANY, .rank = RANK_ANY};
    v.features = mem_alloc(program->features_count, sizeof *v.features);
    int bad = verify_carries(&v) | verify_typologies(&v) | verify_days(&v) | verify_policy(&v) |
              verify_patterns(&v) | verify_tags(&v);
    for (size_t i = 0; i < program->features_count && bad == 0; i++) {
        bad = verify_feature(&v, (int32_t)i, 0);
    }
    for (size_t i = 0; i < program->rules_count && bad == 0; i++) {
        bad = verify_rule(&v, &program->rules[i]);
    }
    mem_free(v.features);
    if (bad != 0) {
        return -1;
    }
    index_rules(program);
    index_waits(program);
    for (size_t i = 0; i < program->code_count; i++) {
        program->reads_points |= program->code[i].op == OP_POINTS;
    }
    program->verified = true;
    return 0;
}

void program_find_reads(const struct program *program, struct program_reads *reads)
{
    must(program->verified);
    memset(reads, 0, sizeof *reads);
    for (size_t i = 0; i < program->code_count; i++) {
        const struct insn *insn = &program->code[i];
        if (insn->op == OP_WORD || insn->op == OP_RECORD) {
            must(insn->c >= 0 && insn->c < WORD_COUNT);
            reads->words[insn->c] = true;
        } else if (insn->op == OP_STEP) {
            reads->words[insn->c & 255] = true;
        } else if (insn->op == OP_ATTRIBUTE) {
            must(insn->c >= 0 && insn->c < ATTRIBUTE_COUNT);
            reads->attributes[insn->c] = true;
        }
    }
    for (size_t i = 0; i < program->aggregates_count; i++) {
        if (program->aggregates[i].word != WORD_NONE) {
            reads->words[program->aggregates[i].word] = true;
        }
    }
    for (size_t i = 0; i < program->carries_count; i++) {
        if (program->carries[i].source == CARRY_ATTRIBUTE) {
            reads->attributes[program->carries[i].index] = true;
        }
    }
}

const char *program_reads_unit(const struct program *program, uint8_t unit)
{
    struct program_reads reads;
    program_find_reads(program, &reads);
    for (int i = 0; i < WORD_COUNT; i++) {
        if (reads.words[i] && vocab_words[i].unit == unit) {
            return vocab_words[i].text;
        }
    }
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (reads.attributes[i] && vocab_attributes[i].unit == unit) {
            return vocab_attributes[i].text;
        }
    }
    return NULL;
}

const struct rule *program_find_rule(const struct program *program, struct str name)
{
    for (size_t i = 0; i < program->rules_count; i++) {
        if (str_eq(program->rules[i].name, name)) {
            return &program->rules[i];
        }
    }
    return NULL;
}

void program_disassemble(const struct program *program, uint32_t code, struct buf *out)
{
    for (uint32_t at = code; at < program->code_count; at++) {
        const struct insn *insn = &program->code[at];
        buf_add_format(out, "%6" PRIu32 "  %-16s", at, vocab_opcodes[insn->op].text);
        if (insn->op == OP_WORD || insn->op == OP_RECORD) {
            buf_add_format(out, "%s", vocab_words[insn->c].text);
        } else if (insn->op == OP_STEP) {
            buf_add_format(out, "%d.%d %s", insn->c >> 11, insn->c >> 8 & 7,
                           vocab_words[insn->c & 255].text);
        } else if (insn->op == OP_CONST) {
            buf_add_format(out, "%" PRId64, program->consts[insn->c]);
        } else if (operand_limit(program, insn) != OPERAND_NONE) {
            buf_add_format(out, "%d", insn->c);
        }
        buf_add_char(out, '\n');
        if (insn->op == OP_END) {
            return;
        }
    }
}
