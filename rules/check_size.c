/* Sizes that grow faster than the text: what they are bounded by, said where they go past it. */
#include "rules/check_inside.h"

/* Counts what one item of a case makes; false, once said, when it is too much. */
static bool check_records(struct check *c, size_t *of_case, size_t count, struct span span)
{
    *of_case += count;
    c->case_records += count;
    if (*of_case > CHECK_CASE_RECORDS_MAX) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "a case has at most %d records",
                                     CHECK_CASE_RECORDS_MAX);
        diag_hint(c->diags, diag, "events that repeat count one by one");
        return false;
    }
    return true;
}

static size_t check_times_of(const struct ast_event *event)
{
    return event->times > 0 ? (size_t)event->times : 1;
}

bool check_case_size(struct check *c, const struct ast_case *test)
{
    size_t before = c->case_records;
    size_t count = 0;
    for (const struct ast_event *event = test->events; event != NULL; event = event->next) {
        if (!check_records(c, &count, check_times_of(event), event->span)) {
            return false;
        }
    }
    for (const struct ast_given *given = test->givens; given != NULL; given = given->next) {
        if (!check_records(c, &count, 1, given->span)) {
            return false;
        }
    }
    if (before <= CHECK_PACK_RECORDS_MAX && c->case_records > CHECK_PACK_RECORDS_MAX) {
        (void)diag_add(c->diags, DIAG_ERROR, test->head.word_span,
                       "the cases of a pack have at most %d records", CHECK_PACK_RECORDS_MAX);
    }
    return c->case_records <= CHECK_PACK_RECORDS_MAX;
}

bool check_set_size(struct check *c, const struct ast_set *set, struct span use)
{
    bool before = c->range_count <= CHECK_RANGES_MAX;
    c->range_count += set->range_count;
    if (before && c->range_count > CHECK_RANGES_MAX) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, use,
                     "the sets of a pack hold at most %d ranges, counted at every use",
                     CHECK_RANGES_MAX);
        diag_hint(c->diags, diag, "write the set in a `feature`, or make it a list");
    }
    return c->range_count <= CHECK_RANGES_MAX;
}

bool check_guards_size(struct check *c, const struct ast_rule *rule)
{
    size_t count = 0;
    for (const struct ast_unless *unless = rule->unlesses; unless != NULL; unless = unless->next) {
        if (++count > CHECK_GUARDS_MAX) {
            struct diag *diag = diag_add(c->diags, DIAG_ERROR, unless->word_span,
                                         "a rule has at most %d `unless`", CHECK_GUARDS_MAX);
            diag_hint(c->diags, diag, "one may hold several conditions, with `or`");
            return false;
        }
    }
    return true;
}
