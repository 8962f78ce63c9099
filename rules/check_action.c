#include "rules/check_inside.h"

/* What an action can be aimed at: letters of entities. */
static const char *const check_targets[ACTION_COUNT] = {
    [ACTION_PROTECT] = "ap",
    [ACTION_STOP] = "a",
    [ACTION_WATCH] = "napdw",
};
static const char *const check_advice_targets[ADVICE_COUNT] = {
    [ADVICE_NO_COUNTER] = "ap",    [ADVICE_CREDIT_ONLY] = "a",  [ADVICE_BLOCK_ACCOUNT] = "a",
    [ADVICE_SUSPEND_NUMBER] = "n", [ADVICE_LIMIT_NUMBER] = "n", [ADVICE_BLOCK_URL] = "w",
    [ADVICE_BLOCK_PORT] = "n",     [ADVICE_REVERIFY] = "nap",
};

static bool check_aims_at(const char *letters, uint8_t entity)
{
    struct vocab_row row = {.where = letters};
    return vocab_on_page(&row, entity);
}

/* "an account or a person" */
static const char *check_targets_text(const char *letters)
{
    switch (letters[0]) {
    case 'a': return letters[1] == 'p' ? "an account or a person" : "an account";
    case 'w': return "a domain";
    default: return letters[1] == 'a' ? "a number, an account or a person" : "a number";
    }
}

void check_target(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                  const char *letters, struct checked_action *action)
{
    size_t taken;
    const struct ast_name *first = &ast->target.parts[0];
    bool subject = ast->target.part_count == 1 && str_eq_text(first->text, "subject");
    int leg = check_leg(&ast->target, s->event, &taken);
    if (subject) {
        leg = s->leg;
    } else if (leg != LEG_COUNT && taken != ast->target.part_count) {
        leg = LEG_COUNT;
    }
    if (leg == LEG_COUNT) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->target.span, "`%.*s` has no part in this event",
                     DIAG_STR(check_path_text(c, &ast->target, 0)));
        if (s->event == EVENT_LISTING) {
            diag_hint(c->diags, diag, "the one who is listed is `subject`");
        } else if (check_first_leg(s->event) == LEG_ENTITY) {
            diag_hint(c->diags, diag, "the one that %s is about is `subject`",
                      check_event_name(s->event));
        } else {
            diag_hint(c->diags, diag, "there are `subject`, %.*s",
                      DIAG_STR(check_legs_text(c, s->event)));
        }
        return;
    }
    action->target = (uint8_t)leg;
    if (leg == LEG_OWNER && leg != s->leg && check_aims_at(letters, ENTITY_NUMBER) &&
        check_aims_at(letters, ENTITY_ACCOUNT)) {
        return; /* whichever of them it is */
    }
    uint8_t entity = check_leg_known(c, s, leg, ast->target.span);
    if (entity != ENTITY_NONE && !check_aims_at(letters, entity)) {
        struct str kind = vocab_entity_text(entity);
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->target.span,
                     "`%.*s` is aimed at %s, and `%.*s` is %s %.*s",
                     DIAG_STR(rule_source_text(c->source, ast->word_span)),
                     check_targets_text(letters), DIAG_STR(check_path_text(c, &ast->target, 0)),
                     entity == ENTITY_ACCOUNT ? "an" : "a", DIAG_STR(kind));
        int twin = check_leg_twin(leg);
        if (twin != LEG_COUNT && check_aims_at(letters, check_leg_entity(twin))) {
            diag_hint(c->diags, diag, "did you mean `%s`?", leg_infos[twin].text);
        }
    }
}

/* ---- each action ---- */

static void check_score(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                        struct checked_action *action)
{
    action->span_ms = check_length(c, &ast->length, CHECK_LENGTH_MAX_MS, "the time of a score");
    struct checked_expr *points = check_expr(c, s, ast->points);
    if (points == NULL) {
        return;
    }
    if (points->unit == UNIT_POINTS && points->op != CHECKED_CONST) {
        action->points = check_bounds(c, points) ? points : NULL;
        return;
    }
    if (points->unit != UNIT_NUMBER || points->op != CHECKED_CONST) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, points->span,
                     "`score` takes a number of points, and this is %s", type_text(points->unit));
        diag_hint(c->diags, diag,
                  "write for example `score 20 for 24h if ...` for each step of the value");
        return;
    }
    if (!check_take_unit(c, points, UNIT_POINTS)) {
        return;
    }
    if (points->value < 1 || points->value > 100) {
        (void)diag_add(c->diags, DIAG_ERROR, points->span, "points are 1 to 100");
    }
    action->points = points;
}

static void check_raise(struct check *c, const struct ast_action *ast,
                        const struct checked_typology *typology, struct checked_action *action)
{
    int tier = check_tier_name(c, &ast->name);
    if (tier == TIER_NONE) {
        return;
    }
    action->what = (uint8_t)tier;
    if (typology != NULL && typology->entity != ENTITY_NONE && typology->tier_points[tier] < 0) {
        const struct check_name *name = check_find(c, CHECK_SPACE_TYPOLOGY, typology->name);
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->name.span, "the typology `%.*s` has no tier `%s`",
                     DIAG_STR(typology->name), vocab_tiers[tier].text);
        diag_note(c->diags, diag, name->span, "defined here");
    }
}

/* protect, stop, watch */
static void check_hold(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                       struct checked_action *action)
{
    action->span_ms = ast->has_length ? check_length(c, &ast->length, CHECK_LENGTH_MAX_MS,
                                                     "the time of a request")
                                      : CHECK_PROTECT_MS;
    if (action->kind != ACTION_WATCH && action->span_ms > CHECK_HOLD_MAX_MS) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->length.span,
                       "`%s` lasts at most 48h, and then ends by itself",
                       vocab_actions[action->kind].text);
    }
    check_target(c, s, ast, check_targets[action->kind], action);
}

static void check_delay(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                        struct checked_action *action)
{
    action->target = LEG_PAYER;
    if (!str_eq_text(ast->name.text, "transaction")) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, ast->name.span,
                                     "`%.*s` cannot be delayed", DIAG_STR(ast->name.text));
        diag_hint(c->diags, diag, "write `delay transaction`");
    } else if (s->event != EVENT_TRANSACTION) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->span, "there is no payment to delay");
        diag_hint(c->diags, diag, "this rule runs on `%s`", vocab_triggers[s->trigger].text);
    }
}

static void check_advise(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                         struct checked_action *action)
{
    int advice = vocab_find(vocab_advice, ADVICE_COUNT, ast->name.text);
    if (advice < 0) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, ast->name.span, "`%.*s` is no advice",
                                     DIAG_STR(ast->name.text));
        diag_hint(c->diags, diag,
                  "there are `no_counter`, `credit_only`, `block_account`, `suspend_number`, "
                  "`limit_number`, `block_url`, `block_port` and `reverify`");
        struct diag_guess guess = diag_guess_start(ast->name.text);
        check_guess_rows(&guess, vocab_advice, 0, ADVICE_COUNT);
        (void)diag_hint_guess(c->diags, diag, &guess);
        return;
    }
    action->what = (uint8_t)advice;
    check_target(c, s, ast, check_advice_targets[advice], action);
}

int check_channel(struct check *c, const struct ast_name *name)
{
    int channel = vocab_find(vocab_channels, CHANNEL_WORD_COUNT, name->text);
    if (channel >= 0) {
        return channel;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "nobody is reached by `%.*s`",
                                 DIAG_STR(name->text));
    diag_hint(c->diags, diag, "channels are `robot_call`, `phone`, `sms`, `station` and `adviser`");
    struct diag_guess guess = diag_guess_start(name->text);
    check_guess_rows(&guess, vocab_channels, 0, CHANNEL_WORD_COUNT);
    (void)diag_hint_guess(c->diags, diag, &guess);
    return -1;
}

static void check_reach(struct check *c, const struct ast_action *ast,
                        struct checked_action *action)
{
    int channel = check_channel(c, &ast->name);
    action->what = channel >= 0 ? (uint8_t)channel : 0;
}

static void check_say_value(struct check *c, const struct checked_expr *value)
{
    if (value->op == CHECKED_CONST && value->decimals != 0) {
        (void)diag_add(c->diags, DIAG_ERROR, value->span, "write this number into the text itself");
        return;
    }
    (void)check_bounds(c, value);
}

static void check_say(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                      struct checked_action *action)
{
    size_t count = 0;
    for (const struct ast_say_part *part = ast->say; part != NULL; part = part->next) {
        count++;
    }
    action->say = arena_alloc(c->arena, count, sizeof *action->say);
    for (const struct ast_say_part *part = ast->say; part != NULL; part = part->next) {
        struct checked_say *say = &action->say[action->say_count++];
        say->text = part->text;
        if (part->value != NULL) {
            say->value = check_expr(c, s, part->value);
            if (say->value != NULL) {
                check_say_value(c, say->value);
            }
        }
    }
}

/* ---- all of them ---- */

static enum action_kind check_action_kind(const struct ast_action *ast)
{
    switch (ast->kind) {
    case AST_SCORE: return ACTION_SCORE;
    case AST_RAISE: return ACTION_RAISE;
    case AST_PROTECT: return ACTION_PROTECT;
    case AST_STOP: return ACTION_STOP;
    case AST_WATCH: return ACTION_WATCH;
    case AST_DELAY: return ACTION_DELAY;
    case AST_ADVISE: return ACTION_ADVISE;
    case AST_REACH: return ACTION_REACH;
    case AST_SAY: return ACTION_SAY;
    default: return ACTION_MARK;
    }
}

/* Points, a tier, a channel and a text belong to a warning, and a warning to a typology. */
static void check_needs_typology(struct check *c, const struct ast_action *ast)
{
    bool needed = ast->kind == AST_SCORE || ast->kind == AST_RAISE;
    bool shown = ast->kind == AST_REACH || ast->kind == AST_SAY;
    if (!needed && !shown) {
        return;
    }
    struct diag *diag = diag_add(c->diags, needed ? DIAG_ERROR : DIAG_WARNING, ast->word_span,
                                 needed ? "a rule that scores or raises names its typology"
                                        : "a rule without a typology opens no warning, and so has "
                                          "nobody to tell");
    diag_hint(c->diags, diag, "write `rule NAME of TYPOLOGY for ...`");
}

void check_action(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                  const struct ast_name *of, const struct checked_typology *typology,
                  struct checked_action *action)
{
    enum action_kind kind = check_action_kind(ast);
    action->kind = (uint8_t)kind;
    if (!ast_has(of)) {
        check_needs_typology(c, ast);
    }
    switch (kind) {
    case ACTION_SCORE: check_score(c, s, ast, action); break;
    case ACTION_RAISE: check_raise(c, ast, typology, action); break;
    case ACTION_DELAY: check_delay(c, s, ast, action); break;
    case ACTION_ADVISE: check_advise(c, s, ast, action); break;
    case ACTION_REACH: check_reach(c, ast, action); break;
    case ACTION_SAY: check_say(c, s, ast, action); break;
    case ACTION_MARK: check_mark_action(c, s, ast, action); break;
    default: check_hold(c, s, ast, action); break;
    }
}
