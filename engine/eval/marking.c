/* What the fired rules mark: small events that visit other pages. */
#include "engine/base/caltime.h"
#include "engine/base/digest.h"
#include "engine/eval/decision_inside.h"
#include "engine/ingest/identity.h"

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

/* One more than there is room for is not sent. */
static void propose(struct decision *d, uint32_t rule, const struct decision_mark *fresh)
{
    struct decision_mark *known = find_same(d, fresh);
    if (known != NULL) {
        known->span_ms = fresh->span_ms > known->span_ms ? fresh->span_ms : known->span_ms;
    } else if (d->mark_count < DECISION_MARKS_MAX) {
        d->marks[d->mark_count++] = *fresh;
    } else {
        decision_note_bounded(d, rule);
    }
}

static void propose_end(struct decision *d, uint32_t rule_index, int target,
                        struct decision_mark *fresh)
{
    const struct rule *rule = &d->program->rules[rule_index];
    const struct event *event = d->visit.event;
    int leg = target == rule->leg ? d->visit.leg : target;
    if (event_has_leg(event, leg)) { /* cash has no payee */
        fresh->leg = (uint8_t)leg;
        fresh->target = *event_leg_token(event, leg);
        propose(d, rule_index, fresh);
    }
}

/* Whom the page has forgotten cannot be told any more. */
static void propose_many(struct decision *d, uint32_t rule, uint32_t code,
                         struct decision_mark *fresh)
{
    vm_find_ends(&d->vm, code, &d->ends);
    for (uint32_t i = 0; i < d->ends.count; i++) {
        fresh->peer = page_find_peer(d->visit.page, d->ends.low64[i]);
        if (fresh->peer == NULL) {
            decision_note_bounded(d, rule);
        } else {
            fresh->target = fresh->peer->token;
            propose(d, rule, fresh);
        }
    }
    decision_take_flags(d, rule, NULL);
}

void marking_propose(struct decision *d)
{
    for (uint32_t i = 0; i < d->fired_count; i++) {
        const struct rule *rule = decision_rule(d, &d->fired[i]);
        for (uint32_t k = 0; k < rule->action_count; k++) {
            const struct action *action = &d->program->actions[rule->action_first + k];
            if (action->kind != ACTION_MARK || !decision_holds(d, rule, k)) {
                continue;
            }
            struct decision_mark fresh = {.mark = action->mark,
                                          .level = action->what,
                                          .span_ms = action->span_ms};
            if (action->code == CODE_NONE) {
                propose_end(d, d->fired[i].rule, action->target, &fresh);
            } else {
                propose_many(d, d->fired[i].rule, action->code, &fresh);
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
    struct digest_id id;
    digest_id_begin(&id, "mark");
    digest_id_token(&id, &d->visit.page->token);
    digest_id_text(&id, str_of(leg_infos[d->visit.leg].text));
    decision_add_event(d, &id);
    digest_id_text(&id, d->program->marks[mark->mark].name);
    digest_id_number(&id, mark->level);
    digest_id_token(&id, &mark->target);
    return digest_id_end(&id);
}

/* Who holds it, its own page knows. */
static void name_peer(struct party *party, const struct peer *peer)
{
    party->token = peer->token;
    party->entity = peer->entity;
    party->holder = identity_stand_in((enum entity_kind)peer->entity, &peer->token);
    party->mask_len = peer->mask_len;
    memcpy(party->mask, peer->mask, peer->mask_len);
}

/* Through other marks it is still the event that began it all. */
static void name_beginning(const struct event *hand, struct event *mark)
{
    bool through = hand->kind == EVENT_MARK;
    struct str id = through ? EVENT_TEXT(hand, began_id) : EVENT_TEXT(hand, id);
    mark->began_kind = through ? hand->began_kind : hand->kind;
    mark->began_id_len = (uint8_t)id.len;
    memcpy(mark->began_id, id.at, id.len);
}

int decision_make_mark(const struct decision *d, uint32_t index, struct event *event)
{
    const struct decision_mark *mark = &d->marks[index];
    struct token id = mark_id(d, mark);
    char hex[2 * TOKEN_BYTES + 1];
    event_clear(event);
    event->kind = EVENT_MARK;
    if (mark->peer != NULL) {
        name_peer(&event->party[PARTY_FROM], mark->peer);
    } else {
        event->party[PARTY_FROM] = d->visit.event->party[leg_infos[mark->leg].party];
    }
    /* Through other marks it keeps the time of the event that began it. */
    event->time_ms = d->visit.event->kind == EVENT_MARK ? d->visit.event->time_ms : d->vm.t;
    event->judged_ms = event->time_ms;
    int64_t to_ms = d->vm.t + mark->span_ms;
    event->to_ms = to_ms < CALTIME_MAX_MS ? to_ms : CALTIME_MAX_MS;
    event->mark_key = d->program->marks[mark->mark].key;
    event->mark_level = mark->level;
    name_beginning(d->visit.event, event);
    event->record_id = token_low64(&id);
    hex_encode(hex, id.bytes, TOKEN_BYTES);
    event->id_len = 2 * TOKEN_BYTES;
    memcpy(event->id, hex, event->id_len);
    event->source_len = 4;
    memcpy(event->source, "mark", event->source_len);
    return mark->peer == NULL && leg_infos[mark->leg].is_person ? LEG_HOLDER : LEG_ENTITY;
}
