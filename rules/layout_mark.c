#include "rules/layout_inside.h"

#include "engine/base/mem.h"

#include <stdlib.h>

static void layout_mark_add(struct layout_marks *marks, struct span span, size_t levels,
                            enum layout_shape shape)
{
    void *items = marks->items;
    mem_reserve(&items, &marks->cap, marks->count + 1, sizeof *marks->items);
    marks->items = items;
    marks->items[marks->count++] = (struct layout_mark){.file_index = span.file_index,
                                                        .start = span.start,
                                                        .indent = (uint8_t)(levels * LAYOUT_INDENT),
                                                        .shape = (uint8_t)shape};
}

static void layout_mark_head(struct layout_marks *marks, const struct ast_head *head)
{
    layout_mark_add(marks, head->span, 0, LAYOUT_HEAD);
}

static void layout_mark_case(struct layout_marks *marks, const struct ast_case *test, size_t levels)
{
    layout_mark_add(marks, test->head.word_span, levels, levels == 0 ? LAYOUT_HEAD : LAYOUT_PART);
    for (const struct ast_given *given = test->givens; given != NULL; given = given->next) {
        layout_mark_add(marks, given->span, levels + 1, LAYOUT_PART);
    }
    for (const struct ast_event *event = test->events; event != NULL; event = event->next) {
        layout_mark_add(marks, event->span, levels + 1, LAYOUT_EVENT);
    }
    struct span end = test->head.span;
    end.start = end.end - 1; /* its } */
    layout_mark_add(marks, end, levels, LAYOUT_CLOSE);
}

static void layout_mark_rule(struct layout_marks *marks, const struct ast_rule *rule)
{
    layout_mark_head(marks, &rule->head);
    layout_mark_add(marks, rule->when_span, 1, LAYOUT_CLAUSE);
    for (const struct ast_unless *item = rule->unlesses; item != NULL; item = item->next) {
        layout_mark_add(marks, item->word_span, 1, LAYOUT_CLAUSE);
    }
    for (const struct ast_action *item = rule->actions; item != NULL; item = item->next) {
        layout_mark_add(marks, item->word_span, 1, LAYOUT_CLAUSE);
    }
    for (const struct ast_case *item = rule->cases; item != NULL; item = item->next) {
        layout_mark_case(marks, item, 1);
    }
}

static void layout_mark_pattern(struct layout_marks *marks, const struct ast_pattern *pattern)
{
    layout_mark_head(marks, &pattern->head);
    for (const struct ast_step *step = pattern->steps; step != NULL; step = step->next) {
        if (step->kind == AST_STEP) { /* `then no ..` and `then wait ..` are one line */
            layout_mark_add(marks, step->span, 1, LAYOUT_PART);
        }
    }
    for (const struct ast_without *item = pattern->withouts; item != NULL; item = item->next) {
        layout_mark_add(marks, item->span, 1, LAYOUT_PART);
    }
}

static void layout_mark_scorecard(struct layout_marks *marks, const struct ast_scorecard *scorecard)
{
    layout_mark_head(marks, &scorecard->head);
    for (const struct ast_band *band = scorecard->bands; band != NULL; band = band->next) {
        layout_mark_add(marks, band->span, 1, LAYOUT_PART);
    }
}

static void layout_mark_policy(struct layout_marks *marks, const struct ast_policy *policy)
{
    layout_mark_head(marks, &policy->head);
    for (const struct ast_policy_row *row = policy->rows; row != NULL; row = row->next) {
        layout_mark_add(marks, row->span, 1, LAYOUT_PART);
    }
}

static int layout_mark_order(const void *left, const void *right)
{
    const struct layout_mark *a = left;
    const struct layout_mark *b = right;
    if (a->file_index != b->file_index) {
        return a->file_index < b->file_index ? -1 : 1;
    }
    return a->start < b->start ? -1 : a->start > b->start;
}

void layout_marks_collect(struct layout_marks *marks, const struct ast_pack *pack)
{
#define HEADS(list, type)                                                         \
    for (const struct type *item = pack->list; item != NULL; item = item->next) { \
        layout_mark_head(marks, &item->head);                                     \
    }
#define BLOCKS(list, type, mark)                                                  \
    for (const struct type *item = pack->list; item != NULL; item = item->next) { \
        mark(marks, item);                                                        \
    }
    HEADS(typologies, ast_typology)
    HEADS(tags, ast_tag)
    HEADS(lists, ast_list)
    HEADS(consts, ast_const)
    HEADS(calendars, ast_calendar)
    HEADS(features, ast_feature)
    BLOCKS(scorecards, ast_scorecard, layout_mark_scorecard)
    BLOCKS(patterns, ast_pattern, layout_mark_pattern)
    BLOCKS(rules, ast_rule, layout_mark_rule)
    BLOCKS(policies, ast_policy, layout_mark_policy)
#undef HEADS
#undef BLOCKS
    for (const struct ast_case *test = pack->ordinaries; test != NULL; test = test->next) {
        layout_mark_case(marks, test, 0);
    }
    if (marks->count > 0) {
        qsort(marks->items, marks->count, sizeof *marks->items, layout_mark_order);
    }
}
