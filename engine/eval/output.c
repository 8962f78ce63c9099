#include "engine/base/digest.h"
#include "engine/base/must.h"
#include "engine/eval/decision_inside.h"
#include "engine/eval/score.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND_MS 1000

static const char *const because_texts[] = {
    [BECAUSE_NONE] = "",         [BECAUSE_RULE] = "rule",         [BECAUSE_TIER] = "tier",
    [BECAUSE_POSTED] = "posted", [BECAUSE_DEADLINE] = "deadline",
};

/* ---- what outputs share --------------------------------------------------------------------- */

void output_begin(struct decision *d, struct json_writer *w, const char *type,
                  const struct token *id)
{
    buf_clear(&d->json);
    *w = (struct json_writer){.out = &d->json};
    json_open(w, NULL, '{');
    json_text(w, "type", str_of(type));
    json_token(w, "id", id);
}

int output_emit(struct decision *d, enum output_kind kind, const struct token *id,
                const struct token *key, struct str what, struct err *err)
{
    struct output output = {kind, *id, *key, buf_str(&d->json), what, d->partition, d->visit.lsn};
    return d->sink->emit(d->sink->self, &output, err);
}

struct decision_target output_subject(const struct decision *d)
{
    const struct page *page = d->visit.page;
    const struct party *party = &d->visit.event->party[leg_infos[d->visit.leg].party];
    if (leg_infos[d->visit.leg].is_person && !party->holder_known) {
        return (
            struct decision_target){party->entity, party->token, {party->mask, party->mask_len}};
    }
    return (struct decision_target){page->entity, page->token, {page->mask, page->mask_len}};
}

static void write_target(struct json_writer *w, const struct decision_target *target)
{
    json_text(w, "kind", vocab_entity_text(target->entity));
    json_token(w, "token", &target->token);
    json_text(w, "mask", target->mask);
}

/* As exactly as it is known: the place of a person, the county of a number or account. Who receives
 * a warning depends on it. */
static void write_region(const struct page *page, struct json_writer *w)
{
    int64_t county = page->attributes[PAGE_REGION].value;
    char text[24];
    if (page->region_text_len > 0) {
        json_text(w, "region", (struct str){page->region_text, page->region_text_len});
    } else if (county != VALUE_UNKNOWN) {
        (void)snprintf(text, sizeof text, "%06" PRId64, county);
        json_text(w, "region", str_of(text));
    }
}

void output_write_subject(const struct decision *d, struct json_writer *w)
{
    const struct page *page = d->visit.page;
    struct decision_target subject = output_subject(d);
    json_open(w, "subject", '{');
    write_target(w, &subject);
    write_region(page, w);
    if (page->adviser_len > 0) {
        json_text(w, "adviser", (struct str){page->adviser, page->adviser_len});
    }
    int64_t vulnerable = vm_attribute(page, ATTRIBUTE_VULNERABLE, d->vm.t);
    if (vulnerable != VALUE_UNKNOWN) {
        json_bool(w, "vulnerable", vulnerable == 1);
    }
    json_close(w, '}');
}

void output_write_flags(const struct decision *d, struct vm_flags flags, struct json_writer *w)
{
    json_open(w, "flags", '[');
    bool hand_late = d->visit.hand != NULL && (d->visit.hand->flags & RECORD_LATE) != 0;
    if (hand_late || d->visit.again != NULL) {
        json_text(w, NULL, STR("late"));
    }
    if (flags.approximate) {
        json_text(w, NULL, STR("approximate"));
    }
    if (flags.bounded) {
        json_text(w, NULL, STR("bounded"));
    }
    json_close(w, ']');
}

void output_write_late(const struct decision *d, struct json_writer *w)
{
    if (d->visit.again != NULL) {
        json_text(w, "late", EVENT_TEXT(d->visit.again->late, id));
    }
}

void output_write_trace(const struct decision *d, struct json_writer *w)
{
    char lsn[24];
    (void)snprintf(lsn, sizeof lsn, "%" PRIu64, d->visit.lsn);
    json_open(w, "trace", '{');
    json_int(w, "partition", d->partition);
    json_text(w, "lsn", str_of(lsn));
    json_close(w, '}');
}

void output_write_amount(const struct decision *d, struct json_writer *w, const char *name)
{
    const struct record *hand = d->visit.hand;
    if (d->visit.event->kind != EVENT_TRANSACTION || hand == NULL || hand->value == VALUE_UNKNOWN) {
        json_null(w, name);
    } else {
        json_money(w, name, hand->value);
    }
}

void output_write_tier(struct json_writer *w, uint8_t tier)
{
    if (tier == TIER_NONE) {
        json_null(w, "tier");
    } else {
        json_text(w, "tier", str_of(vocab_tiers[tier].text));
    }
}

/* ---- decisions ------------------------------------------------------------------------------ */

static void write_fired(const struct decision *d, struct json_writer *w)
{
    const struct program *p = d->program;
    json_open(w, "fired", '[');
    for (uint32_t i = 0; i < d->fired_count; i++) {
        json_text(w, NULL, decision_rule(d, &d->fired[i])->name);
    }
    json_close(w, ']');
    json_open(w, "guarded", '[');
    for (uint32_t i = 0; i < d->guarded_count; i++) {
        const struct guard *guard = &p->guards[d->guarded[i].guard];
        json_open(w, NULL, '{');
        json_text(w, "rule", p->rules[d->guarded[i].rule].name);
        json_text(w, "unless", guard->text.len > 0 ? guard->text : guard->source);
        json_close(w, '}');
    }
    json_close(w, ']');
    if (d->overridden_count > 0) {
        json_open(w, "overridden", '[');
        for (uint32_t i = 0; i < d->overridden_count; i++) {
            json_text(w, NULL, p->rules[d->overridden[i]].name);
        }
        json_close(w, ']');
    }
    if (d->contradicted_count > 0) {
        json_open(w, "contradicted", '[');
        for (uint32_t i = 0; i < d->contradicted_count; i++) {
            json_text(w, NULL, p->rules[d->contradicted[i]].name);
        }
        json_close(w, ']');
    }
}

static void write_bounded(const struct decision *d, struct json_writer *w)
{
    if (d->bounded_count > 0) {
        json_open(w, "bounded", '[');
        for (uint32_t i = 0; i < d->bounded_count; i++) {
            json_text(w, NULL, d->program->rules[d->bounded[i]].name);
        }
        json_close(w, ']');
    }
}

/* Typologies whose tier is that of a person, whatever the points make. */
static void write_corrected(const struct decision *d, struct json_writer *w)
{
    const struct program *p = d->program;
    bool any = false;
    for (size_t i = 0; i < p->typologies_count; i++) {
        const struct episode *open = episode_open(d->visit.page, p->typologies[i].key, d->vm.t);
        if (open != NULL && open->corrected) {
            if (!any) {
                json_open(w, "corrected", '[');
                any = true;
            }
            json_text(w, NULL, p->typologies[i].name);
        }
    }
    if (any) {
        json_close(w, ']');
    }
}

static void write_scores(struct decision *d, struct json_writer *w)
{
    const struct program *p = d->program;
    json_open(w, "scores", '{');
    for (size_t i = 0; i < p->typologies_count && d->visit.page->points_count > 0; i++) {
        uint8_t raised = TIER_NONE;
        int64_t points = score_typology(d->visit.page, p->typologies[i].key, d->vm.t, &raised);
        if (points > 0 || raised != TIER_NONE) {
            buf_clear(&d->text);
            buf_add_str(&d->text, p->typologies[i].name);
            json_int(w, buf_text(&d->text), points);
        }
    }
    json_close(w, '}');
}

int output_decision(struct decision *d, const struct token *id, struct err *err)
{
    const struct event *event = d->visit.event;
    struct decision_target subject = output_subject(d);
    struct json_writer w;
    output_begin(d, &w, "decision", id);
    json_time(&w, "time", d->vm.t);
    json_text(&w, "event", EVENT_TEXT(event, id));
    json_text(&w, "role", str_of(leg_infos[d->visit.leg].text));
    output_write_late(d, &w);
    output_write_subject(d, &w);
    output_write_tier(&w, d->tier);
    write_fired(d, &w);
    write_bounded(d, &w);
    write_corrected(d, &w);
    write_scores(d, &w);
    output_write_flags(d, d->flags, &w);
    output_write_trace(d, &w);
    json_close(&w, '}');
    return output_emit(d, OUTPUT_DECISION, id, &subject.token, STR(""), err);
}

/* ---- requests and advice -------------------------------------------------------------------- */

static struct token proposal_id(const struct decision *d, const struct proposal *p)
{
    struct digest_id id;
    if (p->because == BECAUSE_NONE) {
        digest_id_begin(&id, "request");
        digest_id_text(&id, str_of(d->settings->identity_tenant));
        digest_id_text(&id, request_kind_text(p));
        digest_id_token(&id, &p->target.token);
    } else {
        digest_id_begin(&id, "advice");
        digest_id_token(&id, &p->target.token);
        digest_id_text(&id, request_kind_text(p));
    }
    digest_id_token(&id, &d->visit.page->token);
    digest_id_text(&id, str_of(leg_infos[d->visit.leg].text));
    decision_add_event(d, &id);
    return digest_id_end(&id);
}

static void write_proposal_target(const struct proposal *p, struct json_writer *w)
{
    json_open(w, "target", '{');
    write_target(w, &p->target);
    json_close(w, '}');
}

/* The payment in hand; payment orders work by its id and the bank that can act. */
static void write_payment(const struct decision *d, const struct proposal *p, struct json_writer *w)
{
    const struct event *event = d->visit.event;
    if (event->kind != EVENT_TRANSACTION) {
        json_null(w, "payment");
        return;
    }
    const struct party *party = &event->party[p->action == ACTION_STOP ? PARTY_TO : PARTY_FROM];
    json_open(w, "payment", '{');
    json_text(w, "id",
              event->payment_id_len > 0 ? EVENT_TEXT(event, payment_id) : EVENT_TEXT(event, id));
    if (party->bank_len > 0) {
        json_text(w, "bank", (struct str){party->bank, party->bank_len});
    } else {
        json_null(w, "bank");
    }
    output_write_amount(d, w, "amount");
    json_text(w, "currency", STR(OUTPUT_CURRENCY));
    json_time(w, "time", d->visit.hand->time_ms);
    json_close(w, '}');
}

static void write_span(const struct proposal *p, struct json_writer *w)
{
    if (p->span_ms > 0) {
        json_int(w, "duration_s", p->span_ms / SECOND_MS);
    } else {
        json_null(w, "duration_s");
    }
}

static void write_warning_id(const struct proposal *p, struct json_writer *w)
{
    if (token_is_zero(&p->warning)) {
        json_null(w, "warning");
    } else {
        json_token(w, "warning", &p->warning);
    }
}

static void write_reasons(const struct decision *d, uint32_t proposal, struct json_writer *w)
{
    json_open(w, "reasons", '[');
    for (size_t i = 0; i < d->reason_count; i++) {
        if (d->reasons[i].proposal == proposal) {
            json_text(w, NULL, d->program->rules[d->reasons[i].rule].name);
        }
    }
    json_close(w, ']');
}

/* Whoever is to approve sees what a warning would say of the rules. */
static void write_whole_reasons(struct decision *d, uint32_t proposal, struct json_writer *w)
{
    uint32_t fired = 0;
    json_open(w, "reasons", '[');
    for (size_t i = 0; i < d->reason_count; i++) {
        if (d->reasons[i].proposal == proposal) {
            while (d->fired[fired].rule != d->reasons[i].rule) {
                fired++;
                must(fired < d->fired_count); /* both are in pack order */
            }
            warning_write_reason(d, w, &d->fired[fired], NULL);
        }
    }
    json_close(w, ']');
}

static void write_approval(const struct decision *d, const struct proposal *p,
                           struct json_writer *w)
{
    int64_t within_ms = d->program->policy.tiers[p->tier].approved_within_ms;
    json_open(w, "approval", '{');
    json_text(w, "mode", within_ms > 0 ? STR("within") : STR("before"));
    if (within_ms > 0) {
        json_int(w, "seconds", within_ms / SECOND_MS);
    }
    json_close(w, '}');
}

static void write_budget(const struct policy_budget *budget, struct json_writer *w)
{
    json_open(w, NULL, '{');
    json_int(w, "count", budget->count);
    json_text(w, "per", str_of(vocab_budget_per[budget->per].text));
    if (budget->by < BUDGET_BY_COUNT) {
        json_text(w, "by", str_of(vocab_budget_by[budget->by].text));
    }
    json_close(w, '}');
}

/* Those of the policy for this kind of request; absent if there are none. */
static void write_budgets(const struct decision *d, const struct proposal *p, struct json_writer *w)
{
    const struct policy *policy = &d->program->policy;
    bool open = false;
    for (int i = 0; i < policy->budget_count; i++) {
        if (policy->budgets[i].action == p->action) {
            if (!open) {
                json_open(w, "budgets", '[');
                open = true;
            }
            write_budget(&policy->budgets[i], w);
        }
    }
    if (open) {
        json_close(w, ']');
    }
}

static void write_request(struct decision *d, uint32_t index, struct json_writer *w)
{
    const struct proposal *p = &d->proposals[index];
    json_text(w, "kind", request_kind_text(p));
    json_time(w, "time", d->vm.t);
    json_time(w, "not_after", p->not_after_ms);
    write_span(p, w);
    write_proposal_target(p, w);
    write_payment(d, p, w);
    write_warning_id(p, w);
    output_write_tier(w, p->tier);
    json_text(w, "basis", d->program->policy.basis[p->action]);
    write_whole_reasons(d, index, w);
    write_approval(d, p, w);
    write_budgets(d, p, w);
}

static void write_advice(struct decision *d, uint32_t index, struct json_writer *w)
{
    const struct proposal *p = &d->proposals[index];
    json_text(w, "kind", request_kind_text(p));
    json_text(w, "because", str_of(because_texts[p->because]));
    json_time(w, "time", d->vm.t);
    write_proposal_target(p, w);
    write_reasons(d, index, w);
    write_warning_id(p, w);
    if (p->span_ms > 0) {
        write_span(p, w);
    }
    if (d->visit.event->kind == EVENT_TRANSACTION) {
        write_payment(d, p, w);
    }
}

int output_proposal(struct decision *d, uint32_t index, struct err *err)
{
    const struct proposal *p = &d->proposals[index];
    bool request = p->because == BECAUSE_NONE;
    struct token id = proposal_id(d, p);
    struct json_writer w;
    output_begin(d, &w, request ? "stop" : "advice", &id);
    if (request) {
        write_request(d, index, &w);
    } else {
        write_advice(d, index, &w);
    }
    json_close(&w, '}');
    return output_emit(d, request ? OUTPUT_STOP : OUTPUT_ADVICE, &id, &p->target.token,
                       request_kind_text(p), err);
}
