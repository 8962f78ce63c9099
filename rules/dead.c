#include "rules/dead.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "rules/same.h"

#include <stdlib.h>

#define DEAD_FACTS_MAX 32
#define DEAD_RATIO_ONE 10000 /* basis points */

/* What must be so for a condition to be true: a value lies in [low, high]. */
struct dead_fact {
    const struct checked_expr *value;
    const struct checked_expr *from; /* the comparison that says so */
    int64_t low, high;
};

struct dead_facts {
    struct dead_fact items[DEAD_FACTS_MAX];
    size_t count; /* those that do not fit are not looked at */
};

/* What excludes each other; the first is NULL if the second is impossible alone. */
struct dead_clash {
    const struct checked_expr *first, *second;
};

struct dead {
    struct diag_list *diags;
    struct dead_clash clash;
};

/* ---- facts ---- */

/* What a value can be at all. */
static void dead_bounds(const struct checked_expr *value, struct dead_fact *fact)
{
    fact->low = INT64_MIN;
    fact->high = INT64_MAX;
    if (value->op == CHECKED_AGGREGATE) {
        uint8_t kind = value->aggregate->kind;
        bool counted =
            kind == AGGREGATE_COUNT || kind == AGGREGATE_DISTINCT || kind == AGGREGATE_RISING;
        bool share = kind == AGGREGATE_SHARE || kind == AGGREGATE_TOP_SHARE;
        fact->low = counted || share ? 0 : fact->low;
        fact->high = share ? DEAD_RATIO_ONE : fact->high;
    } else if (value->op == CHECKED_WORD || value->op == CHECKED_RECORD) {
        bool length = value->unit == UNIT_DURATION || value->word == WORD_HOUR;
        fact->low = length ? 0 : fact->low;
        fact->high = value->word == WORD_HOUR ? 23 : fact->high;
    }
}

/* The fact about this value; NULL if there is no room. */
static struct dead_fact *dead_fact_of(struct dead_facts *facts, const struct checked_expr *value)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (same_expr(facts->items[i].value, value)) {
            return &facts->items[i];
        }
    }
    if (facts->count == DEAD_FACTS_MAX) {
        return NULL;
    }
    struct dead_fact *fact = &facts->items[facts->count++];
    *fact = (struct dead_fact){.value = value};
    dead_bounds(value, fact);
    return fact;
}

/* Notes that the value lies in this range, too; false if it cannot. */
static bool dead_narrow(struct dead *d, struct dead_facts *facts, const struct checked_expr *value,
                        struct range range, const struct checked_expr *from)
{
    struct dead_fact *fact = dead_fact_of(facts, value);
    if (fact == NULL) {
        return true;
    }
    int64_t low = range.low > fact->low ? range.low : fact->low;
    int64_t high = range.high < fact->high ? range.high : fact->high;
    if (low > high) {
        d->clash = (struct dead_clash){fact->from, from};
        return false;
    }
    bool said = low != fact->low || high != fact->high || fact->from == NULL;
    fact->from = said ? from : fact->from;
    fact->low = low;
    fact->high = high;
    return true;
}

/* The value is not this one. */
static bool dead_exclude(struct dead *d, struct dead_facts *facts, const struct checked_expr *value,
                         struct range range, const struct checked_expr *from)
{
    const struct dead_fact *fact = dead_fact_of(facts, value);
    if (fact != NULL && fact->low >= range.low && fact->high <= range.high) {
        d->clash = (struct dead_clash){fact->from, from};
        return false;
    }
    return true;
}

/* ---- one comparison ---- */

static enum checked_op dead_mirror(enum checked_op op)
{
    switch (op) {
    case CHECKED_LESS: return CHECKED_GREATER;
    case CHECKED_LESS_EQUAL: return CHECKED_GREATER_EQUAL;
    case CHECKED_GREATER: return CHECKED_LESS;
    case CHECKED_GREATER_EQUAL: return CHECKED_LESS_EQUAL;
    default: return op;
    }
}

static enum checked_op dead_negate(enum checked_op op)
{
    switch (op) {
    case CHECKED_EQUAL: return CHECKED_NOT_EQUAL;
    case CHECKED_NOT_EQUAL: return CHECKED_EQUAL;
    case CHECKED_LESS: return CHECKED_GREATER_EQUAL;
    case CHECKED_LESS_EQUAL: return CHECKED_GREATER;
    case CHECKED_GREATER: return CHECKED_LESS_EQUAL;
    default: must(op == CHECKED_GREATER_EQUAL); return CHECKED_LESS;
    }
}

static bool dead_compare(struct dead *d, struct dead_facts *facts, enum checked_op op,
                         const struct checked_expr *value, int64_t limit,
                         const struct checked_expr *from)
{
    struct range range = {INT64_MIN, INT64_MAX};
    switch (op) {
    case CHECKED_EQUAL: range = (struct range){limit, limit}; break;
    case CHECKED_NOT_EQUAL:
        return dead_exclude(d, facts, value, (struct range){limit, limit}, from);
    case CHECKED_LESS: range.high = limit - (limit > INT64_MIN); break;
    case CHECKED_LESS_EQUAL: range.high = limit; break;
    case CHECKED_GREATER: range.low = limit + (limit < INT64_MAX); break;
    default: range.low = limit; break;
    }
    return dead_narrow(d, facts, value, range, from);
}

static bool dead_is_const(const struct checked_expr *expr)
{
    return expr->op == CHECKED_CONST && expr->decimals == 0;
}

static bool dead_in_set(struct dead *d, struct dead_facts *facts, const struct checked_expr *expr,
                        bool truth)
{
    const struct checked_set *set = expr->set;
    if (!truth) {
        for (size_t i = 0; i < set->range_count; i++) {
            if (!dead_exclude(d, facts, expr->a, set->ranges[i], expr)) {
                return false;
            }
        }
        return true;
    }
    struct range hull = {set->ranges[0].low, set->ranges[set->range_count - 1].high};
    return dead_narrow(d, facts, expr->a, hull, expr);
}

/* What is neither `and`, `or` nor `not`. */
static bool dead_atom(struct dead *d, struct dead_facts *facts, const struct checked_expr *expr,
                      bool truth)
{
    struct range yes_or_no = {truth, truth};
    if (expr->op >= CHECKED_EQUAL && expr->op <= CHECKED_GREATER_EQUAL) {
        enum checked_op op = truth ? expr->op : dead_negate(expr->op);
        if (dead_is_const(expr->b)) {
            return dead_compare(d, facts, op, expr->a, expr->b->value, expr);
        }
        if (dead_is_const(expr->a)) {
            return dead_compare(d, facts, dead_mirror(op), expr->b, expr->a->value, expr);
        }
    }
    if (expr->op == CHECKED_BETWEEN && dead_is_const(expr->b) && dead_is_const(expr->c)) {
        struct range range = {expr->b->value, expr->c->value};
        return truth ? dead_narrow(d, facts, expr->a, range, expr)
                     : dead_exclude(d, facts, expr->a, range, expr);
    }
    if (expr->op == CHECKED_IN_SET && expr->set->range_count > 0) {
        return dead_in_set(d, facts, expr, truth);
    }
    return dead_narrow(d, facts, expr, yes_or_no, expr);
}

/* ---- conditions ---- */

static bool dead_can_be(struct dead *d, const struct dead_facts *known,
                        const struct checked_expr *expr, bool truth);

/* Takes what must hold together; of alternatives, in a second walk, that one at least can be. */
static bool dead_take(struct dead *d, struct dead_facts *facts, const struct checked_expr *expr,
                      bool truth, bool alternatives)
{
    if (expr->op == CHECKED_NOT) {
        return dead_take(d, facts, expr->a, !truth, alternatives);
    }
    if (expr->op != CHECKED_AND && expr->op != CHECKED_OR) {
        return alternatives || dead_atom(d, facts, expr, truth);
    }
    bool both = (expr->op == CHECKED_AND) == truth;
    if (both) {
        return dead_take(d, facts, expr->a, truth, alternatives) &&
               dead_take(d, facts, expr->b, truth, alternatives);
    }
    return !alternatives || dead_can_be(d, facts, expr->a, truth) ||
           dead_can_be(d, facts, expr->b, truth);
}

static bool dead_can_be(struct dead *d, const struct dead_facts *known,
                        const struct checked_expr *expr, bool truth)
{
    struct dead_facts facts = *known;
    return dead_take(d, &facts, expr, truth, false) && dead_take(d, &facts, expr, truth, true);
}

/* A condition, as a warning about it names it: before, the name, behind. */
struct dead_what {
    const char *before;
    struct str name;
    const char *behind;
};

static void dead_condition(struct dead *d, const struct checked_expr *expr, struct dead_what what)
{
    struct dead_facts none = {.count = 0};
    if (expr == NULL || expr->unit != UNIT_BOOL || dead_can_be(d, &none, expr, true)) {
        return;
    }
    const struct checked_expr *first = d->clash.first;
    struct diag *diag =
        diag_add(d->diags, DIAG_WARNING, d->clash.second->span, "%s%.*s%s: %s", what.before,
                 DIAG_STR(what.name), what.behind,
                 first == NULL ? "this is impossible" : "these two exclude each other");
    if (first != NULL) {
        diag_note(d->diags, diag, first->span, "%s", "");
    }
}

/* ---- filters inside expressions ---- */

static void dead_expr(struct dead *d, const struct checked_expr *expr)
{
    if (expr == NULL) {
        return;
    }
    if (expr->op == CHECKED_AGGREGATE) {
        struct dead_what where = {"no record satisfies this `where`", STR(""), ""};
        dead_condition(d, expr->aggregate->where, where);
        dead_expr(d, expr->aggregate->where);
        dead_expr(d, expr->aggregate->since);
    }
    dead_expr(d, expr->a);
    dead_expr(d, expr->b);
    dead_expr(d, expr->c);
}

static void dead_rule(struct dead *d, const struct checked_rule *rule)
{
    struct dead_what when = {"rule `", rule->name, "` can never fire"};
    struct dead_what unless = {"this `unless` of rule `", rule->name, "` can never be true"};
    struct dead_what only_if = {"this `if` of rule `", rule->name, "` can never be true"};
    dead_condition(d, rule->when, when);
    dead_expr(d, rule->when);
    for (size_t i = 0; i < rule->guard_count; i++) {
        dead_condition(d, rule->guards[i].condition, unless);
        dead_expr(d, rule->guards[i].condition);
    }
    for (size_t i = 0; i < rule->action_count; i++) {
        const struct checked_action *action = &rule->actions[i];
        dead_condition(d, action->only_if, only_if);
        dead_expr(d, action->only_if);
        dead_expr(d, action->points);
        for (size_t k = 0; k < action->say_count; k++) {
            dead_expr(d, action->say[k].value);
        }
    }
}

/* ---- rules that say the same ---- */

struct dead_rule_key {
    uint64_t hash;
    const struct checked_rule *rule; /* the pack's order is that of its array */
};

static int dead_key_order(const void *left, const void *right)
{
    const struct dead_rule_key *a = left;
    const struct dead_rule_key *b = right;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return a->rule < b->rule ? -1 : a->rule > b->rule;
}

static bool dead_is_covered(const struct checked_rule *first, const struct checked_rule *second)
{
    bool same = first->trigger == second->trigger && first->mark == second->mark &&
                first->leg == second->leg && first->entity == second->entity &&
                first->absolute == second->absolute && first->typology == second->typology &&
                first->guard_count == second->guard_count && same_expr(first->when, second->when);
    for (size_t i = 0; same && i < first->guard_count; i++) {
        same = same_expr(first->guards[i].condition, second->guards[i].condition);
    }
    return same;
}

static void dead_cover(struct dead *d, const struct checked *checked)
{
    struct dead_rule_key *keys = mem_alloc(checked->rule_count + 1, sizeof *keys);
    for (size_t i = 0; i < checked->rule_count; i++) {
        const struct checked_rule *rule = &checked->rules[i];
        uint64_t place = (uint64_t)rule->mark << 16 | (uint64_t)rule->trigger << 8 | rule->leg;
        keys[i] = (struct dead_rule_key){same_hash(rule->when) + place, rule};
    }
    qsort(keys, checked->rule_count, sizeof *keys, dead_key_order);
    for (size_t i = 1; i < checked->rule_count; i++) {
        const struct checked_rule *first = keys[i - 1].rule;
        const struct checked_rule *second = keys[i].rule;
        if (keys[i].hash == keys[i - 1].hash && dead_is_covered(first, second)) {
            struct diag *diag = diag_add(d->diags, DIAG_WARNING, second->name_span,
                                         "rule `%.*s` fires whenever `%.*s` does, and never else",
                                         DIAG_STR(second->name), DIAG_STR(first->name));
            diag_note(d->diags, diag, first->name_span, "the first one");
            diag_hint(d->diags, diag, "put their actions into one rule");
        }
    }
    mem_free(keys);
}

static void dead_filter(struct dead *d, const struct checked_expr *where)
{
    struct dead_what what = {"no record satisfies this `where`", STR(""), ""};
    if (where != NULL) {
        dead_condition(d, where, what);
        dead_expr(d, where);
    }
}

static void dead_pattern(struct dead *d, const struct checked_pattern *pattern)
{
    for (size_t i = 0; i < pattern->step_count; i++) {
        dead_filter(d, pattern->steps[i].where);
    }
    for (size_t i = 0; i < pattern->without_count; i++) {
        dead_filter(d, pattern->withouts[i].where);
    }
}

void dead_find(const struct checked *checked, struct diag_list *diags)
{
    struct dead d = {.diags = diags};
    for (size_t i = 0; i < checked->feature_count; i++) {
        const struct checked_feature *feature = &checked->features[i];
        struct dead_what what = {"the feature `", feature->name, "` can never be true"};
        dead_condition(&d, feature->value, what);
        dead_expr(&d, feature->value);
    }
    for (size_t i = 0; i < checked->pattern_count; i++) {
        dead_pattern(&d, &checked->patterns[i]);
    }
    for (size_t i = 0; i < checked->rule_count; i++) {
        dead_rule(&d, &checked->rules[i]);
    }
    dead_cover(&d, checked);
}
