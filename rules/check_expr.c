#include "engine/base/must.h"
#include "rules/check_inside.h"

#include <string.h>

#define WORDS_SHOWN 20 /* of those that there are */

/* ---- literals and words ---- */

static struct checked_expr *check_literal(struct check *c, const struct ast_expr *ast,
                                          enum unit unit)
{
    struct checked_expr *expr = check_new(c, CHECKED_CONST, unit, ast->span);
    expr->value = ast->literal.value;
    expr->decimals = unit == UNIT_NUMBER ? ast->literal.decimals : 0;
    if (unit == UNIT_MONEY && !str_eq_text(ast->literal.currency, CHECK_CURRENCY)) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->span, "amounts are in %s", CHECK_CURRENCY);
        diag_hint(c->diags, diag, "%s",
                  str_eq_text(ast->literal.currency, "RMB")
                      ? "write `CNY`"
                      : "the feeds convert every amount to it, or give it as unknown");
        return NULL;
    }
    return expr;
}

const struct ast_name *check_bare_name(const struct ast_expr *ast)
{
    return ast->kind == AST_PATH && ast->path.part_count == 1 ? &ast->path.parts[0] : NULL;
}

int64_t check_word_value(struct check *c, enum unit unit, struct str text)
{
    if (unit == UNIT_TYPOLOGY) {
        bool known = check_find(c, CHECK_SPACE_TYPOLOGY, text) != NULL;
        return known ? value_of_key(name_key(text)) : 0;
    }
    return event_value_find((enum value_set)vocab_value_set((uint8_t)unit), text);
}

/* The words of an enumerated unit, as far as somebody would read them, and the one that was meant.
 */
struct words {
    struct buf all;
    size_t count;
    struct diag_guess guess;
};

static void add_word(struct words *words, struct str word)
{
    diag_guess_try(&words->guess, word);
    if (words->count++ < WORDS_SHOWN) {
        buf_add_format(&words->all, "%s`%.*s`", words->count == 1 ? "" : ", ", (int)word.len,
                       word.at);
    }
}

static void add_words(const struct check *c, enum unit unit, struct words *words)
{
    for (size_t i = 0; unit == UNIT_TYPOLOGY && i < c->name_count; i++) {
        if (c->names[i].kind == CHECK_NAME_TYPOLOGY) {
            add_word(words, c->names[i].text);
        }
    }
    enum value_set set = (enum value_set)vocab_value_set((uint8_t)unit);
    for (size_t i = 0; unit != UNIT_TYPOLOGY && i < event_value_count(set); i++) {
        add_word(words, event_value_text(set, (uint8_t)(i + 1)));
    }
}

void check_no_word(struct check *c, struct str text, enum unit unit, struct span span)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, span, "`%.*s` is no %s", DIAG_STR(text), type_label(unit));
    if (!diag_shows_last(c->diags)) {
        return; /* nobody reads a hint to it */
    }
    int other = check_word_unit(text);
    struct words words = {.guess = diag_guess_start(text)};
    add_words(c, unit, &words);
    if (other >= 0) {
        diag_hint(c->diags, diag, "it is %s", type_text((enum unit)other));
    } else if (!diag_hint_guess(c->diags, diag, &words.guess) && words.count > 0) {
        diag_hint(c->diags, diag, "there are %s%s", buf_text(&words.all),
                  words.count > WORDS_SHOWN ? " and more" : "");
    }
    buf_fini(&words.all);
}

struct checked_expr *check_word_of(struct check *c, const struct ast_expr *ast, enum unit unit)
{
    struct str text = rule_source_text(c->source, ast->span);
    int64_t value = check_word_value(c, unit, text);
    if (value == 0) {
        check_no_word(c, text, unit, ast->span);
        return NULL;
    }
    if (unit == UNIT_TYPOLOGY) {
        check_find(c, CHECK_SPACE_TYPOLOGY, text)->used = true;
    }
    struct checked_expr *expr = check_new(c, CHECKED_CONST, unit, ast->span);
    expr->value = value;
    return expr;
}

struct checked_expr *check_beside(struct check *c, const struct check_scope *s,
                                  const struct ast_expr *ast, enum unit unit)
{
    const struct ast_name *name = check_bare_name(ast);
    if (!type_is_enum(unit) || (name == NULL && ast->kind != AST_DURATION)) {
        return check_expr(c, s, ast);
    }
    if (name == NULL || !check_name_means(c, s, name->text)) {
        return check_word_of(c, ast, unit); /* `2h` is a word too, of how fast money arrives */
    }
    if (check_word_value(c, unit, name->text) == 0) {
        return check_expr(c, s, ast);
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` has two meanings here",
                                 DIAG_STR(name->text));
    diag_label(c->diags, diag, "%s", type_text(unit));
    const struct check_name *known = check_find(c, CHECK_SPACE_VALUE, name->text);
    if (known != NULL) {
        diag_note(c->diags, diag, known->span, "and a name of the pack");
    }
    diag_hint(c->diags, diag, "give the pack's one another name");
    return NULL;
}

bool check_take_unit(struct check *c, struct checked_expr *expr, enum unit unit)
{
    if (expr->unit != UNIT_NUMBER || unit == UNIT_NUMBER) {
        return true;
    }
    if (expr->decimals != 0) {
        (void)diag_add(c->diags, DIAG_ERROR, expr->span, "%s has no decimals", type_text(unit));
        return false;
    }
    if (unit == UNIT_REGION && (expr->value < 100000 || expr->value > 999999)) {
        (void)diag_add(c->diags, DIAG_ERROR, expr->span,
                       "a region is a county code of six digits, such as 330502");
        return false;
    }
    expr->unit = unit;
    return true;
}

/* ---- sums and products ---- */

static struct checked_expr *check_too_large(struct check *c, struct span span)
{
    (void)diag_add(c->diags, DIAG_ERROR, span, "this is too large to be computed");
    return NULL;
}

static struct checked_expr *check_sum(struct check *c, const struct check_scope *s,
                                      const struct ast_expr *ast)
{
    struct checked_expr *left = check_expr(c, s, ast->two.left);
    struct checked_expr *right = check_expr(c, s, ast->two.right);
    if (left == NULL || right == NULL) {
        return NULL;
    }
    bool minus = ast->kind == AST_SUBTRACT;
    int unit =
        minus ? type_subtracted(left->unit, right->unit) : type_added(left->unit, right->unit);
    if (unit == TYPE_NONE) {
        struct diag *diag =
            minus ? diag_add(c->diags, DIAG_ERROR, ast->two.sign_span, "cannot take %s from %s",
                             type_text(right->unit), type_text(left->unit))
                  : diag_add(c->diags, DIAG_ERROR, ast->two.sign_span, "cannot add %s to %s",
                             type_text(right->unit), type_text(left->unit));
        diag_note(c->diags, diag, left->span, "%s", type_label(left->unit));
        diag_note(c->diags, diag, right->span, "%s", type_label(right->unit));
        return NULL;
    }
    if (left->op == CHECKED_CONST && right->op == CHECKED_CONST) {
        left->unit = (enum unit)unit;
        left->span = ast->span;
        return check_fold_sum(left, right, minus) ? left : check_too_large(c, ast->span);
    }
    if ((unit == UNIT_COUNT || unit == UNIT_POINTS) &&
        (!check_take_unit(c, left, (enum unit)unit) ||
         !check_take_unit(c, right, (enum unit)unit))) {
        return NULL;
    }
    struct checked_expr *expr =
        check_new(c, minus ? CHECKED_SUBTRACT : CHECKED_ADD, (enum unit)unit, ast->span);
    expr->a = left;
    expr->b = right;
    return expr;
}

static int64_t check_power_of_ten(uint8_t decimals)
{
    int64_t power = 1;
    for (uint8_t i = 0; i < decimals; i++) {
        power *= 10;
    }
    return power;
}

/* What stands before `x` or `of` is no constant number, or no constant percentage. */
static void check_bad_factor(struct check *c, const struct ast_expr *ast,
                             const struct checked_expr *left, const struct checked_expr *right)
{
    bool times = ast->kind == AST_TIMES;
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, ast->two.sign_span, "before `%s` stands a constant %s",
                 times ? "x" : "of", times ? "number" : "percentage");
    diag_note(c->diags, diag, left->span, "%s", type_label(left->unit));
    diag_note(c->diags, diag, right->span, "%s", type_label(right->unit));
    if (times && right->op == CHECKED_CONST && right->unit == UNIT_NUMBER) {
        diag_hint(c->diags, diag, "write `%.*s x %.*s`",
                  DIAG_STR(rule_source_text(c->source, right->span)),
                  DIAG_STR(rule_source_text(c->source, left->span)));
    } else {
        diag_hint(c->diags, diag,
                  times ? "for example `1.4 x amount`" : "for example `50%% of amount`");
    }
}

/* 1.4 x a, 50% of a */
static struct checked_expr *check_product(struct check *c, const struct check_scope *s,
                                          const struct ast_expr *ast)
{
    struct checked_expr *left = check_expr(c, s, ast->two.left);
    struct checked_expr *right = check_expr(c, s, ast->two.right);
    if (left == NULL || right == NULL) {
        return NULL;
    }
    enum unit wanted = ast->kind == AST_TIMES ? UNIT_NUMBER : UNIT_RATIO;
    if (left->op != CHECKED_CONST || left->unit != wanted) {
        check_bad_factor(c, ast, left, right);
        return NULL;
    }
    if (!type_is_scaled(right->unit)) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, ast->two.sign_span, "cannot scale %s",
                                     type_text(right->unit));
        diag_note(c->diags, diag, right->span, "%s", type_label(right->unit));
        return NULL;
    }
    struct ratio ratio = {left->value,
                          wanted == UNIT_RATIO ? 10000 : check_power_of_ten(left->decimals)};
    if (right->op == CHECKED_CONST) {
        right->span = ast->span;
        return check_fold_scale(right, ratio) ? right : check_too_large(c, ast->span);
    }
    struct checked_expr *expr = check_new(c, CHECKED_SCALE, right->unit, ast->span);
    expr->a = right;
    expr->ratio = ratio;
    return expr;
}

/* ---- comparisons ---- */

/* A currency stands behind digits, and behind no name or bracket. */
static void check_hint_money(struct check *c, struct diag *diag, const struct checked_expr *number)
{
    struct str text = rule_source_text(c->source, number->span);
    bool begins_with_digit = text.len > 0 && text.at[0] >= '0' && text.at[0] <= '9';
    bool is_one = begins_with_digit && memchr(text.at, ' ', text.len) == NULL;
    diag_hint(c->diags, diag, "an amount has a currency%s `%.*s CNY`", is_one ? ":" : ", such as",
              DIAG_STR(is_one ? text : STR("100.00")));
}

static void check_hint_compare(struct check *c, const struct check_scope *s, struct diag *diag,
                               const struct checked_expr *left, const struct checked_expr *right)
{
    const struct checked_expr *sides[2] = {left, right};
    for (int i = 0; i < 2; i++) {
        const struct checked_expr *side = sides[i];
        enum unit other = sides[1 - i]->unit;
        if (side->unit == UNIT_TIME && other == UNIT_DURATION) {
            diag_hint(c->diags, diag, "`ago(%.*s)` is how long ago that was",
                      DIAG_STR(rule_source_text(c->source, side->span)));
            return;
        }
        if (side->unit == UNIT_BOOL) {
            diag_hint(c->diags, diag, "a condition stands for itself, or behind `not`");
            return;
        }
        if (side->unit == UNIT_MONEY && sides[1 - i]->op == CHECKED_CONST && other == UNIT_NUMBER) {
            check_hint_money(c, diag, sides[1 - i]);
            return;
        }
        char letter = side->op == CHECKED_RECORD ? vocab_stream_scope(s->stream)
                      : side->op == CHECKED_WORD ? vocab_event_scope(s->event)
                                                 : 0;
        for (int word = 0; word < WORD_COUNT; word++) {
            if (vocab_words[word].unit == other && vocab_in_scope(&vocab_words[word], letter)) {
                diag_hint(c->diags, diag, "did you mean `%s`?", vocab_words[word].text);
                return;
            }
        }
    }
}

static bool check_compared(struct check *c, const struct check_scope *s, struct checked_expr *left,
                           struct checked_expr *right, struct span sign_span)
{
    int unit = type_compared(left->unit, right->unit);
    if (unit != TYPE_NONE) {
        return check_take_unit(c, left, (enum unit)unit) &&
               check_take_unit(c, right, (enum unit)unit);
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, sign_span, "cannot compare %s with %s",
                                 type_text(left->unit), type_text(right->unit));
    diag_note(c->diags, diag, left->span, "%s", type_label(left->unit));
    diag_note(c->diags, diag, right->span, "%s", type_label(right->unit));
    check_hint_compare(c, s, diag, left, right);
    return false;
}

static bool check_ordered(struct check *c, const struct checked_expr *value, struct span sign_span)
{
    if (type_is_ordered(value->unit)) {
        return true;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, sign_span, "%s has no smaller and greater",
                                 type_text(value->unit));
    diag_note(c->diags, diag, value->span, "%s", type_label(value->unit));
    diag_hint(c->diags, diag, "write `==`, `!=` or `in {...}`");
    return false;
}

/* Both sides, either of which may be a word of the other's set of values. */
static bool check_sides(struct check *c, const struct check_scope *s, const struct ast_two *two,
                        struct checked_expr **left, struct checked_expr **right)
{
    const struct ast_name *first = check_bare_name(two->left);
    const struct ast_name *second = check_bare_name(two->right);
    bool turned = first != NULL && !check_name_means(c, s, first->text) &&
                  (second == NULL || check_name_means(c, s, second->text));
    if (turned) {
        *right = check_expr(c, s, two->right);
        *left = *right == NULL ? NULL : check_beside(c, s, two->left, (*right)->unit);
    } else {
        *left = check_expr(c, s, two->left);
        *right = *left == NULL ? NULL : check_beside(c, s, two->right, (*left)->unit);
    }
    return *left != NULL && *right != NULL;
}

static struct checked_expr *check_compare(struct check *c, const struct check_scope *s,
                                          const struct ast_expr *ast)
{
    static const enum checked_op ops[] = {
        [AST_EQUAL] = CHECKED_EQUAL,     [AST_NOT_EQUAL] = CHECKED_NOT_EQUAL,
        [AST_LESS] = CHECKED_LESS,       [AST_LESS_EQUAL] = CHECKED_LESS_EQUAL,
        [AST_GREATER] = CHECKED_GREATER, [AST_GREATER_EQUAL] = CHECKED_GREATER_EQUAL,
    };
    struct checked_expr *left;
    struct checked_expr *right;
    struct span sign = ast->two.sign_span;
    bool equal = ast->two.compare == AST_EQUAL || ast->two.compare == AST_NOT_EQUAL;
    if (!check_sides(c, s, &ast->two, &left, &right) || !check_compared(c, s, left, right, sign) ||
        (!equal && !check_ordered(c, left, sign))) {
        return NULL;
    }
    if (left->op == CHECKED_CONST && right->op == CHECKED_CONST) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->span,
                       "this compares constants, and is always the same");
        return NULL;
    }
    struct checked_expr *expr = check_new(c, ops[ast->two.compare], UNIT_BOOL, ast->span);
    expr->a = left;
    expr->b = right;
    return expr;
}

static struct checked_expr *check_between(struct check *c, const struct check_scope *s,
                                          const struct ast_expr *ast)
{
    const struct ast_between *between = &ast->between;
    struct checked_expr *value = check_expr(c, s, between->value);
    struct checked_expr *low = value == NULL ? NULL : check_beside(c, s, between->low, value->unit);
    struct checked_expr *high =
        value == NULL ? NULL : check_beside(c, s, between->high, value->unit);
    if (value == NULL || low == NULL || high == NULL ||
        !check_compared(c, s, value, low, between->word_span) ||
        !check_compared(c, s, value, high, between->word_span) ||
        !check_take_unit(c, low, value->unit) || !check_ordered(c, value, between->word_span)) {
        return NULL;
    }
    bool fixed = low->op == CHECKED_CONST && high->op == CHECKED_CONST;
    if (fixed && value->op == CHECKED_CONST) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->span,
                       "this compares constants, and is always the same");
        return NULL;
    }
    if (fixed && low->value > high->value) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, between->word_span, "this range ends before it begins");
        diag_note(c->diags, diag, low->span, "low");
        diag_note(c->diags, diag, high->span, "high");
        if (value->unit == UNIT_COUNT) {
            diag_hint(c->diags, diag, "%s", CHECK_HINT_RANGE);
        }
        return NULL;
    }
    struct checked_expr *expr = check_new(c, CHECKED_BETWEEN, UNIT_BOOL, ast->span);
    expr->a = value;
    expr->b = low;
    expr->c = high;
    return expr;
}

/* ---- the rest ---- */

static struct checked_expr *check_logic(struct check *c, const struct check_scope *s,
                                        const struct ast_expr *ast)
{
    const char *what = ast->kind == AST_AND ? "`and`" : "`or`";
    struct checked_expr *left = check_condition(c, s, ast->two.left, what);
    struct checked_expr *right = check_condition(c, s, ast->two.right, what);
    if (left == NULL || right == NULL) {
        return NULL;
    }
    struct checked_expr *expr =
        check_new(c, ast->kind == AST_AND ? CHECKED_AND : CHECKED_OR, UNIT_BOOL, ast->span);
    expr->a = left;
    expr->b = right;
    return expr;
}

static struct checked_expr *check_ago(struct check *c, const struct check_scope *s,
                                      const struct ast_expr *ast)
{
    struct checked_expr *value = check_expr(c, s, ast->one);
    if (value == NULL) {
        return NULL;
    }
    if (value->unit != UNIT_TIME) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, value->span,
                                     "`ago` needs a time, and this is %s", type_text(value->unit));
        diag_hint(c->diags, diag,
                  "for example `ago(subject.opened)` or `ago(last(call_in in 24h))`");
        return NULL;
    }
    struct checked_expr *expr = check_new(c, CHECKED_AGO, UNIT_DURATION, ast->span);
    expr->a = value;
    return expr;
}

static struct checked_expr *check_one(struct check *c, const struct check_scope *s,
                                      const struct ast_expr *ast)
{
    bool negates = ast->kind == AST_NOT;
    struct checked_expr *value =
        negates ? check_condition(c, s, ast->one, "`not`") : check_expr(c, s, ast->one);
    if (value == NULL) {
        return NULL;
    }
    if (value->op == CHECKED_CONST) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->span, "a constant is always known");
        return NULL;
    }
    struct checked_expr *expr =
        check_new(c, negates ? CHECKED_NOT : CHECKED_KNOWN, UNIT_BOOL, ast->span);
    expr->a = value;
    return expr;
}

/* What a message has is asked for by name alone. */
static struct checked_expr *check_no_tags(struct check *c, struct checked_expr *expr)
{
    return check_is_tags(c, expr) ? NULL : expr;
}

static struct checked_expr *check_any(struct check *c, const struct check_scope *s,
                                      const struct ast_expr *ast)
{
    switch (ast->kind) {
    case AST_NUMBER: return check_literal(c, ast, UNIT_NUMBER);
    case AST_MONEY: return check_literal(c, ast, UNIT_MONEY);
    case AST_PERCENT: return check_literal(c, ast, UNIT_RATIO);
    case AST_DURATION: return check_literal(c, ast, UNIT_DURATION);
    case AST_PATH: return check_no_tags(c, check_path(c, s, &ast->path));
    case AST_OR:
    case AST_AND: return check_logic(c, s, ast);
    case AST_COMPARE: return check_compare(c, s, ast);
    case AST_ADD:
    case AST_SUBTRACT: return check_sum(c, s, ast);
    case AST_TIMES:
    case AST_SHARE: return check_product(c, s, ast);
    case AST_NOT:
    case AST_KNOWN: return check_one(c, s, ast);
    case AST_AGO: return check_ago(c, s, ast);
    case AST_BETWEEN: return check_between(c, s, ast);
    case AST_IN: return check_in(c, s, ast);
    case AST_HAS: return check_has(c, s, ast);
    case AST_AGGREGATE: return check_aggregate(c, s, ast);
    case AST_POINTS: return check_points(c, s, ast);
    case AST_MARKED: return check_marked(c, s, ast);
    case AST_MATCHES: return check_matches(c, s, ast);
    case AST_DURING: return check_during(c, s, ast);
    default: must(!"an expression without a check"); return NULL;
    }
}

struct checked_expr *check_expr(struct check *c, const struct check_scope *s,
                                const struct ast_expr *ast)
{
    struct checked_expr *expr = check_any(c, s, ast);
    if (expr != NULL) {
        expr->span = ast->span; /* with the parentheses around it */
    }
    return expr;
}

struct checked_expr *check_condition(struct check *c, const struct check_scope *s,
                                     const struct ast_expr *ast, const char *what)
{
    struct checked_expr *expr = check_expr(c, s, ast);
    if (expr == NULL || expr->unit == UNIT_BOOL) {
        return expr;
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, expr->span, "%s needs a condition, and this is %s", what,
                 type_text(expr->unit));
    diag_hint(c->diags, diag, "compare it with something, or ask `known(...)`");
    return NULL;
}
