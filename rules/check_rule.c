#include "rules/check_inside.h"
#include "rules/layout.h"

#include <string.h>

/* ---- typologies ---- */

int check_tier_name(struct check *c, const struct ast_name *name)
{
    int tier = vocab_find(vocab_tiers, TIER_LIMIT, name->text);
    if (tier > TIER_NONE) {
        return tier;
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` is no tier", DIAG_STR(name->text));
    diag_hint(c->diags, diag, "tiers are `low`, `medium`, `high` and `urgent`");
    struct diag_guess guess = diag_guess_start(name->text);
    check_guess_rows(&guess, vocab_tiers, TIER_LOW, TIER_LIMIT);
    (void)diag_hint_guess(c->diags, diag, &guess);
    return TIER_NONE;
}

static void check_tier(struct check *c, struct checked_typology *typology,
                       const struct ast_tier *ast, const struct ast_tier *before, int tier_before)
{
    int tier = check_tier_name(c, &ast->name);
    if (tier == TIER_NONE) {
        return;
    }
    if (ast->points < 1 || ast->points > 100) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->points_span,
                       "the points of a tier are 1 to 100: scores are capped at 100");
    }
    if (before != NULL && (tier <= tier_before || ast->points <= before->points)) {
        bool weaker = tier <= tier_before;
        struct diag *diag =
            weaker ? diag_add(c->diags, DIAG_ERROR, ast->name.span,
                              "tiers stand from the weakest to the strongest, each once")
                   : diag_add(c->diags, DIAG_ERROR, ast->points_span,
                              "a stronger tier needs more points");
        diag_note(c->diags, diag, weaker ? before->name.span : before->points_span,
                  "the one before");
    }
    typology->tier_points[tier] = ast->points;
}

static void check_typology(struct check *c, const struct ast_typology *ast,
                           struct checked_typology *typology)
{
    const struct ast_tier *before = NULL;
    int tier_before = TIER_NONE;
    for (const struct ast_tier *tier = ast->tiers; tier != NULL; tier = tier->next) {
        check_tier(c, typology, tier, before, tier_before);
        before = tier;
        int found = vocab_find(vocab_tiers, TIER_LIMIT, tier->name.text);
        tier_before = found > TIER_NONE ? found : tier_before;
    }
    typology->entity = check_entity(c, &ast->subject);
    typology->closes_ms =
        check_length(c, &ast->closes_after, CHECK_LENGTH_MAX_MS, "the time until it closes");
}

/* Which typologies can have points at all. */
static void check_scored(struct check *c, const struct ast_rule *rule)
{
    const struct check_name *name = check_find(c, CHECK_SPACE_TYPOLOGY, rule->typology.text);
    for (const struct ast_action *action = rule->actions; name != NULL && action != NULL;
         action = action->next) {
        struct checked_typology *typology = &c->out->typologies[name->index];
        if (action->kind == AST_SCORE && rule->state == AST_LIVE) {
            typology->scored = true;
        } else if (action->kind == AST_SCORE) {
            typology->scored_aside = action->word_span;
        }
    }
}

void check_typologies(struct check *c)
{
    struct checked_typology *typology = c->out->typologies;
    for (const struct ast_typology *ast = c->pack->typologies; ast != NULL; ast = ast->next) {
        typology->name = ast->head.name.text;
        typology->title = ast->head.title;
        typology->index = (uint32_t)(typology - c->out->typologies);
        for (int tier = 0; tier < TIER_LIMIT; tier++) {
            typology->tier_points[tier] = -1;
        }
        if (!ast->head.broken) {
            check_typology(c, ast, typology);
        }
        typology++;
    }
    for (const struct ast_rule *rule = c->pack->rules; rule != NULL; rule = rule->next) {
        check_scored(c, rule);
    }
}

/* ---- the head of a rule ---- */

/* enum trigger, or -1; of a mark *mark is which. */
static int check_trigger(struct check *c, const struct ast_trigger *ast, uint32_t *mark)
{
    if (ast->kind == AST_ON_MARK) {
        const struct check_name *name = check_mark_asked(c, &ast->name);
        *mark = name == NULL ? 0 : name->index;
        return name == NULL ? -1 : TRIGGER_MARK;
    }
    if (ast->kind == AST_ON_TIMEOUT) {
        return TRIGGER_TIMEOUT;
    }
    int trigger = vocab_find(vocab_triggers, TRIGGER_COUNT, ast->name.text);
    if (trigger >= 0) {
        return trigger;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, ast->name.span, "no rule runs on `%.*s`",
                                 DIAG_STR(ast->name.text));
    diag_hint(
        c->diags, diag,
        "events are `call_start`, `call_end`, `transaction`, `settlement`, `listing`, `sms`, "
        "`login`, `change`, `warning`, `outcome`, `mark NAME`, `binding`, `number`, `account` and `person`");
    struct diag_guess guess = diag_guess_start(ast->name.text);
    check_guess_rows(&guess, vocab_triggers, 0, TRIGGER_COUNT);
    (void)diag_hint_guess(c->diags, diag, &guess);
    return -1;
}

/* Letters of the entities that an event can be about, and of who holds them. */
static const char *check_about_letters(uint8_t event)
{
    switch ((enum event_kind)event) {
    case EVENT_BINDING: return "nap";
    case EVENT_NUMBER: return "np";
    case EVENT_ACCOUNT: return "ap";
    case EVENT_PERSON: return "p";
    default: return "napdw";
    }
}

/* "`number`, `account` or `person`" */
static struct str check_about_text(struct check *c, const char *letters)
{
    struct buf text = {0};
    size_t count = strlen(letters);
    for (size_t i = 0; i < count; i++) {
        for (uint8_t kind = ENTITY_NUMBER; kind < ENTITY_KIND_COUNT; kind++) {
            if (entity_infos[kind].letter == letters[i]) {
                buf_add_format(&text, "%s`%s`",
                               i == 0           ? ""
                               : i + 1 == count ? " or "
                                                : ", ",
                               entity_infos[kind].text);
            }
        }
    }
    struct str copy = arena_copy(c->arena, buf_str(&text));
    buf_fini(&text);
    return copy;
}

/* A rule on `listing`, `warning`, `outcome` or a record of the directory runs on the page of
 * whatever that is about. */
static bool check_subject_about(struct check *c, const struct ast_path *subject,
                                struct check_scope *s)
{
    const char *letters = check_about_letters(s->event);
    struct diag *diag = NULL;
    s->leg = LEG_ENTITY;
    if (subject->part_count > 1) {
        diag = diag_add(c->diags, DIAG_ERROR, subject->span, "%s has no roles",
                        check_event_name(s->event));
    } else {
        s->entity = check_entity(c, &subject->parts[0]);
        if (s->entity == ENTITY_NONE) {
            return false;
        }
        if (strchr(letters, entity_infos[s->entity].letter) != NULL) {
            return true;
        }
        diag = diag_add(c->diags, DIAG_ERROR, subject->span, "%s is not about %s %s",
                        check_event_name(s->event), s->entity == ENTITY_ACCOUNT ? "an" : "a",
                        entity_infos[s->entity].text);
    }
    diag_hint(c->diags, diag, "a rule on `%s` is for %.*s", vocab_triggers[s->trigger].text,
              DIAG_STR(check_about_text(c, letters)));
    return false;
}

/* A rule on a time-out runs on the page that waited. */
static bool check_subject_waits(struct check *c, const struct ast_path *subject,
                                const struct ast_trigger *on, struct check_scope *s)
{
    const struct checked_pattern *pattern = s->timeout;
    if (!check_subject_about(c, subject, s) || pattern->entity == s->entity) {
        return pattern->entity == s->entity;
    }
    struct str of = vocab_entity_text(pattern->entity);
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, subject->span,
                                 "`%.*s` waits on the page of %s %.*s", DIAG_STR(pattern->name),
                                 pattern->entity == ENTITY_ACCOUNT ? "an" : "a", DIAG_STR(of));
    diag_note(c->diags, diag, on->name.span, "%s", "");
    diag_hint(c->diags, diag, "write the rule for `%.*s`", DIAG_STR(of));
    return false;
}

static bool check_subject_leg(struct check *c, const struct ast_path *subject,
                              const struct ast_trigger *trigger, struct check_scope *s)
{
    size_t taken;
    int leg = check_leg(subject, s->event, &taken);
    if (leg != LEG_COUNT && taken == subject->part_count) {
        s->leg = (uint8_t)leg;
        s->entity = check_leg_entity(leg);
        return true;
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, subject->span, "`%s` does not visit `%.*s`",
                 vocab_triggers[s->trigger].text, DIAG_STR(check_path_text(c, subject, 0)));
    diag_note(c->diags, diag, trigger->span, "%s", "");
    diag_hint(c->diags, diag, "it visits %.*s", DIAG_STR(check_legs_text(c, s->event)));
    return false;
}

/* What changed is a number or an account: the rule says which. Its holder is a role. */
static bool check_subject_changed(struct check *c, const struct ast_path *subject,
                                  const struct ast_trigger *trigger, struct check_scope *s)
{
    const struct ast_name *first = &subject->parts[0];
    uint8_t entity = subject->part_count == 1 ? vocab_entity_find(first->text) : ENTITY_NONE;
    if (entity == ENTITY_NUMBER || entity == ENTITY_ACCOUNT) {
        s->leg = LEG_OWNER;
        s->entity = entity;
        return true;
    }
    if (entity == ENTITY_NONE && !str_eq_text(check_path_text(c, subject, 0), "owner")) {
        return check_subject_leg(c, subject, trigger, s);
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, subject->span,
                                 "a change is one of a number or of an account");
    diag_hint(c->diags, diag, "a rule on `change` is for `number`, `account` or `owner.person`");
    return false;
}

/* Where the rule stands: false if that cannot be said. */
bool check_place(struct check *c, const struct ast_path *subject, const struct ast_trigger *on,
                 struct check_scope *s)
{
    uint32_t mark = 0;
    int trigger = check_trigger(c, on, &mark);
    if (trigger < 0) {
        return false;
    }
    *s = (struct check_scope){.place = CHECK_IN_RULE,
                              .trigger = (uint8_t)trigger,
                              .mark = mark,
                              .event = vocab_triggers[trigger].event};
    if (trigger == TRIGGER_TIMEOUT) {
        s->timeout = check_timeout_of(c, &on->name);
        return s->timeout != NULL && check_subject_waits(c, subject, on, s);
    }
    return s->event == EVENT_CHANGE                  ? check_subject_changed(c, subject, on, s)
           : check_first_leg(s->event) == LEG_ENTITY ? check_subject_about(c, subject, s)
                                                     : check_subject_leg(c, subject, on, s);
}

struct check_name *check_typology_name(struct check *c, const struct ast_name *name)
{
    struct check_name *known = check_find(c, CHECK_SPACE_TYPOLOGY, name->text);
    if (known == NULL) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "unknown typology `%.*s`",
                                     DIAG_STR(name->text));
        struct diag_guess guess = diag_guess_start(name->text);
        check_guess_names(c, &guess, CHECK_SPACE_TYPOLOGY, CHECK_NAME_TYPOLOGY);
        (void)diag_hint_guess(c->diags, diag, &guess);
        return NULL;
    }
    known->used = true;
    return known;
}

static const struct checked_typology *check_of(struct check *c, const struct ast_rule *ast,
                                               const struct check_scope *s)
{
    if (!ast_has(&ast->typology)) {
        return NULL;
    }
    struct check_name *known = check_typology_name(c, &ast->typology);
    if (known == NULL) {
        return NULL;
    }
    const struct checked_typology *typology = &c->out->typologies[known->index];
    if (s != NULL && typology->entity != ENTITY_NONE && typology->entity != s->entity) {
        struct str of = vocab_entity_text(typology->entity);
        struct str kind = vocab_entity_text(s->entity);
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->subject.span,
                     "`%.*s` is a typology of %.*ss, and this is %s %.*s", DIAG_STR(known->text),
                     DIAG_STR(of), s->entity == ENTITY_ACCOUNT ? "an" : "a", DIAG_STR(kind));
        diag_note(c->diags, diag, known->span, "for %.*ss", DIAG_STR(of));
    }
    return typology;
}

/* ---- its clauses ---- */

static struct checked_expr *check_piece(struct check *c, const struct check_scope *s,
                                        const struct ast_expr *ast, const char *what)
{
    struct checked_expr *expr = check_condition(c, s, ast, what);
    return expr != NULL && check_bounds(c, expr) ? expr : NULL;
}

static void check_guards(struct check *c, const struct check_scope *s, const struct ast_rule *ast,
                         struct checked_rule *rule)
{
    size_t count = 0;
    if (!check_guards_size(c, ast)) {
        return;
    }
    for (const struct ast_unless *unless = ast->unlesses; unless != NULL; unless = unless->next) {
        count++;
    }
    rule->guards = arena_alloc(c->arena, count, sizeof *rule->guards);
    for (const struct ast_unless *unless = ast->unlesses; unless != NULL; unless = unless->next) {
        struct checked_guard *guard = &rule->guards[rule->guard_count++];
        guard->title = unless->title;
        guard->span = unless->word_span;
        guard->source = layout_flat(c->arena, c->source, unless->condition->span);
        guard->condition = check_piece(c, s, unless->condition, "`unless`");
    }
}

static void check_actions(struct check *c, const struct check_scope *s, const struct ast_rule *ast,
                          struct checked_rule *rule)
{
    size_t count = 0;
    for (const struct ast_action *action = ast->actions; action != NULL; action = action->next) {
        count++;
    }
    rule->actions = arena_alloc(c->arena, count, sizeof *rule->actions);
    for (const struct ast_action *action = ast->actions; action != NULL; action = action->next) {
        struct checked_action *made = &rule->actions[rule->action_count++];
        check_action(c, s, action, &ast->typology, rule->typology, made);
        if (action->only_if != NULL) {
            made->only_if = check_piece(c, s, action->only_if, "`if`");
        }
    }
}

static void check_rule(struct check *c, const struct ast_rule *ast, struct checked_rule *rule)
{
    struct check_scope s;
    rule->name = ast->head.name.text;
    rule->name_span = ast->head.name.span;
    rule->title = ast->head.title;
    rule->absolute = ast->absolute;
    rule->state = ast->state;
    bool placed = check_place(c, &ast->subject, &ast->trigger, &s);
    rule->typology = check_of(c, ast, placed ? &s : NULL);
    for (const struct ast_case *test = ast->cases; test != NULL; test = test->next) {
        check_case(c, test);
    }
    if (!placed) {
        return;
    }
    rule->trigger = s.trigger;
    rule->mark = s.mark;
    rule->pattern = s.timeout;
    rule->leg = s.leg;
    rule->entity = s.entity;
    rule->when = check_piece(c, &s, ast->when, "`when`");
    if (rule->when != NULL) {
        check_conditions(c, rule, ast->when);
    }
    check_guards(c, &s, ast, rule);
    check_actions(c, &s, ast, rule);
    check_circle_note(c, ast, rule);
}

/* A retired rule is checked as any other, so that it can come back; nothing is kept of it. What it
 * alone uses counts as used. */
void check_rules(struct check *c)
{
    struct checked_rule retired;
    for (const struct ast_rule *ast = c->pack->rules; ast != NULL; ast = ast->next) {
        bool runs = ast->state != AST_RETIRED;
        if (runs && c->out->rule_count == CHECK_RULES_MAX) {
            struct diag *diag = diag_add(c->diags, DIAG_ERROR, ast->head.name.span,
                                         "a pack has at most %d rules", CHECK_RULES_MAX);
            diag_hint(c->diags, diag, "retire or remove some; retired ones do not count");
            return;
        }
        if (!ast->head.broken) {
            memset(&retired, 0, sizeof retired);
            check_rule(c, ast, runs ? &c->out->rules[c->out->rule_count++] : &retired);
        }
    }
}
