#include "rules/check_inside.h"

#include "engine/base/must.h"

#include "engine/eval/values.h"
#include "engine/state/usual.h"

/* ---- the stream and its field ---- */

/* "`payment_in` and `payment_out`" */
static void check_streams_of(struct buf *out, uint8_t entity)
{
    bool first = true;
    for (int i = 0; i < STREAM_COUNT; i++) {
        if (vocab_on_page(&vocab_streams[i], entity)) {
            buf_add_format(out, "%s`%s`", first ? "" : ", ", vocab_streams[i].text);
            first = false;
        }
    }
}

int check_stream(struct check *c, const struct check_scope *s, const struct ast_name *name)
{
    int stream = vocab_find(vocab_streams, STREAM_COUNT, name->text);
    if (stream < 0) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` is no stream", DIAG_STR(name->text));
        diag_hint(c->diags, diag,
                  "streams are `call_in`, `call_out`, `payment_in`, `payment_out`, `sms_in`, "
                  "`sms_out`, `login`, `change`, `warning`, `use` and `link`");
        struct diag_guess guess = diag_guess_start(name->text);
        check_guess_rows(&guess, vocab_streams, 0, STREAM_COUNT);
        (void)diag_hint_guess(c->diags, diag, &guess);
        return -1;
    }
    if (vocab_on_page(&vocab_streams[stream], s->entity)) {
        return stream;
    }
    struct str kind = vocab_entity_text(s->entity);
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, name->span, "the page of %s %.*s has no `%s`",
                 s->entity == ENTITY_ACCOUNT ? "an" : "a", DIAG_STR(kind),
                 vocab_streams[stream].text);
    struct buf streams = {0};
    check_streams_of(&streams, s->entity);
    diag_hint(c->diags, diag, "it has %s%s", buf_text(&streams),
              entity_is_thing(s->entity) || stream == STREAM_USE || stream == STREAM_LINK
                  ? ""
                  : "; a person's page has all streams but `use` and `link`");
    buf_fini(&streams);
    return -1;
}

static void check_no_field(struct check *c, const struct ast_path *path, int stream,
                           struct str field)
{
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, path->span, "a record of `%s` has no `%.*s`",
                                 vocab_streams[stream].text, DIAG_STR(field));
    struct diag_guess guess = diag_guess_start(field);
    for (int word = 0; word < WORD_COUNT; word++) {
        if (vocab_in_scope(&vocab_words[word], vocab_stream_scope((uint8_t)stream))) {
            diag_guess_try(&guess, str_of(vocab_words[word].text));
        }
    }
    (void)diag_hint_guess(c->diags, diag, &guess);
}

/* What a field must be for each aggregate; NULL: anything. */
static const char *check_field_wanted(int kind, enum unit unit)
{
    if (unit == UNIT_TAGS) {
        return "one value";
    }
    switch (kind) {
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
        return unit == UNIT_MONEY || unit == UNIT_DURATION ? NULL : "money or durations";
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
    case AGGREGATE_MEDIAN:
    case AGGREGATE_P90:
    case AGGREGATE_P99:
    case AGGREGATE_RISING: return type_is_ordered(unit) ? NULL : "what has a smaller and a greater";
    case AGGREGATE_TOP_SHARE:
    case AGGREGATE_DISTINCT: return unit == UNIT_BOOL ? "more than yes or no" : NULL;
    default: return NULL;
    }
}

/* A field of the stream's records. */
static const char *check_field_example(uint8_t stream)
{
    static const char *const fields[STREAM_COUNT] =
        {[STREAM_CALL_IN] = "duration",  [STREAM_CALL_OUT] = "duration",
         [STREAM_PAYMENT_IN] = "amount", [STREAM_PAYMENT_OUT] = "amount",
         [STREAM_SMS_IN] = "gap",        [STREAM_SMS_OUT] = "gap",
         [STREAM_LOGIN] = "gap",         [STREAM_CHANGE] = "gap",
         [STREAM_WARNING] = "tier",      [STREAM_USE] = "user",
         [STREAM_LINK] = "receiver"};
    return fields[stream];
}

static bool check_field(struct check *c, struct checked_aggregate *aggregate,
                        const struct ast_path *path)
{
    const char *word = vocab_aggregates[aggregate->kind].text;
    uint8_t needs = vocab_aggregates[aggregate->kind].needs;
    const char *stream = vocab_streams[aggregate->stream].text;
    aggregate->word = WORD_NONE;
    if (path->part_count == 1) {
        if (needs != 1) {
            return true;
        }
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, path->span, "`%s` needs a field of the stream", word);
        diag_hint(c->diags, diag, "for example `%s(%s%s.%s ...)`", word,
                  aggregate->kind == AGGREGATE_TOP_SHARE ? "2, " : "", stream,
                  check_field_example(aggregate->stream));
        return false;
    }
    struct str field = check_path_text(c, path, 1);
    int found = vocab_find_word(field, vocab_stream_scope(aggregate->stream));
    if (found < 0) {
        check_no_field(c, path, aggregate->stream, field);
        return false;
    }
    if (needs == 0) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, path->span,
                                     "`%s` counts records, without a field", word);
        diag_hint(c->diags, diag, "write `%s(%s ...)`", word, stream);
        return false;
    }
    const char *wanted = check_field_wanted(aggregate->kind, (enum unit)vocab_words[found].unit);
    if (wanted != NULL) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, path->span, "`%s` takes %s", word, wanted);
        diag_label(c->diags, diag, "%s", type_label((enum unit)vocab_words[found].unit));
        return false;
    }
    aggregate->word = (uint8_t)found;
    return true;
}

/* ---- the span ---- */

static bool check_since(struct check *c, const struct check_scope *s,
                        const struct ast_window *window, struct checked_aggregate *aggregate)
{
    struct check_scope start = *s;
    start.once = s->in_where;
    start.steps_hidden = true;
    start.in_hand = false;
    struct checked_expr *since = check_expr(c, &start, window->since);
    if (since == NULL) {
        return false;
    }
    if (since->unit != UNIT_TIME) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, since->span, "`since` needs a time, and this is %s",
                     type_text(since->unit));
        if (since->unit == UNIT_DURATION) {
            diag_hint(c->diags, diag, "for the last so many hours write `in 24h`");
        }
        return false;
    }
    aggregate->span = SPAN_SINCE;
    aggregate->since = since;
    return true;
}

bool check_workdays(struct check *c, const struct ast_window *window, uint8_t *workdays)
{
    if (window->workday_count < 1 || window->workday_count > CALENDAR_WORKDAYS_MAX) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, window->span, "a span of workdays is 1 to %d workdays",
                     CALENDAR_WORKDAYS_MAX);
        if (window->workday_count > CALENDAR_WORKDAYS_MAX) {
            diag_hint(c->diags, diag, "with the days between they are at most %d days",
                      CALENDAR_SPAN_DAYS);
        }
        return false;
    }
    *workdays = (uint8_t)window->workday_count;
    return check_has_calendar(c, window->span, "in .. workdays");
}

/* What a step has taken has no span of its own. */
static bool check_no_window(struct check *c, const struct ast_source *ast)
{
    if (ast->window.kind == AST_WINDOW_NONE) {
        return true;
    }
    (void)diag_add(c->diags, DIAG_ERROR, ast->window.span,
                   "a step stands for the records between its neighbours, without a span");
    return false;
}

static bool check_window(struct check *c, const struct check_scope *s, const struct ast_source *ast,
                         struct checked_aggregate *aggregate)
{
    if (aggregate->span == SPAN_STEP) {
        return check_no_window(c, ast);
    }
    switch (ast->window.kind) {
    case AST_WINDOW_LENGTH:
        aggregate->span = SPAN_MS;
        aggregate->span_ms =
            check_length(c, &ast->window.length, CHECK_SPAN_MAX_MS, "the span of an aggregate");
        return aggregate->span_ms != 0;
    case AST_WINDOW_TODAY: aggregate->span = SPAN_TODAY; return true;
    case AST_WINDOW_SINCE: return check_since(c, s, &ast->window, aggregate);
    case AST_WINDOW_WORKDAYS:
        aggregate->span = SPAN_WORKDAYS;
        return check_workdays(c, &ast->window, &aggregate->workdays);
    default: {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->span, "how far back? an aggregate needs a span");
        diag_hint(c->diags, diag, "write for example `%.*s in 24h`",
                  DIAG_STR(rule_source_text(c->source, ast->path.span)));
        return false;
    }
    }
}

/* ---- where ---- */

bool check_names_reversed(const struct checked_expr *expr)
{
    if (expr->op == CHECKED_RECORD) {
        return expr->word == WORD_REVERSED;
    }
    const struct checked_expr *operands[3] = {expr->a, expr->b, expr->c};
    for (int i = 0; i < checked_operand_count(expr->op); i++) {
        if (check_names_reversed(operands[i])) {
            return true;
        }
    }
    return false;
}

struct check_scope check_inside_of(const struct check_scope *s, uint8_t stream, bool hides_steps)
{
    struct check_scope inside = *s;
    inside.in_where = true;
    inside.once = false;
    inside.in_hand = false;
    inside.steps_hidden = hides_steps || s->steps_hidden;
    inside.stream = stream;
    return inside;
}

static bool check_where(struct check *c, const struct check_scope *s, const struct ast_source *ast,
                        struct checked_aggregate *aggregate)
{
    if (ast->where == NULL) {
        if (aggregate->kind != AGGREGATE_SHARE) {
            return true;
        }
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->span, "`share` without `where` is always 100%%");
        diag_hint(c->diags, diag, "say which records of the span are asked for, with `where`");
        return false;
    }
    struct check_scope inside = check_inside_of(s, aggregate->stream, aggregate->span != SPAN_STEP);
    aggregate->where = check_condition(c, &inside, ast->where, "`where`");
    if (aggregate->where == NULL) {
        return false;
    }
    aggregate->reversed_too = check_names_reversed(aggregate->where);
    return true;
}

/* ---- the number before the stream ---- */

static bool check_bad_argument(struct check *c, const struct ast_aggregate *asked,
                               const char *message, const char *hint)
{
    struct span span = asked->has_argument ? asked->argument_span : asked->word_span;
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "%s", message);
    diag_hint(c->diags, diag, "%s", hint);
    return false;
}

/* top_share(2, ..) */
static bool check_top(struct check *c, const struct ast_aggregate *asked,
                      struct checked_aggregate *aggregate)
{
    const struct ast_literal *number = &asked->argument;
    const char *hint = "for example `top_share(2, payment_out.payee in 24h)`: of the two most "
                       "frequent values";
    if (!asked->has_argument || asked->times) {
        return check_bad_argument(c, asked,
                                  "`top_share` needs a number of values before its stream", hint);
    }
    if (number->decimals != 0 || number->value < 1 || number->value > VALUES_TOP_MAX) {
        _Static_assert(VALUES_TOP_MAX == 16, "it stands in the message");
        return check_bad_argument(c, asked, "`top_share` is of 1 to 16 values", hint);
    }
    aggregate->top = (uint8_t)number->value;
    return true;
}

/* rising(..) or rising(3 x, ..) */
static bool check_factor(struct check *c, const struct ast_aggregate *asked,
                         struct checked_aggregate *aggregate)
{
    aggregate->factor.den = 1;
    for (uint8_t i = 0; i < asked->argument.decimals; i++) {
        aggregate->factor.den *= 10;
    }
    aggregate->factor.num = asked->argument.value;
    if (!asked->has_argument) {
        return true;
    }
    if (!asked->times) {
        return check_bad_argument(c, asked, "`rising` takes a factor, with `x` behind it",
                                  "for example `rising(3 x, payment_out.amount in 24h)`");
    }
    if (aggregate->factor.num < aggregate->factor.den) {
        return check_bad_argument(c, asked, "what rises by a factor below 1 falls",
                                  "for example `rising(1.5 x, payment_out.amount in 24h)`");
    }
    return true;
}

static bool check_argument(struct check *c, const struct ast_aggregate *asked,
                           struct checked_aggregate *aggregate)
{
    switch (aggregate->kind) {
    case AGGREGATE_TOP_SHARE: return check_top(c, asked, aggregate);
    case AGGREGATE_RISING: return check_factor(c, asked, aggregate);
    default: break;
    }
    if (asked->has_argument) {
        (void)diag_add(c->diags, DIAG_ERROR, asked->argument_span, "`%s` takes no number",
                       vocab_aggregates[aggregate->kind].text);
    }
    return !asked->has_argument;
}

/* ---- the aggregate ---- */

static enum unit check_aggregate_unit(const struct checked_aggregate *aggregate)
{
    switch (aggregate->kind) {
    case AGGREGATE_COUNT:
    case AGGREGATE_RISING:
    case AGGREGATE_DISTINCT: return UNIT_COUNT;
    case AGGREGATE_ANY: return UNIT_BOOL;
    case AGGREGATE_TOP_SHARE:
    case AGGREGATE_SHARE: return UNIT_RATIO;
    default: break;
    }
    return aggregate->word == WORD_NONE ? UNIT_TIME : (enum unit)vocab_words[aggregate->word].unit;
}

/* usual_p99(payment_out.amount): of three fields, over a span of their own. */
static bool check_usual(struct check *c, const struct ast_aggregate *asked,
                        struct checked_aggregate *aggregate)
{
    const struct ast_source *source = &asked->source;
    const char *word = vocab_aggregates[aggregate->kind].text;
    struct str field = check_path_text(c, &source->path, 1);
    int wanted = aggregate->stream == STREAM_CALL_OUT ? WORD_DURATION : WORD_AMOUNT;
    if (!usual_is_kept(aggregate->stream) || !str_eq_text(field, vocab_words[wanted].text)) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, source->path.span, "nothing usual is kept of `%.*s`",
                     DIAG_STR(check_path_text(c, &source->path, 0)));
        diag_hint(c->diags, diag,
                  "`%s` is of `payment_in.amount`, `payment_out.amount` or "
                  "`call_out.duration`",
                  word);
        return false;
    }
    if (asked->has_argument) {
        return check_argument(c, asked, aggregate);
    }
    if (source->window.kind != AST_WINDOW_NONE || source->where != NULL) {
        struct span span = source->where != NULL ? source->where->span : source->window.span;
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "`%s` takes no %s", word,
                                     source->where != NULL ? "`where`" : "span");
        diag_hint(c->diags, diag, "it looks at all records of the 90 d that end 24 h ago");
        return false;
    }
    aggregate->word = (uint8_t)wanted;
    aggregate->span = SPAN_USUAL;
    return true;
}

static bool check_parts(struct check *c, const struct check_scope *s,
                        const struct ast_aggregate *asked, struct checked_aggregate *aggregate)
{
    bool argument = check_argument(c, asked, aggregate);
    bool field = check_field(c, aggregate, &asked->source.path);
    bool window = check_window(c, s, &asked->source, aggregate);
    return check_where(c, s, &asked->source, aggregate) && argument && field && window;
}

/* A stream, or a step of a pattern: then the path begins with that. */
static bool check_source(struct check *c, const struct check_scope *s, struct ast_source *source,
                         struct checked_aggregate *aggregate)
{
    size_t parts = check_step_parts(c, s, &source->path);
    if (parts == 0) {
        int stream = check_stream(c, s, &source->path.parts[0]);
        aggregate->stream = stream < 0 ? 0 : (uint8_t)stream;
        return stream >= 0;
    }
    if (!check_step_source(c, s, &source->path, aggregate)) {
        return false;
    }
    source->path.parts += parts - 1;
    source->path.part_count -= parts - 1;
    return true;
}

/* The field of a stream's records that is their other end; WORD_NONE: they have none. */
static int check_end_word(uint8_t stream)
{
    switch ((enum stream_id)stream) {
    case STREAM_CALL_IN: return WORD_CALLER;
    case STREAM_CALL_OUT: return WORD_CALLEE;
    case STREAM_SMS_IN: return WORD_SENDER;
    case STREAM_SMS_OUT: return WORD_RECEIVER;
    case STREAM_PAYMENT_IN: return WORD_PAYER;
    case STREAM_PAYMENT_OUT: return WORD_PAYEE;
    case STREAM_USE: return WORD_USER_OF_DEVICE;
    case STREAM_LINK: return WORD_RECEIVER;
    default: return WORD_NONE;
    }
}

/* false after a diagnostic: `each` is of something else. */
static bool check_is_end(struct check *c, const struct ast_path *path, uint8_t stream)
{
    const char *name = vocab_streams[stream].text;
    int end = check_end_word(stream);
    if (end == WORD_NONE) {
        (void)diag_add(c->diags, DIAG_ERROR, path->span, "a record of `%s` has no other end", name);
        return false;
    }
    if (str_eq_text(check_path_text(c, path, 1), vocab_words[end].text)) {
        return true;
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, path->span, "`each` is of the other ends of records");
    diag_hint(c->diags, diag, "write `each(%s.%s ...)`", name, vocab_words[end].text);
    return false;
}

struct checked_expr *check_each(struct check *c, const struct check_scope *s,
                                const struct ast_source *ast)
{
    struct checked_aggregate *aggregate = arena_alloc(c->arena, 1, sizeof *aggregate);
    struct ast_aggregate of = {.word_span = ast->span, .source = *ast};
    aggregate->kind = AGGREGATE_EACH;
    if (!check_source(c, s, &of.source, aggregate) ||
        !check_is_end(c, &of.source.path, aggregate->stream) ||
        !check_parts(c, s, &of, aggregate)) {
        return NULL;
    }
    struct checked_expr *expr = check_new(c, CHECKED_AGGREGATE, UNIT_COUNT, ast->span);
    expr->aggregate = aggregate;
    return check_bounds(c, expr) ? expr : NULL;
}

struct checked_expr *check_aggregate(struct check *c, const struct check_scope *s,
                                     const struct ast_expr *ast)
{
    const struct ast_aggregate *asked = ast->aggregate;
    const char *word = lex_kind_text(asked->word);
    int kind = vocab_find(vocab_aggregates, AGGREGATE_KINDS, str_of(word));
    must(kind >= 0); /* the parser takes no other word */
    if (s->place == CHECK_IN_CONST) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->span,
                       "a constant has no history to look at: make it a feature");
        return NULL;
    }
    struct checked_aggregate *aggregate = arena_alloc(c->arena, 1, sizeof *aggregate);
    struct ast_aggregate of = *asked;
    aggregate->kind = (uint8_t)kind;
    if (!check_source(c, s, &of.source, aggregate)) {
        return NULL;
    }
    bool right = aggregate_is_usual(kind) ? check_usual(c, &of, aggregate)
                                          : check_parts(c, s, &of, aggregate);
    if (!right) {
        return NULL;
    }
    struct checked_expr *expr =
        check_new(c, CHECKED_AGGREGATE, check_aggregate_unit(aggregate), ast->span);
    expr->aggregate = aggregate;
    return expr;
}
