#include "engine/eval/score.h"

#include "engine/base/must.h"

#include <string.h>

static bool action_holds(struct vm *vm, const struct action *action)
{
    return action->only_if == CODE_NONE || vm_run(vm, action->only_if) == 1;
}

static int64_t line_points(struct vm *vm, const struct action *action)
{
    if (action->kind != ACTION_SCORE || !action_holds(vm, action)) {
        return 0;
    }
    int64_t points = vm_run(vm, action->code);
    if (points == VALUE_UNKNOWN || points <= 0) {
        return 0;
    }
    return points > SCORE_MAX ? SCORE_MAX : points;
}

int64_t score_of_rule(struct vm *vm, const struct rule *rule)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < rule->action_count; i++) {
        sum += line_points(vm, &vm->program->actions[rule->action_first + i]);
    }
    return sum;
}

/* Removes the lines of the rule, and those that no event can still see; false if a younger firing
 * stands. */
static bool make_room(struct page *page, uint64_t rule_key, int64_t t, int64_t forget_before_ms)
{
    for (uint32_t i = 0; i < page->points_count; i++) {
        if (page->points[i].rule_key == rule_key && page->points[i].fired_ms > t) {
            return false;
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < page->points_count; i++) {
        if (page->points[i].rule_key != rule_key && page->points[i].until_ms > forget_before_ms) {
            page->points[kept++] = page->points[i];
        }
    }
    page->points_count = kept;
    return true;
}

static bool add_line(struct page *page, const struct points *line)
{
    bool fits = true;
    if (page->points_count == PAGE_POINTS_MAX) {
        uint32_t first = 0;
        for (uint32_t i = 1; i < page->points_count; i++) {
            if (page->points[i].until_ms < page->points[first].until_ms) {
                first = i;
            }
        }
        fits = page->points[first].until_ms <= line->fired_ms; /* nobody misses what is over */
        memmove(&page->points[first], &page->points[first + 1],
                (page->points_count - first - 1) * sizeof *page->points);
        page->points_count--;
    }
    page->points =
        page_reserve(page->points, &page->points_cap, page->points_count + 1, sizeof *page->points);
    page->points[page->points_count++] = *line;
    return fits;
}

/* Could its newest firing have given points? */
static bool can_score(const struct program *p, const struct rule *rule)
{
    for (uint32_t i = 0; i < rule->action_count; i++) {
        uint8_t kind = p->actions[rule->action_first + i].kind;
        if (kind == ACTION_SCORE || kind == ACTION_RAISE) {
            return true;
        }
    }
    return false;
}

/* A firing that gives nothing is still the newest: an older one that comes late may add nothing
 * either. Nothing in force gives way to that. */
static void add_trace(struct page *page, const struct points *raise)
{
    if (page->points_count < PAGE_POINTS_MAX) {
        (void)add_line(page, raise);
    }
}

bool score_fire(struct vm *vm, const struct rule *rule, int64_t forget_before_ms)
{
    const struct program *p = vm->program;
    struct page *page = vm->page;
    must(rule->typology >= 0);
    const struct typology *typology = &p->typologies[rule->typology];
    if (!make_room(page, rule->key, vm->t, forget_before_ms)) {
        return true;
    }
    struct points raise = {rule->key, typology->key, vm->t, vm->t, 0, TIER_NONE, false};
    bool scored = false;
    bool fits = true;
    for (uint32_t i = 0; i < rule->action_count; i++) {
        const struct action *action = &p->actions[rule->action_first + i];
        if (action->kind == ACTION_RAISE && action->what > raise.raise &&
            action_holds(vm, action)) {
            raise.raise = action->what;
        }
        int64_t points = line_points(vm, action);
        if (points > 0) {
            struct points line = {rule->key, typology->key, vm->t, vm->t + action->span_ms,
                                  points,    TIER_NONE,     false};
            raise.until_ms = line.until_ms > raise.until_ms ? line.until_ms : raise.until_ms;
            scored = true;
            fits = add_line(page, &line) && fits;
        }
    }
    if (raise.raise != TIER_NONE) {
        raise.until_ms = scored ? raise.until_ms : vm->t + typology->closes_ms;
        fits = add_line(page, &raise) && fits;
    } else if (!scored && can_score(p, rule)) {
        add_trace(page, &raise);
    }
    page->dirty = true;
    return fits;
}

int64_t score_typology(const struct page *page, uint64_t typology_key, int64_t t, uint8_t *raised)
{
    int64_t sum = 0;
    *raised = TIER_NONE;
    for (uint32_t i = 0; i < page->points_count; i++) {
        const struct points *line = &page->points[i];
        if (line->typology_key == typology_key && line->fired_ms <= t && t < line->until_ms) {
            sum += line->points;
            *raised = line->raise > *raised ? line->raise : *raised;
        }
    }
    return sum > SCORE_MAX ? SCORE_MAX : sum;
}

uint8_t score_tier(const struct typology *typology, int64_t points, uint8_t raised)
{
    uint8_t tier = raised;
    for (uint8_t i = TIER_LOW; i < TIER_LIMIT; i++) {
        if (typology->tier_points[i] >= 0 && points >= typology->tier_points[i] && i > tier) {
            tier = i;
        }
    }
    return tier;
}
