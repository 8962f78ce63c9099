#include "rules/check_inside.h"

#include <stdlib.h>

/* A range as it was written. */
struct check_days {
    struct day_range range;
    struct span span;
};

static int check_days_order(const void *a, const void *b)
{
    const struct check_days *left = a;
    const struct check_days *right = b;
    if (left->range.first != right->range.first) {
        return left->range.first < right->range.first ? -1 : 1;
    }
    if (left->span.file_index != right->span.file_index) {
        return left->span.file_index < right->span.file_index ? -1 : 1;
    }
    return left->span.start < right->span.start ? -1 : left->span.start > right->span.start;
}

static size_t check_count_days(const struct ast_pack *pack)
{
    size_t count = 0;
    for (const struct ast_calendar *calendar = pack->calendars; calendar != NULL;
         calendar = calendar->next) {
        for (const struct ast_days *days = calendar->days; days != NULL; days = days->next) {
            count++;
        }
    }
    return count;
}

/* A day has one meaning. */
static void check_days_apart(struct check *c, const struct check_days *days, size_t count)
{
    const struct check_days *latest = days; /* of the end */
    for (size_t i = 1; i < count; i++) {
        if (days[i].range.first <= latest->range.last) {
            struct diag *diag =
                diag_add(c->diags, DIAG_ERROR, days[i].span, "a day is named twice");
            diag_note(c->diags, diag, latest->span, "here too");
            diag_hint(c->diags, diag,
                      "the calendars of a pack are one: each day stands in it once");
        }
        latest = days[i].range.last > latest->range.last ? &days[i] : latest;
    }
}

void check_calendars(struct check *c)
{
    size_t count = check_count_days(c->pack);
    struct check_days *all = arena_alloc(c->arena, count, sizeof *all);
    size_t at = 0;
    for (const struct ast_calendar *calendar = c->pack->calendars; calendar != NULL;
         calendar = calendar->next) {
        for (const struct ast_days *days = calendar->days; days != NULL; days = days->next) {
            all[at].range = (struct day_range){(int32_t)days->first_day, (int32_t)days->last_day,
                                               days->workdays};
            all[at++].span = days->span;
        }
    }
    if (count > 0) {
        qsort(all, count, sizeof *all, check_days_order);
        check_days_apart(c, all, count);
    }
    c->out->days = arena_alloc(c->arena, count, sizeof *c->out->days);
    c->out->day_count = count;
    for (size_t i = 0; i < count; i++) {
        c->out->days[i] = all[i].range;
    }
}

bool check_has_calendar(struct check *c, struct span span, const char *what)
{
    if (c->pack->calendars != NULL) {
        return true;
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, span, "`%s` needs a calendar, and the pack has none", what);
    diag_hint(c->diags, diag,
              "write one, such as `calendar cn holidays 2025-01-28..2025-02-04 "
              "workdays 2025-01-26`");
    return false;
}
