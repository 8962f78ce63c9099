/* Marks that set marks: each such rule raises the level, or they form no circle. Where they did,
 * one mark could run through the city for ever. */
#include "engine/state/page.h"
#include "rules/check_inside.h"

/* ---- for which levels a rule runs ---- */

enum { CIRCLE_TRUE = 1, CIRCLE_FALSE = 2, CIRCLE_EITHER = CIRCLE_TRUE | CIRCLE_FALSE };

static bool circle_has(const struct checked_set *set, int64_t level)
{
    for (size_t i = 0; i < set->range_count; i++) {
        if (set->ranges[i].low <= level && level <= set->ranges[i].high) {
            return true;
        }
    }
    return false;
}

/* A rule's mark has just come with this level, so there is no lower one. */
struct circle_place {
    uint32_t mark;
    int64_t level;
    bool in_feature; /* one inside it is not looked into */
};

/* What a condition can be there. */
static unsigned circle_truth(const struct checked_expr *expr, struct circle_place place)
{
    unsigned a;
    unsigned b;
    switch (expr->op) {
    case CHECKED_AND:
        a = circle_truth(expr->a, place);
        b = circle_truth(expr->b, place);
        return (a & b & CIRCLE_TRUE) | ((a | b) & CIRCLE_FALSE);
    case CHECKED_OR:
        a = circle_truth(expr->a, place);
        b = circle_truth(expr->b, place);
        return ((a | b) & CIRCLE_TRUE) | (a & b & CIRCLE_FALSE);
    case CHECKED_NOT:
        a = circle_truth(expr->a, place);
        return (a & CIRCLE_TRUE) << 1 | (a & CIRCLE_FALSE) >> 1;
    case CHECKED_FEATURE:
        if (place.in_feature || expr->feature->value == NULL) {
            return CIRCLE_EITHER;
        }
        place.in_feature = true;
        return circle_truth(expr->feature->value, place);
    case CHECKED_IN_SET:
        if (expr->a->op == CHECKED_MARK_LEVEL && expr->a->value == place.mark) {
            return circle_has(expr->set, place.level) ? CIRCLE_TRUE : CIRCLE_FALSE;
        }
        return CIRCLE_EITHER;
    default: return CIRCLE_EITHER;
    }
}

static bool circle_may_hold(const struct checked_expr *condition, uint32_t mark, int64_t level)
{
    struct circle_place place = {mark, level, false};
    return condition == NULL || (circle_truth(condition, place) & CIRCLE_TRUE) != 0;
}

void check_circle_note(struct check *c, const struct ast_rule *ast, const struct checked_rule *rule)
{
    const struct ast_action *written = ast->actions;
    if (rule->trigger != TRIGGER_MARK || ast->state == AST_RETIRED) {
        return;
    }
    for (size_t i = 0; i < rule->action_count; i++, written = written->next) {
        const struct checked_action *action = &rule->actions[i];
        for (int64_t level = 1; action->kind == ACTION_MARK && level <= MARK_LEVEL_MAX; level++) {
            if (!circle_may_hold(rule->when, rule->mark, level) ||
                !circle_may_hold(action->only_if, rule->mark, level)) {
                continue;
            }
            struct check_step *step = arena_alloc(c->arena, 1, sizeof *step);
            step->from = rule->mark * MARK_LEVEL_MAX + (uint32_t)level - 1;
            step->to = action->mark * MARK_LEVEL_MAX + action->what - 1;
            step->on = ast->trigger.span;
            step->set = written->name.span;
            step->next = c->mark_steps[step->from];
            c->mark_steps[step->from] = step;
        }
    }
}

/* ---- circles ---- */

/* A walk along the steps: of each place the step by which it was reached, while it is on the way.
 */
struct circle_walk {
    struct check *c;
    const struct check_step **reached; /* by place */
    const struct check_step **rest;    /* steps from it that are still to be taken */
    bool *seen, *open;
};

static int circle_level(uint32_t place)
{
    return (int)(place % MARK_LEVEL_MAX) + 1;
}

static struct str circle_name(const struct check *c, uint32_t place)
{
    return c->out->marks[place / MARK_LEVEL_MAX].name;
}

/* The step leads to a place that the walk has come from. */
static void circle_say(struct circle_walk *w, const struct check_step *last)
{
    struct check *c = w->c;
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, last->set,
                                 "a circle: the mark `%.*s` of level %d leads to itself",
                                 DIAG_STR(circle_name(c, last->to)), circle_level(last->to));
    diag_note(c->diags, diag, last->on, "on level %d", circle_level(last->from));
    for (uint32_t at = last->from; at != last->to; at = w->reached[at]->from) {
        diag_note(c->diags, diag, w->reached[at]->set, "set here on `%.*s` of level %d",
                  DIAG_STR(circle_name(c, w->reached[at]->from)),
                  circle_level(w->reached[at]->from));
    }
    diag_hint(
        c->diags, diag,
        "ask for a level in `when`, as in `subject marked %.*s level == 1`, and set a higher one",
        DIAG_STR(circle_name(c, last->from)));
}

/* Goes on from a place; returns the next one, or the one before when there is nothing left. */
static void circle_walk_from(struct circle_walk *w, uint32_t start)
{
    uint32_t at = start;
    w->seen[at] = w->open[at] = true;
    w->rest[at] = w->c->mark_steps[at];
    for (;;) {
        const struct check_step *step = w->rest[at];
        if (step == NULL) {
            w->open[at] = false;
            if (at == start) {
                return;
            }
            at = w->reached[at]->from;
            continue;
        }
        w->rest[at] = step->next;
        if (w->open[step->to]) {
            circle_say(w, step);
        } else if (!w->seen[step->to]) {
            w->reached[step->to] = step;
            at = step->to;
            w->seen[at] = w->open[at] = true;
            w->rest[at] = w->c->mark_steps[at];
        }
    }
}

void check_circles(struct check *c)
{
    size_t count = c->out->mark_count * MARK_LEVEL_MAX;
    struct circle_walk w = {.c = c,
                            .reached = arena_alloc(c->arena, count, sizeof *w.reached),
                            .rest = arena_alloc(c->arena, count, sizeof *w.rest),
                            .seen = arena_alloc(c->arena, count, sizeof *w.seen),
                            .open = arena_alloc(c->arena, count, sizeof *w.open)};
    for (uint32_t place = 0; place < count; place++) {
        if (!w.seen[place]) {
            circle_walk_from(&w, place);
        }
    }
}
