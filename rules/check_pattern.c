#include "rules/check_inside.h"

/* ---- the steps of a pattern, seen from an expression ---- */

static int check_find_step(const struct checked_pattern *pattern, struct str text)
{
    for (size_t i = 0; i < pattern->step_count; i++) {
        if (str_eq(pattern->steps[i].name, text)) {
            return (int)i;
        }
    }
    return -1;
}

static struct check_name *check_find_pattern(struct check *c, struct str text)
{
    struct check_name *known = check_find(c, CHECK_SPACE_VALUE, text);
    return known != NULL && known->kind == CHECK_NAME_PATTERN ? known : NULL;
}

size_t check_step_parts(struct check *c, const struct check_scope *s, const struct ast_path *path)
{
    if (s->pattern != NULL) {
        return check_find_step(s->pattern, path->parts[0].text) >= 0 ? 1 : 0;
    }
    return path->part_count > 1 && check_find_pattern(c, path->parts[0].text) != NULL ? 2 : 0;
}

/* "`transaction` or `settlement`" */
/* Does such an event fill the last step of patterns that end in this stream of such a page? */
static bool check_fills(uint8_t event, uint8_t entity, int stream)
{
    for (int leg = check_first_leg(event); leg <= check_last_leg(event); leg++) {
        if (check_leg_may_be(leg, entity) && stream_of_leg(event, leg) == stream) {
            return true;
        }
    }
    return false;
}

static void check_triggers_of(struct buf *out, const struct checked_pattern *pattern)
{
    const char *before = "";
    uint8_t stream = pattern->steps[pattern->step_count - 1].stream;
    for (int i = 0; i < TRIGGER_COUNT; i++) {
        if (check_fills(vocab_triggers[i].event, pattern->entity, stream)) {
            buf_add_format(out, "%s`%s`", before, vocab_triggers[i].text);
            before = " or ";
        }
    }
}

static void check_not_in_hand(struct check *c, const struct checked_pattern *pattern,
                              struct span span)
{
    bool about = pattern->leg == LEG_ENTITY || pattern->leg == LEG_OWNER;
    struct str kind = vocab_entity_text(pattern->entity);
    struct str subject = about ? kind : str_of(leg_infos[pattern->leg].text);
    struct buf triggers = {0};
    check_triggers_of(&triggers, pattern);
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, span, "what this rule runs on is no last step of `%.*s`",
                 DIAG_STR(pattern->name));
    diag_hint(c->diags, diag, "that is a `%s` of a%s %.*s: write the rule for `%.*s` on %s",
              vocab_streams[pattern->steps[pattern->step_count - 1].stream].text,
              pattern->entity == ENTITY_ACCOUNT ? "n" : "", DIAG_STR(kind), DIAG_STR(subject),
              buf_text(&triggers));
    buf_fini(&triggers);
}

/* The pattern, if it may be asked about here. */
static const struct checked_pattern *check_asked(struct check *c, const struct check_scope *s,
                                                 struct check_name *known, struct span span)
{
    const struct checked_pattern *pattern = &c->out->patterns[known->index];
    known->used = true;
    if (s->place != CHECK_IN_RULE || s->pattern != NULL) {
        static const char *const places[] = {[CHECK_IN_FEATURE] = "a feature",
                                             [CHECK_IN_CONST] = "a constant",
                                             [CHECK_IN_PATTERN] = "a pattern",
                                             [CHECK_IN_RULE] = "a pattern"};
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, span, "%s cannot ask about patterns", places[s->place]);
        diag_hint(c->diags, diag, "a pattern ends with the event that a rule runs on");
        return NULL;
    }
    if (pattern->step_count == 0) {
        return NULL;
    }
    if (pattern == s->timeout) {
        return pattern;
    }
    if (pattern->absence_ms != 0) {
        check_is_waiting(c, pattern, span);
        return NULL;
    }
    bool of_device = pattern->event == EVENT_NONE && leg_infos[s->leg].entity == ENTITY_DEVICE;
    bool here = s->event == pattern->event && s->leg == pattern->leg;
    if ((!here && !of_device) || s->entity != pattern->entity) {
        check_not_in_hand(c, pattern, span);
        return NULL;
    }
    return pattern;
}

struct check_name *check_pattern_name(struct check *c, const struct ast_name *name)
{
    struct check_name *known = check_find_pattern(c, name->text);
    if (known == NULL) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "unknown pattern `%.*s`",
                                     DIAG_STR(name->text));
        struct diag_guess guess = diag_guess_start(name->text);
        check_guess_names(c, &guess, CHECK_SPACE_VALUE, CHECK_NAME_PATTERN);
        (void)diag_hint_guess(c->diags, diag, &guess);
    }
    return known;
}

struct checked_expr *check_matches(struct check *c, const struct check_scope *s,
                                   const struct ast_expr *ast)
{
    struct check_name *known = check_pattern_name(c, &ast->name);
    if (known == NULL) {
        return NULL;
    }
    if (s->place == CHECK_IN_RULE && s->in_where && s->pattern == NULL) {
        known->used = true;
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->span,
                     "a pattern is matched by the event in hand, not by the record looked at");
        diag_hint(c->diags, diag, "write it before the aggregate, with `and`");
        return NULL;
    }
    const struct checked_pattern *pattern = check_asked(c, s, known, ast->span);
    if (pattern == NULL) {
        return NULL;
    }
    struct checked_expr *expr = check_new(c, CHECKED_MATCHES, UNIT_BOOL, ast->span);
    expr->pattern = pattern;
    return expr;
}

static void check_no_step(struct check *c, const struct checked_pattern *pattern,
                          const struct ast_name *name)
{
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` has no step `%.*s`",
                                 DIAG_STR(pattern->name), DIAG_STR(name->text));
    struct diag_guess guess = diag_guess_start(name->text);
    for (size_t i = 0; i < pattern->step_count; i++) {
        diag_guess_try(&guess, pattern->steps[i].name);
    }
    (void)diag_hint_guess(c->diags, diag, &guess);
}

/* The step that a path begins with, and its pattern; NULL after a diagnostic. */
static const struct checked_pattern *check_step_of(struct check *c, const struct check_scope *s,
                                                   const struct ast_path *path, int *step)
{
    const struct ast_name *name = &path->parts[check_step_parts(c, s, path) - 1];
    const struct checked_pattern *pattern = s->pattern;
    if (pattern == NULL) {
        pattern = check_asked(c, s, check_find_pattern(c, path->parts[0].text), path->span);
    }
    if (pattern == NULL) {
        return NULL;
    }
    *step = check_find_step(pattern, name->text);
    if (*step < 0) {
        check_no_step(c, pattern, name);
        return NULL;
    }
    if (s->pattern != NULL && s->steps_hidden) {
        (void)diag_add(c->diags, DIAG_ERROR, path->span,
                       "an aggregate inside `where` is computed once, before there are steps");
        return NULL;
    }
    return pattern;
}

/* The step alone, or the one looked at, or one that stands for several records. */
static bool check_is_field(struct check *c, const struct check_scope *s,
                           const struct ast_path *path, size_t taken,
                           const struct checked_pattern *pattern, int step)
{
    struct str text = check_path_text(c, path, 0);
    struct str field = check_path_text(c, path, taken);
    struct diag *diag;
    if (path->part_count == taken) {
        diag = diag_add(c->diags, DIAG_ERROR, path->span, "`%.*s` is a step, not a value",
                        DIAG_STR(text));
        diag_hint(c->diags, diag, "write for example `%.*s.time`", DIAG_STR(text));
        return false;
    }
    if (s->pattern != NULL && s->step == step) {
        diag = diag_add(c->diags, DIAG_ERROR, path->span, "`%.*s` is the step looked at",
                        DIAG_STR(path->parts[0].text));
        diag_hint(c->diags, diag, "write `%.*s`", DIAG_STR(field));
        return false;
    }
    if (pattern->steps[step].repeated) {
        diag = diag_add(c->diags, DIAG_ERROR, path->span, "`%.*s` stands for several records",
                        DIAG_STR(pattern->steps[step].name));
        diag_hint(c->diags, diag, "write for example `last(%.*s)`", DIAG_STR(text));
        return false;
    }
    return true;
}

struct checked_expr *check_step_field(struct check *c, const struct check_scope *s,
                                      const struct ast_path *path)
{
    size_t taken = check_step_parts(c, s, path);
    int step = -1;
    const struct checked_pattern *pattern = check_step_of(c, s, path, &step);
    if (pattern == NULL || !check_is_field(c, s, path, taken, pattern, step)) {
        return NULL;
    }
    struct str field = check_path_text(c, path, taken);
    uint8_t stream = pattern->steps[step].stream;
    int word = vocab_find_word(field, vocab_stream_scope(stream));
    if (word >= 0) {
        struct checked_expr *expr =
            check_new(c, CHECKED_STEP, (enum unit)vocab_words[word].unit, path->span);
        expr->pattern = pattern;
        expr->step = (uint8_t)step;
        expr->word = (uint8_t)word;
        return expr;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, path->span, "a record of `%s` has no `%.*s`",
                                 vocab_streams[stream].text, DIAG_STR(field));
    struct diag_guess guess = diag_guess_start(field);
    for (int i = 0; i < WORD_COUNT; i++) {
        if (vocab_in_scope(&vocab_words[i], vocab_stream_scope(stream))) {
            diag_guess_try(&guess, str_of(vocab_words[i].text));
        }
    }
    (void)diag_hint_guess(c->diags, diag, &guess);
    return NULL;
}

/* Does the one repeated step ask, itself or through others, whom the other takes? */
static bool check_asks(const struct checked_pattern *pattern, size_t step, size_t other)
{
    bool asks = step == other;
    for (size_t i = 0; !asks && i < pattern->step_count; i++) {
        asks = (pattern->asks[step] >> i & 1) != 0 && check_asks(pattern, i, other);
    }
    return asks;
}

/* Whom a repeated step takes may depend on others that do not depend on it; false after a
 * diagnostic.
 */
static bool check_may_ask(struct check *c, const struct check_scope *s, const struct ast_path *path,
                          const struct checked_pattern *pattern, int step)
{
    if (s->pattern == NULL || s->step >= pattern->step_count || !pattern->steps[s->step].repeated) {
        return true;
    }
    struct str asking = pattern->steps[s->step].name;
    if (check_asks(pattern, (size_t)step, s->step)) {
        struct diag *diag =
            s->step == step ? diag_add(c->diags, DIAG_ERROR, path->span,
                                       "which records `%.*s` takes cannot depend on which it takes",
                                       DIAG_STR(asking))
                            : diag_add(c->diags, DIAG_ERROR, path->span,
                                       "`%.*s` asks for what `%.*s` takes already",
                                       DIAG_STR(pattern->steps[step].name), DIAG_STR(asking));
        diag_hint(c->diags, diag, "compare the two where the pattern is used, or in a single step");
        return false;
    }
    c->out->patterns[pattern->index].asks[s->step] |= (uint8_t)(1U << step);
    return true;
}

bool check_step_source(struct check *c, const struct check_scope *s, const struct ast_path *path,
                       struct checked_aggregate *aggregate)
{
    int step = -1;
    const struct checked_pattern *pattern = check_step_of(c, s, path, &step);
    struct diag *diag;
    if (pattern == NULL) {
        return false;
    }
    if (aggregate_is_usual(aggregate->kind)) {
        (void)diag_add(c->diags, DIAG_ERROR, path->span,
                       "`%s` looks at all records, not at those of a step",
                       vocab_aggregates[aggregate->kind].text);
        return false;
    }
    if (!pattern->steps[step].repeated) {
        diag = diag_add(c->diags, DIAG_ERROR, path->span, "`%.*s` stands for one record",
                        DIAG_STR(pattern->steps[step].name));
        diag_hint(c->diags, diag,
                  "write its field alone, or let it be repeated: `%.*s: %s at "
                  "least 2 times`",
                  DIAG_STR(pattern->steps[step].name),
                  vocab_streams[pattern->steps[step].stream].text);
        return false;
    }
    if (!check_may_ask(c, s, path, pattern, step)) {
        return false;
    }
    aggregate->stream = pattern->steps[step].stream;
    aggregate->span = SPAN_STEP;
    aggregate->pattern = pattern;
    aggregate->step = (uint8_t)step;
    return true;
}

/* ---- the block ---- */

/* What else the name of a step means. */
static const char *check_step_taken(struct check *c, const struct checked_pattern *pattern,
                                    struct str text)
{
    const char *reserved = check_reserved(text);
    if (reserved != NULL) {
        return reserved;
    }
    for (int leg = 0; leg < LEG_COUNT; leg++) {
        if (check_leg_is_role(leg) && str_eq_text(text, leg_infos[leg].text)) {
            return "a role";
        }
    }
    return check_word_unit(text) >= 0                       ? "a word of a set of values"
           : check_find(c, CHECK_SPACE_VALUE, text) != NULL ? "a name of the pack"
           : check_find_step(pattern, text) >= 0            ? "a step of this pattern"
                                                            : NULL;
}

static bool check_step_name(struct check *c, const struct checked_pattern *pattern,
                            const struct ast_name *name)
{
    const char *taken = check_step_taken(c, pattern, name->text);
    if (taken == NULL) {
        return true;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` is already %s",
                                 DIAG_STR(name->text), taken);
    diag_hint(c->diags, diag, "choose another name: one name has one meaning");
    return false;
}

static bool check_step_within(struct check *c, const struct checked_pattern *pattern,
                              const struct ast_step *ast, bool first, struct checked_step *step)
{
    if (!ast->has_within) {
        return true;
    }
    step->within_ms = check_length(c, &ast->within, CHECK_SPAN_MAX_MS, "the span of a step");
    if (step->within_ms == 0) {
        return false;
    }
    if (first) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->within.span, "there is no step before the first");
        diag_hint(c->diags, diag, "`within` of a step counts from the step before");
        return false;
    }
    if (pattern->within_ms != 0 && step->within_ms > pattern->within_ms) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->within.span,
                       "a step has no more time than the whole pattern");
        return false;
    }
    return true;
}

static bool check_step_times(struct check *c, const struct ast_step *ast,
                             const struct ast_step *before, struct checked_step *step)
{
    int64_t least = ast->least_times == 0 ? 1 : ast->least_times;
    step->repeated = ast->least_times != 0 || ast->most_times != 0;
    step->least_count = least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
    step->most_count = ast->most_times == 0 || ast->most_times > UINT32_MAX
                           ? UINT32_MAX
                           : (uint32_t)ast->most_times;
    if (step->least_count > step->most_count) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->name.span,
                       "`%.*s` would have to be there more often than it may",
                       DIAG_STR(ast->name.text));
        return false;
    }
    bool twice = before != NULL && (before->least_times != 0 || before->most_times != 0);
    if (step->repeated && twice) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->name.span, "two repeated steps are neighbours");
        diag_note(c->diags, diag, before->name.span, "repeated too");
        diag_hint(c->diags, diag,
                  "nobody could tell where the one ends: put a single step between");
        return false;
    }
    return true;
}

/* Names, streams and numbers: what expressions of all steps need to know of each. */
static bool check_steps(struct check *c, const struct ast_pattern *ast,
                        struct checked_pattern *pattern)
{
    struct check_scope s = {.entity = pattern->entity};
    const struct ast_step *before = NULL;
    bool good = true;
    size_t count = 0;
    for (const struct ast_step *step = ast->steps; step != NULL; step = step->next) {
        count++;
    }
    if (count < 2 || count > PATTERN_STEPS_MAX) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->head.name.span, "a pattern has 2 to %d steps",
                       PATTERN_STEPS_MAX);
        return false;
    }
    pattern->steps = arena_alloc(c->arena, count, sizeof *pattern->steps);
    for (const struct ast_step *step = ast->steps; step != NULL; step = step->next) {
        struct checked_step *made = &pattern->steps[pattern->step_count];
        if (step->kind != AST_STEP) {
            return check_absence(c, step, pattern) && good;
        }
        int stream = check_stream(c, &s, &step->stream);
        bool named = check_step_name(c, pattern, &step->name);
        bool timed = check_step_within(c, pattern, step, before == NULL, made);
        good = check_step_times(c, step, before, made) && stream >= 0 && named && timed && good;
        made->name = step->name.text;
        made->stream = stream < 0 ? 0 : (uint8_t)stream;
        pattern->step_count++;
        before = step;
    }
    return good;
}

/* Where the events arrive that fill the last step. Those of a device are of several kinds. */
static void check_last(struct checked_pattern *pattern)
{
    uint8_t stream = pattern->steps[pattern->step_count - 1].stream;
    pattern->event = stream_infos[stream].event;
    if (pattern->event == EVENT_NONE) {
        pattern->leg = LEG_CALL_DEVICE;
        return;
    }
    for (int leg = check_first_leg(pattern->event); leg <= check_last_leg(pattern->event); leg++) {
        if (check_leg_may_be(leg, pattern->entity) &&
            stream_of_leg(pattern->event, leg) == stream) {
            pattern->leg = (uint8_t)leg;
            return;
        }
    }
}

struct check_scope check_step_scope(const struct checked_pattern *pattern, size_t step,
                                    uint8_t stream)
{
    struct check_scope s = {.place = CHECK_IN_PATTERN,
                            .entity = pattern->entity,
                            .in_where = true,
                            .stream = stream,
                            .pattern = pattern,
                            .step = (uint8_t)step};
    if (step + 1 == pattern->step_count && pattern->event != EVENT_NONE &&
        pattern->absence_ms == 0) {
        s.place = CHECK_IN_RULE;
        s.in_hand = true;
        s.event = pattern->event;
        s.leg = pattern->leg;
        while (vocab_triggers[s.trigger].event != s.event) {
            s.trigger++;
        }
    }
    return s;
}

bool check_pattern_where(struct check *c, const struct check_scope *s, const struct ast_expr *ast,
                         struct checked_expr **where, bool *reversed_too)
{
    if (ast == NULL) {
        return true;
    }
    *where = check_condition(c, s, ast, "`where`");
    if (*where == NULL || !check_bounds(c, *where)) {
        return false;
    }
    *reversed_too = check_names_reversed(*where);
    return true;
}

static bool check_withouts(struct check *c, const struct ast_pattern *ast,
                           struct checked_pattern *pattern)
{
    bool good = true;
    size_t count = 0;
    for (const struct ast_without *item = ast->withouts; item != NULL; item = item->next) {
        count++;
    }
    pattern->withouts = arena_alloc(c->arena, count, sizeof *pattern->withouts);
    for (const struct ast_without *item = ast->withouts; item != NULL; item = item->next) {
        struct check_scope s = {.entity = pattern->entity};
        struct checked_without *made = &pattern->withouts[pattern->without_count++];
        int stream = check_stream(c, &s, &item->stream);
        if (stream < 0) {
            good = false;
            continue;
        }
        made->stream = (uint8_t)stream;
        s = check_step_scope(pattern, pattern->step_count, made->stream);
        good = check_pattern_where(c, &s, item->where, &made->where, &made->reversed_too) && good;
    }
    return good;
}

static bool check_pattern(struct check *c, const struct ast_pattern *ast,
                          struct checked_pattern *pattern)
{
    bool good;
    pattern->entity = check_entity(c, &ast->subject);
    if (ast->within.kind == AST_WINDOW_WORKDAYS) {
        good = check_workdays(c, &ast->within, &pattern->workdays);
    } else {
        pattern->within_ms =
            check_length(c, &ast->within.length, CHECK_SPAN_MAX_MS, "the span of a pattern");
        good = pattern->within_ms != 0;
    }
    if (pattern->entity == ENTITY_NONE || !check_steps(c, ast, pattern)) {
        return false;
    }
    size_t i = 0;
    check_last(pattern);
    for (const struct ast_step *step = ast->steps; i < pattern->step_count; step = step->next) {
        struct checked_step *made = &pattern->steps[i];
        struct check_scope s = check_step_scope(pattern, i++, made->stream);
        good = check_pattern_where(c, &s, step->where, &made->where, &made->reversed_too) && good;
    }
    good = check_absence_where(c, ast, pattern) && good;
    return check_withouts(c, ast, pattern) && good;
}

void check_patterns(struct check *c)
{
    struct checked_pattern *pattern = c->out->patterns;
    for (const struct ast_pattern *ast = c->pack->patterns; ast != NULL; ast = ast->next) {
        pattern->name = ast->head.name.text;
        pattern->title = ast->head.title;
        pattern->index = (uint32_t)(pattern - c->out->patterns);
        if (ast->head.broken || !check_pattern(c, ast, pattern)) {
            pattern->step_count = 0;
        }
        pattern++;
    }
}
