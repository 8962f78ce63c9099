#include "rules/check_inside.h"

#define CHECK_DEPTH_MAX 24 /* the verifier stops at 32 */

static unsigned check_max(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* What a piece of code needs. */
struct check_need {
    unsigned stack; /* values at once */
    unsigned temps; /* aggregates of its filters that wait for use */
};

static struct check_need check_need_of(const struct checked_expr *expr);

/* The aggregates of a filter are computed before it runs: the i-th while i others wait. */
static void check_need_hoisted(const struct checked_expr *where, struct check_need *need,
                               unsigned *waiting)
{
    if (where->op == CHECKED_AGGREGATE) {
        struct check_need inner = check_need_of(where);
        need->stack = check_max(need->stack, inner.stack);
        need->temps = check_max(need->temps, *waiting + 1 + inner.temps);
        (*waiting)++;
        return;
    }
    const struct checked_expr *operands[3] = {where->a, where->b, where->c};
    for (int i = 0; i < checked_operand_count(where->op); i++) {
        check_need_hoisted(operands[i], need, waiting);
    }
}

static struct check_need check_need_aggregate(const struct checked_aggregate *aggregate)
{
    struct check_need need = {1, 0};
    if (aggregate->since != NULL) {
        need = check_need_of(aggregate->since);
    }
    if (aggregate->where != NULL) {
        unsigned waiting = 0;
        unsigned temps = need.temps;
        struct check_need inside = {0, 0};
        check_need_hoisted(aggregate->where, &inside, &waiting);
        need.temps = waiting + temps > inside.temps ? waiting + temps : inside.temps;
        need.stack = check_max(need.stack, inside.stack);
    }
    return need;
}

/* An operand waits on the stack while the next ones are computed. */
static struct check_need check_need_of(const struct checked_expr *expr)
{
    if (expr->op == CHECKED_AGGREGATE) {
        return check_need_aggregate(expr->aggregate);
    }
    struct check_need need = {1, 0};
    const struct checked_expr *operands[3] = {expr->a, expr->b, expr->c};
    for (int i = 0; i < checked_operand_count(expr->op); i++) {
        struct check_need operand = check_need_of(operands[i]);
        need.stack = check_max(need.stack, operand.stack + (unsigned)i);
        need.temps = check_max(need.temps, operand.temps);
    }
    return need;
}

/* Filters run on a stack of their own. */
static unsigned check_where_stack(const struct checked_expr *expr)
{
    unsigned stack = 0;
    const struct checked_expr *operands[3] = {expr->a, expr->b, expr->c};
    for (int i = 0; i < checked_operand_count(expr->op); i++) {
        stack = check_max(stack, check_where_stack(operands[i]));
    }
    if (expr->op == CHECKED_AGGREGATE && expr->aggregate->since != NULL) {
        stack = check_max(stack, check_where_stack(expr->aggregate->since));
    }
    if (expr->op == CHECKED_AGGREGATE && expr->aggregate->where != NULL) {
        stack = check_max(stack, check_need_of(expr->aggregate->where).stack);
        stack = check_max(stack, check_where_stack(expr->aggregate->where));
    }
    return stack;
}

unsigned check_depth(const struct checked_expr *expr)
{
    unsigned depth = 0;
    const struct checked_expr *operands[3] = {expr->a, expr->b, expr->c};
    for (int i = 0; i < checked_operand_count(expr->op); i++) {
        depth = check_max(depth, check_depth(operands[i]));
    }
    if (expr->op == CHECKED_FEATURE) {
        depth = check_max(depth, expr->feature->depth);
    }
    if (expr->op == CHECKED_AGGREGATE && expr->aggregate->since != NULL) {
        depth = check_max(depth, check_depth(expr->aggregate->since));
    }
    if (expr->op == CHECKED_AGGREGATE && expr->aggregate->where != NULL) {
        depth = check_max(depth, 1 + check_depth(expr->aggregate->where));
    }
    return depth;
}

bool check_enter(struct check *c, struct span use)
{
    if (c->depth < CHECK_DEPTH_MAX) {
        c->depth++;
        return true;
    }
    (void)diag_add(c->diags, DIAG_ERROR, use,
                   "features and constants build on each other over more than %d steps",
                   CHECK_DEPTH_MAX);
    return false;
}

void check_leave(struct check *c)
{
    c->depth--;
}

bool check_bounds(struct check *c, const struct checked_expr *expr)
{
    struct check_need need = check_need_of(expr);
    unsigned stack = check_max(need.stack, check_where_stack(expr));
    struct diag *diag = NULL;
    if (stack > PROGRAM_STACK_MAX) {
        diag = diag_add(c->diags, DIAG_ERROR, expr->span, "this is nested too deep to be computed");
    } else if (need.temps > PROGRAM_TEMPS_MAX) {
        diag = diag_add(c->diags, DIAG_ERROR, expr->span,
                        "more than %d aggregates stand inside `where` here", PROGRAM_TEMPS_MAX);
    } else if (check_depth(expr) > CHECK_DEPTH_MAX) {
        (void)diag_add(c->diags, DIAG_ERROR, expr->span,
                       "features and filters build on each other over more than %d steps",
                       CHECK_DEPTH_MAX);
        return false;
    } else {
        return true;
    }
    diag_hint(c->diags, diag, "give parts of it a name with `feature`");
    return false;
}
