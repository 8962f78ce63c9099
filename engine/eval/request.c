#include "engine/base/mem.h"
#include "engine/eval/decision_inside.h"

struct str request_kind_text(const struct proposal *proposal)
{
    return str_of(proposal->action == ACTION_ADVISE ? vocab_advice[proposal->advice].text
                                                    : vocab_actions[proposal->action].text);
}

static bool is_request(uint8_t kind)
{
    return kind == ACTION_PROTECT || kind == ACTION_STOP || kind == ACTION_DELAY ||
           kind == ACTION_WATCH || kind == ACTION_ADVISE;
}

static bool tier_allows(const struct decision *d, uint8_t tier, uint8_t kind)
{
    return d->program->policy.tiers[tier].allows[kind];
}

/* The entity of a leg; false if the event has nobody there. */
static bool target_of_leg(const struct decision *d, int leg, struct decision_target *target)
{
    const struct event *event = d->visit.event;
    const struct page *page = d->visit.page;
    if (!event_has_leg(event, leg)) {
        return false;
    }
    const struct party *party = &event->party[leg_infos[leg].party];
    if (leg_infos[leg].is_person && party->holder_known) {
        bool own = token_eq(&party->holder, &page->token);
        *target = (struct decision_target){ENTITY_PERSON,
                                           party->holder,
                                           {page->mask, own ? page->mask_len : 0}};
    } else {
        *target =
            (struct decision_target){party->entity, party->token, {party->mask, party->mask_len}};
    }
    return true;
}

/* Until when a request is worth sending. */
static int64_t worth_for_ms(const struct decision *d, bool on_payment)
{
    const struct settings *s = d->settings;
    if (!on_payment) {
        return s->engine_other_ms;
    }
    switch (d->visit.event->arrival) {
    case ARRIVAL_TWO_HOURS: return s->engine_two_hours_ms;
    case ARRIVAL_NEXT_DAY: return s->engine_next_day_ms;
    default: return s->engine_realtime_ms;
    }
}

static bool is_posted(const struct decision *d)
{
    return d->visit.hand != NULL && (d->visit.hand->flags & RECORD_POSTED) != 0;
}

/* Why a proposal is advice and no request. */
static enum because why_advice(const struct decision *d, const struct proposal *p, bool on_payment)
{
    if (!tier_allows(d, p->tier, p->action)) {
        return BECAUSE_TIER;
    }
    if (on_payment && is_posted(d)) {
        return BECAUSE_POSTED;
    }
    if (p->not_after_ms < d->visit.clock_ms || p->not_after_ms < d->came_ms) {
        return BECAUSE_DEADLINE;
    }
    return p->action == ACTION_ADVISE ? BECAUSE_RULE : BECAUSE_NONE;
}

static bool same_order(const struct proposal *a, const struct proposal *b)
{
    return a->action == b->action && a->advice == b->advice &&
           (a->because == BECAUSE_NONE) == (b->because == BECAUSE_NONE) &&
           token_eq(&a->target.token, &b->target.token);
}

static void add_reason(struct decision *d, size_t proposal, uint32_t rule)
{
    for (size_t i = 0; i < d->reason_count; i++) {
        if (d->reasons[i].proposal == proposal && d->reasons[i].rule == rule) {
            return;
        }
    }
    void *reasons = d->reasons;
    mem_reserve(&reasons, &d->reason_cap, d->reason_count + 1, sizeof *d->reasons);
    d->reasons = reasons;
    d->reasons[d->reason_count++] = (struct proposal_reason){(uint32_t)proposal, rule};
}

/* One more rule proposes the same: it lasts as long as the longest and weighs as much as the
 * highest tier, so that the order of rules decides nothing. */
static void merge_into(struct proposal *known, const struct proposal *fresh)
{
    if (fresh->span_ms > known->span_ms) {
        known->span_ms = fresh->span_ms;
    }
    if (fresh->tier > known->tier) {
        known->tier = fresh->tier;
        known->because = fresh->because;
        known->warning = fresh->warning;
    }
}

/* The same kind and target in one decision is one, for the reasons of all. */
static void merge(struct decision *d, const struct proposal *fresh, uint32_t rule)
{
    size_t at = 0;
    while (at < d->proposal_count && !same_order(&d->proposals[at], fresh)) {
        at++;
    }
    if (at == d->proposal_count) {
        void *proposals = d->proposals;
        mem_reserve(&proposals, &d->proposal_cap, at + 1, sizeof *d->proposals);
        d->proposals = proposals;
        d->proposals[d->proposal_count++] = *fresh;
    } else {
        merge_into(&d->proposals[at], fresh);
    }
    add_reason(d, at, rule);
}

static void propose(struct decision *d, uint32_t rule_index, const struct action *action)
{
    const struct rule *rule = &d->program->rules[rule_index];
    const struct episode *episode =
        rule->typology == TYPOLOGY_NONE ? NULL : &d->episodes[rule->typology];
    bool on_payment = d->visit.event->kind == EVENT_TRANSACTION &&
                      (action->kind == ACTION_DELAY || action->kind == ACTION_PROTECT);
    struct proposal p = {.action = action->kind,
                         .advice = action->kind == ACTION_ADVISE ? action->what : 0,
                         .tier = episode == NULL ? d->tier : episode->tier,
                         .span_ms = action->span_ms,
                         .not_after_ms = d->vm.t + worth_for_ms(d, on_payment)};
    int leg = action->kind == ACTION_DELAY ? LEG_PAYER : action->target;
    if (leg == rule->leg) {
        leg = d->visit.leg; /* the subject, wherever the rule runs */
    }
    if (!target_of_leg(d, leg, &p.target)) {
        return;
    }
    if (episode != NULL && episode->tier != TIER_NONE) {
        p.warning = episode->warning_id;
    }
    p.because = (uint8_t)why_advice(d, &p, on_payment);
    if (on_payment && is_posted(d)) {                 /* whatever else speaks against it */
        (void)target_of_leg(d, LEG_PAYEE, &p.target); /* cash has no payee and keeps the payer */
    }
    int64_t cap_ms = d->program->policy.cap_ms[p.action];
    p.span_ms = cap_ms > 0 && p.span_ms > cap_ms ? cap_ms : p.span_ms;
    merge(d, &p, rule_index);
}

void request_propose(struct decision *d)
{
    d->proposal_count = 0;
    d->reason_count = 0;
    for (uint32_t i = 0; i < d->fired_count; i++) {
        const struct rule *rule = decision_rule(d, &d->fired[i]);
        for (uint32_t k = 0; k < rule->action_count; k++) {
            const struct action *action = &d->program->actions[rule->action_first + k];
            if (is_request(action->kind) && decision_holds(d, rule, k)) {
                propose(d, d->fired[i].rule, action);
            }
        }
    }
}
