#include "engine/step.h"

#include "engine/base/must.h"
#include "engine/eval/episode.h"
#include "engine/eval/vocab.h"
#include "engine/state/kept.h"

#include <string.h>

void step_renew_page(struct page *page, const struct event *event, int leg)
{
    const struct party *party = &event->party[leg_infos[leg].party];
    must(page_is_forgotten(page) && token_eq(&page->token, event_leg_token(event, leg)));
    page->entity = event_leg_kind(event, leg);
    if (leg_infos[leg].is_person && !party->holder_known) {
        page->stand_in = 1;
        page->stand_in_entity = party->entity;
        page->stand_in_token = party->token;
    }
}

struct page *step_new_page(const struct event *event, int leg)
{
    struct page *page = page_new(event_leg_token(event, leg), ENTITY_NONE);
    step_renew_page(page, event, leg);
    return page;
}

/* ---- directory and lists -------------------------------------------------------------------- */

static void set_mask(struct page *page, const struct party *party)
{
    page->mask_len = party->mask_len;
    if (party->mask_len > 0) {
        memcpy(page->mask, party->mask, party->mask_len);
    }
}

/* A person is shown by the number or account that was bound last. */
static void take_holder(struct page *page, const struct event *event)
{
    const struct party *party = &event->party[PARTY_FROM];
    (void)page_member(page, &party->token, party->entity, party->mask, party->mask_len);
    if (event->time_ms >= page->mask_ms) {
        set_mask(page, party);
        page->mask_ms = event->time_ms;
    }
}

static bool set_known(struct page *page, int attribute, int64_t value, int64_t nothing,
                      int64_t time_ms)
{
    return value != nothing && page_set_attribute(page, attribute, value, time_ms);
}

static void take_person(struct page *page, const struct event *event)
{
    int64_t time_ms = event->time_ms;
    (void)set_known(page, PAGE_BIRTH_YEAR, event->birth_year, VALUE_UNKNOWN, time_ms);
    (void)set_known(page, PAGE_VULNERABLE, event->vulnerable, TRUTH_UNKNOWN, time_ms);
    /* The region's text goes with its code. */
    if (set_known(page, PAGE_REGION, event->region, 0, time_ms)) {
        memcpy(page->region_text, event->region_text, event->region_text_len);
        page->region_text_len = event->region_text_len;
    }
    if (event->adviser_len > 0 && time_ms >= page->texts_ms) {
        memcpy(page->adviser, event->adviser, event->adviser_len);
        page->adviser_len = event->adviser_len;
        page->texts_ms = time_ms;
    }
}

static unsigned fact_trigger(uint8_t kind)
{
    switch ((enum event_kind)kind) {
    case EVENT_BINDING: return TRIGGER_BINDING;
    case EVENT_NUMBER: return TRIGGER_NUMBER;
    case EVENT_ACCOUNT: return TRIGGER_ACCOUNT;
    default: must(kind == EVENT_PERSON); return TRIGGER_PERSON;
    }
}

static void take_facts(struct page *page, const struct event *event, int leg)
{
    if (leg == LEG_HOLDER) {
        take_holder(page, event);
    } else if (event->kind == EVENT_PERSON) {
        take_person(page, event);
    } else if (event->kind != EVENT_BINDING) {
        int64_t time_ms = event->time_ms;
        (void)set_known(page, PAGE_OPENED, event->opened_ms, VALUE_UNKNOWN, time_ms);
        (void)set_known(page, PAGE_KIND, event->entity_kind_value, 0, time_ms);
        (void)set_known(page, PAGE_CLASS, event->account_class, 0, time_ms);
        (void)set_known(page, PAGE_REGION, event->region, 0, time_ms);
    }
}

static bool take_listing(struct page *page, const struct event *event)
{
    struct membership entry = {.list_key = event->list_key,
                               .from_ms = event->from_ms == VALUE_UNKNOWN ? event->time_ms
                                                                          : event->from_ms,
                               .to_ms = event->to_ms == VALUE_UNKNOWN ? INT64_MAX : event->to_ms,
                               .set_ms = event->time_ms,
                               .removed = event->list_removes != 0};
    return page_set_membership(page, &entry);
}

/* ---- what people say ------------------------------------------------------------------------ */

static void take_outcome(struct page *page, const struct event *event, struct step_taken *taken)
{
    if (!page_note_outcome(page, event->record_id)) {
        taken->repeated = true;
        return;
    }
    if (event->result != RESULT_CORRECTED) {
        episode_close(page, event->about_key, event->episode_key, event->judged_ms);
    } else if (event->tier > TIER_NONE && event->tier < TIER_LIMIT) {
        episode_correct(page, event->about_key, event->episode_key, event->judged_ms, event->tier);
    }
    taken->triggers = 1U << TRIGGER_OUTCOME;
}

/* Rules run on it where no such level or lower was in force, and now it is. */
static void take_mark(struct page *page, const struct event *event, struct step_taken *taken)
{
    struct held_mark mark = {event->mark_key, event->time_ms, event->to_ms, event->mark_level};
    int64_t before = page_mark_level(page, mark.key, taken->judged_ms);
    taken->gave_way = !page_set_mark(page, &mark);
    int64_t now = page_mark_level(page, mark.key, taken->judged_ms);
    if (now == mark.level && (before == 0 || before > now)) {
        taken->triggers = 1U << TRIGGER_MARK;
    }
}

void step_name_holder(const struct page *page, struct event *event)
{
    struct party *party = &event->party[PARTY_FROM];
    if (party->entity != ENTITY_PERSON && !token_is_zero(&page->holder)) {
        party->holder = page->holder;
        party->holder_known = 1;
    }
}

/* Events came while nobody held it: what they left with the stand-in the holder does not have. */
static bool ends_stand_in(const struct page *page, const struct party *party)
{
    return party->holder_known && token_is_zero(&page->holder) &&
           page->newest_judged_ms != TIME_NONE;
}

/* A mark of many knows nobody's holder. */
static void learn_holder(struct page *page, const struct event *event, const struct party *party,
                         struct step_taken *taken)
{
    if (event->kind != EVENT_MARK) {
        taken->stand_in_ended = ends_stand_in(page, party);
        page->holder = party->holder_known ? party->holder : (struct token){{0}};
    }
}

static bool take_override(struct page *page, const struct event *event)
{
    struct override_entry entry = {.other = event->party[PARTY_TO].token,
                                   .set_ms = event->judged_ms,
                                   .to_ms = event->to_ms};
    return page_set_override(page, &entry);
}

/* ---- calls and payments --------------------------------------------------------------------- */

static uint16_t phase_flag(uint8_t phase)
{
    switch (phase) {
    case PHASE_START:
    case PHASE_INITIATED: return RECORD_STARTED;
    case PHASE_END:
    case PHASE_RECORD: return RECORD_ENDED;
    case PHASE_POSTED: return RECORD_POSTED;
    case PHASE_REVERSED: return RECORD_REVERSED;
    default: return 0;
    }
}

static int64_t event_value(const struct event *event)
{
    return event->kind == EVENT_CALL ? event->duration_ms : event->amount_minor;
}

/* What a device is used for. */
static uint8_t use_of(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_CALL: return USE_WHAT_CALL;
    case EVENT_TRANSACTION: return USE_WHAT_PAY;
    default: must(event->kind == EVENT_LOGIN); return USE_WHAT_LOGIN;
    }
}

static void set_truth(struct record *record, uint8_t truth, unsigned flag, unsigned known)
{
    unsigned kept = record->flags & ~flag;
    record->flags = (uint16_t)(kept | known | (truth == TRUTH_YES ? flag : 0));
}

static const struct party *other_end(const struct event *event, int leg)
{
    return &event->party[event_other_party(event->kind, leg)];
}

/* Device and cell, whichever message tells them first. */
static void fill_things(struct record *record, const struct event *event)
{
    if (record->cell_token == 0) {
        record->cell_token = event->cell_token;
    }
    if (record->device_token == 0) {
        record->device_token = event_thing_word(&event->party[PARTY_THING].token);
    }
}

/* What the message says and the record does not know yet. */
static void fill_missing(struct record *record, const struct event *event, int leg)
{
    if (record->peer_kind == 0) {
        record->peer_kind = other_end(event, leg)->kind;
    }
    if (record->value == VALUE_UNKNOWN) {
        record->value = event_value(event);
    }
    if ((record->flags & RECORD_ANSWERED_KNOWN) == 0 && event->answered != TRUTH_UNKNOWN) {
        set_truth(record, event->answered, RECORD_ANSWERED, RECORD_ANSWERED_KNOWN);
    }
    if ((record->flags & RECORD_FORWARDED_KNOWN) == 0 && event->forwarded != TRUTH_UNKNOWN) {
        set_truth(record, event->forwarded, RECORD_FORWARDED, RECORD_FORWARDED_KNOWN);
    }
    fill_things(record, event);
    uint32_t region = record_region(record);
    uint8_t channel = record_channel(record);
    uint8_t purpose = record_purpose(record);
    record->place =
        record_place(region != 0 ? region : event->region, channel != 0 ? channel : event->channel,
                     purpose != 0 ? purpose : event->purpose);
}

/* How a call ended, by its own carrier: goes before what was known. */
static void set_end(struct record *record, const struct event *event)
{
    if (event->duration_ms != VALUE_UNKNOWN) {
        record->value = event->duration_ms;
    }
    if (event->answered != TRUTH_UNKNOWN) {
        set_truth(record, event->answered, RECORD_ANSWERED, RECORD_ANSWERED_KNOWN);
    }
    if (event->forwarded != TRUTH_UNKNOWN) {
        set_truth(record, event->forwarded, RECORD_FORWARDED, RECORD_FORWARDED_KNOWN);
    }
}

/* Of events without phases: kind by kind. */
static unsigned note_trigger(uint8_t kind)
{
    switch ((enum event_kind)kind) {
    case EVENT_SMS: return 1U << TRIGGER_SMS;
    case EVENT_LOGIN: return 1U << TRIGGER_LOGIN;
    case EVENT_CHANGE: return 1U << TRIGGER_CHANGE;
    default: must(kind == EVENT_WARNING); return 1U << TRIGGER_WARNING;
    }
}

#define TRIGGERS_CALL (1U << TRIGGER_CALL_START | 1U << TRIGGER_CALL_END)
#define TRIGGERS_PAYMENT (1U << TRIGGER_TRANSACTION | 1U << TRIGGER_SETTLEMENT)

/* A message about a record that the page has. */
static void update_known(struct record *record, const struct event *event, int leg, uint16_t flag,
                         struct step_taken *taken)
{
    bool ended_by_copy = (record->flags & RECORD_ENDED_BY_COPY) != 0;
    if ((record->flags & flag) != 0 && !(flag == RECORD_ENDED && ended_by_copy)) {
        taken->repeated = true;
        return;
    }
    taken->hand = record;
    fill_things(record, event);
    if (flag == RECORD_STARTED) { /* it comes after what it begins: nothing new happened */
        fill_missing(record, event, leg);
    } else if (flag == RECORD_ENDED) {
        set_end(record, event);
        record->flags &= (uint16_t)~RECORD_ENDED_BY_COPY;
        taken->triggers = 1U << TRIGGER_CALL_END;
    } else {
        taken->triggers = 1U << TRIGGER_SETTLEMENT;
    }
    record->flags |= flag;
}

/* The other carrier's message about a call that the page has under another id. Its own end, when it
 * comes, is still the one that is judged. */
static void update_from_copy(struct record *record, const struct event *event, int leg,
                             uint16_t flag, struct step_taken *taken)
{
    taken->hand = record;
    fill_missing(record, event, leg);
    if (flag == RECORD_ENDED && (record->flags & RECORD_ENDED) == 0) {
        record->flags |= RECORD_ENDED | RECORD_ENDED_BY_COPY;
    }
}

static struct record draft_of(struct page *page, const struct event *event, int leg, uint16_t flag)
{
    const struct party *own = &event->party[leg_infos[leg].party];
    const struct party *other = other_end(event, leg);
    const struct party *from = &event->party[PARTY_FROM];
    const struct party *to = &event->party[PARTY_TO];
    struct record draft = {.time_ms = event->time_ms,
                           .id = event->record_id,
                           .peer = token_low64(&other->token),
                           .value = VALUE_UNKNOWN,
                           .flags = flag,
                           .peer_kind = other->kind,
                           .member = RECORD_MEMBER_NONE};
    if (from->holder_known && to->holder_known && token_eq(&from->holder, &to->holder)) {
        draft.flags |= RECORD_OWN;
    }
    if (page->entity == ENTITY_PERSON && own->entity != ENTITY_PERSON) {
        draft.member = page_member(page, &own->token, own->entity, own->mask, own->mask_len);
    }
    fill_missing(&draft, event, leg);
    if (page->entity == ENTITY_DEVICE && event->kind != EVENT_WARNING) {
        draft.use_what = use_of(event);
    }
    return draft;
}

/* A device or domain is seen when it is used, not when somebody speaks of it. */
static void note_seen(struct page *page, int stream, int64_t time_ms)
{
    bool seen = stream == STREAM_USE || stream == STREAM_LINK;
    if (seen && (page->first_seen_ms == TIME_NONE || time_ms < page->first_seen_ms)) {
        page->first_seen_ms = time_ms;
    }
}

static void add_record(struct page *page, int stream, const struct record *draft,
                       const struct event *event, int leg, const struct retention *retention,
                       struct step_taken *taken)
{
    const struct party *other = other_end(event, leg);
    struct peer_draft peer = {&other->token, other->entity, other->mask_len, other->mask};
    taken->hand = page_add_record(page, stream, draft, &peer, retention);
    note_seen(page, stream, draft->time_ms);
    if (event->kind == EVENT_CALL) {
        taken->triggers = event->phase == PHASE_START ? 1U << TRIGGER_CALL_START : TRIGGERS_CALL;
    } else {
        taken->triggers =
            event->phase == PHASE_INITIATED ? 1U << TRIGGER_TRANSACTION : TRIGGERS_PAYMENT;
    }
}

/* The record that the message is about, or NULL. A payment is known by its payment_id as soon as a
 * message gives one; what messages without it are about, the page's aliases tell. */
static struct record *find_known(struct page *page, const struct event *event, int leg, int stream)
{
    struct record like = {.id = event->record_id,
                          .peer = token_low64(&other_end(event, leg)->token),
                          .value = event_value(event)};
    if (event->kind == EVENT_CALL) {
        return page_find_record(page, stream, &like, like.id);
    }
    if (event->message_id == event->record_id) {
        return page_find_record(page, stream, &like, page_find_alias(page, event->message_id));
    }
    page_set_alias(page, event->message_id, event->record_id);
    struct record *known = page_find_record(page, stream, &like, event->message_id);
    if (known != NULL) {
        known->id = event->record_id;
    }
    return known;
}

static void take_record(struct page *page, const struct event *event, int leg,
                        const struct retention *retention, struct step_taken *taken)
{
    int stream = stream_of_leg(event->kind, leg);
    uint16_t flag = phase_flag(event->phase);
    must(stream < STREAM_COUNT && flag != 0);
    struct record *known = find_known(page, event, leg, stream);
    if (known != NULL) {
        taken->record_id = known->id;
        update_known(known, event, leg, flag, taken);
        return;
    }
    struct record draft = draft_of(page, event, leg, flag);
    /* At a device a copy is a use of its own: its records do not tell whom was called. */
    bool has_copies = stream == STREAM_CALL_IN || stream == STREAM_CALL_OUT;
    struct record *copy = has_copies ? page_find_call_copy(page, stream, &draft) : NULL;
    if (copy != NULL) {
        update_from_copy(copy, event, leg, flag, taken);
    } else {
        add_record(page, stream, &draft, event, leg, retention, taken);
    }
}

/* ---- messages, logins, changes, warnings ---------------------------------------------------- */

/* What such a record keeps beside its place and its ends. */
static void fill_note(struct record *record, const struct event *event, int stream)
{
    const struct party *thing = &event->party[PARTY_THING];
    switch ((enum event_kind)event->kind) {
    case EVENT_SMS:
        if (event->has_link != TRUTH_UNKNOWN) {
            set_truth(record, event->has_link, RECORD_LINK, RECORD_LINK_KNOWN);
        }
        record->template_token = event->template_token;
        record->domain_token = event_thing_word(&thing->token);
        if (stream == STREAM_LINK) { /* its peer is the receiver */
            memcpy(&record->value, event->party[PARTY_FROM].token.bytes, sizeof record->value);
            break;
        }
        memcpy(&record->value, &event->tags, sizeof record->value);
        record->place = (uint32_t)event->fifth_tag << 16 | event->tag_set;
        break;
    case EVENT_WARNING:
        record->flags |= RECORD_EXTERNAL;
        record->value = value_of_key(event->about_key);
        record->place = record_place(0, event->origin, event->tier);
        break;
    default: record->place = record_place(event->region, event->what, 0); break;
    }
}

/* They have no phases: the same id again says nothing new. */
static void take_note(struct page *page, const struct event *event, int leg,
                      const struct retention *retention, struct step_taken *taken)
{
    const struct party *other = other_end(event, leg);
    int stream = stream_of_leg(event->kind, leg);
    struct record draft = draft_of(page, event, leg, 0);
    struct peer_draft peer = {&other->token, other->entity, other->mask_len, other->mask};
    if (page_find_record(page, stream, &draft, draft.id) != NULL) {
        taken->repeated = true;
        return;
    }
    fill_note(&draft, event, stream);
    taken->hand = page_add_record(page, stream, &draft, &peer, retention);
    note_seen(page, stream, draft.time_ms);
    taken->triggers = note_trigger(event->kind);
}

/* ---- the step ------------------------------------------------------------------------------- */

/* What is said of an entity, a mark or a list entry, works from its arrival on, and what the
 * directory says is true when it is known: not before what the page has judged already. */
static bool works_from_arrival(const struct event *event)
{
    return event->kind == EVENT_MARK || event->kind == EVENT_LISTING ||
           !event_is_judged(event->kind);
}

/* Nothing is judged that is older than the lateness bound, or so old that the page does not even
 * keep its record. */
static void check_lateness(struct page *page, const struct event *event, int leg,
                           int64_t lateness_ms, struct step_taken *taken)
{
    bool old = page->newest_judged_ms != TIME_NONE &&
               taken->judged_ms < page->newest_judged_ms - lateness_ms;
    bool lost = stream_of_leg(event->kind, leg) < STREAM_COUNT && taken->hand == NULL;
    if (taken->triggers != 0 && (old || lost)) {
        taken->triggers = 0;
        taken->too_late = true;
    }
    bool younger =
        taken->judged_ms < page->newest_judged_ms || kept_has_after(page, taken->judged_ms);
    taken->after_younger = younger && !old && !works_from_arrival(event) &&
                           (taken->triggers != 0 || taken->hand != NULL);
    /* A mark is of another page's time, which may be ahead: it makes nothing late here. */
    if (event->kind != EVENT_MARK && taken->judged_ms > page->newest_judged_ms) {
        page->newest_judged_ms = taken->judged_ms;
        kept_drop_before(page, page->newest_judged_ms - lateness_ms);
    }
}

static int64_t judged_at(const struct page *page, const struct event *event)
{
    bool later = works_from_arrival(event) && page->newest_judged_ms > event->time_ms;
    return later ? page->newest_judged_ms : event->judged_ms;
}

void step_take(struct page *page, const struct event *event, int leg,
               const struct step_limits *limits, struct step_taken *taken)
{
    const struct party *party = &event->party[leg_infos[leg].party];
    must(event_has_leg(event, leg) && page->entity == event_leg_kind(event, leg));
    *taken =
        (struct step_taken){.record_id = event->record_id, .judged_ms = judged_at(page, event)};
    page->dirty = true; /* applied_lsn, at least */
    if (event->kind == EVENT_CALL || event->kind == EVENT_TRANSACTION) {
        take_record(page, event, leg, &limits->retention, taken);
    } else if (event->kind == EVENT_LISTING) {
        taken->gave_way = !take_listing(page, event);
        taken->triggers = 1U << TRIGGER_LISTING;
    } else if (event->kind == EVENT_OUTCOME) {
        take_outcome(page, event, taken);
    } else if (event->kind == EVENT_MARK) {
        take_mark(page, event, taken);
    } else if (event->kind == EVENT_OVERRIDE) {
        taken->gave_way = !take_override(page, event);
    } else if (stream_of_leg(event->kind, leg) < STREAM_COUNT) {
        take_note(page, event, leg, &limits->retention, taken);
    } else if (!event_is_judged(event->kind)) {
        take_facts(page, event, leg);
        taken->triggers = 1U << fact_trigger(event->kind);
    }
    if (taken->repeated) {
        return;
    }
    if (page->entity != ENTITY_PERSON) {
        learn_holder(page, event, party, taken);
        if (party->mask_len > 0) {
            set_mask(page, party);
        }
    }
    if (event_is_judged(event->kind)) {
        check_lateness(page, event, leg, limits->lateness_ms, taken);
    }
}
