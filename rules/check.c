#include "rules/check.h"

#include "rules/check_inside.h"

#include "engine/base/must.h"

/* ---- small parts that others use ---- */

int checked_operand_count(enum checked_op op)
{
    must(op < CHECKED_OP_COUNT);
    return op < CHECKED_NOT ? 0 : op < CHECKED_AND ? 1 : op < CHECKED_BETWEEN ? 2 : 3;
}

/* ---- names ---- */

static size_t check_count_names(const struct ast_pack *pack, struct checked *out, size_t *consts,
                                size_t *features)
{
    size_t others = 0;
    size_t rules = 0;
#define COUNT(list, type, counter)                                                \
    for (const struct type *item = pack->list; item != NULL; item = item->next) { \
        (counter)++;                                                              \
    }
    COUNT(typologies, ast_typology, out->typology_count)
    COUNT(lists, ast_list, out->list_count)
    COUNT(features, ast_feature, *features)
    COUNT(scorecards, ast_scorecard, out->feature_count)
    COUNT(consts, ast_const, *consts)
    COUNT(rules, ast_rule, rules)
    COUNT(tags, ast_tag, out->tag_count)
    COUNT(calendars, ast_calendar, others)
    COUNT(patterns, ast_pattern, out->pattern_count)
    COUNT(policies, ast_policy, others)
#undef COUNT
    out->feature_count += *features;
    others += check_count_marks(pack);
    return out->typology_count + out->tag_count + out->list_count + out->feature_count +
           out->pattern_count + *consts + rules + others;
}

static void check_define_all(struct check *c)
{
    const struct ast_pack *pack = c->pack;
    uint32_t index = 0;
    for (const struct ast_const *item = pack->consts; item != NULL; item = item->next) {
        c->consts[index].ast = item;
        check_define(c, CHECK_SPACE_VALUE, CHECK_NAME_CONST, &item->head.name, index++);
    }
    index = 0;
    for (const struct ast_list *item = pack->lists; item != NULL; item = item->next) {
        check_define(c, CHECK_SPACE_VALUE, CHECK_NAME_LIST, &item->head.name, index++);
    }
    index = 0;
    for (const struct ast_tag *item = pack->tags; item != NULL; item = item->next) {
        check_define(c, CHECK_SPACE_VALUE, CHECK_NAME_TAG, &item->head.name, index++);
    }
    index = 0;
    for (const struct ast_feature *item = pack->features; item != NULL; item = item->next) {
        c->features[index].ast = item;
        check_define(c, CHECK_SPACE_VALUE, CHECK_NAME_FEATURE, &item->head.name, index++);
    }
    for (const struct ast_scorecard *item = pack->scorecards; item != NULL; item = item->next) {
        check_define(c, CHECK_SPACE_VALUE, CHECK_NAME_CARD, &item->head.name, index++);
    }
    index = 0;
    for (const struct ast_typology *item = pack->typologies; item != NULL; item = item->next) {
        check_define(c, CHECK_SPACE_TYPOLOGY, CHECK_NAME_TYPOLOGY, &item->head.name, index++);
    }
    for (const struct ast_calendar *item = pack->calendars; item != NULL; item = item->next) {
        check_define(c, CHECK_SPACE_VALUE, CHECK_NAME_CALENDAR, &item->head.name, 0);
    }
    index = 0;
    for (const struct ast_pattern *item = pack->patterns; item != NULL; item = item->next) {
        check_define(c, CHECK_SPACE_VALUE, CHECK_NAME_PATTERN, &item->head.name, index++);
    }
    index = 0;
    for (const struct ast_rule *item = pack->rules; item != NULL; item = item->next) {
        check_define(c, CHECK_SPACE_RULE, CHECK_NAME_RULE, &item->head.name, index++);
    }
    index = 0;
    for (const struct ast_policy *item = pack->policies; item != NULL; item = item->next) {
        check_define(c, CHECK_SPACE_POLICY, CHECK_NAME_POLICY, &item->head.name, index++);
    }
    check_mark_names(c);
}

/* ---- lists and features ---- */

static void check_lists(struct check *c)
{
    struct checked_list *list = c->out->lists;
    for (const struct ast_list *ast = c->pack->lists; ast != NULL; ast = ast->next) {
        list->name = ast->head.name.text;
        list->title = ast->head.title;
        list->index = (uint32_t)(list - c->out->lists);
        list->entity = ast->head.broken ? (uint8_t)ENTITY_NONE : check_entity(c, &ast->subject);
        list++;
    }
}

/* Whose features they are, before anything asks. */
static void check_feature_heads(struct check *c)
{
    for (size_t i = 0; i < c->feature_count; i++) {
        const struct ast_feature *ast = c->features[i].ast;
        struct checked_feature *feature = &c->out->features[i];
        feature->name = ast->head.name.text;
        feature->title = ast->head.title;
        feature->index = (uint32_t)i;
        feature->entity = ast->head.broken ? (uint8_t)ENTITY_NONE : check_entity(c, &ast->subject);
    }
}

static bool check_feature_value(struct check *c, const struct checked_expr *value)
{
    if (value->op != CHECKED_CONST) {
        return check_bounds(c, value);
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, value->span, "this is the same on every page");
    diag_hint(c->diags, diag, "make it a constant: `const NAME = ...`");
    return false;
}

const struct checked_feature *check_feature(struct check *c, uint32_t index, struct span use)
{
    struct check_feature *asked = &c->features[index];
    struct checked_feature *feature = &c->out->features[index];
    if (asked->state == CHECK_OPEN) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, use, "the feature `%.*s` reads itself",
                                     DIAG_STR(feature->name));
        diag_note(c->diags, diag, asked->ast->head.name.span, "defined here");
        return NULL;
    }
    if (asked->state == CHECK_NEW && feature->entity != ENTITY_NONE && check_enter(c, use)) {
        struct check_scope s = {.place = CHECK_IN_FEATURE, .entity = feature->entity};
        asked->state = CHECK_OPEN;
        struct checked_expr *value = check_expr(c, &s, asked->ast->value);
        if (value != NULL && check_feature_value(c, value)) {
            feature->value = value;
            feature->unit = value->unit;
            feature->depth = 1 + check_depth(value);
        }
        asked->state = CHECK_DONE;
        check_leave(c);
    }
    return feature->value == NULL ? NULL : feature;
}

/* ---- what nothing uses ---- */

static void check_unused(struct check *c)
{
    static const char *const texts[] = {
        [CHECK_NAME_CONST] = "constant",    [CHECK_NAME_FEATURE] = "feature",
        [CHECK_NAME_LIST] = "list",         [CHECK_NAME_CARD] = "scorecard",
        [CHECK_NAME_TYPOLOGY] = "typology", [CHECK_NAME_PATTERN] = "pattern",
        [CHECK_NAME_TAG] = "tag",
    };
    for (size_t i = 0; i < c->name_count; i++) {
        const struct check_name *name = &c->names[i];
        if (!name->used && name->kind <= CHECK_NAME_PATTERN) {
            (void)diag_add(c->diags, DIAG_WARNING, name->span, "no rule uses the %s `%.*s`",
                           texts[name->kind], DIAG_STR(name->text));
        }
    }
}

/* ---- the pack ---- */

struct checked *check_pack(const struct ast_pack *pack, const struct rule_source *source,
                           struct arena *arena, struct diag_list *diags)
{
    struct checked *out = arena_alloc(arena, 1, sizeof *out);
    struct check c = {.pack = pack, .source = source, .arena = arena, .diags = diags, .out = out};
    size_t rules_max = 0;
    for (const struct ast_rule *rule = pack->rules; rule != NULL; rule = rule->next) {
        rules_max++;
    }
    check_names_init(&c, check_count_names(pack, out, &c.const_count, &c.feature_count));
    out->typologies = arena_alloc(arena, out->typology_count, sizeof *out->typologies);
    out->lists = arena_alloc(arena, out->list_count, sizeof *out->lists);
    out->tags = arena_alloc(arena, out->tag_count, sizeof *out->tags);
    out->features = arena_alloc(arena, out->feature_count, sizeof *out->features);
    out->patterns = arena_alloc(arena, out->pattern_count, sizeof *out->patterns);
    out->rules = arena_alloc(arena, rules_max, sizeof *out->rules);
    c.consts = arena_alloc(arena, c.const_count, sizeof *c.consts);
    c.features = arena_alloc(arena, c.feature_count, sizeof *c.features);
    check_define_all(&c);
    for (size_t i = 0; i < c.const_count; i++) {
        check_const(&c, &c.consts[i], c.consts[i].ast->head.name.span);
    }
    check_lists(&c);
    check_calendars(&c);
    check_tags(&c);
    check_feature_heads(&c);
    check_card_heads(&c);
    check_typologies(&c);
    for (uint32_t i = 0; i < c.feature_count; i++) {
        (void)check_feature(&c, i, c.features[i].ast->head.name.span);
    }
    check_policies(&c);
    check_patterns(&c);
    check_cards(&c);
    check_rules(&c);
    check_circles(&c);
    for (const struct ast_case *test = pack->ordinaries; test != NULL; test = test->next) {
        check_case(&c, test);
    }
    if (!diag_has_errors(diags)) {
        check_unused(&c);
        check_marks_unused(&c);
        check_points_given(&c);
    }
    return out;
}
