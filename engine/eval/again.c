/* Visits that are judged again, because something came late that is older than they are. */
#include "engine/base/must.h"
#include "engine/eval/decision_inside.h"

#include <string.h>

_Static_assert(KEPT_CARRIED_MAX == PROGRAM_CARRIED_MAX, "a kept visit has all that was carried");

static void add_fields(const struct event *event, struct digest_id *id)
{
    digest_id_text(id, EVENT_TEXT(event, source));
    digest_id_text(id, EVENT_TEXT(event, id));
    digest_id_text(id, event_phase_text(event->phase));
}

/* One event may come to a page twice, so its role there is a field, too. */
void decision_add_event(const struct decision *d, struct digest_id *id)
{
    const struct decision_again *again = d->visit.again;
    add_fields(d->visit.event, id);
    if (again != NULL) {
        digest_id_text(id, str_of(leg_infos[again->late_leg].text));
        add_fields(again->late, id);
    }
}

/* ---- keeping -------------------------------------------------------------------------------- */

static void keep_fired(struct kept_visit *kept, const struct decision_fired *fired, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        kept->fired[kept->fired_count++] = (struct kept_value){fired[i].rule, 0};
    }
}

static void keep_points(const struct decision *d, struct kept_visit *kept)
{
    const struct program *p = d->program;
    kept->points_count = 0;
    for (uint32_t i = 0; p->reads_points && i < p->typologies_count; i++) {
        if (d->vm.typology_points[i] > 0) {
            must(kept->points_count < PAGE_POINTS_MAX);
            kept->points[kept->points_count++] =
                (struct kept_value){i, (uint8_t)d->vm.typology_points[i]};
        }
    }
}

static void keep_marks(const struct decision *d, struct kept_visit *kept)
{
    const struct program *p = d->program;
    const struct page *page = d->visit.page;
    kept->marks_count = 0;
    for (uint32_t i = 0; page->held_count > 0 && i < p->marks_count; i++) {
        int64_t level = page_mark_level(page, p->marks[i].key, d->vm.t);
        if (level > 0) {
            kept->marks[kept->marks_count++] = (struct kept_value){i, (uint8_t)level};
        }
    }
}

bool decision_keep(const struct decision *d, unsigned triggers, struct kept_visit *kept)
{
    const struct record *hand = d->visit.hand;
    if (!d->asked || d->fired_count + d->shadowed_count > KEPT_FIRED_MAX) {
        return false;
    }
    kept->event = d->visit.event;
    kept->event_bytes = d->visit.event_bytes;
    kept->judged_ms = d->vm.t;
    kept->leg = (uint8_t)d->visit.leg;
    kept->triggers = triggers;
    kept->has_hand = hand != NULL;
    kept->hand_ms = hand != NULL ? hand->time_ms : 0;
    kept->hand_arrival = hand != NULL ? hand->arrival : 0;
    kept->arrivals = d->visit.page->arrivals;
    kept->overridden = decision_is_overridden(d);
    kept->carried_loose = d->visit.carried_loose;
    memcpy(kept->carried, d->visit.carried, sizeof kept->carried);
    kept->fired_count = 0;
    keep_fired(kept, d->fired, d->fired_count);
    keep_fired(kept, d->shadowed, d->shadowed_count);
    keep_points(d, kept);
    keep_marks(d, kept);
    return true;
}

/* ---- judging again -------------------------------------------------------------------------- */

static bool fires(const struct decision_fired *fired, uint32_t count, uint32_t rule)
{
    for (uint32_t i = 0; i < count; i++) {
        if (fired[i].rule == rule) {
            return true;
        }
    }
    return false;
}

/* On the lines of a firing that still counts. */
static void note_on_points(struct decision *d, uint64_t rule_key, bool contradicted)
{
    struct page *page = d->visit.page;
    for (uint32_t i = 0; i < page->points_count; i++) {
        struct points *line = &page->points[i];
        if (line->rule_key == rule_key && line->fired_ms == d->vm.t) {
            line->contradicted = contradicted;
        }
    }
}

/* Which of the rules that had fired would now not fire? A shadow rule has done nothing. */
static void find_contradicted(struct decision *d, struct kept_visit *kept)
{
    for (uint32_t i = 0; i < kept->fired_count; i++) {
        struct kept_value *before = &kept->fired[i];
        const struct program *p = d->program;
        if (before->index >= p->rules_count || p->rules[before->index].shadow) {
            continue;
        }
        bool holds = fires(d->fired, d->fired_count, before->index);
        if (!holds && before->value == 0) {
            d->contradicted[d->contradicted_count++] = before->index;
        }
        before->value = !holds;
        note_on_points(d, p->rules[before->index].key, !holds);
    }
}

static bool had_fired(const struct kept_visit *kept, uint32_t count, uint32_t rule)
{
    for (uint32_t i = 0; i < count; i++) {
        if (kept->fired[i].index == rule) {
            return true;
        }
    }
    return false;
}

/* Leaves those that are new, and notes them; returns how many. */
static uint32_t leave_new(struct decision_fired *fired, uint32_t count, struct kept_visit *kept)
{
    uint32_t before = kept->fired_count;
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!had_fired(kept, before, fired[i].rule) && kept->fired_count < KEPT_FIRED_MAX) {
            kept->fired[kept->fired_count++] = (struct kept_value){fired[i].rule, 0};
            fired[fresh++] = fired[i];
        }
    }
    return fresh;
}

int decision_judge_again(struct decision *d, uint32_t *fired, struct err *err)
{
    must(d->visit.again != NULL);
    struct kept_visit *kept = d->visit.again->kept;
    decision_find_fired(d, kept->triggers);
    find_contradicted(d, kept);
    d->fired_count = leave_new(d->fired, d->fired_count, kept);
    d->shadowed_count = leave_new(d->shadowed, d->shadowed_count, kept);
    *fired = d->fired_count;
    bool news = d->fired_count + d->shadowed_count + d->contradicted_count > 0;
    return news ? decision_act(d, err) : 0;
}
