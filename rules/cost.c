#include "rules/cost.h"

#include "engine/base/mem.h"

#include <string.h>

/* Aggregates that run at one page. */
struct cost {
    const struct checked *checked;
    bool *seen; /* by feature: it is computed there already */
    uint32_t aggregates;
};

static void cost_expr(struct cost *cost, const struct checked_expr *expr);

static void cost_feature(struct cost *cost, const struct checked_feature *feature)
{
    if (!cost->seen[feature->index]) {
        cost->seen[feature->index] = true;
        cost_expr(cost, feature->value);
    }
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
    } else if (expr->op == CHECKED_FEATURE) {
        cost_feature(cost, expr->feature);
    }
    cost_expr(cost, expr->a);
    cost_expr(cost, expr->b);
    cost_expr(cost, expr->c);
}

static void cost_rule(struct cost *cost, const struct checked_rule *rule)
{
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

static struct cost cost_begin(const struct checked *checked)
{
    return (struct cost){.checked = checked,
                         .seen = mem_alloc(checked->feature_count + 1, sizeof(bool))};
}

uint32_t cost_count_aggregates(const struct checked *checked, const struct checked_rule *rule)
{
    struct cost cost = cost_begin(checked);
    cost_rule(&cost, rule);
    mem_free(cost.seen);
    return cost.aggregates;
}

int64_t cost_of_rule(const struct checked *checked, const struct checked_rule *rule)
{
    return cost_count_aggregates(checked, rule) * COST_RECORDS;
}

/* All that an event of this kind runs at the page of one leg. */
static void cost_leg(struct cost *cost, const struct plan *plan, uint8_t event, uint8_t leg)
{
    memset(cost->seen, 0, cost->checked->feature_count * sizeof *cost->seen);
    for (size_t i = 0; i < cost->checked->rule_count; i++) {
        const struct checked_rule *rule = &cost->checked->rules[i];
        if (vocab_triggers[rule->trigger].event == event && rule->leg == leg) {
            cost_rule(cost, rule);
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
    mem_free(cost.seen);
    return cost.aggregates * COST_RECORDS;
}
