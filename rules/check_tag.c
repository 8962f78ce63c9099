/* Tags: what a message is looked through for, and `tags has NAME`. */
#include "rules/check_inside.h"

#include <stdlib.h>

/* ---- signs ---- */

/* The span of a byte inside a regular expression, or all of it. */
static struct span check_regex_span(const struct ast_sign *ast, size_t at)
{
    struct span span = ast->span;
    if (at > 0 && at < ast->text.len) {
        span.start += (uint32_t)at + 1; /* the slash */
        span.end = span.start + 1;
    }
    return span;
}

static void check_sign(struct check *c, const struct ast_sign *ast, struct tag_sign *sign)
{
    static const uint8_t kinds[] = {[AST_SIGN_TEXT] = TAG_SIGN_TEXT,
                                    [AST_SIGN_REGEX] = TAG_SIGN_REGEX,
                                    [AST_SIGN_FEED] = TAG_SIGN_FEED};
    struct err why;
    size_t at;
    *sign = (struct tag_sign){.text = ast->text, .near = ast->near, .kind = kinds[ast->kind]};
    if (ast->near.len > 0 && (ast->within_chars < 0 || ast->within_chars > TAG_WITHIN_MAX)) {
        (void)diag_add(c->diags, DIAG_ERROR, ast->span, "`within` is at most %d characters",
                       TAG_WITHIN_MAX);
        return;
    }
    sign->within_chars = (uint32_t)ast->within_chars;
    if (tag_sign_check(sign, &why, &at) == 0) {
        return;
    }
    bool regex = ast->kind == AST_SIGN_REGEX;
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, regex ? check_regex_span(ast, at) : ast->span,
                 regex ? "this regular expression cannot be used: %s" : "%s", why.text);
    if (regex) {
        diag_hint(c->diags, diag, "it is written as in Perl; letters may be of any size");
    }
}

/* ---- the tags of the pack ---- */

static int check_hash_order(const void *left, const void *right)
{
    const struct checked_tag *const *a = left;
    const struct checked_tag *const *b = right;
    if ((*a)->hash != (*b)->hash) {
        return (*a)->hash < (*b)->hash ? -1 : 1;
    }
    return (*a)->index < (*b)->index ? -1 : (*a)->index > (*b)->index;
}

/* A record keeps 16 bits of a name: two tags with the same would be one. */
static void check_clashes(struct check *c)
{
    size_t count = c->out->tag_count;
    const struct checked_tag **sorted = arena_alloc(c->arena, count, sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &c->out->tags[i];
    }
    if (count > 0) {
        qsort(sorted, count, sizeof(void *), check_hash_order);
    }
    for (size_t i = 1; i < count; i++) {
        const struct checked_tag *first = sorted[i - 1];
        const struct checked_tag *second = sorted[i];
        if (first->hash != second->hash || str_eq(first->name, second->name)) {
            continue;
        }
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, second->name_span,
                     "a record cannot tell the tags `%.*s` and `%.*s` apart: their names have the "
                     "same hash",
                     DIAG_STR(second->name), DIAG_STR(first->name));
        diag_note(c->diags, diag, first->name_span, "the first one");
        diag_hint(c->diags, diag, "give one of them another name");
    }
}

static void check_too_many_tags(struct check *c, const struct ast_tag *ast, const char *what,
                                int max)
{
    (void)diag_add(c->diags, DIAG_ERROR, ast->head.word_span, "a pack has at most %d %s", max,
                   what);
}

void check_tags(struct check *c)
{
    size_t sign_count = 0;
    size_t tag_count = 0;
    for (const struct ast_tag *ast = c->pack->tags; ast != NULL; ast = ast->next) {
        size_t of_tag = 0;
        for (const struct ast_sign *sign = ast->signs; sign != NULL; sign = sign->next) {
            of_tag++;
        }
        if (++tag_count > TAGS_MAX) {
            check_too_many_tags(c, ast, "tags", TAGS_MAX);
            return;
        }
        if (sign_count + of_tag > TAG_SIGNS_MAX) {
            check_too_many_tags(c, ast, "signs of tags", TAG_SIGNS_MAX);
            return;
        }
        struct checked_tag *tag = &c->out->tags[tag_count - 1];
        *tag = (struct checked_tag){.name = ast->head.name.text,
                                    .title = ast->head.title,
                                    .name_span = ast->head.name.span,
                                    .hash = tag_hash(ast->head.name.text),
                                    .index = (uint32_t)(tag_count - 1),
                                    .signs = arena_alloc(c->arena, of_tag, sizeof *tag->signs)};
        for (const struct ast_sign *sign = ast->signs; sign != NULL && !ast->head.broken;
             sign = sign->next) {
            check_sign(c, sign, &tag->signs[tag->sign_count++]);
        }
        sign_count += of_tag;
    }
    check_clashes(c);
}

/* ---- tags has NAME ---- */

const struct checked_tag *check_find_tag(struct check *c, const struct ast_name *name)
{
    struct check_name *known = check_find(c, CHECK_SPACE_VALUE, name->text);
    if (known != NULL && known->kind == CHECK_NAME_TAG) {
        known->used = true;
        return &c->out->tags[known->index];
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, name->span, "there is no tag `%.*s`", DIAG_STR(name->text));
    struct diag_guess guess = diag_guess_start(name->text);
    check_guess_names(c, &guess, CHECK_SPACE_VALUE, CHECK_NAME_TAG);
    if (known != NULL) {
        diag_note(c->diags, diag, known->span, "this is something else");
    } else if (!diag_hint_guess(c->diags, diag, &guess)) {
        diag_hint(c->diags, diag, "write for example `tag %.*s = \"...\"`", DIAG_STR(name->text));
    }
    return NULL;
}

bool check_is_tags(struct check *c, const struct checked_expr *expr)
{
    if (expr == NULL || expr->unit != UNIT_TAGS) {
        return false;
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, expr->span, "the tags of a message are no value");
    diag_hint(c->diags, diag, "ask for one of them: `%.*s has NAME`",
              DIAG_STR(rule_source_text(c->source, expr->span)));
    return true;
}

struct checked_expr *check_has(struct check *c, const struct check_scope *s,
                               const struct ast_expr *ast)
{
    const struct ast_has_tag *has = &ast->has;
    struct checked_expr *value = has->value->kind == AST_PATH ? check_path(c, s, &has->value->path)
                                                              : check_expr(c, s, has->value);
    const struct checked_tag *tag = check_find_tag(c, &has->tag);
    if (value == NULL) {
        return NULL;
    }
    if (value->unit != UNIT_TAGS) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, has->word_span, "only `tags` has tags, and this is %s",
                     type_text(value->unit));
        diag_note(c->diags, diag, has->value->span, "%s", type_label(value->unit));
        return NULL;
    }
    if (value->op != CHECKED_WORD && value->op != CHECKED_RECORD) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, value->span,
                                     "the tags of another step are not known here");
        diag_hint(c->diags, diag, "ask for them in the `where` of that step");
        return NULL;
    }
    if (tag == NULL) {
        return NULL;
    }
    struct checked_expr *expr =
        check_new(c, value->op == CHECKED_RECORD ? CHECKED_RECORD_TAG : CHECKED_TAG, UNIT_BOOL,
                  ast->span);
    expr->tag = tag;
    return expr;
}
