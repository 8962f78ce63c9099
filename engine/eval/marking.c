/* What the fired rules mark: small events that visit other pages. */
#include "engine/base/digest.h"
#include "engine/eval/decision_inside.h"

#include <string.h>

/* The same mark for the same page in one decision is one, for the longest time. */
static struct decision_mark *find_same(struct decision *d, const struct decision_mark *fresh)
{
    for (uint32_t i = 0; i < d->mark_count; i++) {
        struct decision_mark *known = &d->marks[i];
        if (known->mark == fresh->mark && known->level == fresh->level &&
            token_eq(&known->target, &fresh->target)) {
            return known;
        }
    }
    return NULL;
}

static void propose(struct decision *d, uint32_t rule_index, const struct action *action)
{
    const struct rule *rule = &d->program->rules[rule_index];
    const struct event *event = d->visit.event;
    int leg = action->target == rule->leg ? d->visit.leg : action->target;
    if (!event_has_leg(event, leg)) {
        return; /* the payee of cash */
    }
    struct decision_mark fresh = {.mark = action->mark,
                                  .level = action->what,
                                  .leg = (uint8_t)leg,
                                  .span_ms = action->span_ms,
                                  .target = *event_leg_token(event, leg)};
    struct decision_mark *known = find_same(d, &fresh);
    if (known != NULL) {
        known->span_ms = fresh.span_ms > known->span_ms ? fresh.span_ms : known->span_ms;
    } else if (d->mark_count < DECISION_MARKS_MAX) {
        d->marks[d->mark_count++] = fresh;
    } else {
        decision_note_bounded(d, rule_index);
    }
}

void marking_propose(struct decision *d)
{
    for (uint32_t i = 0; i < d->fired_count; i++) {
        const struct rule *rule = decision_rule(d, &d->fired[i]);
        for (uint32_t k = 0; k < rule->action_count; k++) {
            const struct action *action = &d->program->actions[rule->action_first + k];
            if (action->kind == ACTION_MARK && decision_holds(d, rule, k)) {
                propose(d, d->fired[i].rule, action);
            }
        }
    }
}

uint32_t decision_mark_count(const struct decision *d)
{
    return d->mark_count;
}

static struct token mark_id(const struct decision *d, const struct decision_mark *mark)
{
    const struct event *event = d->visit.event;
    struct digest_id id;
    digest_id_begin(&id, "mark");
    digest_id_token(&id, &d->visit.page->token);
    digest_id_text(&id, str_of(leg_infos[d->visit.leg].text));
    digest_id_text(&id, EVENT_TEXT(event, source));
    digest_id_text(&id, EVENT_TEXT(event, id));
    digest_id_text(&id, event_phase_text(event->phase));
    digest_id_text(&id, d->program->marks[mark->mark].name);
    digest_id_number(&id, mark->level);
    return digest_id_end(&id);
}

int decision_make_mark(const struct decision *d, uint32_t index, struct event *event)
{
    const struct decision_mark *mark = &d->marks[index];
    struct token id = mark_id(d, mark);
    char hex[2 * TOKEN_BYTES + 1];
    event_clear(event);
    event->kind = EVENT_MARK;
    event->party[PARTY_FROM] = d->visit.event->party[leg_infos[mark->leg].party];
    event->time_ms = d->vm.t;
    event->judged_ms = d->vm.t;
    event->to_ms = d->vm.t + mark->span_ms;
    event->mark_key = d->program->marks[mark->mark].key;
    event->mark_level = mark->level;
    event->record_id = token_low64(&id);
    hex_encode(hex, id.bytes, TOKEN_BYTES);
    event->id_len = 2 * TOKEN_BYTES;
    memcpy(event->id, hex, event->id_len);
    event->source_len = 4;
    memcpy(event->source, "mark", event->source_len);
    return leg_infos[mark->leg].is_person ? LEG_HOLDER : LEG_ENTITY;
}
