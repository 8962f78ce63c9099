/* Patterns that end in an absence, and rules on their time-outs. */
#include "rules/check_inside.h"

bool check_hint_step(struct check *c, struct diag *diag, const struct checked_pattern *pattern,
                     struct str field)
{
    for (size_t i = 0; i < pattern->step_count; i++) {
        const struct checked_step *step = &pattern->steps[i];
        if (!step->repeated && vocab_find_word(field, vocab_stream_scope(step->stream)) >= 0) {
            diag_hint(c->diags, diag, "did you mean `%.*s.%.*s.%.*s`?", DIAG_STR(pattern->name),
                      DIAG_STR(step->name), DIAG_STR(field));
            return true;
        }
    }
    return false;
}

void check_is_waiting(struct check *c, const struct checked_pattern *pattern, struct span span)
{
    struct str kind = vocab_entity_text(pattern->entity);
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, span, "`%.*s` ends with a wait, not with an event",
                 DIAG_STR(pattern->name));
    diag_hint(c->diags, diag, "write a rule for `%.*s` on timeout of %.*s", DIAG_STR(kind),
              DIAG_STR(pattern->name));
}

const struct checked_pattern *check_timeout_of(struct check *c, const struct ast_name *name)
{
    struct check_name *known = check_pattern_name(c, name);
    if (known == NULL) {
        return NULL;
    }
    const struct checked_pattern *pattern = &c->out->patterns[known->index];
    known->used = true;
    if (pattern->step_count > 0 && pattern->absence_ms == 0) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` ends with an event, not with a wait",
                     DIAG_STR(name->text));
        diag_note(c->diags, diag, known->span, "without `then no ..` or `then wait ..` at its end");
        return NULL;
    }
    return pattern->step_count > 0 ? pattern : NULL;
}

bool check_absence(struct check *c, const struct ast_step *ast, struct checked_pattern *pattern)
{
    struct check_scope s = {.entity = pattern->entity};
    pattern->absence_asks = ast->kind == AST_STEP_NO;
    pattern->absence_ms = check_length(c, &ast->within, CHECK_SPAN_MAX_MS, "the length of a wait");
    if (ast->next != NULL) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->next->span, "nothing stands behind an absence");
        diag_note(c->diags, diag, ast->span, "here the pattern ends");
        return false;
    }
    int stream = pattern->absence_asks ? check_stream(c, &s, &ast->stream) : 0;
    pattern->absence.stream = stream < 0 ? 0 : (uint8_t)stream;
    return stream >= 0 && pattern->absence_ms != 0;
}

bool check_absence_where(struct check *c, const struct ast_pattern *ast,
                         struct checked_pattern *pattern)
{
    struct checked_without *made = &pattern->absence;
    const struct ast_step *last = ast->steps;
    while (last->next != NULL) {
        last = last->next;
    }
    struct check_scope s = check_step_scope(pattern, pattern->step_count, made->stream);
    return last->kind != AST_STEP_NO ||
           check_pattern_where(c, &s, last->where, &made->where, &made->reversed_too);
}
