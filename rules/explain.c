#include "rules/explain.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "rules/explain_inside.h"
#include "rules/layout.h"

#include <stdarg.h>

/* ---- what a rule reads ---- */

static struct str explain_source(struct explain *e, struct span span)
{
    return layout_flat(&e->arena, &e->pack->source, span);
}

static void explain_add_aggregate(struct explain *e, const struct checked_expr *expr,
                                  const struct checked_feature *feature)
{
    void *items = e->aggregates;
    mem_reserve(&items, &e->aggregate_cap, e->aggregate_count + 1, sizeof *e->aggregates);
    e->aggregates = items;
    e->aggregates[e->aggregate_count++] =
        (struct explain_aggregate){explain_source(e, expr->span), feature};
}

static void explain_add_carried(struct explain *e, const struct checked_expr *expr)
{
    const struct carry *carry = plan_find(e->pack->plan, e->event, expr);
    must(carry != NULL);
    for (size_t i = 0; i < e->carried_count; i++) {
        if (e->carried[i].carry == carry) {
            return;
        }
    }
    void *items = e->carried;
    mem_reserve(&items, &e->carried_cap, e->carried_count + 1, sizeof *e->carried);
    e->carried = items;
    e->carried[e->carried_count++] = (struct explain_carried){explain_source(e, expr->span), carry};
}

static void explain_expr(struct explain *e, const struct checked_expr *expr,
                         const struct checked_feature *feature);

/* What the filters of a pattern read, once. */
static void explain_pattern(struct explain *e, const struct checked_pattern *pattern)
{
    if (e->patterns[pattern->index]) {
        return;
    }
    e->patterns[pattern->index] = true;
    for (size_t i = 0; i < pattern->step_count; i++) {
        explain_expr(e, pattern->steps[i].where, NULL);
    }
    for (size_t i = 0; i < pattern->without_count; i++) {
        explain_expr(e, pattern->withouts[i].where, NULL);
    }
    explain_expr(e, pattern->absence.where, NULL);
}

/* feature: in whose value the expression stands. */
static void explain_expr(struct explain *e, const struct checked_expr *expr,
                         const struct checked_feature *feature)
{
    if (expr == NULL) {
        return;
    }
    if (expr->op == CHECKED_AGGREGATE) {
        explain_add_aggregate(e, expr, feature);
        explain_expr(e, expr->aggregate->where, feature);
        explain_expr(e, expr->aggregate->since, feature);
        if (expr->aggregate->pattern != NULL) {
            explain_pattern(e, expr->aggregate->pattern);
        }
    } else if (expr->op == CHECKED_CARRIED) {
        explain_add_carried(e, expr);
    } else if (expr->op == CHECKED_FEATURE && !e->features[expr->feature->index]) {
        e->features[expr->feature->index] = true;
        explain_expr(e, expr->feature->value, expr->feature);
    } else if (expr->pattern != NULL) {
        explain_pattern(e, expr->pattern);
    }
    explain_expr(e, expr->a, feature);
    explain_expr(e, expr->b, feature);
    explain_expr(e, expr->c, feature);
}

static void explain_clauses(struct explain *e)
{
    const struct checked_rule *rule = e->checked;
    if (rule->pattern != NULL) {
        explain_pattern(e, rule->pattern);
    }
    explain_expr(e, rule->when, NULL);
    for (size_t i = 0; i < rule->guard_count; i++) {
        explain_expr(e, rule->guards[i].condition, NULL);
    }
    for (size_t i = 0; i < rule->action_count; i++) {
        explain_expr(e, rule->actions[i].only_if, NULL);
        explain_expr(e, rule->actions[i].points, NULL);
        for (size_t k = 0; k < rule->actions[i].say_count; k++) {
            explain_expr(e, rule->actions[i].say[k].value, NULL);
        }
    }
}

/* ---- its program ---- */

static void __attribute__((format(printf, 3, 4)))
explain_add_piece(struct explain *e, uint32_t code, const char *format, ...)
{
    if (code == CODE_NONE) {
        return;
    }
    va_list args;
    va_start(args, format);
    struct str name = arena_format(&e->arena, format, args);
    va_end(args);
    void *items = e->pieces;
    mem_reserve(&items, &e->piece_cap, e->piece_count + 1, sizeof *e->pieces);
    e->pieces = items;
    e->pieces[e->piece_count++] = (struct explain_piece){name, code};
}

static void explain_pattern_pieces(struct explain *e, const struct pattern *pattern)
{
    const struct program *p = e->pack->program;
    for (uint32_t i = 0; i < pattern->step_count; i++) {
        const struct pattern_step *step = &p->pattern_steps[pattern->step_first + i];
        explain_add_piece(e, step->where, "pattern %.*s, %.*s", DIAG_STR(pattern->name),
                          DIAG_STR(step->name));
    }
    for (uint32_t i = 0; i < pattern->test_count; i++) {
        const struct pattern_test *test = &p->pattern_tests[pattern->test_first + i];
        const struct pattern_step *step = &p->pattern_steps[pattern->step_first + test->step];
        explain_add_piece(e, test->code, "pattern %.*s, %.*s, test %u", DIAG_STR(pattern->name),
                          DIAG_STR(step->name), i + 1);
    }
    for (uint32_t i = 0; i < pattern->without_count; i++) {
        explain_add_piece(e, p->pattern_withouts[pattern->without_first + i].where,
                          "pattern %.*s, without %u", DIAG_STR(pattern->name), i + 1);
    }
    explain_add_piece(e, pattern->absence_where, "pattern %.*s, no", DIAG_STR(pattern->name));
}

static void explain_pieces(struct explain *e)
{
    const struct program *p = e->pack->program;
    const struct rule *rule = e->rule;
    explain_add_piece(e, rule->when, "when");
    for (uint32_t i = 0; i < rule->guard_count; i++) {
        explain_add_piece(e, p->guards[rule->guard_first + i].code, "unless %u", i + 1);
    }
    for (uint32_t i = 0; i < rule->action_count; i++) {
        const struct action *action = &p->actions[rule->action_first + i];
        const char *word = vocab_actions[action->kind].text;
        explain_add_piece(e, action->code, "action %u, %s: points", i + 1, word);
        explain_add_piece(e, action->only_if, "action %u, %s: if", i + 1, word);
        for (uint32_t k = 0; k < action->say_count; k++) {
            explain_add_piece(e, p->say_pieces[action->say_first + k].code,
                              "action %u, %s: value %u", i + 1, word, k + 1);
        }
    }
    for (size_t i = 0; i < p->patterns_count; i++) {
        if (e->patterns[i]) {
            explain_pattern_pieces(e, &p->patterns[i]);
        }
    }
    for (size_t i = 0; i < e->pack->checked->feature_count; i++) {
        if (e->features[i]) {
            explain_add_piece(e, p->features[i].code, "feature %.*s",
                              DIAG_STR(p->features[i].name));
        }
    }
}

/* The filters of the aggregates that the pieces run, which may run others. */
static void explain_filters(struct explain *e)
{
    const struct program *p = e->pack->program;
    for (size_t i = 0; i < e->piece_count; i++) {
        for (uint32_t at = e->pieces[i].code; p->code[at].op != OP_END; at++) {
            if (p->code[at].op == OP_AGGREGATE) {
                int32_t index = p->code[at].c;
                explain_add_piece(e, p->aggregates[index].where, "aggregate %d: where", (int)index);
            }
        }
    }
}

void explain_collect(struct explain *e, const struct compiled *pack, size_t rule)
{
    const struct program *p = pack->program;
    must(rule < p->rules_count);
    *e = (struct explain){.pack = pack,
                          .checked = &pack->checked->rules[rule],
                          .rule = &p->rules[rule],
                          .event = vocab_triggers[p->rules[rule].trigger].event};
    e->features = arena_alloc(&e->arena, pack->checked->feature_count + 1, sizeof *e->features);
    e->patterns = arena_alloc(&e->arena, pack->checked->pattern_count + 1, sizeof *e->patterns);
    e->place_count = p->by_trigger_count[e->rule->trigger][e->rule->leg];
    for (uint32_t i = 0; i < e->place_count; i++) {
        bool here = p->by_trigger[e->rule->trigger][e->rule->leg][i] == rule;
        e->place = here ? i + 1 : e->place;
    }
    explain_clauses(e);
    explain_pieces(e);
    explain_filters(e);
}

void explain_fini(struct explain *e)
{
    mem_free(e->aggregates);
    mem_free(e->carried);
    mem_free(e->pieces);
    arena_fini(&e->arena);
}

/* ---- what others read ---- */

bool explain_reads(const struct compiled *pack, size_t rule, const struct checked_feature *feature)
{
    struct explain e = {.pack = pack,
                        .checked = &pack->checked->rules[rule],
                        .event = vocab_triggers[pack->checked->rules[rule].trigger].event};
    e.features = arena_alloc(&e.arena, pack->checked->feature_count + 1, sizeof *e.features);
    e.patterns = arena_alloc(&e.arena, pack->checked->pattern_count + 1, sizeof *e.patterns);
    explain_clauses(&e);
    bool reads = e.features[feature->index];
    explain_fini(&e);
    return reads;
}

/* ---- itinerary ---- */

static struct str explain_carry_name(const struct compiled *pack, const struct carry *carry)
{
    switch (carry->source) {
    case CARRY_FEATURE: return pack->checked->features[carry->index].name;
    case CARRY_ATTRIBUTE: return str_of(vocab_attributes[carry->index].text);
    default: return pack->checked->lists[carry->index].name;
    }
}

void explain_visit(const struct compiled *pack, uint8_t event, uint8_t leg, explain_why_fn *tell,
                   void *context)
{
    const struct plan *plan = pack->plan;
    bool told = leg == kind_infos[event].first_leg;
    if (told) {
        tell(context, EXPLAIN_FIRST, STR(""));
    }
    for (size_t i = 0; i < pack->checked->rule_count; i++) {
        const struct checked_rule *rule = &pack->checked->rules[i];
        if (vocab_triggers[rule->trigger].event == event && rule->leg == leg) {
            tell(context, EXPLAIN_RULE, rule->name);
            told = true;
        }
    }
    for (size_t i = 0; i < plan->carry_count; i++) {
        if (plan->carries[i].event == event && plan->carries[i].leg == leg) {
            tell(context, EXPLAIN_CARRY, explain_carry_name(pack, &plan->carries[i]));
            told = true;
        }
    }
    int stream = stream_of_leg(event, leg);
    uint8_t entity = leg_infos[leg].entity;
    if (stream < STREAM_COUNT && entity != ENTITY_NONE && plan->reads[entity][stream]) {
        tell(context, EXPLAIN_STREAM, str_of(stream_infos[stream].text));
        told = true;
    }
    if (!told) {
        tell(context, EXPLAIN_HOLDER, STR(""));
    }
}
