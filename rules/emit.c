#include "rules/emit.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <string.h>

/* Code under way. Pieces are finished one inside the other (a filter before the aggregate that uses
 * it), so each grows apart from the program and is appended when it is whole. */
struct piece {
    struct insn *code;
    size_t count, cap;
};

/* An aggregate inside a where that was computed before it. */
struct hoisted {
    const struct checked_expr *aggregate;
    int32_t temp;
};

struct emit {
    struct program *program;
    const struct plan *plan;
    uint8_t event; /* of the rule; EVENT_NONE in features */
    struct hoisted hoisted[PROGRAM_TEMPS_MAX];
    int32_t hoisted_count; /* and the next free temp */
    bool in_where;         /* an aggregate is a temp here */
    bool in_pattern;       /* one over a history is a feature without a name here */
};

/* ---- pieces ---- */

static void emit_insn(struct piece *piece, enum opcode op, int32_t operand)
{
    void *code = piece->code;
    mem_reserve(&code, &piece->cap, piece->count + 1, sizeof *piece->code);
    piece->code = code;
    piece->code[piece->count++] = (struct insn){.op = (uint8_t)op, .c = operand};
}

/* A jump to where the piece will have grown: returns the place to say so with emit_land. */
static size_t emit_jump(struct piece *piece, enum opcode op)
{
    emit_insn(piece, op, 0);
    return piece->count - 1;
}

static void emit_land(struct piece *piece, size_t jump)
{
    piece->code[jump].c = (int32_t)piece->count;
}

/* Appends the piece to the program and gives it back; returns where it starts. */
static uint32_t emit_finish(struct emit *e, struct piece *piece)
{
    uint32_t start = (uint32_t)e->program->code_count;
    emit_insn(piece, OP_END, 0);
    for (size_t i = 0; i < piece->count; i++) {
        struct insn insn = piece->code[i];
        if (insn.op == OP_JUMP_FALSE || insn.op == OP_JUMP_TRUE) {
            insn.c += (int32_t)start;
        }
        uint32_t at = program_add_code(e->program);
        e->program->code[at] = insn;
    }
    mem_free(piece->code);
    *piece = (struct piece){0};
    return start;
}

/* ---- tables ---- */

static int32_t emit_const(struct emit *e, int64_t value)
{
    struct program *p = e->program;
    for (size_t i = 0; i < p->consts_count; i++) {
        if (p->consts[i] == value) {
            return (int32_t)i;
        }
    }
    uint32_t index = program_add_consts(p);
    p->consts[index] = value;
    return (int32_t)index;
}

static int32_t emit_ratio(struct emit *e, struct ratio ratio)
{
    uint32_t index = program_add_ratios(e->program);
    e->program->ratios[index] = ratio;
    return (int32_t)index;
}

static int32_t emit_set(struct emit *e, const struct checked_set *set)
{
    struct program *p = e->program;
    struct range_set made = {(uint32_t)p->ranges_count, (uint32_t)set->range_count};
    for (size_t i = 0; i < set->range_count; i++) {
        uint32_t at = program_add_ranges(p);
        p->ranges[at] = set->ranges[i];
    }
    uint32_t index = program_add_sets(p);
    p->sets[index] = made;
    return (int32_t)index;
}

/* ---- expressions ---- */

static void emit_expr(struct emit *e, struct piece *piece, const struct checked_expr *expr);

/* Computes the aggregates of a filter into temps. */
static void emit_hoist(struct emit *e, struct piece *piece, const struct checked_expr *where)
{
    if (where->op == CHECKED_AGGREGATE) {
        int32_t temp = e->hoisted_count++;
        must(temp < PROGRAM_TEMPS_MAX);
        e->hoisted[temp] = (struct hoisted){where, temp};
        int32_t count = e->hoisted_count;
        emit_expr(e, piece, where);
        must(e->hoisted_count == count);
        emit_insn(piece, OP_SET_TEMP, temp);
        return;
    }
    const struct checked_expr *operands[3] = {where->a, where->b, where->c};
    for (int i = 0; i < checked_operand_count(where->op); i++) {
        emit_hoist(e, piece, operands[i]);
    }
}

static void emit_temp(const struct emit *e, struct piece *piece,
                      const struct checked_expr *aggregate)
{
    for (int32_t i = e->hoisted_count - 1; i >= 0; i--) {
        if (e->hoisted[i].aggregate == aggregate) {
            emit_insn(piece, OP_TEMP, e->hoisted[i].temp);
            return;
        }
    }
    must(false); /* every aggregate of a filter was hoisted */
}

static uint32_t emit_where(struct emit *e, const struct checked_expr *where)
{
    struct piece filter = {0};
    e->in_where = true;
    emit_expr(e, &filter, where);
    e->in_where = false;
    return emit_finish(e, &filter);
}

/* An aggregate in the where of a pattern: computed when first asked for, once a visit. */
static uint32_t emit_nameless(struct emit *e, const struct checked_expr *expr)
{
    struct piece piece = {0};
    struct emit inner = {.program = e->program, .plan = e->plan, .event = e->event};
    emit_expr(&inner, &piece, expr);
    uint32_t code = emit_finish(&inner, &piece);
    uint32_t at = program_add_features(e->program);
    e->program->features[at].unit = (uint8_t)expr->unit;
    e->program->features[at].code = code;
    return at;
}

static void emit_aggregate(struct emit *e, struct piece *piece, const struct checked_expr *expr)
{
    const struct checked_aggregate *a = expr->aggregate;
    if (e->in_pattern && a->span != SPAN_STEP) {
        emit_insn(piece, OP_FEATURE, (int32_t)emit_nameless(e, expr));
        return;
    }
    if (e->in_where) {
        emit_temp(e, piece, expr);
        return;
    }
    int32_t temps_before = e->hoisted_count;
    uint32_t where = CODE_NONE;
    if (a->where != NULL) {
        emit_hoist(e, piece, a->where);
        where = emit_where(e, a->where);
    }
    if (a->since != NULL) {
        emit_expr(e, piece, a->since);
    }
    e->hoisted_count = temps_before;
    uint32_t index = program_add_aggregates(e->program);
    e->program->aggregates[index] = (struct aggregate){.kind = a->kind,
                                                       .stream = a->stream,
                                                       .word = a->word,
                                                       .span = a->span,
                                                       .workdays = a->workdays,
                                                       .top = a->top,
                                                       .factor = a->factor,
                                                       .reversed_too = a->reversed_too,
                                                       .span_ms = a->span_ms,
                                                       .where = where};
    if (a->span == SPAN_STEP) {
        e->program->aggregates[index].pattern = a->pattern->index;
        e->program->aggregates[index].step = a->step;
    }
    emit_insn(piece, OP_AGGREGATE, (int32_t)index);
}

/* What the first side decides is not asked of the second. */
static void emit_logic(struct emit *e, struct piece *piece, const struct checked_expr *expr)
{
    bool both = expr->op == CHECKED_AND;
    emit_expr(e, piece, expr->a);
    size_t jump = emit_jump(piece, both ? OP_JUMP_FALSE : OP_JUMP_TRUE);
    emit_expr(e, piece, expr->b);
    emit_insn(piece, both ? OP_AND : OP_OR, 0);
    emit_land(piece, jump);
}

static void emit_carried(struct emit *e, struct piece *piece, const struct checked_expr *expr)
{
    const struct carry *carry = plan_find(e->plan, e->event, expr);
    must(carry != NULL);
    if (carry->source == CARRY_MEMBER) {
        emit_insn(piece, OP_CARRIED_MEMBER, carry->slot << 8 | carry->pair);
    } else {
        emit_insn(piece, OP_CARRIED, carry->slot);
    }
}

static enum opcode emit_opcode(enum checked_op op)
{
    switch (op) {
    case CHECKED_NOT: return OP_NOT;
    case CHECKED_KNOWN: return OP_KNOWN;
    case CHECKED_AGO: return OP_AGO;
    case CHECKED_ADD: return OP_ADD;
    case CHECKED_SUBTRACT: return OP_SUB;
    case CHECKED_EQUAL: return OP_EQ;
    case CHECKED_NOT_EQUAL: return OP_NE;
    case CHECKED_LESS: return OP_LT;
    case CHECKED_LESS_EQUAL: return OP_LE;
    case CHECKED_GREATER: return OP_GT;
    case CHECKED_GREATER_EQUAL: return OP_GE;
    case CHECKED_CHOOSE: return OP_CHOOSE;
    default: must(op == CHECKED_BETWEEN); return OP_BETWEEN;
    }
}

static void emit_operation(struct emit *e, struct piece *piece, const struct checked_expr *expr)
{
    const struct checked_expr *operands[3] = {expr->a, expr->b, expr->c};
    for (int i = 0; i < checked_operand_count(expr->op); i++) {
        emit_expr(e, piece, operands[i]);
    }
    switch (expr->op) {
    case CHECKED_SCALE: emit_insn(piece, OP_SCALE, emit_ratio(e, expr->ratio)); break;
    case CHECKED_IN_SET: emit_insn(piece, OP_IN_SET, emit_set(e, expr->set)); break;
    default: emit_insn(piece, emit_opcode(expr->op), 0); break;
    }
}

static void emit_expr(struct emit *e, struct piece *piece, const struct checked_expr *expr)
{
    switch (expr->op) {
    case CHECKED_CONST: emit_insn(piece, OP_CONST, emit_const(e, expr->value)); break;
    case CHECKED_WORD: emit_insn(piece, OP_WORD, expr->word); break;
    case CHECKED_RECORD: emit_insn(piece, OP_RECORD, expr->word); break;
    case CHECKED_ATTRIBUTE: emit_insn(piece, OP_ATTRIBUTE, expr->attribute); break;
    case CHECKED_TAG: emit_insn(piece, OP_TAG, (int32_t)expr->tag->index); break;
    case CHECKED_RECORD_TAG: emit_insn(piece, OP_RECORD_TAG, (int32_t)expr->tag->index); break;
    case CHECKED_MEMBER: emit_insn(piece, OP_MEMBER, (int32_t)expr->list->index); break;
    case CHECKED_CARRIED: emit_carried(e, piece, expr); break;
    case CHECKED_MATCHES: emit_insn(piece, OP_MATCHES, (int32_t)expr->pattern->index); break;
    case CHECKED_STEP:
        emit_insn(piece, OP_STEP,
                  program_step_operand(expr->pattern->index, expr->step, expr->word));
        break;
    case CHECKED_FEATURE: emit_insn(piece, OP_FEATURE, (int32_t)expr->feature->index); break;
    case CHECKED_MARK_LEVEL: emit_insn(piece, OP_MARK_LEVEL, (int32_t)expr->value); break;
    case CHECKED_POINTS: emit_insn(piece, OP_POINTS, (int32_t)expr->value); break;
    case CHECKED_AGGREGATE: emit_aggregate(e, piece, expr); break;
    case CHECKED_AND:
    case CHECKED_OR: emit_logic(e, piece, expr); break;
    default: emit_operation(e, piece, expr); break;
    }
}

/* The expression as a piece of its own; CODE_NONE if there is none. */
static uint32_t emit_piece(struct emit *e, const struct checked_expr *expr)
{
    if (expr == NULL) {
        return CODE_NONE;
    }
    struct piece piece = {0};
    e->hoisted_count = 0;
    emit_expr(e, &piece, expr);
    return emit_finish(e, &piece);
}

/* ---- rules ---- */

static void emit_guards(struct emit *e, const struct checked_rule *checked, struct rule *rule)
{
    struct program *p = e->program;
    rule->guard_first = (uint32_t)p->guards_count;
    rule->guard_count = (uint32_t)checked->guard_count;
    for (size_t i = 0; i < checked->guard_count; i++) {
        const struct checked_guard *guard = &checked->guards[i];
        struct guard made = {program_text(p, guard->title), program_text(p, guard->source),
                             emit_piece(e, guard->condition)};
        uint32_t at = program_add_guards(p);
        p->guards[at] = made;
    }
}

static void emit_conditions(struct emit *e, const struct checked_rule *checked, struct rule *rule)
{
    struct program *p = e->program;
    rule->condition_first = (uint32_t)p->conditions_count;
    rule->condition_count = (uint32_t)checked->condition_count;
    for (size_t i = 0; i < checked->condition_count; i++) {
        const struct checked_condition *condition = &checked->conditions[i];
        struct condition made = {.text = program_text(p, condition->text),
                                 .whole = emit_piece(e, condition->whole),
                                 .value = emit_piece(e, condition->value),
                                 .threshold = emit_piece(e, condition->threshold),
                                 .threshold_text = program_text(p, condition->threshold_text),
                                 .unit = (uint8_t)condition->unit};
        uint32_t at = program_add_conditions(p);
        p->conditions[at] = made;
    }
}

static void emit_say(struct emit *e, const struct checked_action *checked, struct action *action)
{
    struct program *p = e->program;
    action->say_first = (uint32_t)p->say_pieces_count;
    action->say_count = (uint32_t)checked->say_count;
    for (size_t i = 0; i < checked->say_count; i++) {
        const struct checked_say *say = &checked->say[i];
        struct say_piece made = {.text = program_text(p, say->text),
                                 .code = emit_piece(e, say->value),
                                 .unit = say->value == NULL ? 0 : (uint8_t)say->value->unit};
        uint32_t at = program_add_say_pieces(p);
        p->say_pieces[at] = made;
    }
}

static void emit_actions(struct emit *e, const struct checked_rule *checked, struct rule *rule)
{
    struct program *p = e->program;
    rule->action_first = (uint32_t)p->actions_count;
    rule->action_count = (uint32_t)checked->action_count;
    for (size_t i = 0; i < checked->action_count; i++) {
        const struct checked_action *action = &checked->actions[i];
        struct action made = {.kind = action->kind,
                              .target = action->target,
                              .what = action->what,
                              .mark = action->mark,
                              .code = emit_piece(e, action->points),
                              .only_if = emit_piece(e, action->only_if),
                              .span_ms = action->span_ms};
        emit_say(e, action, &made);
        uint32_t at = program_add_actions(p);
        p->actions[at] = made;
    }
}

static void emit_rule(struct emit *e, const struct checked_rule *checked)
{
    struct program *p = e->program;
    struct rule rule = {.name = program_text(p, checked->name),
                        .title = program_text(p, checked->title),
                        .key = name_key(checked->name),
                        .typology = checked->typology == NULL ? TYPOLOGY_NONE
                                                              : (int32_t)checked->typology->index,
                        .leg = checked->leg,
                        .page = checked->entity,
                        .trigger = checked->trigger,
                        .mark = checked->mark,
                        .pattern = checked->pattern == NULL ? 0 : checked->pattern->index,
                        .absolute = checked->absolute,
                        .shadow = checked->state != AST_LIVE,
                        .draft = checked->state == AST_DRAFT};
    e->event = vocab_triggers[checked->trigger].event;
    rule.when = emit_piece(e, checked->when);
    emit_guards(e, checked, &rule);
    emit_conditions(e, checked, &rule);
    emit_actions(e, checked, &rule);
    uint32_t at = program_add_rules(p);
    p->rules[at] = rule;
}

/* ---- the other tables ---- */

static void emit_lists(struct program *p, const struct checked *checked)
{
    for (size_t i = 0; i < checked->list_count; i++) {
        const struct checked_list *list = &checked->lists[i];
        uint32_t at = program_add_lists(p);
        p->lists[at] = (struct list){program_text(p, list->name), program_text(p, list->title),
                                     name_key(list->name), list->entity};
    }
}

static void emit_days(struct program *p, const struct checked *checked)
{
    for (size_t i = 0; i < checked->day_count; i++) {
        uint32_t at = program_add_days(p);
        p->days[at] = checked->days[i];
    }
}

static void emit_tags(struct program *p, const struct checked *checked)
{
    for (size_t i = 0; i < checked->tag_count; i++) {
        const struct checked_tag *tag = &checked->tags[i];
        struct tag made = {.name = program_text(p, tag->name),
                           .title = program_text(p, tag->title),
                           .sign_first = (uint32_t)p->tag_signs_count,
                           .sign_count = tag->sign_count,
                           .hash = tag->hash};
        for (uint32_t k = 0; k < tag->sign_count; k++) {
            struct tag_sign sign = tag->signs[k];
            sign.text = program_text(p, sign.text);
            sign.near = program_text(p, sign.near);
            uint32_t at = program_add_tag_signs(p);
            p->tag_signs[at] = sign;
        }
        uint32_t at = program_add_tags(p);
        p->tags[at] = made;
    }
    p->tag_set = tag_set(p->tags, p->tags_count, p->tag_signs);
}

static void emit_marks(struct program *p, const struct checked *checked)
{
    for (size_t i = 0; i < checked->mark_count; i++) {
        struct str name = checked->marks[i].name;
        uint32_t at = program_add_marks(p);
        p->marks[at] = (struct mark){program_text(p, name), name_key(name)};
    }
}

static void emit_typologies(struct program *p, const struct checked *checked)
{
    for (size_t i = 0; i < checked->typology_count; i++) {
        const struct checked_typology *typology = &checked->typologies[i];
        struct typology made = {.name = program_text(p, typology->name),
                                .title = program_text(p, typology->title),
                                .key = name_key(typology->name),
                                .page = typology->entity,
                                .closes_ms = typology->closes_ms};
        memcpy(made.tier_points, typology->tier_points, sizeof made.tier_points);
        uint32_t at = program_add_typologies(p);
        p->typologies[at] = made;
    }
}

static void emit_features(struct emit *e, const struct checked *checked)
{
    struct program *p = e->program;
    for (size_t i = 0; i < checked->feature_count; i++) {
        const struct checked_feature *feature = &checked->features[i];
        e->event = feature->is_card ? vocab_triggers[feature->trigger].event : EVENT_NONE;
        struct feature made = {.name = program_text(p, feature->name),
                               .title = program_text(p, feature->title),
                               .key = name_key(feature->name),
                               .page = feature->entity,
                               .unit = (uint8_t)feature->unit,
                               .code = emit_piece(e, feature->value)};
        uint32_t at = program_add_features(p);
        p->features[at] = made;
    }
}

/* ---- patterns ---- */

static uint8_t emit_ready(const struct checked_pattern *pattern, size_t step);

static uint8_t emit_earlier(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

/* The single step, from the last one back, with which all is bound that the expression reads;
 * ready: what else has to be. */
static uint8_t emit_needs(const struct checked_pattern *pattern, const struct checked_expr *expr,
                          uint8_t ready)
{
    const struct checked_expr *operands[3] = {expr->a, expr->b, expr->c};
    if (expr->op == CHECKED_STEP) {
        return emit_earlier(ready, expr->step);
    }
    if (expr->op == CHECKED_AGGREGATE) {
        const struct checked_aggregate *a = expr->aggregate;
        if (a->span == SPAN_STEP) {
            ready = emit_earlier(ready, emit_ready(pattern, a->step));
        }
        return a->where == NULL ? ready : emit_needs(pattern, a->where, ready);
    }
    for (int i = 0; i < checked_operand_count(expr->op); i++) {
        ready = emit_needs(pattern, operands[i], ready);
    }
    return ready;
}

/* The single step with which a step is bound, or can be taken. */
static uint8_t emit_ready(const struct checked_pattern *pattern, size_t step)
{
    const struct checked_step *of = &pattern->steps[step];
    uint8_t second = pattern->step_count > 1; /* alone it is taken with itself */
    uint8_t ready = (uint8_t)(!of->repeated ? step : step == 0 ? second : step - 1);
    return of->repeated && of->where != NULL ? emit_needs(pattern, of->where, ready) : ready;
}

/* One more than those that a repeated step asks. */
static uint8_t emit_rank(const struct checked_pattern *pattern, size_t step)
{
    uint8_t rank = 0;
    for (size_t i = 0; i < pattern->step_count; i++) {
        if (pattern->asks[step] >> i & 1) {
            uint8_t below = emit_rank(pattern, i);
            rank = below >= rank ? (uint8_t)(below + 1) : rank;
        }
    }
    return rank;
}

/* Each part of a where is asked as soon as it can be. */
static void emit_tests(struct emit *e, const struct checked_pattern *pattern, size_t step,
                       const struct checked_expr *where)
{
    if (where->op == CHECKED_AND) {
        emit_tests(e, pattern, step, where->a);
        emit_tests(e, pattern, step, where->b);
        return;
    }
    struct pattern_test made = {.step = (uint8_t)step,
                                .ready = emit_needs(pattern, where, (uint8_t)step),
                                .code = emit_piece(e, where)};
    uint32_t at = program_add_pattern_tests(e->program);
    e->program->pattern_tests[at] = made;
}

static void emit_steps(struct emit *e, const struct checked_pattern *checked,
                       struct pattern *pattern)
{
    struct program *p = e->program;
    pattern->step_first = (uint32_t)p->pattern_steps_count;
    pattern->step_count = (uint32_t)checked->step_count;
    pattern->test_first = (uint32_t)p->pattern_tests_count;
    for (size_t i = 0; i < checked->step_count; i++) {
        const struct checked_step *step = &checked->steps[i];
        struct pattern_step made = {.name = program_text(p, step->name),
                                    .stream = step->stream,
                                    .ready = emit_ready(checked, i),
                                    .repeated = step->repeated,
                                    .rank = emit_rank(checked, i),
                                    .reversed_too = step->reversed_too,
                                    .within_ms = step->within_ms,
                                    .least_count = step->least_count,
                                    .most_count = step->most_count,
                                    .where = CODE_NONE};
        if (step->repeated) {
            made.where = emit_piece(e, step->where);
        } else if (step->where != NULL) {
            emit_tests(e, checked, i, step->where);
        }
        uint32_t at = program_add_pattern_steps(p);
        p->pattern_steps[at] = made;
    }
    pattern->test_count = (uint32_t)p->pattern_tests_count - pattern->test_first;
}

static void emit_pattern(struct emit *e, const struct checked_pattern *checked)
{
    struct program *p = e->program;
    struct pattern pattern = {.name = program_text(p, checked->name),
                              .title = program_text(p, checked->title),
                              .key = name_key(checked->name),
                              .page = checked->entity,
                              .workdays = checked->workdays,
                              .within_ms = checked->within_ms,
                              .without_first = (uint32_t)p->pattern_withouts_count,
                              .without_count = (uint32_t)checked->without_count};
    e->event = checked->event;
    e->in_pattern = true;
    for (size_t i = 0; i < checked->without_count; i++) {
        const struct checked_without *without = &checked->withouts[i];
        struct pattern_without made = {without->stream, without->reversed_too,
                                       emit_piece(e, without->where)};
        uint32_t at = program_add_pattern_withouts(p);
        p->pattern_withouts[at] = made;
    }
    pattern.absence_ms = checked->absence_ms;
    pattern.absence_stream = checked->absence_asks ? checked->absence.stream : STREAM_COUNT;
    pattern.absence_reversed_too = checked->absence.reversed_too;
    pattern.absence_where = emit_piece(e, checked->absence.where);
    emit_steps(e, checked, &pattern);
    e->in_pattern = false;
    uint32_t at = program_add_patterns(p);
    p->patterns[at] = pattern;
}

struct program *emit_program(const struct checked *checked, const struct plan *plan)
{
    struct emit e = {.program = program_new(), .plan = plan, .event = EVENT_NONE};
    struct program *p = e.program;
    memcpy(p->visits, plan->visits, sizeof p->visits);
    for (size_t i = 0; i < plan->carry_count; i++) {
        uint32_t at = program_add_carries(p);
        p->carries[at] = plan->carries[i];
    }
    p->policy = checked->policy;
    for (int action = 0; action < ACTION_COUNT; action++) {
        p->policy.basis[action] = program_text(p, checked->policy.basis[action]);
    }
    emit_lists(p, checked);
    emit_marks(p, checked);
    emit_days(p, checked);
    emit_tags(p, checked);
    emit_typologies(p, checked);
    emit_features(&e, checked);
    for (size_t i = 0; i < checked->pattern_count; i++) {
        emit_pattern(&e, &checked->patterns[i]);
    }
    for (size_t i = 0; i < checked->rule_count; i++) {
        emit_rule(&e, &checked->rules[i]);
    }
    return p;
}
