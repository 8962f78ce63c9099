#include "rules/check_inside.h"

#define CHECK_CALL_MAX_MS ((int64_t)24 * 3600000) /* how long a call is looked for */

static struct checked_expr *check_two(struct check *c, enum checked_op op, struct checked_expr *a,
                                      struct checked_expr *b, struct span span)
{
    struct checked_expr *expr = check_new(c, op, UNIT_BOOL, span);
    expr->a = a;
    expr->b = b;
    return expr;
}

static struct checked_expr *check_call_word(struct check *c, int word, struct span span)
{
    struct checked_expr *expr =
        check_new(c, CHECKED_RECORD, (enum unit)vocab_words[word].unit, span);
    expr->word = (uint8_t)word;
    return expr;
}

/* open or ago(ended) < after; what had not ended then has ended less than 0 ms ago. */
static struct checked_expr *check_going_on(struct check *c, int64_t after_ms, struct span span)
{
    struct checked_expr *ago = check_new(c, CHECKED_AGO, UNIT_DURATION, span);
    struct checked_expr *after = check_new(c, CHECKED_CONST, UNIT_DURATION, span);
    ago->a = check_call_word(c, WORD_ENDED, span);
    after->value = after_ms;
    return check_two(c, CHECKED_OR, check_call_word(c, WORD_OPEN, span),
                     check_two(c, CHECKED_LESS, ago, after, span), span);
}

static int check_call_stream(struct check *c, const struct check_scope *s,
                             const struct ast_name *name)
{
    int stream = check_stream(c, s, name);
    if (stream < 0 || stream == STREAM_CALL_IN || stream == STREAM_CALL_OUT) {
        return stream;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "a record of `%s` does not last",
                                 vocab_streams[stream].text);
    diag_hint(c->diags, diag, "calls do: `during(call_in ...)`, `during(call_out ...)`");
    return -1;
}

struct checked_expr *check_during(struct check *c, const struct check_scope *s,
                                  const struct ast_expr *ast)
{
    const struct ast_during *during = ast->during;
    if (s->place == CHECK_IN_CONST) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->span,
                       "a constant has no history to look at: make it a feature");
        return NULL;
    }
    int stream = check_call_stream(c, s, &during->stream);
    int64_t after_ms = 0;
    if (during->has_after) {
        after_ms = check_length(c, &during->after, CHECK_SPAN_MAX_MS - CHECK_CALL_MAX_MS,
                                "the time after a call");
    }
    if (stream < 0 || (during->has_after && after_ms == 0)) {
        return NULL;
    }
    struct checked_expr *where = check_going_on(c, after_ms, during->word_span);
    if (during->where != NULL) {
        struct check_scope inside = check_inside_of(s, (uint8_t)stream, true);
        struct checked_expr *asked = check_condition(c, &inside, during->where, "`where`");
        if (asked == NULL) {
            return NULL;
        }
        where = check_two(c, CHECKED_AND, asked, where, ast->span);
    }
    struct checked_aggregate *aggregate = arena_alloc(c->arena, 1, sizeof *aggregate);
    *aggregate = (struct checked_aggregate){.kind = AGGREGATE_ANY,
                                            .stream = (uint8_t)stream,
                                            .word = WORD_NONE,
                                            .span = SPAN_MS,
                                            .span_ms = CHECK_CALL_MAX_MS + after_ms,
                                            .where = where};
    struct checked_expr *expr = check_new(c, CHECKED_AGGREGATE, UNIT_BOOL, ast->span);
    expr->aggregate = aggregate;
    return expr;
}
