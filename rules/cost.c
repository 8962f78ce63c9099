#include "rules/cost.h"

#include "engine/base/mem.h"

#include <string.h>

/* Aggregates that run at one page. */
struct cost {
    const struct checked *checked;
    bool *seen;     /* by feature: it is computed there already */
    bool *searched; /* by pattern */
    uint32_t aggregates, searches;
};

static void cost_expr(struct cost *cost, const struct checked_expr *expr);

static void cost_feature(struct cost *cost, const struct checked_feature *feature)
{
    if (!cost->seen[feature->index]) {
        cost->seen[feature->index] = true;
        cost_expr(cost, feature->value);
    }
}

/* Once a visit, however many rules ask; with what its filters need. */
static void cost_pattern(struct cost *cost, const struct checked_pattern *pattern)
{
    if (cost->searched[pattern->index]) {
        return;
    }
    cost->searched[pattern->index] = true;
    cost->searches++;
    for (size_t i = 0; i < pattern->step_count; i++) {
        cost_expr(cost, pattern->steps[i].where);
    }
    for (size_t i = 0; i < pattern->without_count; i++) {
        cost_expr(cost, pattern->withouts[i].where);
    }
    cost_expr(cost, pattern->absence.where);
}

/* A carried value was computed at the page that it comes from. */
static void cost_expr(struct cost *cost, const struct checked_expr *expr)
{
    if (expr == NULL) {
        return;
    }
    if (expr->op == CHECKED_AGGREGATE) {
        cost->aggregates++;
        cost_expr(cost, expr->aggregate->where);
        cost_expr(cost, expr->aggregate->since);
        if (expr->aggregate->pattern != NULL) {
            cost_pattern(cost, expr->aggregate->pattern);
        }
    } else if (expr->op == CHECKED_FEATURE) {
        cost_feature(cost, expr->feature);
    } else if (expr->pattern != NULL) {
        cost_pattern(cost, expr->pattern);
    }
    cost_expr(cost, expr->a);
    cost_expr(cost, expr->b);
    cost_expr(cost, expr->c);
}

static void cost_rule(struct cost *cost, const struct checked_rule *rule)
{
    if (rule->pattern != NULL) {
        cost_pattern(cost, rule->pattern); /* at its end, too */
    }
    cost_expr(cost, rule->when);
    for (size_t i = 0; i < rule->guard_count; i++) {
        cost_expr(cost, rule->guards[i].condition);
    }
    for (size_t i = 0; i < rule->action_count; i++) {
        cost_expr(cost, rule->actions[i].only_if);
        cost_expr(cost, rule->actions[i].points);
        for (size_t k = 0; k < rule->actions[i].say_count; k++) {
            cost_expr(cost, rule->actions[i].say[k].value);
        }
    }
}

static int64_t cost_end(struct cost *cost)
{
    mem_free(cost->seen);
    mem_free(cost->searched);
    return cost->aggregates * COST_RECORDS + cost->searches * COST_COMPARISONS;
}

static struct cost cost_begin(const struct checked *checked)
{
    return (struct cost){.checked = checked,
                         .seen = mem_alloc(checked->feature_count + 1, sizeof(bool)),
                         .searched = mem_alloc(checked->pattern_count + 1, sizeof(bool))};
}

uint32_t cost_count_aggregates(const struct checked *checked, const struct checked_rule *rule)
{
    struct cost cost = cost_begin(checked);
    cost_rule(&cost, rule);
    (void)cost_end(&cost);
    return cost.aggregates;
}

int64_t cost_of_rule(const struct checked *checked, const struct checked_rule *rule)
{
    struct cost cost = cost_begin(checked);
    cost_rule(&cost, rule);
    return cost_end(&cost);
}

/* All that an event of this kind runs at the page of one leg. */
static void cost_leg(struct cost *cost, const struct plan *plan, uint8_t event, uint8_t leg)
{
    memset(cost->seen, 0, cost->checked->feature_count * sizeof *cost->seen);
    memset(cost->searched, 0, cost->checked->pattern_count * sizeof *cost->searched);
    for (size_t i = 0; i < cost->checked->rule_count; i++) {
        const struct checked_rule *rule = &cost->checked->rules[i];
        if (vocab_triggers[rule->trigger].event == event && rule->leg == leg) {
            cost_rule(cost, rule);
        }
    }
    for (size_t i = 0; i < cost->checked->rule_count; i++) {
        const struct checked_pattern *pattern = cost->checked->rules[i].pattern;
        if (pattern != NULL && pattern->event == event && pattern->leg == leg) {
            cost_pattern(cost, pattern); /* does it begin to wait? */
        }
    }
    for (size_t i = 0; i < plan->carry_count; i++) {
        const struct carry *carry = &plan->carries[i];
        if (carry->event == event && carry->leg == leg && carry->source == CARRY_FEATURE) {
            cost_feature(cost, &cost->checked->features[carry->index]);
        }
    }
}

int64_t cost_of_event(const struct checked *checked, const struct plan *plan, uint8_t event)
{
    struct cost cost = cost_begin(checked);
    for (int leg = kind_infos[event].first_leg; leg <= kind_infos[event].last_leg; leg++) {
        cost_leg(&cost, plan, event, (uint8_t)leg);
    }
    return cost_end(&cost);
}
