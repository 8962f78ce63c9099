#include "rules/check_inside.h"

/* ---- lists ---- */

static struct str check_article(uint8_t entity)
{
    return entity == ENTITY_ACCOUNT ? STR("an") : STR("a");
}

/* The list holds another kind of entity. */
static void check_wrong_kind(struct check *c, const struct ast_in *in,
                             const struct checked_list *list, int leg, uint8_t entity)
{
    struct str of = vocab_entity_text(list->entity);
    struct str kind = vocab_entity_text(entity);
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, in->word_span, "`%.*s` is a list of %.*ss",
                                 DIAG_STR(list->name), DIAG_STR(of));
    diag_note(c->diags, diag, in->value->span, "%.*s %.*s", DIAG_STR(check_article(entity)),
              DIAG_STR(kind));
    diag_note(c->diags, diag, in->name.span, "%.*ss", DIAG_STR(of));
    if (leg == LEG_COUNT) {
        return;
    }
    int twin = check_leg_twin(leg);
    if (twin != LEG_COUNT && check_leg_entity(twin) == list->entity) {
        diag_hint(c->diags, diag, "did you mean `%s`?", leg_infos[twin].text);
    }
}

static struct checked_expr *check_new_member(struct check *c, const struct check_scope *s, int leg,
                                             const struct checked_list *list, struct span span)
{
    bool own = leg == LEG_COUNT || leg == s->leg;
    struct checked_expr *expr =
        check_new(c, own ? CHECKED_MEMBER : CHECKED_CARRIED, UNIT_BOOL, span);
    expr->list = list;
    expr->leg = (uint8_t)leg;
    expr->source = CARRY_MEMBER;
    return expr;
}

static struct checked_expr *check_no_entity(struct check *c, const struct ast_in *in)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, in->value->span, "only an entity can be on the list `%.*s`",
                 DIAG_STR(in->name.text));
    diag_hint(c->diags, diag,
              "entities are `subject` and the roles, such as `payee` and "
              "`payee.person`");
    return NULL;
}

static struct checked_expr *check_member_of_past(struct check *c, const struct ast_in *in)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, in->value->span,
                 "which lists the other end of a past record is on is not known here");
    diag_hint(c->diags, diag,
              "a record keeps its other end and the kind of that; `%.*s in %.*s` outside `where` "
              "asks about the event in hand",
              DIAG_STR(rule_source_text(c->source, in->value->span)), DIAG_STR(in->name.text));
    return NULL;
}

static struct checked_expr *check_member(struct check *c, const struct check_scope *s,
                                         const struct ast_expr *ast,
                                         const struct checked_list *list)
{
    const struct ast_in *in = &ast->in;
    if (in->value->kind != AST_PATH || s->place == CHECK_IN_CONST) {
        return check_no_entity(c, in);
    }
    const struct ast_path *path = &in->value->path;
    bool subject = path->part_count == 1 && str_eq_text(path->parts[0].text, "subject");
    size_t taken = 0;
    int leg = s->place == CHECK_IN_RULE ? check_leg(path, s->event, &taken) : LEG_COUNT;
    if (subject) {
        if (s->entity != list->entity) {
            check_wrong_kind(c, in, list, LEG_COUNT, s->entity);
            return NULL;
        }
        return check_new_member(c, s, LEG_COUNT, list, ast->span);
    }
    if (s->in_where && !s->in_hand) {
        return check_member_of_past(c, in);
    }
    if (leg == LEG_COUNT || taken != path->part_count) {
        return check_no_entity(c, in);
    }
    uint8_t entity = check_leg_known(c, s, leg, in->value->span);
    if (entity == ENTITY_NONE) {
        return NULL;
    }
    if (entity != list->entity) {
        check_wrong_kind(c, in, list, leg, entity);
        return NULL;
    }
    if (leg > s->leg) {
        check_too_early(c, s, leg, in->value->span);
        return NULL;
    }
    return check_new_member(c, s, leg, list, ast->span);
}

/* ---- sets ---- */

static struct checked_expr *check_in_set(struct check *c, const struct check_scope *s,
                                         const struct ast_expr *ast, const struct ast_set *set)
{
    struct checked_expr *value = check_expr(c, s, ast->in.value);
    if (value == NULL) {
        return NULL;
    }
    if (value->op == CHECKED_CONST) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->span,
                       "this compares constants, and is always the same");
        return NULL;
    }
    const struct checked_set *ranges =
        check_set(c, set, value, ast->in.name.text.len != 0 ? ast->in.name.span : set->span);
    if (ranges == NULL) {
        return NULL;
    }
    struct checked_expr *expr = check_new(c, CHECKED_IN_SET, UNIT_BOOL, ast->span);
    expr->a = value;
    expr->set = ranges;
    return expr;
}

static struct checked_expr *check_in_unknown(struct check *c, const struct ast_name *name)
{
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span,
                                 "`%.*s` is no list and no set of constants", DIAG_STR(name->text));
    diag_hint(c->diags, diag, "a set stands in braces, as in `in {intl, hidden}`");
    struct diag_guess guess = diag_guess_start(name->text);
    check_guess_names(c, &guess, CHECK_SPACE_VALUE, CHECK_NAME_LIST);
    check_guess_names(c, &guess, CHECK_SPACE_VALUE, CHECK_NAME_CONST);
    (void)diag_hint_guess(c->diags, diag, &guess);
    return NULL;
}

/* Behind `in` stands a name. */
static struct checked_expr *check_in_name(struct check *c, const struct check_scope *s,
                                          const struct ast_expr *ast)
{
    const struct ast_name *name = &ast->in.name;
    struct check_name *known = check_find(c, CHECK_SPACE_VALUE, name->text);
    if (known == NULL || known->kind == CHECK_NAME_FEATURE || known->kind == CHECK_NAME_CALENDAR) {
        return check_in_unknown(c, name);
    }
    known->used = true;
    if (known->kind == CHECK_NAME_LIST) {
        const struct checked_list *list = &c->out->lists[known->index];
        return list->entity == ENTITY_NONE ? NULL : check_member(c, s, ast, list);
    }
    if (known->kind != CHECK_NAME_CONST || c->consts[known->index].ast->head.broken) {
        return NULL;
    }
    const struct ast_const *constant = c->consts[known->index].ast;
    if (constant->set != NULL) {
        check_const(c, &c->consts[known->index], name->span);
        return c->consts[known->index].bad_set ? NULL : check_in_set(c, s, ast, constant->set);
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, name->span,
                 "`%.*s` is one value, and `in` needs a set or a list", DIAG_STR(name->text));
    diag_note(c->diags, diag, known->span, "it is defined here");
    diag_hint(c->diags, diag, "write `== %.*s`", DIAG_STR(name->text));
    return NULL;
}

struct checked_expr *check_in(struct check *c, const struct check_scope *s,
                              const struct ast_expr *ast)
{
    struct checked_expr *found =
        ast->in.set != NULL ? check_in_set(c, s, ast, ast->in.set) : check_in_name(c, s, ast);
    if (found == NULL || !ast->in.negated) {
        return found;
    }
    struct checked_expr *expr = check_new(c, CHECKED_NOT, UNIT_BOOL, ast->span);
    expr->a = found;
    return expr;
}
