/* The comparisons of a `when`, as a warning will show them: text, value, threshold. */
#include "rules/check_inside.h"
#include "rules/layout.h"

struct check_reasons {
    struct check *c;
    struct checked_rule *rule;
    size_t room;
};

static struct str check_source_text(struct check *c, struct span span)
{
    return layout_flat(c->arena, c->source, span);
}

static struct checked_condition *check_add_reason(struct check_reasons *r,
                                                  const struct checked_expr *whole)
{
    struct checked_condition *condition = NULL;
    if (r->rule->condition_count < r->room) {
        condition = &r->rule->conditions[r->rule->condition_count];
        condition->text = check_source_text(r->c, whole->span);
        condition->whole = whole;
        condition->unit = UNIT_BOOL;
    }
    r->rule->condition_count++;
    return condition;
}

/* 5..10 of `between 5 and 10` */
static struct str check_range_text(struct check *c, const struct checked_expr *between)
{
    struct buf text = {0};
    buf_add_str(&text, check_source_text(c, between->b->span));
    buf_add_text(&text, "..");
    buf_add_str(&text, check_source_text(c, between->c->span));
    struct str copy = arena_copy(c->arena, buf_str(&text));
    buf_fini(&text);
    return copy;
}

/* The number or account of `payee in fraud_accounts`, or NULL: a warning shows its mask. */
static const struct checked_expr *check_listed(struct check *c, const struct ast_in *in)
{
    const struct ast_name *name = check_bare_name(in->value);
    int word = name == NULL ? -1 : vocab_find(vocab_words, WORD_COUNT, name->text);
    if (word < 0) {
        return NULL;
    }
    struct checked_expr *listed =
        check_new(c, CHECKED_WORD, (enum unit)vocab_words[word].unit, in->value->span);
    listed->word = (uint8_t)word;
    return listed;
}

/* What is shown of a comparison: `inside` is it, or what stands behind its `not`. */
static void check_show(struct check *c, const struct checked_expr *inside,
                       const struct ast_expr *ast, struct checked_condition *condition)
{
    if (inside->op >= CHECKED_EQUAL && inside->op <= CHECKED_GREATER_EQUAL) {
        condition->value = inside->a;
        condition->threshold = inside->b;
        condition->unit = inside->a->unit;
        return;
    }
    condition->value = inside;
    if (inside->op == CHECKED_BETWEEN) {
        condition->value = inside->a;
        condition->unit = inside->a->unit;
        condition->threshold_text = check_range_text(c, inside);
    } else if (ast->kind == AST_IN) {
        condition->threshold_text =
            check_source_text(c, ast->in.set != NULL ? ast->in.set->span : ast->in.name.span);
        const struct checked_expr *value =
            inside->op == CHECKED_IN_SET ? inside->a : check_listed(c, &ast->in);
        condition->value = value != NULL ? value : inside;
        condition->unit = condition->value->unit;
    }
}

/* and, or and the `not` before them join comparisons; everything else is one. */
static void check_walk(struct check_reasons *r, const struct checked_expr *expr,
                       const struct ast_expr *ast)
{
    if (expr->op == CHECKED_AND || expr->op == CHECKED_OR) {
        check_walk(r, expr->a, ast->two.left);
        check_walk(r, expr->b, ast->two.right);
        return;
    }
    const struct checked_expr *inside = expr;
    const struct ast_expr *inside_ast = ast;
    while (inside->op == CHECKED_NOT) {
        inside = inside->a;
        inside_ast = inside_ast->kind == AST_NOT ? inside_ast->one : inside_ast; /* `not in` */
    }
    if (inside->op == CHECKED_AND || inside->op == CHECKED_OR) {
        check_walk(r, inside, inside_ast);
        return;
    }
    struct checked_condition *condition = check_add_reason(r, expr);
    if (condition != NULL) {
        check_show(r->c, inside, inside_ast, condition);
    }
}

void check_conditions(struct check *c, struct checked_rule *rule, const struct ast_expr *when)
{
    struct check_reasons r = {c, rule, 0};
    rule->condition_count = 0;
    check_walk(&r, rule->when, when);
    r.room = rule->condition_count;
    rule->conditions = arena_alloc(c->arena, r.room, sizeof *rule->conditions);
    rule->condition_count = 0;
    check_walk(&r, rule->when, when);
}
