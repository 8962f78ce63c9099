#include "rules/check_inside.h"

#include <stdlib.h>

#define CHECK_DAY_MS ((int64_t)86400000)

static const struct check_scope check_const_scope = {.place = CHECK_IN_CONST};

/* ---- constants ---- */

/* An expression that is the same everywhere; NULL after a diagnostic. */
static struct checked_expr *check_constant(struct check *c, const struct ast_expr *ast)
{
    struct checked_expr *expr = check_expr(c, &check_const_scope, ast);
    if (expr == NULL || expr->op == CHECKED_CONST) {
        return expr;
    }
    (void)diag_add(c->diags, DIAG_ERROR, ast->span, "a constant is one value, and this is %s",
                   type_text(expr->unit));
    return NULL;
}

/* The names of a set, none of them a constant: words of one set of values. Which, is settled by
 * what they are compared with; here only whether there can be one. */
static bool check_names_set(struct check *c, const struct ast_set *set)
{
    size_t best_count = 0;
    int best = -1;
    for (int unit = 0; unit < UNIT_TYPES; unit++) {
        size_t count = 0;
        for (const struct ast_range *r = set->ranges; type_is_enum((enum unit)unit) && r != NULL;
             r = r->next) {
            const struct ast_name *name = check_bare_name(r->low);
            count += name != NULL && check_word_value(c, (enum unit)unit, name->text) != 0;
        }
        if (count > best_count) {
            best_count = count;
            best = unit;
        }
    }
    if (best_count == set->range_count) {
        return true;
    }
    if (best < 0) {
        const struct ast_name *name = check_bare_name(set->ranges->low);
        (void)diag_add(c->diags, DIAG_ERROR, name->span,
                       "`%.*s` is neither a constant nor a word of a set of values",
                       DIAG_STR(name->text));
        return false;
    }
    bool good = true;
    for (const struct ast_range *r = set->ranges; r != NULL; r = r->next) {
        good = check_word_of(c, r->low, (enum unit)best) != NULL && good;
    }
    return good;
}

static bool check_is_names(struct check *c, const struct ast_set *set)
{
    const struct ast_name *name = check_bare_name(set->ranges->low);
    return name != NULL && check_find(c, CHECK_SPACE_VALUE, name->text) == NULL;
}

static bool check_const_set(struct check *c, const struct ast_set *set)
{
    if (check_is_names(c, set)) {
        return check_names_set(c, set);
    }
    struct checked_expr *first = check_constant(c, set->ranges->low);
    return first != NULL && check_set(c, set, first, set->span) != NULL;
}

void check_const(struct check *c, struct check_const *constant, struct span use)
{
    const struct ast_const *ast = constant->ast;
    if (constant->state == CHECK_OPEN) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->head.name.span,
                       "the constant `%.*s` is defined by itself", DIAG_STR(ast->head.name.text));
    }
    if (constant->state != CHECK_NEW || ast->head.broken || !check_enter(c, use)) {
        return;
    }
    constant->state = CHECK_OPEN;
    if (ast->set != NULL) {
        constant->bad_set = !check_const_set(c, ast->set);
    } else {
        constant->value = check_constant(c, ast->value);
    }
    constant->state = CHECK_DONE;
    check_leave(c);
}

struct checked_expr *check_const_value(struct check *c, struct check_name *name, struct span span)
{
    struct check_const *constant = &c->consts[name->index];
    name->used = true;
    check_const(c, constant, span);
    if (constant->ast->set != NULL && !constant->ast->head.broken) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "`%.*s` is a set, not a value",
                                     DIAG_STR(name->text));
        diag_note(c->diags, diag, name->span, "it is defined here");
        diag_hint(c->diags, diag, "ask whether a value is in it: `... in %.*s`",
                  DIAG_STR(name->text));
        return NULL;
    }
    if (constant->value == NULL) {
        return NULL;
    }
    struct checked_expr *expr = check_new(c, CHECKED_CONST, constant->value->unit, span);
    expr->value = constant->value->value;
    expr->decimals = constant->value->decimals;
    return expr;
}

/* ---- sets ---- */

struct check_set_use {
    struct checked_expr *value;
    struct span use;
    bool far; /* the set stands elsewhere, as a constant */
};

/* The value and what the set holds do not go together. */
static void check_set_mismatch(struct check *c, const struct check_set_use *u,
                               const struct ast_expr *member, const char *label)
{
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, u->far ? u->use : member->span,
                                 "this set does not hold %s", type_text(u->value->unit));
    if (u->far) {
        diag_note(c->diags, diag, member->span, "%s", label);
    } else {
        diag_label(c->diags, diag, "%s", label);
    }
    if (u->value->span.start != member->span.start ||
        u->value->span.file_index != member->span.file_index) {
        diag_note(c->diags, diag, u->value->span, "%s", type_label(u->value->unit));
    }
}

static struct checked_expr *check_set_member(struct check *c, const struct check_set_use *u,
                                             const struct ast_expr *ast)
{
    enum unit unit = u->value->unit;
    if (type_is_enum(unit)) {
        struct str text = rule_source_text(c->source, ast->span);
        if (u->far && check_word_value(c, unit, text) == 0) {
            int other = check_word_unit(text);
            check_set_mismatch(c, u, ast, other < 0 ? "" : type_label((enum unit)other));
            return NULL;
        }
        return check_word_of(c, ast, unit);
    }
    struct checked_expr *member = check_constant(c, ast);
    if (member == NULL) {
        return NULL;
    }
    int compared = type_compared(unit, member->unit);
    if (compared == TYPE_NONE) {
        check_set_mismatch(c, u, ast, type_label(member->unit));
        return NULL;
    }
    return check_take_unit(c, member, (enum unit)compared) ? member : NULL;
}

static bool check_range(struct check *c, const struct check_set_use *u, const struct ast_range *ast,
                        struct range *range)
{
    struct checked_expr *low = check_set_member(c, u, ast->low);
    struct checked_expr *high =
        ast->high == NULL || low == NULL ? low : check_set_member(c, u, ast->high);
    if (high == NULL) {
        return false;
    }
    if (ast->high != NULL && !type_has_ranges(u->value->unit)) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, ast->span,
                                     "%s has no order, so no range", type_text(u->value->unit));
        diag_hint(c->diags, diag, "name each value of the set");
        return false;
    }
    if (low->value > high->value) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->span, "this range ends before it begins");
        diag_hint(c->diags, diag, "%s", CHECK_HINT_RANGE);
        return false;
    }
    *range = (struct range){low->value, high->value};
    return true;
}

static int check_range_order(const void *left, const void *right)
{
    const struct range *a = left;
    const struct range *b = right;
    return a->low < b->low ? -1 : a->low > b->low;
}

/* Sorts, and joins what touches. */
static void check_join_ranges(struct checked_set *set)
{
    size_t kept = 0;
    qsort(set->ranges, set->range_count, sizeof *set->ranges, check_range_order);
    for (size_t i = 0; i < set->range_count; i++) {
        struct range next = set->ranges[i];
        if (kept > 0 && (next.low <= set->ranges[kept - 1].high ||
                         next.low - 1 == set->ranges[kept - 1].high)) {
            int64_t high = set->ranges[kept - 1].high;
            set->ranges[kept - 1].high = next.high > high ? next.high : high;
        } else {
            set->ranges[kept++] = next;
        }
    }
    set->range_count = kept;
}

const struct checked_set *check_set(struct check *c, const struct ast_set *ast,
                                    struct checked_expr *value, struct span use)
{
    bool far = use.file_index != ast->span.file_index || use.start != ast->span.start;
    struct check_set_use u = {value, use, far};
    if (!type_is_enum(value->unit) && !type_has_ranges(value->unit)) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, use, "no set holds %s", type_text(value->unit));
        diag_note(c->diags, diag, value->span, "%s", type_label(value->unit));
        return NULL;
    }
    if (!check_set_size(c, ast, use)) {
        return NULL;
    }
    struct checked_set *set = arena_alloc(c->arena, 1, sizeof *set);
    set->ranges = arena_alloc(c->arena, ast->range_count, sizeof *set->ranges);
    bool good = true;
    for (const struct ast_range *r = ast->ranges; r != NULL && (good || !far); r = r->next) {
        good = check_range(c, &u, r, &set->ranges[set->range_count++]) && good;
    }
    if (!good) {
        return NULL;
    }
    check_join_ranges(set);
    return set;
}

/* ---- lengths ---- */

static bool check_length_name(struct check *c, const struct ast_name *name, int64_t *ms)
{
    struct check_name *known = check_find(c, CHECK_SPACE_VALUE, name->text);
    if (known == NULL || known->kind != CHECK_NAME_CONST) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` is no constant",
                                     DIAG_STR(name->text));
        diag_hint(c->diags, diag, "here stands a duration, such as `24h`, or the name of one");
        struct diag_guess guess = diag_guess_start(name->text);
        check_guess_names(c, &guess, CHECK_SPACE_VALUE, CHECK_NAME_CONST);
        (void)diag_hint_guess(c->diags, diag, &guess);
        return false;
    }
    const struct checked_expr *value = check_const_value(c, known, name->span);
    if (value == NULL) {
        return false;
    }
    if (value->unit != UNIT_DURATION) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, name->span, "here stands a duration, and `%.*s` is %s",
                     DIAG_STR(name->text), type_text(value->unit));
        diag_note(c->diags, diag, known->span, "it is defined here");
        return false;
    }
    *ms = value->value;
    return true;
}

int64_t check_length(struct check *c, const struct ast_length *length, int64_t max_ms,
                     const char *what)
{
    int64_t ms = length->ms;
    if (ast_has(&length->name) && !check_length_name(c, &length->name, &ms)) {
        return 0;
    }
    if (ms <= 0) {
        (void)diag_add(c->diags, DIAG_ERROR, length->span, "%s is longer than 0", what);
        return 0;
    }
    if (ms > max_ms) {
        (void)diag_add(c->diags, DIAG_ERROR, length->span, "%s is at most %dd", what,
                       (int)(max_ms / CHECK_DAY_MS));
        return 0;
    }
    return ms;
}
