/* Marks: which there are, who sets them, who asks. */
#include "engine/state/page.h"
#include "rules/check_inside.h"

#define MARK_TARGETS "napdw"

/* ---- names ---- */

size_t check_count_marks(const struct ast_pack *pack)
{
    size_t count = 0;
    for (const struct ast_rule *rule = pack->rules; rule != NULL; rule = rule->next) {
        for (const struct ast_action *action = rule->actions; action != NULL;
             action = action->next) {
            count += action->kind == AST_MARK;
        }
    }
    return count;
}

/* A mark is what a rule sets; it has no block of its own. */
static void check_mark_set(struct check *c, const struct ast_rule *rule,
                           const struct ast_action *action)
{
    struct check_name *known = check_find(c, CHECK_SPACE_MARK, action->name.text);
    if (known == NULL && ast_has(&action->name)) {
        c->out->marks[c->out->mark_count] = (struct checked_mark){action->name.text, false};
        check_define(c, CHECK_SPACE_MARK, CHECK_NAME_MARK, &action->name,
                     (uint32_t)c->out->mark_count++);
        known = check_find(c, CHECK_SPACE_MARK, action->name.text);
    }
    if (known != NULL && rule->state == AST_LIVE) {
        c->out->marks[known->index].live = true;
    }
}

void check_mark_names(struct check *c)
{
    size_t count = check_count_marks(c->pack);
    c->out->marks = arena_alloc(c->arena, count, sizeof *c->out->marks);
    c->mark_steps = arena_alloc(c->arena, count * MARK_LEVEL_MAX, sizeof *c->mark_steps);
    for (const struct ast_rule *rule = c->pack->rules; rule != NULL; rule = rule->next) {
        for (const struct ast_action *action = rule->actions; action != NULL;
             action = action->next) {
            if (action->kind == AST_MARK) {
                check_mark_set(c, rule, action);
            }
        }
    }
}

void check_marks_unused(struct check *c)
{
    for (size_t i = 0; i < c->name_count; i++) {
        const struct check_name *name = &c->names[i];
        if (name->kind == CHECK_NAME_MARK && !name->used && c->out->marks[name->index].live) {
            (void)diag_add(c->diags, DIAG_WARNING, name->span, "no rule asks for the mark `%.*s`",
                           DIAG_STR(name->text));
        }
    }
}

/* NULL after a diagnostic. */
static struct check_name *check_mark_find(struct check *c, const struct ast_name *name)
{
    struct check_name *known = check_find(c, CHECK_SPACE_MARK, name->text);
    if (known == NULL) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span,
                                     "no rule sets the mark `%.*s`", DIAG_STR(name->text));
        struct diag_guess guess = diag_guess_start(name->text);
        check_guess_names(c, &guess, CHECK_SPACE_MARK, CHECK_NAME_MARK);
        (void)diag_hint_guess(c->diags, diag, &guess);
    }
    return known;
}

void check_mark_given(struct check *c, const struct ast_fact *fact)
{
    (void)check_mark_find(c, &fact->name);
    if (fact->level < 0 || fact->level > MARK_LEVEL_MAX) {
        (void)diag_add(c->diags, DIAG_ERROR, fact->span, "levels are 1, 2 and 3");
    }
}

struct check_name *check_mark_asked(struct check *c, const struct ast_name *name)
{
    struct check_name *known = check_mark_find(c, name);
    if (known == NULL) {
        return NULL;
    }
    if (!c->out->marks[known->index].live && !known->used) {
        struct diag *diag = diag_add(c->diags, DIAG_WARNING, name->span,
                                     "only rules that do not run set `%.*s`", DIAG_STR(name->text));
        diag_note(c->diags, diag, known->span, "here");
        diag_hint(c->diags, diag, "shadow rules and drafts write nothing");
    }
    known->used = true;
    return known;
}

/* ---- `marked` ---- */

static struct checked_expr *check_no_marked(struct check *c, const struct ast_marked *marked)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, marked->value->span, "only an entity can be marked");
    diag_hint(c->diags, diag,
              "entities are `subject` and the roles, such as `payee` and `payee.person`");
    return NULL;
}

/* The lowest level in force of whoever is asked about. */
static struct checked_expr *check_mark_level(struct check *c, const struct check_scope *s,
                                             const struct ast_marked *marked)
{
    if (marked->value->kind != AST_PATH || s->place == CHECK_IN_CONST) {
        return check_no_marked(c, marked);
    }
    const struct ast_path *path = &marked->value->path;
    if (path->part_count == 1 && str_eq_text(path->parts[0].text, "subject")) {
        return check_new(c, CHECKED_MARK_LEVEL, UNIT_COUNT, path->span);
    }
    if (s->in_where) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, path->span,
                                     "whether `%.*s` is marked is not known of past records",
                                     DIAG_STR(check_path_text(c, path, 0)));
        diag_hint(c->diags, diag, "outside `where` it asks about the event in hand");
        return NULL;
    }
    size_t taken = 0;
    int leg = s->place == CHECK_IN_RULE ? check_leg(path, s->event, &taken) : LEG_COUNT;
    if (leg == LEG_COUNT || taken != path->part_count) {
        return check_no_marked(c, marked);
    }
    if (leg > s->leg) {
        check_too_early(c, s, leg, path->span);
        return NULL;
    }
    struct checked_expr *level =
        check_new(c, leg == s->leg ? CHECKED_MARK_LEVEL : CHECKED_CARRIED, UNIT_COUNT, path->span);
    level->leg = (uint8_t)leg;
    level->source = CARRY_MARK;
    return level;
}

static bool check_level_holds(const struct ast_marked *marked, int64_t level)
{
    switch (marked->compare) {
    case AST_EQUAL: return level == marked->level;
    case AST_NOT_EQUAL: return level != marked->level;
    case AST_LESS: return level < marked->level;
    case AST_LESS_EQUAL: return level <= marked->level;
    case AST_GREATER: return level > marked->level;
    default: return level >= marked->level;
    }
}

/* The levels that are asked for, of 1 to 3; NULL after a diagnostic. */
static const struct checked_set *check_levels(struct check *c, const struct ast_marked *marked)
{
    struct checked_set *set = arena_alloc(c->arena, 1, sizeof *set);
    set->ranges = arena_alloc(c->arena, MARK_LEVEL_MAX, sizeof *set->ranges);
    for (int64_t level = 1; level <= MARK_LEVEL_MAX; level++) {
        if (marked->has_level && !check_level_holds(marked, level)) {
            continue;
        }
        struct range *last = set->range_count == 0 ? NULL : &set->ranges[set->range_count - 1];
        if (last != NULL && last->high == level - 1) {
            last->high = level;
        } else {
            set->ranges[set->range_count++] = (struct range){level, level};
        }
    }
    bool all = set->range_count == 1 && set->ranges[0].high - set->ranges[0].low == 2;
    if (!marked->has_level || (set->range_count > 0 && !all)) {
        return set;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, marked->level_span, "this is %s level",
                                 all ? "every" : "no");
    diag_hint(c->diags, diag, "levels are 1, 2 and 3");
    return NULL;
}

struct checked_expr *check_marked(struct check *c, const struct check_scope *s,
                                  const struct ast_expr *ast)
{
    const struct ast_marked *marked = &ast->marked;
    struct check_name *name = check_mark_asked(c, &marked->mark);
    struct checked_expr *level = check_mark_level(c, s, marked);
    const struct checked_set *set = check_levels(c, marked);
    if (name == NULL || level == NULL || set == NULL) {
        return NULL;
    }
    level->value = name->index;
    struct checked_expr *expr = check_new(c, CHECKED_IN_SET, UNIT_BOOL, ast->span);
    expr->a = level;
    expr->set = set;
    return expr;
}

/* ---- `mark` ---- */

void check_mark_action(struct check *c, const struct check_scope *s, const struct ast_action *ast,
                       struct checked_action *action)
{
    action->span_ms = check_length(c, &ast->length, CHECK_LENGTH_MAX_MS, "the time of a mark");
    if (ast->level_span.end > ast->level_span.start &&
        (ast->level < 1 || ast->level > MARK_LEVEL_MAX)) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->level_span, "levels are 1, 2 and 3");
    }
    action->what = ast->level >= 1 && ast->level <= MARK_LEVEL_MAX ? (uint8_t)ast->level : 1;
    const struct check_name *name = check_find(c, CHECK_SPACE_MARK, ast->name.text);
    action->mark = name == NULL ? 0 : name->index;
    if (ast->each == NULL) {
        check_target(c, s, ast, MARK_TARGETS, action);
        return;
    }
    action->target = s->leg;
    action->points = check_each(c, s, ast->each);
}
