#include "rules/parse_inside.h"

/* expr = conj { "or" conj }: from the weakest operator to the strongest, one function each. */
static struct ast_expr *parse_expr(struct parse *p, const char *what);
static struct ast_expr *parse_sum(struct parse *p, const char *what);

/* ---- bounds ---- */

static bool parse_enter(struct parse *p)
{
    if (p->depth < PARSE_DEPTH_MAX) {
        p->depth++;
        return true;
    }
    struct diag *diag = parse_error(p, p->token.span, "this is nested too deep");
    diag_hint(p->diags, diag, "at most %d levels; give parts of it a name with `feature`",
              PARSE_DEPTH_MAX);
    return false;
}

static void parse_leave(struct parse *p)
{
    p->depth--;
}

/* Reads with one level more. */
static struct ast_expr *parse_deeper(struct parse *p,
                                     struct ast_expr *(*read)(struct parse *, const char *),
                                     const char *what)
{
    if (!parse_enter(p)) {
        return NULL;
    }
    struct ast_expr *expr = read(p, what);
    parse_leave(p);
    return expr;
}

static struct ast_expr *parse_node(struct parse *p, enum ast_expr_kind kind, struct span start)
{
    struct ast_expr *expr = parse_new(p, sizeof *expr);
    expr->kind = kind;
    expr->span = parse_span_from(p, start);
    p->node_count++;
    return expr;
}

static bool parse_has_room(struct parse *p)
{
    if (p->node_count < PARSE_NODES_MAX) {
        return true;
    }
    struct diag *diag = parse_error(p, p->token.span, "this expression is too large");
    diag_hint(p->diags, diag, "at most %d parts; give parts of it a name with `feature`",
              PARSE_NODES_MAX);
    return false;
}

/* ---- primaries ---- */

struct ast_literal parse_literal(const struct lex_token *token)
{
    return (struct ast_literal){token->value, token->decimals,
                                token->kind == LEX_MONEY ? token->text : (struct str){0}};
}

static struct ast_expr *parse_literal_expr(struct parse *p, enum ast_expr_kind kind)
{
    struct lex_token token = p->token;
    parse_step(p);
    struct ast_expr *expr = parse_node(p, kind, token.span);
    expr->literal = parse_literal(&token);
    return expr;
}

static struct ast_expr *parse_parens(struct parse *p)
{
    struct span start = p->token.span;
    parse_step(p);
    struct ast_expr *inner = parse_deeper(p, parse_expr, "a condition or a value after `(`");
    if (inner == NULL) {
        return NULL;
    }
    if (!parse_at(p, LEX_PAREN_CLOSE)) {
        diag_note(p->diags, parse_expected(p, "`)`"), start, "opened here");
        return NULL;
    }
    parse_step(p);
    inner->span = parse_span_from(p, start);
    return inner;
}

static struct ast_expr *parse_path_expr(struct parse *p)
{
    struct span start = p->token.span;
    struct ast_path path = {0};
    if (!parse_path(p, &path, "a name")) {
        return NULL;
    }
    struct ast_expr *expr = parse_node(p, AST_PATH, start);
    expr->path = path;
    return expr;
}

static struct ast_expr *parse_matches(struct parse *p)
{
    struct span start = p->token.span;
    struct ast_name name = {0};
    parse_step(p);
    if (!parse_name(p, &name, "the name of a pattern after `matches`")) {
        return NULL;
    }
    struct ast_expr *expr = parse_node(p, AST_MATCHES, start);
    expr->name = name;
    return expr;
}

static struct ast_expr *parse_points(struct parse *p)
{
    struct span start = p->token.span;
    struct ast_name name = {0};
    parse_step(p);
    if (!parse_expect(p, LEX_PAREN_OPEN, "`(` after `points`") ||
        !parse_name(p, &name, "the name of a typology in `points(...)`") ||
        !parse_expect(p, LEX_PAREN_CLOSE, "`)` after the typology's name")) {
        return NULL;
    }
    struct ast_expr *expr = parse_node(p, AST_POINTS, start);
    expr->name = name;
    return expr;
}

/* known(a), ago(a) */
static struct ast_expr *parse_function(struct parse *p, enum ast_expr_kind kind)
{
    struct span start = p->token.span;
    parse_step(p);
    if (!parse_expect(p, LEX_PAREN_OPEN,
                      kind == AST_KNOWN ? "`(` after `known`" : "`(` after `ago`")) {
        return NULL;
    }
    struct ast_expr *value = parse_deeper(p, parse_sum, "a value after `(`");
    if (value == NULL || !parse_expect(p, LEX_PAREN_CLOSE, "`)` after the value")) {
        return NULL;
    }
    struct ast_expr *expr = parse_node(p, kind, start);
    expr->one = value;
    return expr;
}

/* [ NUMBER ["x"] "," ] */
static bool parse_argument(struct parse *p, struct ast_aggregate *aggregate)
{
    if (!parse_at(p, LEX_NUMBER)) {
        return true;
    }
    aggregate->has_argument = true;
    aggregate->argument = parse_literal(&p->token);
    aggregate->argument_span = p->token.span;
    parse_step(p);
    aggregate->times = parse_accept(p, LEX_X);
    return parse_expect(p, LEX_COMMA, "`,` after the number");
}

static struct ast_expr *parse_aggregate(struct parse *p)
{
    struct ast_aggregate *aggregate = parse_new(p, sizeof *aggregate);
    aggregate->word = p->token.kind;
    aggregate->word_span = p->token.span;
    parse_step(p);
    if (!parse_at(p, LEX_PAREN_OPEN)) {
        diag_hint(p->diags, parse_expected(p, "`(` and a stream after the aggregate"),
                  "for example `count(call_in in 24h)`");
        return NULL;
    }
    struct span open = p->token.span;
    parse_step(p);
    if (!parse_argument(p, aggregate) ||
        !parse_source(p, &aggregate->source, "a stream, such as `call_in`, after `(`")) {
        return NULL;
    }
    if (!parse_at(p, LEX_PAREN_CLOSE)) {
        struct diag *diag = parse_expected(p, "`)`");
        diag_note(p->diags, diag, open, "opened here");
        if (parse_at(p, LEX_COMMA)) {
            diag_hint(p->diags, diag, "a span begins with `in`, a condition with `where`");
        }
        return NULL;
    }
    parse_step(p);
    struct ast_expr *expr = parse_node(p, AST_AGGREGATE, aggregate->word_span);
    expr->aggregate = aggregate;
    return expr;
}

static struct ast_expr *parse_during(struct parse *p)
{
    struct ast_during *during = parse_new(p, sizeof *during);
    during->word_span = p->token.span;
    parse_step(p);
    if (!parse_expect(p, LEX_PAREN_OPEN, "`(` after `during`") ||
        !parse_name(p, &during->stream, "`call_in` or `call_out` in `during(...)`")) {
        return NULL;
    }
    if (parse_accept(p, LEX_AND)) {
        during->has_after = true;
        if (!parse_length(p, &during->after, "a duration after `and`, as in `and 30m after`") ||
            !parse_expect(p, LEX_AFTER, "`after` behind the duration")) {
            return NULL;
        }
    }
    if (!parse_where(p, &during->where) ||
        !parse_expect(p, LEX_PAREN_CLOSE, "`)` at the end of `during(...)`")) {
        return NULL;
    }
    struct ast_expr *expr = parse_node(p, AST_DURING, during->word_span);
    expr->during = during;
    return expr;
}

static struct ast_expr *parse_no_primary(struct parse *p, const char *what)
{
    struct diag *diag = parse_expected(p, what);
    switch (p->token.kind) {
    case LEX_ASSIGN:
        diag_hint(p->diags, diag, "`==`, `>=` and `<=` are written without a blank");
        break;
    case LEX_MINUS:
        diag_hint(p->diags, diag, "there are no signs before values: write `a - b`");
        break;
    case LEX_BRACE_OPEN:
        diag_hint(p->diags, diag, "a set stands behind `in`, or alone behind `const NAME =`");
        break;
    case LEX_CLOCK:
        diag_hint(p->diags, diag,
                  "compare `hour`; in a band write a blank before the points: `>= 10: 30`");
        break;
    case LEX_DATE:
        diag_hint(p->diags, diag, "rules have no dates: use `ago(...)`, or a calendar");
        break;
    case LEX_TEXT:
        diag_hint(p->diags, diag, "texts are not compared: use a tag, or the name of a value");
        break;
    default: break;
    }
    return NULL;
}

static struct ast_expr *parse_primary(struct parse *p, const char *what)
{
    if (!parse_has_room(p)) {
        return NULL;
    }
    switch (p->token.kind) {
    case LEX_NUMBER: return parse_literal_expr(p, AST_NUMBER);
    case LEX_MONEY: return parse_literal_expr(p, AST_MONEY);
    case LEX_PERCENT: return parse_literal_expr(p, AST_PERCENT);
    case LEX_DURATION: return parse_literal_expr(p, AST_DURATION);
    case LEX_PAREN_OPEN: return parse_parens(p);
    case LEX_NAME: return parse_path_expr(p);
    case LEX_MATCHES: return parse_matches(p);
    case LEX_POINTS: return parse_points(p);
    case LEX_KNOWN: return parse_function(p, AST_KNOWN);
    case LEX_AGO: return parse_function(p, AST_AGO);
    case LEX_DURING: return parse_during(p);
    default: break;
    }
    return lex_role_of(p->token.kind) == LEX_ROLE_AGGREGATE ? parse_aggregate(p)
                                                            : parse_no_primary(p, what);
}

/* ---- operators ---- */

static struct ast_expr *parse_two(struct parse *p, enum ast_expr_kind kind, struct ast_expr *left,
                                  struct ast_expr *right, struct span sign_span)
{
    struct ast_expr *expr = parse_node(p, kind, left->span);
    expr->two = (struct ast_two){.left = left, .right = right, .sign_span = sign_span};
    return expr;
}

static struct ast_expr *parse_product(struct parse *p, const char *what)
{
    struct ast_expr *left = parse_primary(p, what);
    if (left == NULL || (!parse_at(p, LEX_X) && !parse_at(p, LEX_OF))) {
        return left;
    }
    bool times = parse_at(p, LEX_X);
    struct span sign_span = p->token.span;
    parse_step(p);
    struct ast_expr *right =
        parse_deeper(p, parse_product, times ? "a value after `x`" : "a value after `of`");
    return right == NULL ? NULL
                         : parse_two(p, times ? AST_TIMES : AST_SHARE, left, right, sign_span);
}

static struct ast_expr *parse_sum(struct parse *p, const char *what)
{
    struct ast_expr *left = parse_product(p, what);
    while (left != NULL && (parse_at(p, LEX_PLUS) || parse_at(p, LEX_MINUS))) {
        bool plus = parse_at(p, LEX_PLUS);
        struct span sign_span = p->token.span;
        parse_step(p);
        struct ast_expr *right = parse_product(p, plus ? "a value after `+`" : "a value after `-`");
        left = right == NULL ? NULL
                             : parse_two(p, plus ? AST_ADD : AST_SUBTRACT, left, right, sign_span);
    }
    return left;
}

static bool parse_compare_of(enum lex_kind kind, enum ast_compare *compare)
{
    switch (kind) {
    case LEX_EQUAL: *compare = AST_EQUAL; return true;
    case LEX_NOT_EQUAL: *compare = AST_NOT_EQUAL; return true;
    case LEX_LESS: *compare = AST_LESS; return true;
    case LEX_LESS_EQUAL: *compare = AST_LESS_EQUAL; return true;
    case LEX_GREATER: *compare = AST_GREATER; return true;
    case LEX_GREATER_EQUAL: *compare = AST_GREATER_EQUAL; return true;
    default: return false;
    }
}

bool parse_compare(struct parse *p, enum ast_compare *compare)
{
    if (!parse_compare_of(p->token.kind, compare)) {
        return false;
    }
    parse_step(p);
    return true;
}

static struct ast_expr *parse_comparison(struct parse *p, struct ast_expr *left,
                                         enum ast_compare compare)
{
    static const char *const wanted[] = {
        [AST_EQUAL] = "a value after `==`",  [AST_NOT_EQUAL] = "a value after `!=`",
        [AST_LESS] = "a value after `<`",    [AST_LESS_EQUAL] = "a value after `<=`",
        [AST_GREATER] = "a value after `>`", [AST_GREATER_EQUAL] = "a value after `>=`",
    };
    struct span sign_span = p->token.span;
    parse_step(p);
    struct ast_expr *right = parse_sum(p, wanted[compare]);
    if (right == NULL) {
        return NULL;
    }
    enum ast_compare second;
    if (parse_compare_of(p->token.kind, &second)) {
        struct diag *diag = parse_error(p, p->token.span, "comparisons do not chain");
        diag_note(p->diags, diag, sign_span, "the first one");
        diag_hint(p->diags, diag, "write `a between b and c`, or join two comparisons with `and`");
        return NULL;
    }
    struct ast_expr *expr = parse_two(p, AST_COMPARE, left, right, sign_span);
    expr->two.compare = compare;
    return expr;
}

static struct ast_expr *parse_between(struct parse *p, struct ast_expr *value)
{
    struct span word_span = p->token.span;
    parse_step(p);
    struct ast_expr *low = parse_sum(p, "a value after `between`");
    if (low == NULL || !parse_expect(p, LEX_AND, "`and` and the upper end of `between`")) {
        return NULL;
    }
    struct ast_expr *high = parse_sum(p, "the upper end of `between` after `and`");
    if (high == NULL) {
        return NULL;
    }
    struct ast_expr *expr = parse_node(p, AST_BETWEEN, value->span);
    expr->between = (struct ast_between){value, low, high, word_span};
    return expr;
}

static struct ast_expr *parse_in(struct parse *p, struct ast_expr *value)
{
    static const char wanted[] = "a set in braces, or the name of a list or a constant, after `in`";
    struct ast_in in = {.value = value};
    struct span start = p->token.span;
    in.negated = parse_accept(p, LEX_NOT);
    if (!parse_at(p, LEX_IN)) {
        diag_hint(p->diags, parse_expected(p, "`in` after `not`"),
                  "a further condition begins with `and not`");
        return NULL;
    }
    parse_step(p);
    in.word_span = parse_span_from(p, start);
    if (parse_at(p, LEX_BRACE_OPEN)) {
        in.set = parse_set(p);
        if (in.set == NULL) {
            return NULL;
        }
    } else if (parse_at(p, LEX_PAREN_OPEN)) {
        diag_hint(p->diags, parse_expected(p, wanted), "a set stands in braces: `in {a, b}`");
        return NULL;
    } else if (!parse_name(p, &in.name, wanted)) {
        return NULL;
    }
    struct ast_expr *expr = parse_node(p, AST_IN, value->span);
    expr->in = in;
    return expr;
}

static struct ast_expr *parse_has_tag(struct parse *p, struct ast_expr *value)
{
    struct ast_has_tag has = {.value = value, .word_span = p->token.span};
    parse_step(p);
    if (!parse_name(p, &has.tag, "the name of a tag after `has`")) {
        return NULL;
    }
    struct ast_expr *expr = parse_node(p, AST_HAS, value->span);
    expr->has = has;
    return expr;
}

static struct ast_expr *parse_marked(struct parse *p, struct ast_expr *value)
{
    struct ast_marked marked = {.value = value, .word_span = p->token.span};
    parse_step(p);
    if (!parse_name(p, &marked.mark, "the name of a mark after `marked`")) {
        return NULL;
    }
    if (parse_accept(p, LEX_LEVEL)) {
        marked.has_level = true;
        if (!parse_compare(p, &marked.compare)) {
            diag_hint(p->diags, parse_expected(p, "a comparison after `level`"),
                      "for example `level <= 2`");
            return NULL;
        }
        if (!parse_whole(p, &marked.level, &marked.level_span, "the number of a level")) {
            return NULL;
        }
    }
    struct ast_expr *expr = parse_node(p, AST_MARKED, value->span);
    expr->marked = marked;
    return expr;
}

static struct ast_expr *parse_relation(struct parse *p, const char *what)
{
    struct ast_expr *left = parse_sum(p, what);
    if (left == NULL) {
        return NULL;
    }
    enum ast_compare compare;
    if (parse_compare_of(p->token.kind, &compare)) {
        return parse_comparison(p, left, compare);
    }
    switch (p->token.kind) {
    case LEX_ASSIGN:
        diag_hint(p->diags,
                  parse_error(p, p->token.span, "`=` gives a name its value and compares nothing"),
                  "write `==`");
        return parse_comparison(p, left, AST_EQUAL);
    case LEX_BETWEEN: return parse_between(p, left);
    case LEX_NOT:
    case LEX_IN: return parse_in(p, left);
    case LEX_HAS: return parse_has_tag(p, left);
    case LEX_MARKED: return parse_marked(p, left);
    default: return left;
    }
}

static struct ast_expr *parse_term(struct parse *p, const char *what)
{
    if (!parse_at(p, LEX_NOT)) {
        return parse_relation(p, what);
    }
    struct span start = p->token.span;
    parse_step(p);
    struct ast_expr *inner = parse_deeper(p, parse_term, "a condition after `not`");
    if (inner == NULL) {
        return NULL;
    }
    struct ast_expr *expr = parse_node(p, AST_NOT, start);
    expr->one = inner;
    return expr;
}

static struct ast_expr *parse_and(struct parse *p, const char *what)
{
    struct ast_expr *left = parse_term(p, what);
    while (left != NULL && parse_at(p, LEX_AND)) {
        struct span sign_span = p->token.span;
        parse_step(p);
        struct ast_expr *right = parse_term(p, "a condition after `and`");
        left = right == NULL ? NULL : parse_two(p, AST_AND, left, right, sign_span);
    }
    return left;
}

static struct ast_expr *parse_expr(struct parse *p, const char *what)
{
    struct ast_expr *left = parse_and(p, what);
    while (left != NULL && parse_at(p, LEX_OR)) {
        struct span sign_span = p->token.span;
        parse_step(p);
        struct ast_expr *right = parse_and(p, "a condition after `or`");
        left = right == NULL ? NULL : parse_two(p, AST_OR, left, right, sign_span);
    }
    return left;
}

struct ast_expr *parse_expr_whole(struct parse *p, const char *what)
{
    p->node_count = 0;
    return parse_expr(p, what);
}

struct ast_expr *parse_sum_whole(struct parse *p, const char *what)
{
    p->node_count = 0;
    return parse_sum(p, what);
}

/* ---- sets and streams ---- */

static bool parse_range(struct parse *p, struct ast_range *range)
{
    struct span start = p->token.span;
    range->low = parse_sum(p, "a value of the set");
    if (range->low == NULL) {
        return false;
    }
    if (parse_accept(p, LEX_RANGE)) {
        range->high = parse_sum(p, "the upper end of the range after `..`");
        if (range->high == NULL) {
            return false;
        }
    }
    range->span = parse_span_from(p, start);
    return true;
}

/* From `{` to `}`; of a constant each range has PARSE_NODES_MAX of its own. */
static struct ast_set *parse_ranges(struct parse *p, bool whole)
{
    struct ast_set *set = parse_new(p, sizeof *set);
    struct ast_range **tail = &set->ranges;
    struct span start = p->token.span;
    parse_step(p);
    do {
        if (whole) {
            p->node_count = 0;
        }
        struct ast_range *range = parse_new(p, sizeof *range);
        if (!parse_range(p, range)) {
            return NULL;
        }
        PARSE_HANG(tail, range);
        set->range_count++;
    } while (parse_accept(p, LEX_COMMA));
    if (!parse_at(p, LEX_BRACE_CLOSE)) {
        diag_note(p->diags, parse_expected(p, "`,` or `}` after a value of the set"), start,
                  "the set begins here");
        return NULL;
    }
    parse_step(p);
    set->span = parse_span_from(p, start);
    return set;
}

static struct ast_set *parse_set_of(struct parse *p, bool whole)
{
    if (!parse_enter(p)) {
        return NULL;
    }
    struct ast_set *set = parse_ranges(p, whole);
    parse_leave(p);
    return set;
}

struct ast_set *parse_set(struct parse *p)
{
    return parse_set_of(p, false);
}

struct ast_set *parse_set_whole(struct parse *p)
{
    return parse_set_of(p, true);
}

bool parse_where(struct parse *p, struct ast_expr **where)
{
    if (!parse_accept(p, LEX_WHERE)) {
        return true;
    }
    *where = parse_deeper(p, parse_expr, "a condition after `where`");
    return *where != NULL;
}

bool parse_window_length(struct parse *p, struct ast_window *window, const char *what)
{
    struct span start = p->token.span;
    if (parse_at(p, LEX_NUMBER)) {
        struct lex_token number = p->token;
        parse_step(p);
        if (!parse_at(p, LEX_WORKDAYS) || number.decimals != 0) {
            diag_hint(p->diags, parse_error(p, number.span, "a time span needs a unit"),
                      "for example `24h`, `30m`, `7d` or `5 workdays`");
            return false;
        }
        parse_step(p);
        window->kind = AST_WINDOW_WORKDAYS;
        window->workday_count = number.value;
    } else {
        window->kind = AST_WINDOW_LENGTH;
        if (!parse_length(p, &window->length, what)) {
            return false;
        }
    }
    window->span = parse_span_from(p, start);
    return true;
}

/* [ "in" ( span | "today" ) | "since" sum ] */
static bool parse_window(struct parse *p, struct ast_window *window)
{
    struct span start = p->token.span;
    if (parse_accept(p, LEX_IN)) {
        if (parse_accept(p, LEX_TODAY)) {
            window->kind = AST_WINDOW_TODAY;
            window->span = parse_span_from(p, start);
            return true;
        }
        return parse_window_length(p, window, "a time span such as `24h` after `in`");
    }
    if (parse_accept(p, LEX_SINCE)) {
        window->kind = AST_WINDOW_SINCE;
        window->since = parse_deeper(p, parse_sum, "a time after `since`");
        window->span = parse_span_from(p, start);
        return window->since != NULL;
    }
    return true;
}

bool parse_source(struct parse *p, struct ast_source *source, const char *what)
{
    struct span start = p->token.span;
    if (!parse_path(p, &source->path, what) || !parse_window(p, &source->window) ||
        !parse_where(p, &source->where)) {
        return false;
    }
    source->span = parse_span_from(p, start);
    return true;
}
