#include "rules/parse_inside.h"

/* ---- values ---- */

static enum ast_value_kind parse_value_kind(enum lex_kind kind)
{
    switch (kind) {
    case LEX_TEXT: return AST_VALUE_TEXT;
    case LEX_NUMBER: return AST_VALUE_NUMBER;
    case LEX_MONEY: return AST_VALUE_MONEY;
    case LEX_PERCENT: return AST_VALUE_PERCENT;
    case LEX_DURATION: return AST_VALUE_DURATION;
    default: return AST_VALUE_PATH;
    }
}

static bool parse_value_negative(struct parse *p, struct ast_value *value)
{
    parse_step(p);
    value->kind = AST_VALUE_DURATION;
    if (!parse_duration(p, &value->literal.value, "a duration, such as `3d`, after `-`")) {
        return false;
    }
    value->literal.value = -value->literal.value;
    return true;
}

/* `no` begins an absence elsewhere; here it is what is not so, a path like `yes`. */
static void parse_value_no(struct parse *p, struct ast_path *path)
{
    path->parts = parse_new(p, sizeof *path->parts);
    *path->parts = (struct ast_name){p->token.text, p->token.span};
    path->part_count = 1;
    path->span = p->token.span;
    parse_step(p);
}

/* The value of an attribute or field. */
static bool parse_value(struct parse *p, struct ast_value *value, const char *what)
{
    struct span start = p->token.span;
    bool good = true;
    value->kind = parse_value_kind(p->token.kind);
    if (value->kind != AST_VALUE_PATH) {
        value->literal = parse_literal(&p->token);
        value->text = parse_at(p, LEX_TEXT) ? p->token.text : (struct str){0};
        parse_step(p);
    } else if (parse_at(p, LEX_BRACE_OPEN)) {
        value->kind = AST_VALUE_SET;
        p->node_count = 0;
        value->set = parse_set(p);
        good = value->set != NULL;
    } else if (parse_at(p, LEX_MINUS)) {
        good = parse_value_negative(p, value);
    } else if (parse_at(p, LEX_NO)) {
        parse_value_no(p, &value->path);
    } else {
        good = parse_path(p, &value->path, what);
    }
    value->span = parse_span_from(p, start);
    return good;
}

/* ---- given ---- */

static bool parse_fact_marked(struct parse *p, struct ast_fact *fact)
{
    struct span span;
    fact->kind = AST_FACT_MARKED;
    return parse_name(p, &fact->name, "the name of a mark after `marked`") &&
           (!parse_accept(p, LEX_LEVEL) ||
            parse_whole(p, &fact->level, &span, "a level, 1 to 3, after `level`"));
}

static bool parse_fact(struct parse *p, struct ast_fact *fact)
{
    struct span start = p->token.span;
    bool good = true;
    if (parse_accept(p, LEX_IN)) {
        fact->kind = AST_FACT_IN;
        good = parse_name(p, &fact->name, "the name of a list after `in`");
    } else if (parse_accept(p, LEX_MARKED)) {
        good = parse_fact_marked(p, fact);
    } else {
        fact->kind = AST_FACT_ATTRIBUTE;
        good = parse_path(p, &fact->path, "an attribute") &&
               parse_value(p, &fact->value, "a value of the attribute");
    }
    fact->span = parse_span_from(p, start);
    return good;
}

static bool parse_at_fact(const struct parse *p)
{
    return parse_at(p, LEX_IN) || parse_at(p, LEX_MARKED) || parse_at(p, LEX_NAME);
}

static bool parse_given(struct parse *p, struct ast_given *given)
{
    struct span start = p->token.span;
    parse_step(p);
    if (!parse_path(p, &given->entity, "an entity, such as `P`, after `given`")) {
        return false;
    }
    if (!parse_at_fact(p)) {
        (void)parse_expected(p, "`in`, `marked` or an attribute");
        return false;
    }
    struct ast_fact **tail = &given->facts;
    while (parse_at_fact(p)) {
        struct ast_fact *fact = parse_new(p, sizeof *fact);
        if (!parse_fact(p, fact)) {
            return false;
        }
        PARSE_HANG(tail, fact);
    }
    given->span = parse_span_from(p, start);
    return true;
}

/* ---- events ---- */

static bool parse_event_offset(struct parse *p, struct ast_event *event)
{
    struct span start = p->token.span;
    bool minus = parse_at(p, LEX_MINUS);
    parse_step(p);
    if (!parse_duration(p, &event->offset_ms,
                        minus ? "a duration, such as `3d`, after `-`"
                              : "a duration, such as `10m`, after `+`")) {
        return false;
    }
    event->offset_ms = minus ? -event->offset_ms : event->offset_ms;
    event->offset_span = parse_span_from(p, start);
    return true;
}

static bool parse_pair_value(struct parse *p, struct ast_value *value)
{
    static const char wanted[] = "a value of the field";
    if (parse_at(p, LEX_COLON) || parse_at(p, LEX_ASSIGN) || parse_at(p, LEX_EQUAL)) {
        diag_hint(p->diags, parse_expected(p, wanted),
                  "the value follows its field: `amount 100.00 CNY`");
        return false;
    }
    return parse_value(p, value, wanted);
}

static bool parse_event_pairs(struct parse *p, struct ast_event *event)
{
    struct ast_pair **tail = &event->pairs;
    while (parse_at(p, LEX_NAME)) {
        struct ast_pair *pair = parse_new(p, sizeof *pair);
        if (!parse_path(p, &pair->path, "a field") || !parse_pair_value(p, &pair->value)) {
            return false;
        }
        PARSE_HANG(tail, pair);
    }
    return true;
}

static bool parse_event_tail(struct parse *p, struct ast_event *event)
{
    if (parse_accept(p, LEX_EVERY) &&
        !(parse_duration(p, &event->every_ms, "a duration after `every`") &&
          parse_whole(p, &event->times, NULL, "a number of times after the duration") &&
          parse_expect(p, LEX_TIMES, "`times` after the number"))) {
        return false;
    }
    if (parse_accept(p, LEX_ARRIVES)) {
        event->has_arrives = true;
        return parse_expect(p, LEX_PLUS, "`+` and a duration after `arrives`") &&
               parse_duration(p, &event->arrives_ms, "a duration after `+`");
    }
    return true;
}

static bool parse_event(struct parse *p, struct ast_event *event)
{
    struct span start = p->token.span;
    bool good =
        parse_event_offset(p, event) &&
        parse_name(p, &event->kind, "a kind of event, such as `transaction`, after the time") &&
        parse_event_pairs(p, event) && parse_event_tail(p, event);
    event->span = parse_span_from(p, start);
    return good;
}

/* ---- the case ---- */

static bool parse_at_item(const struct parse *p)
{
    return parse_at(p, LEX_GIVEN) || parse_at(p, LEX_PLUS) || parse_at(p, LEX_MINUS);
}

/* The case cannot go on here: the file, a further case or a block follows. */
static bool parse_at_case_end(const struct parse *p)
{
    return parse_at_block(p) ||
           (p->token.line_start && lex_role_of(p->token.kind) == LEX_ROLE_CLAUSE);
}

/* To the next item that begins a line, or the end of the case; sets in braces are stepped over. */
static void parse_skip_item(struct parse *p)
{
    unsigned depth = 0;
    while (!parse_at_case_end(p) && !(p->token.line_start && parse_at_item(p))) {
        if (parse_at(p, LEX_BRACE_OPEN)) {
            depth++;
        } else if (parse_at(p, LEX_BRACE_CLOSE)) {
            if (depth == 0) {
                return;
            }
            depth--;
        }
        parse_step(p);
    }
}

struct parse_items {
    struct ast_given **given_tail;
    struct ast_event **event_tail;
};

static bool parse_item(struct parse *p, struct parse_items *items)
{
    if (parse_at(p, LEX_GIVEN)) {
        struct ast_given *given = parse_new(p, sizeof *given);
        if (!parse_given(p, given)) {
            return false;
        }
        PARSE_HANG(items->given_tail, given);
        return true;
    }
    struct ast_event *event = parse_new(p, sizeof *event);
    if (!parse_event(p, event)) {
        return false;
    }
    PARSE_HANG(items->event_tail, event);
    return true;
}

static void parse_items(struct parse *p, struct ast_case *test, struct span open)
{
    struct parse_items items = {&test->givens, &test->events};
    while (!parse_accept(p, LEX_BRACE_CLOSE)) {
        if (parse_at_item(p) && parse_item(p, &items)) {
            continue;
        }
        if (parse_at_case_end(p)) {
            diag_note(p->diags, parse_expected(p, "`}` at the end of the case"), open,
                      "the case begins here");
            return;
        }
        if (!parse_at_item(p)) {
            diag_hint(p->diags, parse_expected(p, "an event, `given` or `}`"),
                      "an event is written as `+10m call from F to P`");
        }
        parse_skip_item(p);
    }
}

static bool parse_case_clock(struct parse *p, struct ast_case *test)
{
    if (!parse_accept(p, LEX_AT)) {
        return true;
    }
    if (parse_at(p, LEX_DATE)) {
        test->has_date = true;
        test->day = p->token.value;
        parse_step(p);
    }
    if (!parse_at(p, LEX_CLOCK)) {
        (void)parse_expected(p, test->has_date ? "a time of day, such as `10:00`, after the date"
                                               : "a time of day, such as `10:00`, after `at`");
        return false;
    }
    test->has_clock = true;
    test->clock_ms = p->token.value;
    parse_step(p);
    return true;
}

/* From behind the word on. */
static void parse_case_body(struct parse *p, struct ast_case *test)
{
    (void)parse_title(p, &test->head.title, &test->head.title_span);
    if (parse_case_clock(p, test) && !parse_at(p, LEX_BRACE_OPEN)) {
        struct diag *diag = parse_expected(p, "`{` and the events of the case");
        if (parse_at(p, LEX_NAME)) {
            diag_hint(p->diags, diag, "the name of a case stands in quotes");
        }
    }
    while (!parse_at_case_end(p) && !parse_at(p, LEX_BRACE_OPEN) && !parse_at_item(p)) {
        parse_step(p);
    }
    if (!parse_at_case_end(p)) {
        struct span open = p->token.span;
        (void)parse_accept(p, LEX_BRACE_OPEN);
        parse_items(p, test, open);
    }
}

static struct ast_case *parse_case_of(struct parse *p, enum ast_case_kind kind)
{
    struct ast_case *test = parse_new(p, sizeof *test);
    size_t errors = p->diags->total.error_count;
    test->kind = kind;
    test->head.word_span = p->token.span;
    parse_step(p);
    parse_case_body(p, test);
    test->head.span = parse_span_from(p, test->head.word_span);
    test->head.broken = p->diags->total.error_count != errors;
    return test;
}

struct ast_case *parse_case(struct parse *p)
{
    return parse_case_of(p, parse_at(p, LEX_FIRES) ? AST_FIRES : AST_QUIET);
}

struct ast_head *parse_ordinary(struct parse *p)
{
    struct ast_case *test = parse_case_of(p, AST_ORDINARY);
    PARSE_HANG(p->tails.ordinaries, test);
    return &test->head;
}
