#include "rules/warmth.h"

struct warmth {
    const struct checked *checked;
    const struct retention *retention;
    int64_t after_ms;
};

int64_t warmth_of_points(const struct checked_rule *rule)
{
    int64_t longest = 0;
    for (size_t i = 0; i < rule->action_count; i++) {
        const struct checked_action *action = &rule->actions[i];
        if (action->kind == ACTION_SCORE && action->span_ms > longest) {
            longest = action->span_ms;
        }
    }
    return longest;
}

int64_t warmth_of_mark(const struct checked *checked, struct str name)
{
    int64_t longest = 0;
    for (size_t i = 0; i < checked->rule_count; i++) {
        const struct checked_rule *rule = &checked->rules[i];
        for (size_t k = 0; rule->state == AST_LIVE && k < rule->action_count; k++) {
            const struct checked_action *action = &rule->actions[k];
            if (action->kind == ACTION_MARK && action->span_ms > longest &&
                str_eq(checked->marks[action->mark].name, name)) {
                longest = action->span_ms;
            }
        }
    }
    return longest;
}

int64_t warmth_of_tags(const struct retention *retention)
{
    int64_t longest = 0;
    for (int entity = 0; entity < ENTITY_KIND_COUNT; entity++) {
        int64_t age_ms = retention->stream[entity][STREAM_SMS_IN].age_max_ms;
        longest = age_ms > longest ? age_ms : longest;
    }
    return longest;
}

static void warmth_add(struct warmth *w, int64_t ms)
{
    w->after_ms = ms > w->after_ms ? ms : w->after_ms;
}

/* Points of a typology are those of all live rules of it. */
static void warmth_add_points(struct warmth *w, int64_t typology)
{
    for (size_t i = 0; i < w->checked->rule_count; i++) {
        const struct checked_rule *rule = &w->checked->rules[i];
        if (rule->state == AST_LIVE && rule->typology == &w->checked->typologies[typology]) {
            warmth_add(w, warmth_of_points(rule));
        }
    }
}

static void warmth_add_expr(struct warmth *w, const struct checked_expr *expr);

static void warmth_add_pattern(struct warmth *w, const struct checked_pattern *pattern)
{
    for (size_t i = 0; i < pattern->step_count; i++) {
        warmth_add_expr(w, pattern->steps[i].where);
    }
    for (size_t i = 0; i < pattern->without_count; i++) {
        warmth_add_expr(w, pattern->withouts[i].where);
    }
    warmth_add_expr(w, pattern->absence.where);
}

static void warmth_add_expr(struct warmth *w, const struct checked_expr *expr)
{
    if (expr == NULL) {
        return;
    }
    bool mark = expr->op == CHECKED_MARK_LEVEL ||
                (expr->op == CHECKED_CARRIED && expr->source == CARRY_MARK);
    bool feature = expr->op == CHECKED_FEATURE ||
                   (expr->op == CHECKED_CARRIED && expr->source == CARRY_FEATURE);
    if (mark) {
        warmth_add(w, warmth_of_mark(w->checked, w->checked->marks[expr->value].name));
    } else if (expr->op == CHECKED_POINTS) {
        warmth_add_points(w, expr->value);
    } else if (expr->op == CHECKED_RECORD_TAG) {
        warmth_add(w, warmth_of_tags(w->retention));
    } else if (feature) {
        warmth_add_expr(w, expr->feature->value);
    } else if (expr->op == CHECKED_MATCHES) {
        warmth_add_pattern(w, expr->pattern);
    } else if (expr->op == CHECKED_AGGREGATE) {
        warmth_add_expr(w, expr->aggregate->where);
        warmth_add_expr(w, expr->aggregate->since);
    }
    warmth_add_expr(w, expr->a);
    warmth_add_expr(w, expr->b);
    warmth_add_expr(w, expr->c);
}

int64_t warmth_of_rule(const struct checked *checked, const struct checked_rule *rule,
                       const struct retention *retention)
{
    struct warmth w = {.checked = checked, .retention = retention};
    warmth_add_expr(&w, rule->when);
    for (size_t i = 0; i < rule->guard_count; i++) {
        warmth_add_expr(&w, rule->guards[i].condition);
    }
    for (size_t i = 0; i < rule->action_count; i++) {
        warmth_add_expr(&w, rule->actions[i].only_if);
        warmth_add_expr(&w, rule->actions[i].points);
    }
    if (rule->pattern != NULL) { /* it runs on what waits */
        warmth_add_pattern(&w, rule->pattern);
        warmth_add(&w, rule->pattern->absence_ms);
    }
    return w.after_ms;
}
