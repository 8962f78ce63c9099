/* Scorecards, and points(TYPOLOGY). A scorecard becomes a feature of the event in hand: a sum of
 * its bands, each of which chooses among constants. */
#include "rules/check_inside.h"

#define CARD_POINTS_MAX 100
#define CARD_BANDS_MAX 32 /* of a scorecard */
#define CARD_STEPS_MAX 32 /* of a band */

/* ---- bands ---- */

static struct checked_expr *check_card_points(struct check *c, int64_t points, struct span span)
{
    struct checked_expr *expr = check_new(c, CHECKED_CONST, UNIT_POINTS, span);
    expr->value = points;
    if (points > CARD_POINTS_MAX) {
        (void)diag_add(c->diags, DIAG_ERROR, span, "the points of a band are 0 to %d",
                       CARD_POINTS_MAX);
    }
    return expr;
}

static struct checked_expr *check_choose(struct check *c, struct checked_expr *otherwise,
                                         struct checked_expr *then, struct checked_expr *condition)
{
    struct checked_expr *expr = check_new(c, CHECKED_CHOOSE, UNIT_POINTS, condition->span);
    expr->a = otherwise;
    expr->b = then;
    expr->c = condition;
    return expr;
}

/* The comparison of a step, as if it had been written out. */
static struct checked_expr *check_step_condition(struct check *c, const struct check_scope *s,
                                                 const struct ast_band *band,
                                                 const struct ast_step_points *step)
{
    struct ast_expr *written = arena_alloc(c->arena, 1, sizeof *written);
    written->kind = AST_COMPARE;
    written->span = step->span;
    written->two = (struct ast_two){band->value, step->limit, step->compare, step->span};
    return check_expr(c, s, written);
}

/* The steps from this one on, and what is left if none holds; NULL after a diagnostic. */
static struct checked_expr *check_steps(struct check *c, const struct check_scope *s,
                                        const struct ast_band *band,
                                        const struct ast_step_points *step)
{
    if (step == NULL) {
        return check_card_points(c, band->else_points, band->span);
    }
    struct checked_expr *condition = check_step_condition(c, s, band, step);
    struct checked_expr *points = check_card_points(c, step->points, step->span);
    struct checked_expr *rest = check_steps(c, s, band, step->next);
    return condition == NULL || rest == NULL ? NULL : check_choose(c, rest, points, condition);
}

static struct checked_expr *check_band(struct check *c, const struct check_scope *s,
                                       const struct ast_band *band)
{
    size_t steps = 0;
    for (const struct ast_step_points *step = band->steps; step != NULL; step = step->next) {
        steps++;
    }
    if (steps > CARD_STEPS_MAX) {
        (void)diag_add(c->diags, DIAG_ERROR, band->span, "a band has at most %d steps",
                       CARD_STEPS_MAX);
        return NULL;
    }
    struct checked_expr *value = check_expr(c, s, band->value);
    if (value == NULL) {
        return NULL;
    }
    if (value->op == CHECKED_CONST) {
        (void)diag_add(c->diags, DIAG_ERROR, value->span,
                       "this is a constant, and a band looks at a value");
        return NULL;
    }
    struct checked_expr *known = check_new(c, CHECKED_KNOWN, UNIT_BOOL, value->span);
    known->a = value;
    struct checked_expr *unknown = check_card_points(c, band->unknown_points, band->span);
    struct checked_expr *steps_of = check_steps(c, s, band, band->steps);
    return steps_of == NULL ? NULL : check_choose(c, unknown, steps_of, known);
}

/* ---- scorecards ---- */

void check_card_heads(struct check *c)
{
    struct checked_feature *card = &c->out->features[c->feature_count];
    for (const struct ast_scorecard *ast = c->pack->scorecards; ast != NULL; ast = ast->next) {
        card->name = ast->head.name.text;
        card->title = ast->head.title;
        card->index = (uint32_t)(card - c->out->features);
        card->unit = UNIT_POINTS;
        card->is_card = true;
        card++;
    }
}

static void check_card(struct check *c, const struct ast_scorecard *ast,
                       struct checked_feature *card)
{
    struct check_scope s;
    size_t bands = 0;
    if (!check_place(c, &ast->subject, &ast->trigger, &s)) {
        return;
    }
    if (s.timeout != NULL) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, ast->trigger.span,
                                     "a scorecard looks at an event, and a timeout is none");
        diag_hint(c->diags, diag, "write `score .. if ..` in the rule");
        return;
    }
    card->entity = s.entity;
    card->trigger = s.trigger;
    card->leg = s.leg;
    s.in_card = true;
    struct checked_expr *sum = NULL;
    bool whole = true;
    for (const struct ast_band *band = ast->bands; band != NULL; band = band->next) {
        if (++bands > CARD_BANDS_MAX) {
            (void)diag_add(c->diags, DIAG_ERROR, band->span, "a scorecard has at most %d bands",
                           CARD_BANDS_MAX);
            return;
        }
        struct checked_expr *points = check_band(c, &s, band);
        whole = whole && points != NULL;
        if (sum != NULL && points != NULL) {
            struct checked_expr *more = check_new(c, CHECKED_ADD, UNIT_POINTS, band->span);
            more->a = sum;
            more->b = points;
            points = more;
        }
        sum = points != NULL ? points : sum;
    }
    if (whole && sum != NULL && check_bounds(c, sum)) {
        card->value = sum;
        card->depth = 1 + check_depth(sum);
    }
}

void check_cards(struct check *c)
{
    struct checked_feature *card = &c->out->features[c->feature_count];
    for (const struct ast_scorecard *ast = c->pack->scorecards; ast != NULL; ast = ast->next) {
        if (!ast->head.broken) {
            check_card(c, ast, card);
        }
        card++;
    }
}

/* What a scorecard of the pack is for: `payer.person` on `transaction`. */
static void check_card_elsewhere(struct check *c, const struct check_scope *s,
                                 const struct checked_feature *card, struct span span)
{
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, span,
                                 "the scorecard `%.*s` is for `%s` on `%s`", DIAG_STR(card->name),
                                 leg_infos[card->leg].text, vocab_triggers[card->trigger].text);
    diag_label(c->diags, diag, "here it is `%s` on `%s`", leg_infos[s->leg].text,
               vocab_triggers[s->trigger].text);
}

struct checked_expr *check_card_name(struct check *c, const struct check_scope *s,
                                     struct check_name *name, struct span span)
{
    const struct checked_feature *card = &c->out->features[name->index];
    name->used = true;
    if (s->place != CHECK_IN_RULE) {
        (void)diag_add(c->diags, DIAG_ERROR, span,
                       "`%.*s` is a scorecard of an event, and a %s has none", DIAG_STR(name->text),
                       s->place == CHECK_IN_FEATURE   ? "feature"
                       : s->place == CHECK_IN_PATTERN ? "pattern"
                                                      : "constant");
        return NULL;
    }
    if (s->in_where || s->once || s->in_card) {
        (void)diag_add(c->diags, DIAG_ERROR, span, "%s cannot ask the scorecard `%.*s`",
                       s->in_card ? "a scorecard" : "a `where`", DIAG_STR(name->text));
        return NULL;
    }
    if (card->value == NULL) {
        return NULL;
    }
    if (card->trigger != s->trigger || card->leg != s->leg || card->entity != s->entity) {
        check_card_elsewhere(c, s, card, span);
        return NULL;
    }
    struct checked_expr *expr = check_new(c, CHECKED_FEATURE, UNIT_POINTS, span);
    expr->feature = card;
    return expr;
}

/* ---- points ---- */

static bool check_is_said(struct span span)
{
    return span.end > span.start;
}

void check_points_given(struct check *c)
{
    for (size_t i = 0; i < c->out->typology_count; i++) {
        const struct checked_typology *typology = &c->out->typologies[i];
        if (typology->scored || !check_is_said(typology->asked)) {
            continue;
        }
        struct diag *diag =
            diag_add(c->diags, DIAG_WARNING, typology->asked, "no rule that runs scores for `%.*s`",
                     DIAG_STR(typology->name));
        if (check_is_said(typology->scored_aside)) {
            diag_note(c->diags, diag, typology->scored_aside, "this one does not run");
        }
        diag_hint(c->diags, diag, "so `points(%.*s)` is always 0", DIAG_STR(typology->name));
    }
}

struct checked_expr *check_points(struct check *c, const struct check_scope *s,
                                  const struct ast_expr *ast)
{
    struct check_name *name = check_typology_name(c, &ast->name);
    if (name == NULL) {
        return NULL;
    }
    struct checked_typology *typology = &c->out->typologies[name->index];
    if (s->place == CHECK_IN_CONST) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->span,
                       "a constant has no subject: it is the same everywhere");
        return NULL;
    }
    if (typology->entity != ENTITY_NONE && typology->entity != s->entity) {
        struct str of = vocab_entity_text(typology->entity);
        struct str here = vocab_entity_text(s->entity);
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->name.span, "`%.*s` is a typology of %.*ss",
                     DIAG_STR(name->text), DIAG_STR(of));
        diag_label(c->diags, diag, "here is the page of a%s %.*s",
                   s->entity == ENTITY_ACCOUNT ? "n" : "", DIAG_STR(here));
        return NULL;
    }
    typology->asked = check_is_said(typology->asked) ? typology->asked : ast->name.span;
    struct checked_expr *expr = check_new(c, CHECKED_POINTS, UNIT_POINTS, ast->span);
    expr->value = typology->index;
    return expr;
}
